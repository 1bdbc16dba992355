"""A resource falls ill or a room closes: the fewest changes that keep every order valid (placement.md, 5).

Orders are placed anew as if the resource were out of use; each session prefers to stay at its time, then with
its resources. Others of these days change where that makes room, or saves a change of time. What has begun
and what is locked stays, and nothing moves to a time that has passed.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.block import Standing, days_of_block, put_block, standing
from booking.actions.draft import Draft
from booking.actions.settle import settle
from booking.apply import Actor
from booking.bookings import AllocationRow
from booking.desk import Desk
from booking.lines import Booking, Order
from booking.orders import OrderRow
from booking.outcome import Keep, Outcome
from booking.plan import decoded
from booking.queries import load_orders
from catalog.errors import NotFound
from catalog.queries import StoredBlock, StoredVenue
from catalog.times import Interval, instant, local, minute, wall, wall_of

MOST_OTHERS = 600
"""Of up to so many orders each may change to make room; of more, only those concerned."""


async def replan(
    desk: Desk,
    venue: StoredVenue,
    resource: str,
    out: Interval,
    plan: str | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
    block: str | None = None,
    blocked: list[StoredBlock] | None = None,
) -> Outcome:
    """Moves what stands on the resource in the interval `out`; nothing to do answers without orders.

    With `block`, a note, the resource is put out of use in the same transaction and appended to `blocked`.
    Raises NotPlaceable where some order cannot be kept, with the reasons.
    """
    spec = venue.catalog.resource(resource)
    if spec is None:
        raise NotFound(f"'{venue.key}' has no resource '{resource}'.")
    days = days_of_block(venue, resource, *out) if block is not None else frozenset()

    async def put_out_of_use(session: AsyncSession) -> None:
        made = await put_block(session, desk, venue, resource, *out, block or "")
        if blocked is not None:
            blocked[:] = [made]

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        found = await standing(session, venue, resource, *out, now)
        concerned = frozenset(one.order for one in found)
        others = decoded(plan).orders if plan is not None else await _others(session, venue, found)
        ids = [*concerned, *(one for one in others if one not in concerned)]
        orders = await load_orders(session, venue, ids, now) if ids else ()
        begun = [
            b for order in orders for b in order.bookings if b.start is not None and b.start < minute(now)
        ]
        return Draft(
            before=orders,
            orders=orders,
            what=f"Replanned: {spec.label} is out of use.",
            concerned=concerned,
            not_before=minute(now),
            pin=tuple(b.id for b in begun),
            keep={b.id: _needs_elsewhere(b, resource) for b in begun},
            blocks={resource: (out,)},
            warnings=tuple(_left_alone(venue, orders, resource, out)),
            days=days,
            also=put_out_of_use if block is not None else None,
        )

    return await settle(
        desk,
        venue,
        draft,
        ("replan", resource, out, block),
        caller=caller,
        preview=preview,
        keep=keep,
        plan=plan,
    )


async def _others(session: AsyncSession, venue: StoredVenue, found: Sequence[Standing]) -> list[uuid.UUID]:
    """Firm orders of the days on which something has to change; none where there are too many to look at."""
    if not found:
        return []
    starts = [one.during.lower for one in found if one.during.lower is not None]
    ends = [one.during.upper for one in found if one.during.upper is not None]
    first = wall(venue.tz, wall_of(venue.tz, minute(min(starts)))[0], 0)
    last = wall(venue.tz, wall_of(venue.tz, minute(max(ends)))[0] + timedelta(days=1), 0)
    same = (OrderRow.venue_id == AllocationRow.venue_id) & (OrderRow.id == AllocationRow.order_id)
    ids = await session.scalars(
        select(AllocationRow.order_id)
        .join(OrderRow, same)
        .where(
            AllocationRow.venue_id == venue.id,
            AllocationRow.during.op("&&")(Range(instant(first), instant(last))),
            OrderRow.status == "confirmed",
        )
        .distinct()
        .limit(MOST_OTHERS + 1)
    )
    others = sorted(ids)
    return others if len(others) <= MOST_OTHERS else []


def _needs_elsewhere(booking: Booking, resource: str) -> tuple[int, ...]:
    """The needs whose resources are not the one that is out of use."""
    out = {a.need for a in booking.allocations if a.resource == resource}
    return tuple(sorted({a.need for a in booking.allocations} - out))


def _left_alone(venue: StoredVenue, orders: Sequence[Order], resource: str, out: Interval) -> Iterator[str]:
    """A sentence for each locked booking that stays on the resource."""
    for order in orders:
        for booking in order.bookings:
            meets = any(
                a.resource == resource and a.start < out[1] and out[0] < a.end for a in booking.allocations
            )
            if booking.locked and meets and booking.start is not None:
                when = f"{local(venue.tz, booking.start):%Y-%m-%d %H:%M}"
                yield f"Order {order.number}: {booking.component} at {when} is locked and stays where it is."
