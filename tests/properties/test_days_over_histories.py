"""The bits and steps of the days are what the allocations come to, whatever has happened to the orders.

And whatever has happened to the hall: what an order holds, the guard refuses to everybody else.
"""

import asyncio
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.database import make_engine
from booking.apply import Taken, clear_expired
from booking.crowded_days import allocations
from booking.held_days import held_days
from booking.lines import Allocation
from booking.order_history import order_version
from booking.places import ALL
from booking.queries import load_order, load_orders, occupancy
from booking.rows import Row, cancelled
from catalog.opening import leaves
from tests.booking.stored import NOW, House, at, open_house, order_of, session_of, takes, with_bookings
from tests.booking.test_dividing import divided

HALLS = ((), ("hall-a", "hall-b"), ("room-1", "anna"), ("hall-b", "sauna"))
FIRST, DAYS = date(2026, 12, 1), 3
WHOLE = ("room-1", "anna", "hall", "hall", "hall-a", "sauna")
DEEDS = ("book", "book", "hold", "change", "cancel", "cancel", "undo", "clear", "divide", "divide")
Minutes = dict[tuple[str, date], list[tuple[bool, int]]]
"""For every minute of a resource on a day: whether it is held whole, and how many places of it are."""


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def wanted(chance: random.Random) -> Allocation:
    """Any resource at any minute, sometimes over midnight."""
    start = chance.randrange(0, 1440 * 3 // 2) / 60
    end = start + chance.randrange(1, 900) / 60
    if chance.random() < 0.5:
        return takes("sauna", start, end, "shared", chance.randint(1, 3))
    return takes(chance.choice(WHOLE), start, end)


async def one_step(house: House, chance: random.Random, ids: list[uuid.UUID], now: datetime) -> House:
    """Something happens to an order, a new one or the hall, or expired holds are cleared away."""
    deed = chance.choice(DEEDS)
    async with house.sessions() as session:
        before = await load_order(session, house.venue, chance.choice(ids), now) if ids else None
    if deed == "clear":
        await clear_expired(house.sessions, house.venue.id, now)
    elif deed == "divide":
        house, _ = await divided(house, hall=chance.choice(HALLS))
    elif deed in ("book", "hold") or before is None:
        held = {"status": "held", "held_until": now.timestamp() + 600} if deed == "hold" else {}
        ids.append((await house.keep(order_of(wanted(chance), wanted(chance), **held), now=now)).id)
    elif deed == "change" and before.status != "cancelled":
        stays = [b for b in before.bookings if chance.random() < 0.5]
        await house.keep(with_bookings(before, *stays, session_of(wanted(chance))), before, now=now)
    elif deed == "cancel":
        await house.keep(cancelled(before), before, now=now)
    elif before.version > 1:
        async with house.sessions() as session:
            earlier = await order_version(session, house.venue.id, before.id, before.version - 1)
        assert earlier is not None
        await house.keep(earlier, before, now=now)
    return house


async def by_minute(house: House, now: datetime) -> tuple[Minutes, Minutes]:
    """What the days say, and what the allocations come to."""
    said, so = _nothing(), _nothing()
    async with house.sessions() as session:
        rows = await held_days(session, house.venue.id, FIRST, FIRST + timedelta(days=DAYS), now)
        held = (await occupancy(session, house.venue, at(0), at(DAYS * 24), now)).held
    for resource, of in rows.items():
        for start, end, places in zip(*(column.tolist() for column in of), strict=True):
            day, begin = divmod(start - at(0), 1440)
            minutes = said[house.venue.resource_keys[resource], FIRST + timedelta(days=day)]
            for m in range(begin, begin + end - start):
                minutes[m] = minutes[m][0] or not places, minutes[m][1] + places
    for h in held:
        for m in range(max(h.start, at(0)), min(h.end, at(DAYS * 24))):
            day, minute_of_day = divmod(m - at(0), 1440)
            minutes = so[h.resource, FIRST + timedelta(days=day)]
            whole, places = minutes[minute_of_day]
            shared = h.use == "shared"
            minutes[minute_of_day] = whole or not shared, places + (h.places if shared else 0)
    return said, so


async def nothing_is_open_to_others(house: House, ids: list[uuid.UUID], now: datetime) -> None:
    """Where an order holds something whole, all its numbers are taken, and some rows are its own."""
    async with house.sessions() as session:
        orders = await load_orders(session, house.venue, ids, now)
        rows = await allocations(session, house.venue.id)
    for order in orders:
        for booking in order.bookings:
            for held in booking.allocations:
                for leaf in leaves(house.venue.catalog, held.resource):
                    there = [r for r in rows if r["resource_id"] == house.venue.resource_ids[leaf]]
                    whole = held.use != "shared" or leaf != held.resource
                    _is_taken(there, booking.id, held.start, held.end, whole)


def _is_taken(there: list[Row], booking: uuid.UUID, start: int, end: int, whole: bool) -> None:
    cuts = {start, *(t for r in there for t in (r["start"], r["end"]) if start < t < end)}
    for at_this in cuts:
        now = [r for r in there if r["start"] <= at_this < r["end"]]
        assert any(r["booking_id"] == booking for r in now)
        numbers = [r["numbers"] for r in now]
        assert sum(n.bit_count() for n in numbers if n >= 0) + (min(numbers) < 0) >= 1
        assert not whole or reduce(or_, numbers) == ALL


def _nothing() -> Minutes:
    return defaultdict(lambda: [(False, 0)] * 1440)


def _telling(minutes: Minutes) -> Minutes:
    return {day: told for day, told in minutes.items() if any(map(any, told))}


def test_the_days_say_what_the_allocations_come_to(database: str, runner: asyncio.Runner) -> None:
    """After bookings, changes, cancellations, undoing, and holds that expire and are cleared away."""
    engine = make_engine(database)

    @settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 2**32))
    def history(seed: int) -> None:
        runner.run(live(random.Random(seed)))

    async def live(chance: random.Random) -> None:
        house, now = await open_house(engine), NOW
        ids: list[uuid.UUID] = []
        for _ in range(24):
            now += timedelta(minutes=chance.choice((0, 1, 7)))
            with suppress(Taken):
                house = await one_step(house, chance, ids, now)
            if chance.random() < 0.2:
                await nothing_is_open_to_others(house, ids, now)
        said, so = await by_minute(house, now)
        assert _telling(said) == _telling(so)
        await nothing_is_open_to_others(house, ids, now)

    history()
    runner.run(engine.dispose())
