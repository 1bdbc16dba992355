"""Back to the version before, as a new version, where nothing since stands against it."""

import uuid
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.actions.find import present
from booking.actions.settle import settle
from booking.apply import Actor
from booking.assemble import ended_booking
from booking.desk import Desk
from booking.lines import Booking, Line, Order
from booking.order_history import order_version
from booking.outcome import Keep, Outcome
from catalog.errors import Conflict
from catalog.queries import StoredVenue


async def undo(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    plan: str | None = None,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """The order as its last version but one had it; a Conflict where that is not valid any more."""

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match, cancelled_too=True)
        earlier = await order_version(session, venue.id, order_id, before.version - 1)
        if earlier is None:
            raise Conflict(f"Order {before.number} has no earlier version.", code="nothing_to_undo")
        if earlier.status == "held" and (earlier.held_until or 0) <= now.timestamp():
            raise Conflict("The hold that this would bring back has expired.", code="hold_expired")
        return Draft(
            before=(before,),
            orders=(earlier,),
            what=f"Undone: back to version {earlier.version}.",
            stay=True,
            verify=True,
            finish=lambda order: continued(before, order),
        )

    return await settle(
        desk, venue, draft, ("undo", order_id), caller=caller, preview=preview, keep=keep, plan=plan
    )


def continued(before: Order, after: Order) -> Order:
    """The earlier order as a successor of the present one: nothing disappears, sequences go on (RFC 5545)."""
    present_bookings = {b.id: b for b in before.bookings}
    lines = [_continued_line(line, before, present_bookings) for line in after.lines]
    known = {line.id for line in after.lines}
    for line in before.lines:
        if line.id not in known:
            bookings = tuple(ended_booking(b) if b.active else b for b in line.bookings)
            lines.append(replace(line, status="cancelled", bookings=bookings))
    return replace(after, lines=tuple(lines), number=before.number, feed_token=before.feed_token)


def _continued_line(line: Line, before: Order, present_bookings: dict[uuid.UUID, Booking]) -> Line:
    restored = tuple(_continued(b, present_bookings.get(b.id)) for b in line.bookings)
    known = {b.id for b in line.bookings}
    now = next((one for one in before.lines if one.id == line.id), None)
    added = now.bookings if now is not None else ()
    ended = tuple(ended_booking(b) if b.active else b for b in added if b.id not in known)
    next_guest = max(line.next_guest, now.next_guest if now is not None else 0)
    return replace(line, bookings=(*restored, *ended), next_guest=next_guest)


def _continued(booking: Booking, now: Booking | None) -> Booking:
    if now is None:
        return booking
    same = (now.start, now.end, now.place, now.active) == (
        booking.start,
        booking.end,
        booking.place,
        booking.active,
    )
    return replace(booking, sequence=now.sequence if same else now.sequence + 1)
