"""An index follows what is written, by whatever process: it is what one made anew would be."""

import time
from datetime import datetime, timedelta

import numpy as np
import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.actions.block import block, unblock
from booking.desk import Desk
from booking.index import live
from booking.index.live import Indexes
from booking.index.plan import Plan
from booking.index.rows import Rows
from booking.rows import cancelled
from booking.solvers import Solvers
from booking.state import State, state_of
from catalog.errors import OutOfTime
from catalog.specs import Hours
from catalog.times import WEEKDAYS
from tests.booking.stored import CATALOG, NOW, House, at, open_house, order_of, takes

Free = dict[tuple[str, int], list[list[int]]]


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    always = Hours(days=WEEKDAYS, from_="00:00", to="24:00")
    return await open_house(engine, replace(CATALOG, venue=replace(CATALOG.venue, hours=(always,))))


async def free(house: House, indexes: Indexes, now: datetime = NOW) -> Free:
    """When each resource is free, as a whole or for so many guests, by that index."""

    def look(_plan: Plan | None, rows: Rows, _state: State) -> Free:
        wanted = [
            (r.key, n) for r in rows.catalog.resources for n in (0, 1, r.capacity) if not (n and r.parts)
        ]
        return {(key, n): np.stack(rows.free(key, n), axis=1).tolist() for key, n in wanted}

    async with house.sessions() as session:
        state = await state_of(session, house.venue.id, now)
    return await indexes.ask(house.sessions, house.venue, state, now, "", lambda _: None, look)


async def follows(house: House, indexes: Indexes, before: Free, now: datetime = NOW) -> Free:
    """What it says now, which is not what it said before but what a new one says."""
    told = await free(house, indexes, now)
    assert told == await free(house, Indexes(), now)
    assert told != before
    return told


async def test_an_index_follows_what_is_booked_changed_and_cancelled(house: House) -> None:
    indexes = Indexes()
    said = await free(house, indexes)
    order = await house.keep(order_of(takes("anna", 10, 11), takes("sauna", 10, 12, use="shared", places=3)))
    said = await follows(house, indexes, said)
    moved = order_of(takes("anna", 14, 15), takes("hall", 22, 26))
    changed = await house.keep(replace(moved, id=order.id, version=order.version, number=order.number), order)
    said = await follows(house, indexes, said)
    await house.keep(cancelled(changed), changed)
    await follows(house, indexes, said)


async def test_a_hold_is_free_again_when_it_ends(house: House) -> None:
    indexes = Indexes()
    said = await free(house, indexes)
    until = NOW + timedelta(minutes=10)
    await house.keep(order_of(takes("anna", 10, 11), status="held", held_until=until.timestamp()))
    said = await follows(house, indexes, said)
    assert await free(house, indexes, until - timedelta(seconds=1)) == said
    await follows(house, indexes, said, until)


async def test_an_index_follows_blocks(house: House) -> None:
    indexes = Indexes()
    desk = Desk(sessions=house.sessions, solvers=Solvers(1), now=lambda: NOW)

    async def nothing(*_: object) -> None:
        pass

    said = await free(house, indexes)
    made = await block(desk, house.venue, "hall-a", at(9), at(30), "paint", before_commit=nothing)
    said = await follows(house, indexes, said)
    await unblock(desk, house.venue, made.id, "hall-a", before_commit=nothing)
    await follows(house, indexes, said)


async def test_who_waits_too_long_for_an_index_hears_so_and_finds_it_the_next_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexes, made = Indexes(), []

    def slowly(rows: Rows) -> None:
        time.sleep(0.5)
        made.append(rows)

    async def ask() -> int:
        async with house.sessions() as session:
            state = await state_of(session, house.venue.id, NOW)
        return await indexes.ask(house.sessions, house.venue, state, NOW, "", slowly, lambda *_: len(made))

    monkeypatch.setattr(live, "PATIENCE", 0.2)
    with pytest.raises(OutOfTime, match="try again in a moment"):
        await ask()
    monkeypatch.setattr(live, "PATIENCE", 60.0)
    assert await ask() == 1
