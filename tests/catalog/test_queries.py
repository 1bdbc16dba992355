"""Finding venues and blocks."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from catalog import document
from catalog.base import new_id
from catalog.errors import NotFound
from catalog.queries import StoredVenue, find_block, list_blocks, load_blocks, load_venue, load_venue_by_id
from catalog.service import create_block, read_in, remove_block
from catalog.times import minute
from tests.catalog.builders import NOW, doc, organisation, store

TEN = minute(datetime(2026, 3, 2, 10, tzinfo=UTC))


async def stored(session: AsyncSession, owner: uuid.UUID, **lists: Any) -> StoredVenue:
    await store(session, owner, doc(**lists))
    return await load_venue(session, owner, "spa")


async def test_a_venue_is_found_by_its_key_and_its_id_and_nobody_elses(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        here, there = await organisation(session, "here"), await organisation(session, "there")
        venue = await stored(session, here)
        assert await load_venue_by_id(session, venue.id) == venue
        assert (venue.key, venue.organisation_id, venue.tz.key) == ("spa", here, "Europe/Stockholm")
        with pytest.raises(NotFound, match="There is no venue 'spa'"):
            await load_venue(session, there, "spa")
        with pytest.raises(NotFound):
            await load_venue_by_id(session, new_id())


@pytest.mark.parametrize("key", ["a\0b", "\ud800", "é" * 1000, ""])
async def test_no_key_is_so_odd_that_it_is_an_error(engine: AsyncEngine, key: str) -> None:
    async with AsyncSession(engine) as session:
        with pytest.raises(NotFound):
            await load_venue(session, new_id(), key)


async def test_the_usual_load_is_one_small_query(engine: AsyncEngine) -> None:
    statements: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        first = await stored(session, owner)
        statements.clear()
        assert await load_venue(session, owner, "spa") is first
    (only,) = statements
    assert "spec" not in only


async def test_a_change_that_was_rolled_back_is_not_remembered(engine: AsyncEngine) -> None:
    tea = {"key": "tea", "kind": "item"}
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await store(session, owner, doc())
    async with AsyncSession(engine) as session:
        await store(session, owner, doc(tea))
        assert (await load_venue(session, owner, "spa")).version == 2
        await session.rollback()
        assert len((await load_venue(session, owner, "spa")).catalog.products) == 2
        later = NOW.replace(minute=1)
        await read_in(session, owner, "spa", document.from_data(doc(resources=[], products=[tea])), later)
        venue = await load_venue(session, owner, "spa")
        assert venue.version == 2
        assert [p.key for p in venue.catalog.products] == ["tea"]


async def test_a_block_counts_where_it_meets_the_interval(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        venue = await stored(session, await organisation(session))
        block = await create_block(session, venue, "room", TEN, TEN + 60, "paint", NOW)
        assert await load_blocks(session, venue.id, TEN, TEN + 1) == {"room": ((TEN, TEN + 60),)}
        assert await load_blocks(session, venue.id, TEN - 30, TEN) == {}
        assert await load_blocks(session, venue.id, TEN + 60, TEN + 90) == {}
        assert await load_blocks(session, new_id(), TEN, TEN + 60) == {}
        (listed,) = await list_blocks(session, venue.id, TEN, TEN + 60)
        assert (listed.id, listed.resource, listed.note) == (block, "room", "paint")


async def test_blocks_may_overlap_and_come_in_order(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        venue = await stored(session, await organisation(session))
        await create_block(session, venue, "room", TEN + 30, TEN + 90, "", NOW)
        await create_block(session, venue, "room", TEN, TEN + 60, "", NOW)
        found = await load_blocks(session, venue.id, TEN, TEN + 120)
        assert found == {"room": ((TEN, TEN + 60), (TEN + 30, TEN + 90))}


async def test_a_block_that_was_removed_blocks_nothing_and_is_removed_once(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        venue = await stored(session, owner)
        block = await create_block(session, venue, "room", TEN, TEN + 60, "", NOW)
        assert (await find_block(session, owner, block)).venue_id == venue.id
        with pytest.raises(NotFound):
            await find_block(session, new_id(), block)
        await remove_block(session, venue.id, block, NOW)
        assert await load_blocks(session, venue.id, TEN, TEN + 60) == {}
        with pytest.raises(NotFound):
            await remove_block(session, venue.id, block, NOW)
        with pytest.raises(NotFound):
            await find_block(session, owner, block)


async def test_only_a_resource_that_is_in_use_can_be_blocked(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await stored(session, owner)
        venue = await stored(session, owner, resources=[], products=[])
        for key in ("room", "none"):
            with pytest.raises(NotFound):
                await create_block(session, venue, key, TEN, TEN + 60, "", NOW)


async def test_a_block_of_no_length_is_refused_by_the_database_itself(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session:
        venue = await stored(session, await organisation(session))
        with pytest.raises(IntegrityError):
            await create_block(session, venue, "room", TEN, TEN, "", NOW)
