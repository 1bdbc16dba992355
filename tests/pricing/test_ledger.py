"""The ledger of credits in the database: what is refused there, whoever writes."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from catalog.actors import Actor
from catalog.organisations import Organisation
from catalog.venues import Venue
from pricing.credits import CreditEntry, CreditLot
from pricing.ledger import add_lots, lots_where, write
from pricing.lots import NOTHING, Lot, first_entry, moved

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BY = Actor(role="reception")


@pytest.fixture
async def venue_id(engine: AsyncEngine) -> uuid.UUID:
    owner, venue = uuid.uuid4(), uuid.uuid4()
    async with AsyncSession(engine) as session, session.begin():
        session.add(Organisation(id=owner, key="house", name="House", created_at=NOW))
        await session.flush()
        told = {"spec": {}, "settings": {}, "catalog_version": 1, "created_at": NOW, "changed_at": NOW}
        session.add(Venue(id=venue, organisation_id=owner, key="spa", **told))
    return venue


def one_credit() -> Lot:
    lot = Lot(
        id=uuid.uuid4(),
        customer=None,
        sold_as="series",
        sold_name="A series",
        products=("massage",),
        quantity=Decimal(1),
        price=Decimal("9.50"),
        currency="SEK",
        bought_at=NOW,
    )
    return first_entry(lot, None, at=NOW, actor=BY, cause=NOTHING)


async def test_a_lot_is_read_as_it_was_written(engine: AsyncEngine, venue_id: uuid.UUID) -> None:
    lot = one_credit()
    used = moved(lot, "use", "remaining", "used", [1], at=NOW, actor=BY, product="massage", reason="x")
    async with AsyncSession(engine) as session, session.begin():
        await add_lots(session, venue_id, [lot], NOW)
        await write(session, venue_id, {lot.id: lot}, {lot.id: used}, NOW)
    async with AsyncSession(engine) as session:
        assert await lots_where(session, venue_id, "SEK") == {lot.id: used}


async def test_the_database_refuses_a_balance_below_zero_and_a_second_next_entry(
    engine: AsyncEngine, venue_id: uuid.UUID
) -> None:
    """Without the lock two writers believe that the credit is theirs; the key of the entry knows better."""
    lot = one_credit()
    async with AsyncSession(engine) as session, session.begin():
        await add_lots(session, venue_id, [lot], NOW)
    used = moved(lot, "use", "remaining", "used", [1], at=NOW, actor=BY)
    async with AsyncSession(engine) as session, session.begin():
        await write(session, venue_id, {lot.id: lot}, {lot.id: used}, NOW)
    async with AsyncSession(engine) as session:
        with pytest.raises(IntegrityError, match="pk_credit_entry"):
            await write(session, venue_id, {lot.id: lot}, {lot.id: used}, NOW)
    row = {c.name: getattr(CreditEntry, c.name) for c in CreditEntry.__table__.columns}
    async with AsyncSession(engine) as session:
        entry = await session.get(CreditEntry, (venue_id, lot.id, 2))
        assert entry is not None
        values = {name: getattr(entry, name) for name in row} | {"seq": 3, "remaining": Decimal(-1)}
        session.add(CreditEntry(**values))
        with pytest.raises(IntegrityError, match="never_negative"):
            await session.flush()


async def test_a_lot_is_money_or_names_products(engine: AsyncEngine, venue_id: uuid.UUID) -> None:
    async with AsyncSession(engine) as session:
        await add_lots(session, venue_id, [one_credit()], NOW)
        lot = await session.get(CreditLot, (venue_id, next(iter(await lots_where(session, venue_id, "SEK")))))
        assert lot is not None
        lot.is_money = True
        with pytest.raises(IntegrityError, match="ck_credit_lot_products"):
            await session.flush()
