"""Reading orders, what they hold, and customers."""

import uuid
from collections.abc import Collection
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.feeds import find_feed
from booking.lines import Status
from booking.occupancy import Held
from booking.order_history import order_version
from booking.queries import (
    calendar_entries,
    events_since,
    find_orders,
    load_order,
    load_orders,
    locate_booking,
    locate_line,
    locate_order,
    occupancy,
)
from booking.rows import cancelled
from catalog.base import new_id
from catalog.errors import Invalid, NotFound
from catalog.queries import load_blocks
from catalog.service import create_block, remove_block
from pricing.queries import find_customer, find_customers, locate_customer
from pricing.service import create_customer
from tests.booking.stored import NOW, House, at, open_house, order_of, session_of, takes

SOON = (NOW + timedelta(minutes=15)).timestamp()
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    return await open_house(engine)


async def held_at(
    house: House, first: float, last: float, without: Collection[uuid.UUID] = ()
) -> list[tuple[str, int, int]]:
    async with house.sessions() as session:
        found = await occupancy(session, house.venue, at(first), at(last), NOW, without=without)
    return sorted((h.resource, h.start, h.end) for h in found.held)


async def test_occupancy_tells_who_holds_which_leaf_for_how_many(house: House) -> None:
    order = await house.keep(order_of(takes("hall", 10, 12), takes("sauna", 11, 12, "shared", 3)))
    hall, sauna = (str(b.id) for b in order.bookings)
    async with house.sessions() as session:
        found = await occupancy(session, house.venue, at(0), at(24), NOW)
    assert set(found.held) == {
        Held("hall-a", "exclusive", 1, at(10), at(12), hall),
        Held("hall-b", "exclusive", 1, at(10), at(12), hall),
        Held("sauna", "shared", 3, at(11), at(12), sauna),
    }


async def test_what_only_touches_the_interval_is_not_in_it(house: House) -> None:
    await house.keep(order_of(takes("anna", 9, 10), takes("anna", 11, 12), takes("anna", 12, 13)))
    assert await held_at(house, 10, 12) == [("anna", at(11), at(12))]


async def test_occupancy_tells_when_resources_are_out_of_use_as_their_blocks_do(house: House) -> None:
    async with house.sessions.begin() as session:
        await create_block(session, house.venue, "sauna", at(11), at(14), "", NOW)
        await create_block(session, house.venue, "sauna", at(8), at(12), "", NOW)
        gone = await create_block(session, house.venue, "hall", at(8), at(12), "", NOW)
        await remove_block(session, house.venue.id, gone, NOW)
    await house.keep(order_of(takes("anna", 9, 10)))
    async with house.sessions() as session:
        for window in ((0, 24), (8, 9), (12, 13), (14, 15), (7, 8)):
            found = await occupancy(session, house.venue, at(window[0]), at(window[1]), NOW)
            assert found.blocks == await load_blocks(session, house.venue.id, at(window[0]), at(window[1]))
        assert (await occupancy(session, house.venue, at(0), at(24), NOW)).blocks == {
            "sauna": ((at(8), at(12)), (at(11), at(14)))
        }


async def test_occupancy_leaves_out_orders_under_change_and_other_venues(house: House) -> None:
    mine = await house.keep(order_of(takes("anna", 10, 11)))
    await house.keep(order_of(takes("anna", 11, 12)))
    other = await open_house(house.engine)
    await other.keep(order_of(takes("anna", 12, 13)))
    assert await held_at(house, 0, 24, without=[mine.id]) == [("anna", at(11), at(12))]


async def test_nothing_of_another_organisation_is_found(house: House) -> None:
    order = await house.keep(order_of(takes("anna", 10, 11)))
    here = (house.venue.id, order.id)
    stranger = await open_house(house.engine)
    things = (
        (locate_order, order.id),
        (locate_line, order.lines[0].id),
        (locate_booking, order.bookings[0].id),
    )
    async with house.sessions() as session:
        for locate, thing in things:
            assert await locate(session, house.venue.organisation_id, thing) == here
            with pytest.raises(NotFound):
                await locate(session, stranger.venue.organisation_id, thing)
        with pytest.raises(NotFound):
            await load_order(session, stranger.venue, order.id, NOW)


async def test_orders_are_loaded_several_at_once(house: House) -> None:
    orders = [await house.keep(order_of(takes("anna", n, n + 1))) for n in (8, 9, 10)]
    async with house.sessions() as session:
        assert await load_orders(session, house.venue, [o.id for o in orders], NOW) == tuple(orders)


