"""What may never be of orders: rows that are not what the order says, days that are not what they hold."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.billing import owed
from booking.bookings import AllocationRow, BookingRow, ResourceDay
from booking.charges import ChargeRow
from booking.day_rows import Day, DayRow, Part, parts_of, summed
from booking.handover import handed_over
from booking.lines import Order
from booking.orders import OrderRow
from booking.paying_by_credit import wanted_by
from booking.queries import present_values
from booking.rows import booking_rows, holdings, minutes_of, read_order
from catalog.queries import StoredVenue
from catalog.times import instant
from catalog.verifying import Amiss, found_by
from pricing.paying import Owed
from pricing.paying import summed as owed_together
from pricing.taxes import TaxRow
from pricing.verifying import AT_ONCE, OTHER_CREDITS, OTHER_TICKETS, Held, credits_held, tickets_there

COLUMNS = ("status", "quantity", "start_at", "end_at", "component", "product", "sequence", "locked")
"""What of a booking has to stand in its row."""


async def orders_amiss(session: AsyncSession, venue: StoredVenue) -> AsyncIterator[Amiss]:
    """Of everything here; reads all of it, in pages."""
    async for one in found_by(session, venue.id, _STATEMENTS):
        yield one
    after = uuid.UUID(int=0)
    while True:
        page = present_values(venue.id).where(OrderRow.id > after).order_by(OrderRow.id).limit(AT_ONCE)
        orders = [read_order(value) for value in await session.scalars(page)]
        if not orders:
            break
        async for one in _of_orders(session, venue, orders):
            yield one
        after = orders[-1].id
    async for one in _of_days(session, venue):
        yield one


async def _of_orders(
    session: AsyncSession, venue: StoredVenue, orders: Sequence[Order]
) -> AsyncIterator[Amiss]:
    ids = [order.id for order in orders]
    bookings = await _bookings(session, venue.id, ids)
    held = await _held(session, venue, ids)
    charges = await _charges(session, venue.id, ids)
    credits = await credits_held(session, venue.id, "order_id", ids)
    tickets = await tickets_there(session, venue.id, "order_id", ids)
    for order in orders:
        key = f"order {order.number} ({order.id})"
        if _said_of_bookings(venue.id, order) != bookings.get(order.id, {}):
            yield Amiss("the bookings are not what the order says", key)
        if _said_to_hold(order) != held.get(order.id, set()):
            yield Amiss("an order holds something else than it says", key)
        if charges.get(order.id, owed_together(())) != owed(order):
            yield Amiss("the charges are not the total and the fees", key)
        if _lines_of_price(order) != order.total:
            yield Amiss("the lines of the price are not the total", key)
        if credits.get(order.id, Counter()) != _wanted(order):
            yield Amiss(OTHER_CREDITS, key)
        if tickets.get(order.id, Counter()) != _tickets(order, venue.tz, venue.catalog.venue.currency):
            yield Amiss(OTHER_TICKETS, key)


async def _of_days(session: AsyncSession, venue: StoredVenue) -> AsyncIterator[Amiss]:
    """The bits and steps of every resource's days against the allocations."""
    columns = (AllocationRow.during, AllocationRow.use, AllocationRow.quantity)
    for resource_id, resource in venue.resource_keys.items():
        rows = await session.execute(
            select(ResourceDay.day, ResourceDay.busy, ResourceDay.load).where(
                ResourceDay.venue_id == venue.id, ResourceDay.resource_id == resource_id
            )
        )
        said = {day: (busy, load) for day, busy, load in rows if busy or load}
        found = await session.execute(
            select(*columns).where(
                AllocationRow.venue_id == venue.id, AllocationRow.resource_id == resource_id
            )
        )
        parts: dict[Day, list[Part]] = {}
        for during, use, quantity in found:
            for day, part in parts_of(resource_id, *minutes_of(during), use, quantity):
                parts.setdefault(day, []).append(part)
        holds = {day: _row(summed(all_day)) for (_, day), all_day in parts.items()}
        for date in sorted(said.keys() | holds.keys()):
            if said.get(date) != holds.get(date):
                yield Amiss("a day is not what is held on it", f"{resource} on {date}")


def _row(row: DayRow) -> tuple[bytes, bytes]:
    return row.busy, row.load


def _said_of_bookings(venue_id: uuid.UUID, order: Order) -> dict[uuid.UUID, tuple[Any, ...]]:
    return {key: tuple(row[c] for c in COLUMNS) for key, row in booking_rows(venue_id, order).items()}


async def _bookings(
    session: AsyncSession, venue_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, dict[uuid.UUID, tuple[Any, ...]]]:
    columns = (getattr(BookingRow, name) for name in COLUMNS)
    mine = (BookingRow.venue_id == venue_id, BookingRow.order_id.in_(ids))
    out: dict[uuid.UUID, dict[uuid.UUID, tuple[Any, ...]]] = {}
    for order, booking, *row in await session.execute(
        select(BookingRow.order_id, BookingRow.id, *columns).where(*mine)
    ):
        out.setdefault(order, {})[booking] = tuple(row)
    return out


