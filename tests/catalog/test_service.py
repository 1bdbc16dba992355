"""Reading a document into the database, by key, as often as one likes."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from catalog import document
from catalog.errors import Conflict, Invalid, NotFound
from catalog.products import Product
from catalog.queries import find_organisation, load_venue
from catalog.resources import Resource
from catalog.service import Counts, ensure_organisation, read_in
from catalog.venues import VenueCounter
from tests.catalog.builders import COFFEE, HARBOUR_SPA, MASSAGE, NOW, ROOM, VENUE, doc, organisation, store

TEA = {"key": "tea", "kind": "item", "price": "25.00"}


async def test_what_is_read_in_is_given_back(engine: AsyncEngine) -> None:
    catalog = document.read(HARBOUR_SPA, "toml")
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        result = await read_in(session, owner, "spa", catalog, NOW)
    async with AsyncSession(engine) as session:
        venue = await load_venue(session, owner, "spa")
    assert venue.catalog == catalog
    assert (result.is_new, result.changed, result.version, venue.version) == (True, True, 1, 1)
    assert result.counts["products"] == Counts(created=8)


async def test_the_same_document_again_changes_nothing(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await store(session, owner, doc())
        again = await store(session, owner, doc())
    assert (again.is_new, again.changed, again.version) == (False, False, 1)
    assert set(again.counts.values()) == {Counts()}


async def test_what_is_gone_is_retired_and_returns_with_its_id(engine: AsyncEngine) -> None:
    spare = {**ROOM, "key": "spare"}
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await store(session, owner, doc(resources=[ROOM, spare]))
        before = await load_venue(session, owner, "spa")

        gone = await store(session, owner, doc())
        without = await load_venue(session, owner, "spa")
        assert gone.counts["resources"] == Counts(retired=1)
        assert [r.key for r in without.catalog.resources] == ["room"]
        assert list(without.retired) == ["spare"]
        assert without.resource_ids == before.resource_ids
        assert without.resource_keys[before.resource_ids["spare"]] == "spare"

        back = await store(session, owner, doc(resources=[ROOM, {**spare, "capacity": 4}]))
        after = await load_venue(session, owner, "spa")
        assert back.counts["resources"] == Counts(changed=1)
        assert after.resource_ids == before.resource_ids
        assert (after.retired, after.version) == ({}, 3)


async def test_a_product_that_changes_its_place_alone_is_in_its_new_place(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await store(session, owner, doc())
        moved = await store(session, owner, doc(products=[TEA, COFFEE, MASSAGE]))
        venue = await load_venue(session, owner, "spa")
    assert moved.counts["products"] == Counts(created=1)
    assert [p.key for p in venue.catalog.products] == ["tea", "coffee", "massage"]


@pytest.mark.parametrize(
    "part", [{"settings": {"refund_used_packages": True}}, {"venue": {**VENUE, "name": "Harbour"}}]
)
async def test_a_change_of_the_venue_alone_is_a_new_version(
    engine: AsyncEngine, part: dict[str, Any]
) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await store(session, owner, doc())
        changed = await store(session, owner, doc(**part))
        venue = await load_venue(session, owner, "spa")
    assert (changed.changed, changed.version) == (True, 2)
    assert venue.catalog == document.from_data(doc(**part))


async def test_a_large_document_takes_as_few_statements_as_a_small_one(engine: AsyncEngine) -> None:
    statements: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    async def count(data: dict[str, Any], key: str) -> int:
        async with AsyncSession(engine) as session, session.begin():
            owner = await organisation(session, key)
            await session.connection()
            statements.clear()
            await store(session, owner, data)
        return len(statements)

    many = [{**TEA, "key": f"tea-{i}"} for i in range(300)]
    assert await count(doc(products=many), "large") == await count(doc(), "small")


async def test_venues_of_two_organisations_may_have_one_key(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        here, there = await organisation(session, "here"), await organisation(session, "there")
        await store(session, here, doc())
        await store(session, there, doc(TEA))
        assert len((await load_venue(session, here, "spa")).catalog.products) == 2
        assert len((await load_venue(session, there, "spa")).catalog.products) == 3


async def test_an_organisation_is_created_once(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        first = await ensure_organisation(session, "harbour", NOW)
        assert await ensure_organisation(session, "harbour", NOW) == first
        assert await find_organisation(session, "harbour") == first
        with pytest.raises(NotFound):
            await find_organisation(session, "other")


async def test_the_currency_stays_once_there_are_orders(engine: AsyncEngine) -> None:
    euros = doc(venue={**VENUE, "currency": "EUR"})
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        venue = (await store(session, owner, doc())).venue_id
        assert (await store(session, owner, euros)).changed
        await session.execute(update(VenueCounter).where(VenueCounter.venue_id == venue).values(last_order=1))
        with pytest.raises(Conflict, match="orders in EUR"):
            await store(session, owner, doc())
        assert not (await store(session, owner, euros)).changed


@pytest.mark.parametrize("key", ["Spa", "", "spa\n", "a b", "x" * 101, "a\0"])
async def test_a_key_of_a_venue_has_the_form_of_every_key(engine: AsyncEngine, key: str) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        with pytest.raises(Invalid):
            await store(session, owner, doc(), key)


async def test_two_documents_at_once_follow_each_other(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)

    async def write(i: int) -> int:
        async with AsyncSession(engine) as session, session.begin():
            return (await store(session, owner, doc({**TEA, "key": f"tea-{i}"}))).version

    assert sorted(await asyncio.gather(*map(write, range(8)))) == list(range(1, 9))
    async with AsyncSession(engine) as session:
        active = await session.scalars(select(Product.key).where(Product.retired_at.is_(None)))
        assert len(list(active)) == 3


async def test_what_was_retired_keeps_the_instant_at_which_it_was(engine: AsyncEngine) -> None:
    later = NOW + timedelta(days=1)
    async with AsyncSession(engine) as session, session.begin():
        owner = await organisation(session)
        await store(session, owner, doc(resources=[ROOM, {**ROOM, "key": "spare"}]))
        await store(session, owner, doc())
        await read_in(session, owner, "spa", document.from_data(doc(TEA)), later)
        retired = await session.scalar(select(Resource.retired_at).where(Resource.key == "spare"))
    assert retired == NOW
