"""The bits and steps of the days are what the allocations come to, whatever has happened to the orders."""

import asyncio
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.database import make_engine
from booking.apply import Taken, clear_expired
from booking.day_rows import DayRow, busy_of, load_of
from booking.held_days import held_days
from booking.lines import Allocation
from booking.queries import load_order, occupancy, order_version
from booking.rows import cancelled
from tests.booking.stored import NOW, House, at, open_house, order_of, session_of, takes, with_bookings

FIRST, DAYS = date(2026, 12, 1), 3
WHOLE = ("room-1", "anna", "hall", "hall-a", "hall-b", "sauna")
Minutes = dict[tuple[str, date], list[tuple[bool, int]]]
"""For every minute of a resource on a day: whether it is held whole, and how many places of it are."""


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def wanted(chance: random.Random) -> Allocation:
    """Any resource at any minute, sometimes over midnight."""
    start = chance.randrange(0, (DAYS - 1) * 1440) / 60
    end = start + chance.randrange(1, 900) / 60
    if chance.random() < 0.5:
        return takes("sauna", start, end, "shared", chance.randint(1, 3))
    return takes(chance.choice(WHOLE), start, end)


async def one_step(house: House, chance: random.Random, ids: list[uuid.UUID], now: datetime) -> None:
    """Something happens to an order, or to a new one, or expired holds are cleared away."""
    deed = chance.choice(("book", "book", "hold", "change", "cancel", "undo", "clear"))
    async with house.sessions() as session:
        before = await load_order(session, house.venue, chance.choice(ids), now) if ids else None
    if deed == "clear":
        await clear_expired(house.sessions, house.venue.id, now)
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


async def by_minute(house: House, now: datetime) -> tuple[Minutes, Minutes]:
    """What the days say, and what the allocations come to."""
    said, so = _nothing(), _nothing()
    async with house.sessions() as session:
        rows = await held_days(session, house.venue.id, FIRST, FIRST + timedelta(days=DAYS), now)
        held = await occupancy(session, house.venue.id, at(0), at(DAYS * 24), now)
    for (resource, day), row in rows.items():
        said[house.venue.resource_keys[resource], day] = _told(row)
    for h in held:
        for m in range(max(h.start, at(0)), min(h.end, at(DAYS * 24))):
            day, minute_of_day = divmod(m - at(0), 1440)
            minutes = so[h.resource, FIRST + timedelta(days=day)]
            whole, places = minutes[minute_of_day]
            shared = h.use == "shared"
            minutes[minute_of_day] = whole or not shared, places + (h.places if shared else 0)
    return said, so


def _nothing() -> Minutes:
    return defaultdict(lambda: [(False, 0)] * 1440)


def _told(row: DayRow) -> list[tuple[bool, int]]:
    busy, steps = busy_of(row.busy), [*load_of(row.load), (1440, 0)]
    places = [0] * 1440
    for (start, level), (end, _) in pairwise(steps):
        places[start:end] = [level] * (end - start)
    return [(bool(busy >> m & 1), places[m]) for m in range(1440)]


def _telling(minutes: Minutes) -> Minutes:
    return {day: told for day, told in minutes.items() if any(map(any, told))}


def test_the_days_say_what_the_allocations_come_to(database: str, runner: asyncio.Runner) -> None:
    """After bookings, changes, cancellations, undoing, and holds that expire and are cleared away."""
    engine = make_engine(database)

    @settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 2**32))
    def history(seed: int) -> None:
        runner.run(live(random.Random(seed)))

    async def live(chance: random.Random) -> None:
        house, now = await open_house(engine), NOW
        ids: list[uuid.UUID] = []
        for _ in range(16):
            now += timedelta(minutes=chance.choice((0, 1, 7)))
            with suppress(Taken):
                await one_step(house, chance, ids, now)
        said, so = await by_minute(house, now)
        assert _telling(said) == _telling(so)

    history()
    runner.run(engine.dispose())
