"""A hall that is divided, or joined again: what was booked follows, nobody new comes in, staff are told."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from api.database import make_engine
from booking.actions.revise import revise
from booking.apply import Outrun, PartsChanged, Taken, clear_expired
from booking.lines import Allocation, Order
from booking.rows import cancelled
from catalog.actors import SYSTEM
from catalog.queries import load_venue_by_id
from catalog.service import ImportResult
from catalog.specs import Catalog
from tests.booking.stored import NOW, House, open_house, order_of, session_of, takes, with_bookings
from tests.booking.test_guard import DOUBLE


@pytest.fixture
async def house(database: str) -> AsyncIterator[House]:
    engine = make_engine(database, pool_size=32)
    yield await open_house(engine)
    await engine.dispose()


async def divided(house: House, **parts: tuple[str, ...]) -> tuple[House, ImportResult]:
    """The house after its catalog was read in with other parts of these resources."""
    catalog = with_parts(house.venue.catalog, **parts)
    async with house.sessions.begin() as session:
        result = await revise(session, house.venue.organisation_id, house.venue.key, catalog, NOW, SYSTEM)
    async with house.sessions() as session:
        venue = await load_venue_by_id(session, house.venue.id)
    return dataclasses.replace(house, venue=venue), result


def with_parts(catalog: Catalog, **parts: tuple[str, ...]) -> Catalog:
    keys = {key.replace("_", "-"): value for key, value in parts.items()}
    resources = tuple(replace(r, parts=keys.get(r.key, r.parts)) for r in catalog.resources)
    return replace(catalog, resources=resources)


def doubled(result: ImportResult) -> dict[int, str]:
    """The sentence about each order that has what another has too."""
    return {a["order"]: a["sentence"] for a in result.affected if "at the same time" in a["sentence"]}


async def outcome(house: House, *what: Allocation, before: Order | None = None) -> str:
    after = order_of(*what) if before is None else with_bookings(before, *map(session_of, what))
    try:
        await house.keep(after, before)
    except Taken:
        return "taken"
    except PartsChanged:
        return "changed"
    return "kept"


async def seen(house: House) -> list[tuple[str, str]]:
    """On what the rows of allocations stand, and on which of its places."""
    async with house.sessions() as session:
        found = await session.execute(
            text("SELECT resource_id, places::text FROM allocation ORDER BY during")
        )
        return sorted((house.venue.resource_keys[resource], places) for resource, places in found)


ROOMS = ("room-1", "room-2")


async def test_what_was_booked_of_a_room_holds_its_parts_when_it_is_divided(house: House) -> None:
    """Promise 2: the guard refuses the parts, as it refused the room."""
    await house.keep(order_of(takes("room-3", 10, 12)))
    house, result = await divided(house, room_3=ROOMS)
    assert doubled(result) == {}
    assert await seen(house) == [("room-1", "{[1,)}"), ("room-2", "{[1,)}")]
    assert await outcome(house, takes("room-1", 11, 12)) == "taken"
    assert await outcome(house, takes("room-3", 11, 13)) == "taken"
    assert await outcome(house, takes("room-2", 12, 13)) == "kept"


async def test_what_was_booked_of_a_hall_holds_the_hall_alone_when_it_is_joined(house: House) -> None:
    order = await house.keep(order_of(takes("hall", 10, 12)))
    part = await house.keep(order_of(takes("hall-a", 8, 9)))
    house, _ = await divided(house, hall=())
    assert await seen(house) == [("hall", "{[1,)}"), ("hall-a", "{[1,)}")]
    assert await outcome(house, takes("hall-a", 10, 12)) == "kept"
    assert await outcome(house, takes("hall", 11, 12)) == "taken"
    await house.keep(cancelled(order), order)
    await house.keep(cancelled(part), part)
    assert await house.count("allocation") == 1


async def test_who_has_the_same_then_keeps_it_is_told_and_nobody_new_comes_in(house: House) -> None:
    whole = await house.keep(order_of(takes("room-3", 10, 14)))
    part = await house.keep(order_of(takes("room-1", 11, 12)))
    house, result = await divided(house, room_3=ROOMS)
    (sentence,) = (told := doubled(result)).values()
    assert list(told) == [whole.number]
    assert sentence.startswith(f"Order {part.number} has room-1 at the same time")
    for resource in ("room-1", "room-2", "room-3"):
        for hour in (10, 11, 13):
            assert await outcome(house, takes(resource, hour, hour + 1)) == "taken"


@pytest.mark.parametrize("gone", ["whole", "part"])
async def test_when_one_of_two_leaves_the_other_has_it_for_himself(house: House, gone: str) -> None:
    orders = {
        "whole": await house.keep(order_of(takes("room-3", 10, 14))),
        "part": await house.keep(order_of(takes("room-1", 11, 12))),
    }
    house, _ = await divided(house, room_3=ROOMS)
    leaves = orders.pop(gone)
    await house.keep(cancelled(leaves), leaves)
    assert await house.count("allocation WHERE doubled") == 0
    assert await house.count("resource_day WHERE crowded") == 0
    assert await outcome(house, takes("room-1", 11, 12)) == "taken"
    assert await outcome(house, takes("room-2", 11, 12)) == ("taken" if gone == "part" else "kept")
    (stays,) = orders.values()
    await house.keep(cancelled(stays), stays)
    assert await outcome(house, takes("room-3", 8, 16)) == ("kept" if gone == "part" else "taken")


async def test_a_hold_that_expires_gives_its_share_to_who_stays(house: House) -> None:
    until = (NOW + timedelta(minutes=5)).timestamp()
    await house.keep(order_of(takes("room-3", 10, 14)))
    await house.keep(order_of(takes("room-1", 11, 12), status="held", held_until=until))
    house, _ = await divided(house, room_3=ROOMS)
    assert await clear_expired(house.sessions, house.venue.id, NOW + timedelta(minutes=6)) == 1
    assert await seen(house) == [("room-1", "{[1,)}"), ("room-2", "{[1,)}")]


async def test_who_has_it_twice_may_move_away_but_not_about(house: House) -> None:
    whole = await house.keep(order_of(takes("room-3", 10, 14)))
    await house.keep(order_of(takes("room-1", 11, 12)))
    house, _ = await divided(house, room_3=ROOMS)
    assert await outcome(house, takes("room-3", 10.5, 14), before=whole) == "taken"
    assert await outcome(house, takes("room-3", 14, 18), before=whole) == "kept"
    assert await house.count("allocation WHERE doubled") == 0


async def test_guests_who_share_what_is_divided_hold_its_parts(house: House) -> None:
    """A divisible room cannot be shared: they stay, and nobody new is put beside them."""
    guests = [await house.keep(order_of(takes("sauna", 10, 12, "shared", 2))) for _ in range(2)]
    house, result = await divided(house, sauna=ROOMS)
    assert doubled(result).keys() <= {order.number for order in guests}
    assert len(result.affected) == 2
    assert await outcome(house, takes("room-2", 11, 12)) == "taken"
    house, _ = await divided(house, sauna=())
    assert await seen(house) == [("sauna", "{[1,3)}"), ("sauna", "{[3,5)}")]
    assert await outcome(house, takes("sauna", 11, 12, "shared", 1)) == "taken"


async def test_a_hall_beside_guests_leaves_no_place_to_others(house: House) -> None:
    await house.keep(order_of(takes("room-3", 10, 14)))
    guest = await house.keep(order_of(takes("sauna", 11, 12, "shared", 2)))
    house, _ = await divided(house, room_3=("sauna", "room-2"))
    assert await outcome(house, takes("sauna", 11, 12, "shared", 1)) == "taken"
    await house.keep(cancelled(guest), guest)
    assert await outcome(house, takes("sauna", 11, 12, "shared", 1)) == "taken"
    assert await seen(house) == [("room-2", "{[1,)}"), ("sauna", "{[1,)}")]


async def test_parts_of_parts_follow_too(house: House) -> None:
    await house.keep(order_of(takes("hall", 10, 12)))
    house, _ = await divided(house, hall_b=ROOMS)
    assert [resource for resource, _ in await seen(house)] == ["hall-a", "room-1", "room-2"]


async def test_a_writer_who_goes_by_the_hall_as_it_was_is_turned_away(house: House) -> None:
    later, _ = await divided(house, room_3=ROOMS)
    assert await outcome(house, takes("room-3", 10, 12)) == "changed"
    assert await outcome(later, takes("room-3", 10, 12)) == "kept"


async def test_who_books_while_a_hall_is_divided_is_seen_on_its_parts(house: House) -> None:
    """32 writers at the room and its parts to be, some before, some after: none is on both."""
    wanted = [takes(room, 8 + n, 9 + n) for n in range(8) for room in ("room-3", "room-3", *ROOMS)]

    async def write(what: Allocation) -> str:
        await asyncio.sleep(what.start % 7 / 100)
        return await outcome(house, what)

    (house_then, _), *results = await asyncio.gather(divided(house, room_3=ROOMS), *map(write, wanted))
    assert set(Counter(results)) <= {"kept", "taken", "changed"}
    assert await house.count(DOUBLE) == 0
    assert {key for key, _ in await seen(house_then)} <= set(ROOMS)


async def test_who_cancels_while_a_hall_is_divided_leaves_nothing_behind(house: House) -> None:
    orders = [await house.keep(order_of(takes("room-3", 8 + n, 9 + n))) for n in range(8)]

    async def cancel(order: Order) -> None:
        try:
            await house.keep(cancelled(order), order)
        except Outrun:
            await asyncio.sleep(0)

    await asyncio.gather(divided(house, room_3=ROOMS), *map(cancel, orders))
    assert await house.count("allocation") == 0
    assert await house.count("resource_day WHERE busy <> '' OR load <> ''") == 0