Holding = tuple[uuid.UUID, str, Any, Any]
"""A booking, the resource that was chosen for it, from when to when."""


def _said_to_hold(order: Order) -> set[Holding]:
    return {
        (booking, a.resource, instant(a.start), instant(a.end))
        for booking, held in holdings(order).items()
        for a in held
    }


async def _held(
    session: AsyncSession, venue: StoredVenue, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, set[Holding]]:
    """Pieces of a stay that was numbered anew count as the one that they are."""
    columns = (AllocationRow.order_id, AllocationRow.booking_id, AllocationRow.chosen_id, AllocationRow.need)
    bounds = func.min(func.lower(AllocationRow.during)), func.max(func.upper(AllocationRow.during))
    found = await session.execute(
        select(*columns, *bounds)
        .where(AllocationRow.venue_id == venue.id, AllocationRow.order_id.in_(ids))
        .group_by(*columns)
    )
    out: dict[uuid.UUID, set[Holding]] = {}
    for order, booking, chosen, _, start, end in found:
        out.setdefault(order, set()).add((booking, venue.resource_keys[chosen], start, end))
    return out


async def _charges(
    session: AsyncSession, venue_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> Mapping[uuid.UUID, Owed]:
    mine = (ChargeRow.venue_id == venue_id, ChargeRow.order_id.in_(ids))
    found = await session.execute(select(ChargeRow.order_id, ChargeRow.amount, ChargeRow.taxes).where(*mine))
    parts: dict[uuid.UUID, list[Owed]] = {}
    for order, amount, taxes in found:
        entry = Owed(amount=amount, taxes=msgspec.convert(taxes, tuple[TaxRow, ...]))
        parts.setdefault(order, []).append(entry)
    return {order: owed_together(entries) for order, entries in parts.items()}


def _lines_of_price(order: Order) -> Decimal:
    """What the portions cost, each after its share of the discounts."""
    return sum((Decimal(part["amount"]) for part in order.price["lines"]), order.total * 0)


def _wanted(order: Order) -> Held:
    out: Held = Counter()
    for (lot, line, _), want in wanted_by(order).items():
        out[lot, line] += want.count
    return out


def _tickets(order: Order, tz: ZoneInfo, currency: str) -> Counter[tuple[object, ...]]:
    out: Counter[tuple[object, ...]] = Counter()
    for wanted in handed_over(order, tz, currency).tickets:
        out[wanted.what] += wanted.count
    return out


_STATEMENTS = {
    "an order is not its last version": """
        select 'order ' || o.number from orders o join order_version v on (v.venue_id, v.order_id, v.version)
            = (o.venue_id, o.id, o.version)
        where o.venue_id = :venue and (coalesce(v.value ->> 'status', 'confirmed') <> o.status
            or (v.value ->> 'total')::numeric <> o.total or (v.value ->> 'number')::int <> o.number
            or (v.value ->> 'customer')::uuid is distinct from o.customer_id)""",
    "a version of an order is missing": """
        select 'order ' || o.number from orders o left join order_version v on v.venue_id = o.venue_id
            and v.order_id = o.id where o.venue_id = :venue group by o.number, o.version
        having count(v.version) <> o.version or max(v.version) <> o.version""",
    "the number of an order is missing": """
        select 'venue ' || c.venue_id from venue_counter c left join orders o on o.venue_id = c.venue_id
        where c.venue_id = :venue group by c.venue_id, c.last_order
        having count(o.id) <> c.last_order or coalesce(max(o.number), 0) <> c.last_order""",
    "nobody changed an order": """
        select 'order ' || order_id from order_version
        where venue_id = :venue and (actor_role = '' or what = '')""",
    "a resource is held twice": """
        select 'booking ' || a.booking_id from allocation a join allocation b on a.venue_id = b.venue_id
            and a.resource_id = b.resource_id and a.during && b.during and a.places && b.places
            and a.id < b.id where a.venue_id = :venue""",
    "an event is missing": """
        select 'venue ' || c.venue_id from venue_counter c left join event e on e.venue_id = c.venue_id
        where c.venue_id = :venue group by c.venue_id, c.last_event
        having count(e.seq) <> c.last_event or coalesce(max(e.seq), 0) <> c.last_event""",
    "a version that no event tells of": """
        select 'order ' || order_id from order_version v where v.venue_id = :venue and not exists (
            select 1 from event e where e.venue_id = v.venue_id and e.order_id = v.order_id
            and (e.data ->> 'version')::int = v.version)""",
    "a calendar entry went back to an earlier SEQUENCE": """
        select 'booking ' || id from (
            select b ->> 'id' as id, version, coalesce((b ->> 'sequence')::int, 0) as now,
                lag(coalesce((b ->> 'sequence')::int, 0)) over (partition by order_id, b ->> 'id'
                    order by version) as before
            from order_version v, jsonb_array_elements(v.value -> 'lines') l,
                jsonb_array_elements(coalesce(l -> 'bookings', '[]')) b
            where v.venue_id = :venue) s where now < before""",
}