async def test_a_version_is_the_order_as_it_was(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    await house.keep(replace(first, note="no nuts"), first)
    async with house.sessions() as session:
        assert await order_version(session, house.venue.id, first.id, 1) == first
        assert await order_version(session, house.venue.id, first.id, 3) is None


async def found(house: House, **wanted: object) -> list[int]:
    async with house.sessions() as session:
        orders, _ = await find_orders(session, house.venue, NOW, **wanted)  # type: ignore[arg-type]
    return [order.number for order in orders]


async def test_orders_are_found_by_the_time_that_they_reach_into(house: House) -> None:
    for start in (10, 34, 58):  # each line starts at 8, so all begin there and end later and later
        await house.keep(order_of(takes("anna", start, start + 1)))
    assert await found(house) == [1, 2, 3]
    assert await found(house, first=at(11)) == [2, 3]
    assert await found(house, first=at(10.5), last=at(11)) == [1, 2, 3]
    assert await found(house, first=at(59)) == []
    assert await found(house, last=at(8)) == []


async def test_an_order_reaches_as_far_as_what_it_holds_buffers_included(house: House) -> None:
    """Made ready from seven to a quarter past, and aired until half past twelve."""
    session = replace(session_of(takes("room-1", 7, 12.5)), start=at(10), end=at(11))
    await house.keep(order_of(session))
    assert await found(house, first=at(12)) == [1]
    assert await found(house, first=at(6), last=at(7.5)) == [1]
    assert await found(house, first=at(12.5)) == await found(house, last=at(7)) == []
    async with house.sessions() as database:
        (told,) = await events_since(database, house.venue.id, 0)
    assert (told.data["from"], told.data["to"]) == (at(7), at(12.5))  # what an index reads again


@pytest.mark.parametrize(("status", "expected"), [("held", [1]), ("confirmed", [3]), ("cancelled", [2, 4])])
async def test_orders_are_found_by_the_status_that_they_read_as(
    house: House, status: Status, expected: list[int]
) -> None:
    far = (NOW + timedelta(days=1)).timestamp()
    await house.keep(order_of(takes("anna", 10, 11), status="held", held_until=far))
    await house.keep(order_of(takes("anna", 11, 12), status="held", held_until=NOW.timestamp()))
    await house.keep(order_of(takes("anna", 12, 13)))
    gone = await house.keep(order_of(takes("anna", 13, 14)))
    await house.keep(cancelled(gone), gone)
    assert await found(house, status=status) == expected


async def test_pages_follow_each_other_without_gap_or_repetition(house: House) -> None:
    for n in range(5):
        await house.keep(order_of(takes("anna", 10 + n, 11 + n)))
    numbers: list[int] = []
    after = None
    async with house.sessions() as session:
        while len(numbers) < 10:
            orders, after = await find_orders(session, house.venue, NOW, limit=2, after=after)
            numbers += [o.number for o in orders]
            if after is None:
                break
        with pytest.raises(Invalid):
            await find_orders(session, house.venue, NOW, after="nonsense")
    assert sorted(numbers) == [1, 2, 3, 4, 5]


async def test_the_calendar_shows_what_is_held_and_for_whom(house: House) -> None:
    async with house.sessions.begin() as session:
        ada = create_customer(session, house.venue.id, name="Ada Berg", now=NOW)
    order = await house.keep(order_of(takes("hall", 10, 12), takes("anna", 40, 41), customer=ada.id))
    gone = await house.keep(order_of(takes("anna", 10, 11)))
    await house.keep(cancelled(gone), gone)
    await house.keep(order_of(takes("room-1", 10, 11), status="held", held_until=SOON))
    async with house.sessions() as session:
        entries = await calendar_entries(session, house.venue, at(0), at(24), NOW)
        later = await calendar_entries(session, house.venue, at(0), at(24), LATER)
    shown = {e.allocation.resource: e for e in entries}
    assert shown.keys() == {"hall", "room-1"}
    assert (shown["hall"].customer, shown["hall"].order.number) == ("Ada Berg", order.number)
    assert (shown["room-1"].customer, shown["room-1"].order.status) == ("", "held")
    assert [e.allocation.resource for e in later] == ["hall"]


async def test_a_feed_token_opens_its_order_and_nothing_else_does(house: House) -> None:
    order = await house.keep(order_of(takes("anna", 10, 11)))
    async with house.sessions() as session:
        found = await find_feed(session, order.feed_token)
        assert found is not None
        assert (found.venue, found.kind, found.order) == (house.venue.id, "order", order.id)
        for wrong in ("", "x", "å" * 56, order.feed_token[:-1], order.feed_token[:-2] + "AA", "A" * 56):
            assert await find_feed(session, wrong) is None


async def test_customers_are_found_by_any_part_of_what_is_known(house: House) -> None:
    async with house.sessions.begin() as session:
        for name, email, phone in (
            ("Ada Berg", "ada@example.org", "070-123"),
            ("Ada Berg", "ada@example.org", ""),
            ("Björn 100%", "", "+46 8 55"),
        ):
            create_customer(session, house.venue.id, name=name, email=email, phone=phone, now=NOW)

    async def names(words: str) -> list[str]:
        async with house.sessions() as session:
            customers, _ = await find_customers(session, house.venue.id, words)
        return [c.name for c in customers]

    assert await names("berg ADA@") == ["Ada Berg", "Ada Berg"]
    assert await names("070") == ["Ada Berg"]
    assert await names("BJÖRN") == ["Björn 100%"]
    assert await names("0%") == ["Björn 100%"]
    assert await names("_") == []
    assert len(await names("")) == 3


async def test_customers_come_in_pages_by_name(house: House) -> None:
    async with house.sessions.begin() as session:
        for name in ("C", "A", "B", "A"):
            create_customer(session, house.venue.id, name=name, now=NOW)
    async with house.sessions() as session:
        first, after = await find_customers(session, house.venue.id, limit=3)
        second, end = await find_customers(session, house.venue.id, limit=3, after=after)
        assert [c.name for c in (*first, *second)] == ["A", "A", "B", "C"]
        assert end is None
        for wrong in ("x", str(new_id())):
            with pytest.raises(Invalid):
                await find_customers(session, house.venue.id, after=wrong)


async def test_a_customer_belongs_to_one_organisation(house: House) -> None:
    async with house.sessions.begin() as session:
        ada = create_customer(session, house.venue.id, name="Ada", now=NOW)
    stranger = await open_house(house.engine)
    async with house.sessions() as session:
        known = await locate_customer(session, house.venue.organisation_id, ada.id)
        assert known is not None
        assert known.venue_id == house.venue.id
        assert await locate_customer(session, stranger.venue.organisation_id, ada.id) is None
        assert await find_customer(session, stranger.venue.id, ada.id) is None
