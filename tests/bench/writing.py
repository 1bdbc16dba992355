"""What the database does for an order: its rows, committed; many writers at once; a month of a large venue.

`commit-6` and `commit-72` send over asyncpg, one after the other, the very statements that the writer sent
for such orders; the peer adds the same rows as objects of SQLAlchemy's ORM. Both leave the same tables.
"""

import asyncio
import json
import random
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import event, select, text, tuple_
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import make_transient

from booking.bookings import AllocationRow, BookingRow, ResourceDay
from booking.bulk import statement
from booking.charges import ChargeRow
from booking.day_locks import _LOCK, day_rows
from booking.day_rows import DayRow, exchanged, meets, minutes_before, parts_of
from booking.events import EventRow
from booking.held_days import held_days
from booking.lines import Allocation, Booking, Order
from booking.orders import OrderLineRow, OrderRow, OrderVersionRow
from booking.rows import during_of
from catalog.base import new_id
from catalog.times import instant, wall
from tests.bench.filling import filled
from tests.bench.houses import FIRST
from tests.bench.stored import address_of, database, day, open_bench_house, postgres
from tests.bench.telling import Row
from tests.booking.stored import NOW, House, order_of, session_of

ORDERS, WRITERS, SECONDS = 15, 32, 4.0
ENTITIES = (OrderRow, OrderLineRow, BookingRow, AllocationRow, OrderVersionRow, ChargeRow, EventRow)
Statements = list[tuple[str, tuple[Any, ...]]]


def rows() -> Iterator[Row]:
    """Each measurement in a database of its own."""
    with postgres() as server, asyncio.Runner() as runner:
        for measure in (commits, occupancy, writers):
            yield from runner.run(_all(measure(server)))


async def _all(found: AsyncIterator[Row]) -> list[Row]:
    return [row async for row in found]


# --- the rows of an order ---


@dataclass
class Written:
    """What the writer sent for one order, and what stood in the days then."""

    statements: Statements = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)


async def commits(server: str) -> AsyncIterator[Row]:
    for sessions in (6, 72):
        async with database(server) as (engine, template):
            house = await open_bench_house(engine, 40, ORDERS)
            orders = [one_order(house, sessions, n) for n in range(ORDERS)]
            await engine.dispose()
            async with database(server, template) as (first, _):
                written = await _recorded(
                    House(first, async_sessionmaker(first, expire_on_commit=False), house.venue), orders
                )
            async with database(server, template) as (second, name):
                ours = await _replayed(address_of(second, server, name), written)
                left = await _digest(second)
            async with database(server, template) as (third, _):
                peers = await _as_objects(third, written)
                assert await _digest(third) == left
        yield Row(f"commit-{sessions}", ours, "ms", peers, "SQLAlchemy ORM")


