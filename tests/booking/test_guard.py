"""The guard, and the locks before it: no resource is held twice, whoever competes (P5, P6)."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

import booking.holding
from api.database import make_engine
from booking.apply import Taken
from booking.bookings import GUARD
from booking.day_locks import lock_days
from booking.day_rows import Day, DayRow
from booking.lines import Allocation, Order
from booking.rows import cancelled
from tests.booking.stored import CATALOG, House, open_house, order_of, session_of, takes, with_bookings

DOUBLE = """
    allocation a JOIN allocation b ON a.venue_id = b.venue_id AND a.resource_id = b.resource_id
    AND a.id < b.id AND a.during && b.during AND a.places && b.places
"""
"""Pairs of rows that hold the same places of a resource at the same time."""


@pytest.fixture
async def house(database: str) -> AsyncIterator[House]:
    """With a connection for every one of 32 writers."""
    engine = make_engine(database, pool_size=32)
    yield await open_house(engine)
    await engine.dispose()


async def outcome(house: House, order: Order, before: Order | None = None) -> str:
    try:
        await house.keep(order, before)
    except Taken:
        return "taken"
    return "kept"


async def compete(house: House, *orders: Order) -> Counter[str]:
    """All of the writers at once."""
    return Counter(await asyncio.gather(*(outcome(house, order) for order in orders)))


EXCLUSIVE, SEATED = takes("sauna", 10, 12), takes("sauna", 10, 12, "seated")


def shared(places: int, start: float = 10, end: float = 12) -> Allocation:
    return takes("sauna", start, end, "shared", places)


@pytest.mark.parametrize(
    ("there", "comes", "expected"),
    [
        pytest.param(EXCLUSIVE, takes("sauna", 11, 13), "taken", id="exclusive meets exclusive"),
        pytest.param(EXCLUSIVE, takes("sauna", 12, 13), "kept", id="one ends as the other begins"),
        pytest.param(EXCLUSIVE, SEATED, "taken", id="exclusive meets seated"),
        pytest.param(EXCLUSIVE, shared(1), "taken", id="exclusive meets shared"),
        pytest.param(shared(1), EXCLUSIVE, "taken", id="shared meets exclusive"),
        pytest.param(shared(3), shared(1), "kept", id="shared up to the capacity"),
        pytest.param(shared(3), shared(2), "taken", id="shared beyond the capacity"),
        pytest.param(takes("hall", 10, 12), takes("hall-b", 11, 12), "taken", id="a hall meets its part"),
        pytest.param(takes("hall-b", 10, 12), takes("hall", 11, 12), "taken", id="a part meets its hall"),
        pytest.param(takes("hall-a", 10, 12), takes("hall-b", 10, 12), "kept", id="two parts of a hall"),
    ],
)
async def test_what_is_held_cannot_be_taken(
    house: House, there: Allocation, comes: Allocation, expected: str
) -> None:
    await house.keep(order_of(there))
    assert await outcome(house, order_of(comes)) == expected


async def test_a_hold_holds_as_firmly_as_a_booking(house: House) -> None:
    """B03."""
    held = order_of(takes("anna", 10, 11), status="held", held_until=2e9)
    await house.keep(held)
    assert await outcome(house, order_of(takes("anna", 10, 11))) == "taken"


async def test_two_needs_of_one_order_meet_the_guard_too(house: House) -> None:
    assert await outcome(house, order_of(takes("anna", 10, 11), takes("anna", 10.5, 12))) == "taken"


async def test_an_order_never_blocks_itself(house: House) -> None:
    before = await house.keep(order_of(shared(4)))
    after = with_bookings(before, session_of(shared(4, 11, 13)))
    assert await outcome(house, after, before) == "kept"


async def test_the_same_person_may_book_what_he_cancelled(house: House) -> None:
    """B05."""
    for _ in range(3):
        order = await house.keep(order_of(takes("anna", 10, 11)))
        await house.keep(cancelled(order), order)


async def numbers(house: House) -> dict[Any, str]:
    """On which places each order sits."""
    async with house.sessions() as session:
        found = await session.execute(text("SELECT order_id, places::text FROM allocation"))
        return {row[0]: row[1] for row in found}


async def test_guests_change_places_when_the_free_ones_are_scattered(house: House) -> None:
    """P6: one place is free all the time, but never the same one for long."""
    early = [await house.keep(order_of(shared(1, 10, 12))) for _ in range(3)]
    await house.keep(order_of(shared(1, 10, 12)))
    for _ in range(3):
        late = await house.keep(order_of(shared(1, 12, 14)))
    await house.keep(cancelled(early[0]), early[0])
    before = await numbers(house)
    assert sorted(before.values()) == sorted(
        ["{[2,3)}", "{[3,4)}", "{[4,5)}", "{[1,2)}", "{[2,3)}", "{[3,4)}"]
    )

    assert await outcome(house, order_of(shared(1, 10, 14))) == "kept"
    assert {**await numbers(house), late.id: ""} != {**before, late.id: ""}
    assert await house.count(DOUBLE) == 0
    assert await outcome(house, order_of(shared(1, 11, 13))) == "taken"


async def test_renumbering_reaches_guests_who_stay_for_days(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They hang together with days that the newcomer does not touch: those are locked too."""
    locked = []
    lock_days = booking.holding.lock_days

    async def noted(session: AsyncSession, venue_id: uuid.UUID, days: Collection[Day]) -> dict[Day, DayRow]:
        locked.append(len(days))
        return await lock_days(session, venue_id, days)

    first = [await house.keep(order_of(shared(1, 0, 12))) for _ in range(4)]
    for _ in range(3):
        await house.keep(order_of(shared(1, 12, 80)))
    await house.keep(cancelled(first[0]), first[0])
    monkeypatch.setattr(booking.holding, "lock_days", noted)
    assert await outcome(house, order_of(shared(1, 10, 14))) == "kept"
    assert locked == [1, 4]
    assert await house.count(DOUBLE) == 0


