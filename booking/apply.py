"""The one writer of orders: what an order was and what it becomes, in one transaction, or nothing.

Whatever happens to an order (book, change, move, cancel, undo, the end of a hold) is this same write.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Text, cast, delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.bookings import AllocationRow, BookingRow
from booking.bulk import Rows, write
from booking.charges import ChargeRow, charge_rows
from booking.day_locks import DaysWanted, day_rows
from booking.day_rows import Day
from booking.events import Happening, count, told
from booking.handing_over import hand_over
from booking.holding import Taken, exchange, refuse_blocks
from booking.lines import Order
from booking.orders import OrderLineRow, OrderRow, OrderVersionRow, new_feed_token
from booking.paying_by_credit import is_paid_by_credit, wanted_by
from booking.rows import Row, booking_rows, cancelled, line_rows, order_row, reach, read_order, settled
from catalog.actors import Actor
from catalog.crash_points import passing
from catalog.errors import LostRace
from catalog.queries import StoredVenue
from pricing.ledger import claim_for_orders
from pricing.lots import CreditGone

ATTEMPTS = 8
_EXCLUDED = "23P01"
_TRY_AGAIN = ("40P01", "40001")  # deadlock detected, serialization failure
Pairs = Sequence[tuple[Order | None, Order]]
Sessions = async_sessionmaker[AsyncSession]
BeforeCommit = Callable[[AsyncSession, tuple[Order, ...]], Awaitable[None]]

__all__ = ["Actor", "OrderChange", "Outrun", "Taken", "apply", "clear_expired"]


class OrderChange(Struct, frozen=True, kw_only=True):
    """From `before` (None: a new order) to `after`. `what` is a short sentence for the history.

    Number, version and feed token of a new order are given by the writer; the version of any other too.
    `readdressed`: it gets another feed token.
    """

    before: Order | None
    after: Order
    what: str
    readdressed: bool = False


class Outrun(Exception):
    """The order has changed since `before` was read. Read again."""


class PartsChanged(LostRace):
    """A hall was divided or joined since the catalog was read. Read the venue again."""


async def apply(
    sessions: Sessions,
    venue: StoredVenue,
    changes: Sequence[OrderChange],
    *,
    now: datetime,
    actor: Actor,
    before_commit: BeforeCommit | None = None,
    days: Collection[Day] = (),
) -> tuple[Order, ...]:
    """Make all the changes or none, and return the orders as they are stored then.

    `before_commit` runs in the same transaction when all is written; it may run again, where the
    transaction has to be repeated. `days` are locked with those of the orders, for what it writes on them.
    Raises Taken and Outrun, after which the caller reads and computes again; Conflict where a resource exists
    no more; PartsChanged; LostRace when the database gave up too often.
    """
    days = frozenset(days)
    for attempt in range(ATTEMPTS):
        try:
            async with sessions.begin() as session:
                stored = await _write(session, venue.id, venue, changes, now, actor, days)
                if before_commit is not None:
                    await before_commit(session, stored)
            return stored
        except DaysWanted as wanted:
            days |= wanted.days
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == _EXCLUDED:
                raise Taken("the guard refused it") from error
            if state not in _TRY_AGAIN:
                raise
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - not a secret
    raise LostRace("Too many are booking the same at this moment; please try again.")


async def clear_expired(sessions: Sessions, venue_id: uuid.UUID | None, now: datetime) -> int:
    """Cancel for good the holds that have expired, of one venue or of all; how many there were.

    One short transaction for each. What another writer is at work on is left to the next time.
    """
    due = select(OrderRow.venue_id, OrderRow.id).where(OrderRow.status == "held", OrderRow.held_until <= now)
    if venue_id is not None:
        due = due.where(OrderRow.venue_id == venue_id)
    async with sessions() as session:
        found = (await session.execute(due)).all()
    cleared = 0
    for venue, order_id in found:
        async with sessions.begin() as session:
            still = due.where(OrderRow.venue_id == venue, OrderRow.id == order_id)
            if (await session.execute(still.with_for_update(skip_locked=True))).first() is None:
                continue
            before = (await _locked(session, venue, [order_id]))[order_id]
            change = OrderChange(before=before, after=cancelled(before), what="The hold expired.")
            await _write(session, venue, None, [change], now, Actor(role="system"), ())
            cleared += 1
    return cleared


async def _write(
    session: AsyncSession,
    venue_id: uuid.UUID,
    venue: StoredVenue | None,
    changes: Sequence[OrderChange],
    now: datetime,
    actor: Actor,
    days: Collection[Day],
) -> tuple[Order, ...]:
    """Locks in one order for all: orders, days of resources, credits, stock, and last the counter."""
    present = await _locked(session, venue_id, [c.before.id for c in changes if c.before])
    for change in changes:
        if change.before and getattr(present.get(change.before.id), "version", 0) != change.before.version:
            raise Outrun(f"order {change.before.number} has changed")
    pairs = [(present.get(c.after.id), settled(c.after)) for c in changes]
    exchanged = await exchange(session, venue_id, venue, pairs, days)
    passing("after_locks")
    await _claim_credits(session, venue_id, pairs, now, actor)
    await hand_over(session, venue_id, venue, pairs, (c.what for c in changes), now=now, actor=actor)

    lines, bookings = await _different(session, venue_id, pairs)
    new = sum(before is None for before, _ in pairs)
    counted = await count(session, venue_id, orders=new, events=len(changes), within=exchanged.within)
    if exchanged.allocations and venue is not None and counted.parts_version > venue.version:
        raise PartsChanged("What the rooms here consist of was changed this moment; please try again.")
    if counted.blocked and venue is not None:
        await refuse_blocks(session, venue, exchanged)
    number = counted.last_order - new + 1
    stored = []
    for (before, after), change in zip(pairs, changes, strict=True):
        if before is None:
            order = replace(after, number=number, version=1, feed_token=new_feed_token(venue_id))
            number += 1
        else:
            token = new_feed_token(venue_id) if change.readdressed else before.feed_token
            kept = {"number": before.number, "feed_token": token}
            order = replace(after, version=before.version + 1, **kept)
        stored.append(read_order(msgspec.json.encode(order)))
    versions = [_version(venue_id, *made, actor, now) for made in zip(stored, changes, strict=True)]
    charges = [charge_rows(venue_id, before, o, now) for (before, _), o in zip(pairs, stored, strict=True)]
    happenings = [_happening(before, after) for (before, _), after in zip(pairs, stored, strict=True)]
    await write(
        session,
        Rows(OrderLineRow, lines, over=True),
        Rows(BookingRow, [row | {"updated_at": now} for row in bookings], over=True),
        Rows(AllocationRow, exchanged.allocations),
        day_rows(venue_id, exchanged.days),
        Rows(OrderRow, [order_row(venue_id, o, now) for o in stored], over=True),
        Rows(OrderVersionRow, versions),
        Rows(ChargeRow, [row for rows in charges for row in rows]),
        told(venue_id, counted, happenings, now=now),
        wake=venue_id,
    )
    return tuple(stored)


async def _claim_credits(
    session: AsyncSession,
    venue_id: uuid.UUID,
    pairs: Pairs,
    now: datetime,
    actor: Actor,
) -> None:
    """The orders hold the credits that they are priced with, and no others; somebody faster is Taken."""
    wanted = {
        after.id: wanted_by(after)
        for before, after in pairs
        if is_paid_by_credit(before) or is_paid_by_credit(after)
    }
    try:
        if wanted:
            await claim_for_orders(session, venue_id, wanted, at=now, actor=actor)
    except CreditGone as gone:
        raise Taken(gone.sentence) from gone


async def _locked(
    session: AsyncSession, venue_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Order]:
    """The orders as they are stored, locked in one order. What changed while we waited is left out."""
    if not ids:
        return {}
    at = (OrderVersionRow.venue_id == venue_id) & (OrderVersionRow.order_id == OrderRow.id)
    found = await session.scalars(
        select(cast(OrderVersionRow.value, Text))
        .select_from(OrderRow)
        .join(OrderVersionRow, at & (OrderVersionRow.version == OrderRow.version))
        .where(OrderRow.venue_id == venue_id, OrderRow.id.in_(ids))
        .order_by(OrderRow.id)
        .with_for_update(of=OrderRow)
    )
    return {order.id: order for order in map(read_order, found)}


async def _different(session: AsyncSession, venue_id: uuid.UUID, pairs: Pairs) -> tuple[list[Row], list[Row]]:
    """The rows of lines and bookings that are new or different; those that are gone are deleted."""
    no_lines, lines = _difference(pairs, partial(line_rows, venue_id))
    no_bookings, bookings = _difference(pairs, partial(booking_rows, venue_id))
    for entity, gone in ((BookingRow, no_bookings), (OrderLineRow, no_lines)):
        if gone:
            await session.execute(delete(entity).where(entity.venue_id == venue_id, entity.id.in_(gone)))
    return lines, bookings


def _difference(
    pairs: Pairs, rows: Callable[[Order | None], dict[uuid.UUID, Row]]
) -> tuple[list[uuid.UUID], list[Row]]:
    """The ids of the rows that are gone, and the rows that are new or different."""
    old = {i: row for before, _ in pairs for i, row in rows(before).items()}
    new = {i: row for _, after in pairs for i, row in rows(after).items()}
    return [i for i in old if i not in new], [row for i, row in new.items() if old.get(i) != row]


def _happening(before: Order | None, after: Order) -> Happening:
    """What listeners are told: which order, and the minutes of the calendar that may look different now."""
    if before is None:
        kind = "order.created"
    elif after.status != before.status:
        kind = f"order.{after.status}"
    else:
        kind = "order.changed"
    reaches = [reach(order) for order in (before, after) if order is not None]
    start, end = min(r[0] for r in reaches), max(r[1] for r in reaches)
    data = {"number": after.number, "version": after.version, "from": start, "to": end}
    return Happening(kind=kind, order=after.id, data=data)


def _version(
    venue_id: uuid.UUID, order: Order, change: OrderChange, actor: Actor, now: datetime
) -> dict[str, object]:
    return {
        "venue_id": venue_id,
        "order_id": order.id,
        "version": order.version,
        "at": now,
        "actor_key": actor.key,
        "actor_role": actor.role,
        "actor_name": actor.name,
        "actor_address": actor.address,
        "what": change.what,
        "value": order,
    }
