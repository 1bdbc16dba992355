"""The one writer: what it stores is what was given, all of it or nothing."""

import random
import uuid
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from booking.actions.block import standing
from booking.apply import OrderChange, Outrun, Taken, apply, clear_expired
from booking.lines import Order
from booking.order_history import history, order_version
from booking.queries import events_since, load_order, occupancy
from booking.rows import cancelled
from catalog.errors import Conflict
from catalog.opening import leaves
from pricing.service import create_customer
from tests.booking.stored import (
    ADA,
    CATALOG,
    NOW,
    House,
    at,
    open_house,
    order_of,
    session_of,
    takes,
    with_bookings,
)

SOON = (NOW + timedelta(minutes=15)).timestamp()
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    return await open_house(engine)


async def test_what_is_read_is_what_was_written(house: House) -> None:
    stored = await house.keep(order_of(takes("anna", 10, 11), takes("sauna", 12, 14, "shared", 3)))
    async with house.sessions() as session:
        assert await load_order(session, house.venue, stored.id, NOW) == stored


async def test_a_new_order_gets_the_next_number_a_version_and_a_token(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    second = await house.keep(order_of(takes("anna", 11, 12)))
    assert (first.number, second.number, first.version) == (1, 2, 1)
    assert first.feed_token != second.feed_token


async def test_a_change_keeps_number_and_token_and_raises_the_version(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    second = await house.keep(replace(first, note="no nuts", number=77, feed_token="x", version=9), first)
    assert (second.number, second.feed_token, second.version) == (first.number, first.feed_token, 2)


async def test_only_what_differs_is_written(house: House) -> None:
    stays, moves = session_of(takes("anna", 10, 11)), session_of(takes("room-1", 10, 11))
    before = await house.keep(order_of(stays, moves))

    async def rows() -> dict[uuid.UUID, tuple[str, ...]]:
        async with house.sessions() as session:
            found = await session.execute(
                text(
                    "SELECT b.id, b.xmin::text, a.xmin::text"
                    " FROM booking b JOIN allocation a ON a.booking_id = b.id"
                )
            )
            return {row[0]: tuple(row[1:]) for row in found}

    written = await rows()
    moved = replace(moves, start=at(12), end=at(13), allocations=(takes("room-1", 12, 13),))
    await house.keep(with_bookings(before, stays, moved), before)
    now = await rows()
    assert now[stays.id] == written[stays.id]
    assert now[moves.id] != written[moves.id]


async def test_the_rows_say_what_the_value_says_whatever_was_done(house: House) -> None:
    """A walk of random changes; what collides is refused and changes nothing."""
    chance = random.Random(7)
    kept: dict[uuid.UUID, Order] = {}
    refused = 0
    for _ in range(60):
        before = chance.choice([None, *kept.values()])
        some = [
            session_of(takes(chance.choice(["anna", "room-1", "hall", "hall-a"]), n, n + 1))
            if chance.random() < 0.6
            else session_of(takes("sauna", n, n + chance.randint(1, 3), "shared", chance.randint(1, 2)))
            for n in chance.sample(range(8, 20), 2)
        ]
        stay = list(before.bookings[:1]) if before else []
        after = with_bookings(before, *stay, *some) if before else order_of(*some)
        if before and chance.random() < 0.2:
            after = cancelled(before)
        try:
            order = await house.keep(after, before)
            kept[order.id] = order
        except Taken:
            refused += 1
        await _agree(house, kept)
    assert refused > 5
    assert len(kept) > 5


async def _agree(house: House, kept: dict[uuid.UUID, Order]) -> None:
    """That orders, bookings and allocations stand in the tables as the values have them."""
    statement = text(
        "SELECT a.order_id, a.booking_id, k.key, r.key, a.use, a.quantity"
        " FROM allocation a JOIN resource r ON r.id = a.resource_id JOIN resource k ON k.id = a.chosen_id"
    )
    async with house.sessions() as session:
        for order in kept.values():
            assert await load_order(session, house.venue, order.id, NOW) == order
        stored = {tuple(row) for row in await session.execute(statement)}
        bookings = {tuple(row) for row in await session.execute(text("SELECT id, status FROM booking"))}
    assert bookings == {(b.id, b.status) for order in kept.values() for b in order.bookings}
    assert stored == {
        (order.id, b.id, a.resource, leaf, a.use, a.places)
        for order in kept.values()
        for b in order.bookings
        for a in b.allocations
        for leaf in leaves(CATALOG, a.resource)
    }


async def test_what_is_cancelled_holds_nothing(house: House) -> None:
    """S3-33."""
    before = await house.keep(order_of(takes("anna", 10, 11), takes("sauna", 12, 14, "shared", 3)))
    after = await house.keep(cancelled(before), before)
    assert all(b.allocations == () for b in after.bookings)
    assert await house.count("allocation") == 0
    await house.keep(order_of(takes("anna", 10, 11)))


async def test_undo_is_the_same_write_as_everything_else(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    second = await house.keep(cancelled(first), first)
    async with house.sessions() as session:
        wanted = await order_version(session, house.venue.id, first.id, 1)
    assert wanted is not None
    third = await house.keep(wanted, second)
    assert third == replace(first, version=3)
    assert await house.count("allocation") == 1


async def test_what_an_undo_takes_away_is_gone(house: House) -> None:
    one, two = session_of(takes("anna", 10, 11)), session_of(takes("anna", 11, 12))
    first = await house.keep(order_of(one))
    second = await house.keep(with_bookings(first, one, two), first)
    await house.keep(first, second)
    assert await house.count("booking") == 1
    assert await house.count("allocation") == 1


async def test_two_orders_swap_their_rooms_in_one_write(house: House) -> None:
    """The first of them alone would meet the other."""
    left = await house.keep(order_of(takes("room-1", 10, 11)))
    right = await house.keep(order_of(takes("room-2", 10, 11)))
    swapped = [
        with_bookings(left, replace(left.bookings[0], allocations=(takes("room-2", 10, 11),))),
        with_bookings(right, replace(right.bookings[0], allocations=(takes("room-1", 10, 11),))),
    ]
    changes = [
        OrderChange(before=b, after=a, what="Swapped.") for b, a in zip((left, right), swapped, strict=True)
    ]
    with pytest.raises(Taken):
        await apply(house.sessions, house.venue, changes[:1], now=NOW, actor=ADA)
    stored = await apply(house.sessions, house.venue, changes, now=NOW, actor=ADA)
    assert [o.bookings[0].allocations[0].resource for o in stored] == ["room-2", "room-1"]


async def test_who_read_an_older_version_is_outrun(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    await house.keep(replace(first, note="one"), first)
    with pytest.raises(Outrun):
        await house.keep(replace(first, note="two"), first)


async def test_all_changes_of_a_write_are_made_or_none(house: House) -> None:
    await house.keep(order_of(takes("anna", 10, 11)))
    fits, collides = order_of(takes("room-1", 10, 11)), order_of(takes("anna", 10, 11))
    changes = [OrderChange(before=None, after=order, what="Booked.") for order in (fits, collides)]
    with pytest.raises(Taken):
        await apply(house.sessions, house.venue, changes, now=NOW, actor=ADA)
    assert await house.count("orders") == 1
    assert await house.count("event") == 1


async def test_a_crash_before_the_commit_leaves_nothing_behind(house: House) -> None:
    async def crash(session: AsyncSession, orders: tuple[Order, ...]) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await house.keep(order_of(takes("sauna", 10, 11, "shared", 2)), before_commit=crash)
    for table in ("orders", "order_line", "booking", "allocation", "order_version", "event"):
        assert await house.count(table) == 0
    assert (await house.keep(order_of(takes("anna", 10, 11)))).number == 1


async def test_a_customer_may_be_made_in_the_transaction_of_the_order(house: House) -> None:
    ada = uuid.uuid4()

    async def make(session: AsyncSession, orders: tuple[Order, ...]) -> None:
        create_customer(session, house.venue.id, name="Ada Berg", now=NOW, customer_id=ada)

    await house.keep(order_of(takes("anna", 10, 11), customer=ada), before_commit=make)
    assert await house.count("orders JOIN customer c ON c.id = customer_id") == 1


async def test_every_version_is_kept_with_who_made_it(house: House) -> None:
    order = await house.keep(order_of(takes("anna", 10, 11)))
    for note in ("a", "b", "c"):
        order = await house.keep(replace(order, note=note), order)
    async with house.sessions() as session:
        entries = await history(session, house.venue.id, order.id)
    assert [e.version for e in entries] == [1, 2, 3, 4]
    assert {(e.actor_name, e.actor_role) for e in entries} == {("Ada", "reception")}
    assert [e.what for e in entries] == ["Booked.", "Changed.", "Changed.", "Changed."]


async def test_events_are_gapless_and_say_what_to_read_again(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    with pytest.raises(Taken):
        await house.keep(order_of(takes("anna", 10, 11)))
    moved = replace(first.bookings[0], start=at(15), end=at(16), allocations=(takes("anna", 15, 16),))
    second = await house.keep(with_bookings(first, moved), first)
    await house.keep(cancelled(second), second)
    async with house.sessions() as session:
        events = await events_since(session, house.venue.id, 0)
    assert [(e.seq, e.kind) for e in events] == [
        (1, "order.created"),
        (2, "order.changed"),
        (3, "order.cancelled"),
    ]
    assert events[1].data == {"number": 1, "version": 2, "from": at(8), "to": at(16)}


async def test_a_hold_that_has_expired_reads_as_cancelled_and_holds_nothing(house: House) -> None:
    stored = await house.keep(order_of(takes("anna", 10, 11), status="held", held_until=SOON))
    async with house.sessions() as session:
        for instant, status, held in ((NOW, "held", 1), (LATER, "cancelled", 0)):
            order = await load_order(session, house.venue, stored.id, instant)
            assert (order.status, order.version) == (status, 1)
            assert len((await occupancy(session, house.venue, at(0), at(24), instant)).held) == held


async def test_a_hold_that_has_expired_gives_way_once_it_is_cleared(house: House) -> None:
    """B02."""
    held = await house.keep(order_of(takes("anna", 10, 11), status="held", held_until=SOON))
    assert await clear_expired(house.sessions, house.venue.id, NOW) == 0
    assert await clear_expired(house.sessions, house.venue.id, LATER) == 1
    assert await clear_expired(house.sessions, None, LATER) == 0
    await house.keep(order_of(takes("anna", 10, 11)))
    async with house.sessions() as session:
        order = await load_order(session, house.venue, held.id, LATER)
        entries = await history(session, house.venue.id, held.id)
        events = await events_since(session, house.venue.id, 1)
    assert (order.status, order.version, order.held_until) == ("cancelled", 2, SOON)
    assert (entries[-1].what, entries[-1].actor_role) == ("The hold expired.", "system")
    assert events[0].kind == "order.cancelled"


async def test_what_read_as_cancelled_can_be_written_over_before_it_is_cleared(house: House) -> None:
    """The rows still hold what the value read no longer does."""
    held = await house.keep(order_of(takes("anna", 10, 11), status="held", held_until=SOON))
    async with house.sessions() as session:
        before = await load_order(session, house.venue, held.id, LATER)
    await house.keep(before, before, now=LATER)
    assert await house.count("allocation") == 0
    assert await house.count("booking WHERE status = 'cancelled'") == 1


async def test_nothing_is_taken_of_a_resource_that_was_put_out_of_use_meanwhile(house: House) -> None:
    """P4, for a hall by each of its parts."""
    async with house.sessions.begin() as session:
        await session.execute(
            text(
                "INSERT INTO block (venue_id, id, resource_id, starts_at, ends_at, note, created_at)"
                " VALUES (:v, gen_random_uuid(), :r, '2026-12-01 09:00Z', '2026-12-01 10:30Z', '', now())"
            ),
            {"v": house.venue.id, "r": house.venue.resource_ids["hall-a"]},
        )
    with pytest.raises(Taken):
        await house.keep(order_of(takes("hall", 10, 11)))
    await house.keep(order_of(takes("hall-b", 10, 11)))
    await house.keep(order_of(takes("hall", 11, 12)))
    before_and_after = order_of(takes("hall-a", 8, 9), takes("hall-a", 10.5, 11))
    await house.keep(before_and_after)


async def test_whoever_blocks_is_told_of_all_that_stands_there_also_by_a_part(house: House) -> None:
    hall = await house.keep(order_of(takes("hall", 10, 12)))
    part = await house.keep(order_of(takes("hall-b", 13, 14)))
    await house.keep(order_of(takes("hall-a", 14, 15), status="held", held_until=NOW.timestamp() + 60))
    late = NOW + timedelta(minutes=2)

    async def found(resource: str, start: float, end: float) -> set[int]:
        async with house.sessions() as session:
            there = await standing(session, house.venue, resource, at(start), at(end), late)
        return {one.number for one in there}

    assert await found("hall-a", 8, 20) == {hall.number}  # what is held no more does not stand there
    assert await found("hall-b", 8, 20) == {hall.number, part.number}
    assert await found("hall-b", 12, 13) == set()
    assert await found("hall", 11, 14) == {hall.number}  # its halves may be used without it


async def test_a_resource_that_the_venue_no_longer_has_is_refused(house: House) -> None:
    with pytest.raises(Conflict, match="ghost is no longer in use"):
        await house.keep(order_of(takes("ghost", 10, 11)))