async def test_guests_above_a_capacity_that_was_lowered_stay_and_keep_newcomers_out(house: House) -> None:
    for _ in range(4):
        await house.keep(order_of(shared(1, 10, 12)))
    sauna = CATALOG.resource("sauna")
    assert sauna is not None
    smaller = msgspec.structs.replace(CATALOG, resources=(msgspec.structs.replace(sauna, capacity=2),))
    later = replace(house, venue=replace(house.venue, catalog=smaller))
    assert await outcome(later, order_of(shared(1, 11, 13))) == "taken"
    assert await outcome(later, order_of(shared(2, 12, 13))) == "kept"
    assert await outcome(later, order_of(shared(1, 12, 13))) == "taken"


async def test_of_two_who_want_the_last_place_one_gets_it(house: House) -> None:
    """B04."""
    await house.keep(order_of(shared(3)))
    assert await compete(house, order_of(shared(1)), order_of(shared(1))) == {"kept": 1, "taken": 1}


async def test_of_32_writers_on_3_rooms_exactly_3_succeed(house: House) -> None:
    """B01, B18: with rows that nobody has locked before, in every order of rooms and therapists."""
    orders = [order_of(takes(f"room-{n % 3 + 1}", 10, 11)) for n in range(32)]
    assert await compete(house, *orders) == {"kept": 3, "taken": 29}
    assert await house.count("orders") == 3
    assert await house.count("event") == 3