def one_order(house: House, sessions: int, day_number: int) -> Order:
    """So many sessions on one day, each with a therapist and a room, none at the same time as another."""
    keys = [r.key for r in house.venue.catalog.resources]
    hosts, rooms = keys[: len(keys) // 2], keys[len(keys) // 2 :]
    midnight = wall(house.venue.tz, day(day_number), 0)
    bookings: list[Booking] = []
    for n in range(sessions):
        start = midnight + 480 + 60 * (n // len(hosts))
        held = [
            Allocation(
                resource=key, pool="any", need=0, use="exclusive", places=1, start=start, end=start + 50
            )
            for key in (hosts[n % len(hosts)], rooms[n % len(rooms)])
        ]
        bookings.append(session_of(*held))
    return order_of(*bookings)


async def _recorded(house: House, orders: Sequence[Order]) -> list[Written]:
    """The orders written by the writer, and the statements that it sent."""
    sent: Statements = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        sent.append((statement, tuple(parameters)))

    event.listen(house.engine.sync_engine, "before_cursor_execute", note)
    written = []
    for order in orders:
        sent.clear()
        stored = await house.keep(order)
        one = Written(list(sent))
        async with house.sessions() as session:
            for entity in ENTITIES:
                key = OrderRow.id if entity is OrderRow else entity.order_id  # type: ignore[attr-defined]
                one.objects += (await session.scalars(select(entity).where(key == stored.id))).all()
        for thing in one.objects:
            make_transient(thing)
        written.append(one)
    return written


async def _replayed(address: str, written: Sequence[Written]) -> float:
    connection = await asyncpg.connect(address)
    took = []
    for one in written:
        began = time.perf_counter()
        async with connection.transaction():
            for statement, parameters in one.statements:
                await connection.fetch(statement, *parameters)
        took.append((time.perf_counter() - began) * 1000)
    await connection.close()
    return statistics.median(took)


async def _as_objects(engine: AsyncEngine, written: Sequence[Written]) -> float:
    took = []
    for one in written:
        days = _days_written(one)
        venue = uuid.UUID(days[0]["venue_id"])
        on_dates = [(uuid.UUID(d["resource_id"]), date.fromisoformat(d["day"])) for d in days]
        began = time.perf_counter()
        async with AsyncSession(engine) as session, session.begin():
            keys = tuple_(ResourceDay.resource_id, ResourceDay.day)
            wanted = select(ResourceDay).where(ResourceDay.venue_id == venue, keys.in_(on_dates))
            in_order = wanted.order_by(ResourceDay.resource_id, ResourceDay.day).with_for_update()
            found = {(d.resource_id, d.day): d for d in await session.scalars(in_order)}
            for on_date, day_row in zip(on_dates, days, strict=True):
                row = found[on_date]
                row.busy, row.load = (bytes.fromhex(day_row[name][2:]) for name in ("busy", "load"))
                row.version += 1
            by_kind = {entity: [o for o in one.objects if type(o) is entity] for entity in ENTITIES}
            for entity in ENTITIES:
                session.add_all(by_kind[entity])
                await session.flush()
            counter = text(
                "UPDATE venue_counter SET last_order = last_order + 1, last_event = last_event + 1"
                " WHERE venue_id = :venue"
            )
            await session.execute(counter, {"venue": venue})
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _days_written(one: Written) -> list[dict[str, Any]]:
    """The rows of days that were sent with the order."""
    texts = (p for _, given in one.statements for p in given if isinstance(p, str) and '"busy"' in p)
    days: list[dict[str, Any]] = json.loads(next(texts))
    return days


@cache
def _compiled(statement: Any) -> tuple[str, list[str]]:
    made = statement.compile(dialect=dialect.dialect())
    return str(made), list(made.positiontup or ())


async def _digest(engine: AsyncEngine) -> list[Any]:
    """All that the tables hold, in short."""
    async with engine.connect() as connection:
        return [
            (
                await connection.execute(
                    text(
                        "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text))"
                        f" FROM {e.__tablename__} t"
                    )
                )
            ).one()
            for e in (*ENTITIES, ResourceDay)
        ]


# --- a month of a large venue ---


async def occupancy(server: str) -> AsyncIterator[Row]:
    """400 resources, 30 days, half booked: as an index takes it, and as objects of allocations."""
    async with database(server) as (engine, _):
        house = await open_bench_house(engine, 400, 30)
        await filled(house, 400, 30)
        first, last = day(0), day(30)
        window = Range(instant(minutes_before(first)), instant(minutes_before(last)))
        month = AllocationRow.venue_id == house.venue.id, AllocationRow.during.op("&&")(window)
        took = []
        async with house.sessions() as session:
            for _ in range(15):
                began = time.perf_counter()
                ours = await held_days(session, house.venue.id, first, last, NOW)
                took.append((time.perf_counter() - began) * 1000)
        peers = []
        for _ in range(3):
            async with house.sessions() as session:
                began = time.perf_counter()
                found = (await session.scalars(select(AllocationRow).where(*month))).all()
                peers.append((time.perf_counter() - began) * 1000)
        assert sum(int((held.ends - held.starts).sum()) for held in ours.values()) == sum(
            (a.during.upper - a.during.lower).total_seconds() // 60 for a in found
        )
        yield Row(
            "occupancy-400x30", statistics.median(took), "ms", statistics.median(peers), "SQLAlchemy ORM"
        )


# --- many writers ---


async def writers(server: str) -> AsyncIterator[Row]:
    """32 connections that all want two of six resources at some hour of one day; most come too late.

    An attempt is what a booking does at the database: it looks whether the time is free, locks, looks again,
    writes. The peer goes by the constraint alone: it inserts, and is refused.
    """
    for locks in (True, False):
        async with database(server) as (engine, database_name):
            house = await open_bench_house(engine, 40, 2)
            order = await house.keep(one_order(house, 6, 1))
            bookings = [b.id for b in order.bookings]
            address = address_of(engine, server, database_name)
            pool = await asyncpg.create_pool(address, min_size=WRITERS, max_size=WRITERS)
            until = time.perf_counter() + SECONDS
            found = await asyncio.gather(
                *(
                    _compete(pool, house, order.id, bookings, random.Random(n), until, locks)
                    for n in range(WRITERS)
                )
            )
            await pool.close()
            attempts = [one for writer in found for one in writer[0]]
            deadlocks = sum(writer[1] for writer in found)
            assert await house.count(_DOUBLE) == 0
        if locks:
            assert deadlocks == 0
            ours, slowest = len(attempts) / SECONDS, max(attempts)
        else:
            yield Row("writers-32", ours, "a second", len(attempts) / SECONDS, "the constraint alone")
            yield Row(
                "writers-32-slowest", slowest * 1000, "ms", max(attempts) * 1000, "the constraint alone"
            )


_DOUBLE = (
    "allocation a JOIN allocation b ON a.resource_id = b.resource_id AND a.id < b.id"
    " AND a.during && b.during AND a.places && b.places"
)
_TAKE = """
    INSERT INTO allocation (venue_id, id, booking_id, order_id, resource_id, chosen_id, pool, need, use,
                            quantity, capacity, places, during)
    SELECT $1, id, $3, $4, resource, resource, 'any', 0, 'exclusive', 1, 1, '{[1,)}', $6::text::tstzrange
    FROM unnest($2::uuid[], $5::uuid[]) AS t (id, resource)
"""


async def _compete(
    pool: asyncpg.Pool,
    house: House,
    order: Any,
    bookings: Sequence[Any],
    chance: random.Random,
    until: float,
    locks: bool,
) -> tuple[list[float], int]:
    """How long each attempt took, and how many ended in a deadlock."""
    resources = [house.venue.resource_ids[r.key] for r in house.venue.catalog.resources][:6]
    midnight = wall(house.venue.tz, FIRST, 0)
    took, deadlocks = [], 0
    async with pool.acquire() as connection:
        while time.perf_counter() < until:
            wanted = sorted(chance.sample(resources, 2)) if locks else chance.sample(resources, 2)
            start = midnight + 480 + chance.randrange(0, 720, 5)
            began = time.perf_counter()
            try:
                if locks:
                    await _look(connection, house, wanted, start, lock=False)
                async with connection.transaction():
                    if locks:
                        days = await _look(connection, house, wanted, start, lock=True)
                        await connection.fetch(*days)
                    ids = [new_id() for _ in wanted]
                    during = during_of(start, start + 50)
                    await connection.fetch(
                        _TAKE, house.venue.id, ids, chance.choice(bookings), order, wanted, during
                    )
            except (LookupError, asyncpg.ExclusionViolationError):
                pass
            except asyncpg.DeadlockDetectedError:
                deadlocks += 1
            took.append(time.perf_counter() - began)
    return took, deadlocks


async def _look(
    connection: Any, house: House, wanted: Sequence[Any], start: int, *, lock: bool
) -> tuple[Any, ...]:
    """As `exchange` does it: the statement that writes the days; LookupError where somebody was faster."""
    parts = dict(part for r in wanted for part in parts_of(r, start, start + 50, "exclusive", 1))
    given: dict[str, Any] = {"venue": house.venue.id}
    given |= {"resources": [r for r, _ in parts], "days": [d for _, d in parts]}
    found = await connection.fetch(*_filled(_LOCK if lock else _LOOK, given))
    rows: dict[tuple[Any, date], DayRow] = {(r, d): DayRow(*row) for r, d, *row in found}
    if any(meets(rows[on], part) for on, part in parts.items()):
        raise LookupError
    after = day_rows(house.venue.id, {on: exchanged(rows[on], (), [part]) for on, part in parts.items()})
    return _filled(statement([after]), {"rows_0": msgspec.json.encode(after.rows).decode()})


_LOOK = text("""
    SELECT d.resource_id, d.day, d.busy, d.load, d.crowded
    FROM unnest(cast(:resources AS uuid[]), cast(:days AS date[])) AS wanted (resource_id, day)
    JOIN resource_day d ON d.venue_id = :venue AND d.resource_id = wanted.resource_id AND d.day = wanted.day
""")


def _filled(statement: Any, given: dict[str, Any]) -> tuple[Any, ...]:
    sql, names = _compiled(statement)
    return (sql, *(given[name] for name in names))
