"""Cancel an order, a line or a booking; what is associated with it goes too (S3-17, S3-33)."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import AlreadyDone, Draft
from booking.actions.find import booking_of, line_of, present, with_line
from booking.actions.settle import Compute, settle
from booking.apply import Actor
from booking.associated import without_booking
from booking.billing import cancellation_fees
from booking.desk import Desk
from booking.lines import Line, Order
from booking.outcome import Keep, Outcome
from booking.queries import load_order
from catalog.errors import NotAllowed
from catalog.queries import StoredVenue
from catalog.times import minute, wall_of


async def cancel_order(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    plan: str | None = None,
    if_match: int | None = None,
    *,
    caller: Actor,
    waive_fee: bool = False,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """Everything on the order; one that is cancelled already is answered as it is."""

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match, cancelled_too=True)
        if before.status == "cancelled":
            raise AlreadyDone(before)
        lines = tuple(replace(line, status="cancelled") for line in before.lines)
        after = replace(before, status="cancelled", lines=lines)
        if not _waived(waive_fee, caller):
            after = _with_fees(venue, before, after, before.lines, now)
        return Draft(before=(before,), orders=(after,), what="Cancelled.")

    asked = ("cancel", order_id, waive_fee)
    try:
        return await _carry(desk, venue, draft, asked, plan, caller, preview, keep)
    except AlreadyDone as done:
        return await unchanged(desk, done.order, keep)


async def cancel_line(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    line_id: uuid.UUID,
    plan: str | None = None,
    if_match: int | None = None,
    *,
    caller: Actor,
    waive_fee: bool = False,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """One line; with the last of them the order."""

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match)
        line = line_of(before, line_id)
        ended: Line = replace(line, status="cancelled")
        after = ended_if_empty(replace(before, lines=with_line(before, ended)))
        if not _waived(waive_fee, caller):
            after = _with_fees(venue, before, after, (line,), now)
        return Draft(before=(before,), orders=(after,), what=f"Cancelled: {line.sold.package.label}.")

    asked = ("cancel", order_id, line_id, waive_fee)
    return await _carry(desk, venue, draft, asked, plan, caller, preview, keep)


async def cancel_booking(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    booking_id: uuid.UUID,
    plan: str | None = None,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """One booking and what is associated with it; everything else stays where it is."""

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match)
        line, booking = booking_of(before, booking_id)
        after = replace(before, lines=with_line(before, without_booking(line, venue.tz, booking)))
        return Draft(before=(before,), orders=(after,), what=f"Cancelled: {booking.component}.", stay=True)

    return await _carry(desk, venue, draft, ("cancel", booking_id), plan, caller, preview, keep)


async def _carry(
    desk: Desk,
    venue: StoredVenue,
    draft: Compute,
    asked: object,
    plan: str | None,
    caller: Actor,
    preview: bool,
    keep: Keep | None,
) -> Outcome:
    return await settle(desk, venue, draft, asked, caller=caller, preview=preview, keep=keep, plan=plan)


def _waived(waive_fee: bool, caller: Actor) -> bool:
    if waive_fee and not caller.is_manager:
        raise NotAllowed("Only managers may waive what it costs to cancel.")
    return waive_fee


def _with_fees(
    venue: StoredVenue, before: Order, after: Order, ending: Sequence[Line], now: datetime
) -> Order:
    today = wall_of(venue.tz, minute(now))[0]
    currency = venue.catalog.venue.currency
    fees = cancellation_fees(before, ending, venue.tz, today=today, currency=currency)
    return replace(after, fees=(*before.fees, *fees))


def ended_if_empty(order: Order) -> Order:
    """Cancelled where no line of it stands."""
    if any(line.status != "cancelled" for line in order.lines):
        return order
    return replace(order, status="cancelled")


async def unchanged(desk: Desk, order: Order, keep: Keep | None) -> Outcome:
    """The answer where there is nothing to do."""
    outcome = Outcome(orders=(order,), before=(order,))
    if keep is not None:
        async with desk.sessions.begin() as session:
            await keep(session, outcome)
    return outcome


__all__ = ["cancel_booking", "cancel_line", "cancel_order", "load_order", "unchanged"]