async def test_writers_of_several_resources_never_deadlock(house: House) -> None:
    """Each takes two rooms, in both orders, and a place in the sauna; the loser leaves nothing."""
    pairs = [("room-1", "room-2"), ("room-2", "room-1"), ("room-3", "room-2"), ("room-1", "room-3")]
    orders = [
        order_of(
            takes(pairs[n % 4][0], 8 + n // 8, 9 + n // 8),
            takes(pairs[n % 4][1], 8 + n // 8, 9 + n // 8),
            shared(1, 8 + n // 8, 10 + n // 8),
        )
        for n in range(32)
    ]
    result = await compete(house, *orders)
    assert result["kept"] >= 4
    assert await house.count(DOUBLE) == 0
    assert await house.count("allocation") == 3 * result["kept"]
    assert await house.count("event") == result["kept"]
    assert await house.count("venue_counter WHERE last_event = last_order") == 1


async def no_lock(_: AsyncSession, __: uuid.UUID, days: Collection[Day]) -> dict[Day, DayRow]:
    await asyncio.sleep(0)
    return dict.fromkeys(days, DayRow())


async def test_without_guard_and_locks_the_race_is_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B20, the negative control: were this to find nothing, the tests above would prove nothing."""

    monkeypatch.setattr(booking.holding, "lock_days", no_lock)
    async with house.engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE allocation DROP CONSTRAINT {GUARD}"))
    await compete(house, *(order_of(shared(4)) for _ in range(8)))
    assert await house.count(DOUBLE) > 0


@pytest.mark.parametrize("day", ["that nobody has booked before", "that was booked before"])
async def test_without_the_guard_the_locks_alone_still_count_places(house: House, day: str) -> None:
    async with house.engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE allocation DROP CONSTRAINT {GUARD}"))
    if day == "that was booked before":
        await house.keep(cancelled(order := await house.keep(order_of(shared(1)))), order)
    assert await compete(house, *(order_of(shared(1)) for _ in range(12))) == {"kept": 4, "taken": 8}
    one_room = (order_of(takes("room-1", 8 + n / 4, 9 + n / 4)) for n in range(3))
    assert await compete(house, *one_room) == {"kept": 1, "taken": 2}


async def test_who_waits_for_a_day_holds_none_that_come_after_it(house: House) -> None:
    """In whatever order they are named, and stand in the table: so nobody waits in a circle."""
    rooms = sorted(house.venue.resource_ids[f"room-{n}"] for n in (1, 2, 3))
    days = [(room, date(2027, 6, day)) for room in rooms for day in (5, 6)]
    sessions = house.sessions
    for day in reversed(days):
        async with sessions.begin() as session:
            await lock_days(session, house.venue.id, [day])  # which makes it
    free = text("SELECT resource_id, day FROM resource_day FOR UPDATE SKIP LOCKED")
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for n, held in enumerate(days[:3]):
        async with sessions.begin() as first, sessions() as second, sessions() as third:
            await lock_days(first, house.venue.id, [held])
            waiting = asyncio.create_task(lock_days(second, house.venue.id, days[::-1]))
            while not await third.scalar(waits):  # noqa: ASYNC110 - the database tells
                await asyncio.sleep(0.01)
            left = {(row.resource_id, row.day) for row in await third.execute(free)}
            assert left == set(days[n + 1 :])
            await third.rollback()
            await first.rollback()
            assert set(await waiting) == set(days)
            await second.rollback()


async def test_without_the_locks_the_guard_alone_still_holds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking.holding, "lock_days", no_lock)
    result = await compete(house, *(order_of(shared(1)) for _ in range(12)))
    assert 1 <= result["kept"] <= 4
    assert await house.count(DOUBLE) == 0


async def test_the_guard_stands_in_the_database(engine: AsyncEngine) -> None:
    """Migrations do not notice when an exclusion constraint is missing."""
    async with engine.connect() as connection:
        guard = await connection.scalar(
            text(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = 'allocation'::regclass AND contype = 'x' AND conname = :name"
            ),
            {"name": GUARD},
        )
    assert guard == (
        "EXCLUDE USING gist (venue_id WITH =, resource_id WITH =, during WITH &&, places WITH &&) DEFERRABLE"
    )


@pytest.mark.parametrize(
    ("use", "places", "during"),
    [
        ("exclusive", "{[1,2)}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("exclusive", "{}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("shared", "{}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("shared", "{[0,1)}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("shared", "{[4,6)}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("shared", "{[1,)}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("rented", "{[1,)}", "[2026-12-01 10:00Z,2026-12-01 11:00Z)"),
        ("exclusive", "{[1,)}", "empty"),
        ("exclusive", "{[1,)}", "[2026-12-01 10:00Z,)"),
        ("exclusive", "{[1,)}", "(,2026-12-01 10:00Z)"),
        ("exclusive", "{[1,)}", "[2026-12-01 10:00Z,2026-12-01 11:00Z]"),
        ("exclusive", "{[1,)}", "[2026-12-01 10:00Z,infinity)"),
    ],
)
async def test_the_database_refuses_what_the_guard_could_not_compare(
    house: House, use: str, places: str, during: str
) -> None:
    await house.keep(order_of(shared(1, 20, 21)))
    statement = (
        "UPDATE allocation SET use = :use, places = CAST(CAST(:places AS text) AS int4multirange),"
        " during = CAST(CAST(:during AS text) AS tstzrange)"
    )
    given = {"use": use, "places": places, "during": during}
    async with house.sessions() as session:
        with pytest.raises(IntegrityError, match="ck_allocation"):
            await session.execute(text(statement), given)
