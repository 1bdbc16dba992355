"""What an order has been: its versions, who made them, and what each came to."""

import uuid
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct
from sqlalchemy import and_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.charges import ChargeRow
from booking.lines import Order
from booking.orders import OrderVersionRow
from booking.rows import read_order
from pricing.taxes import TaxRow

OrderVersion = tuple[uuid.UUID, int]
"""An order's id, and the number of one of its versions."""


class Version(Struct, frozen=True, kw_only=True):
    """An entry of an order's history: what was done, when, by whom and from where."""

    version: int
    at: datetime
    actor_role: str
    actor_name: str
    actor_address: str
    what: str


class Charge(Struct, frozen=True, kw_only=True):
    """An entry of what an order owes, and who made it so by what."""

    id: uuid.UUID
    version: int
    at: datetime
    kind: str
    amount: Decimal
    taxes: tuple[TaxRow, ...]
    what: str
    by: str


async def order_version(
    session: AsyncSession, venue_id: uuid.UUID, order_id: uuid.UUID, version: int
) -> Order | None:
    """The order as that version made it."""
    found = await order_versions(session, venue_id, [(order_id, version)])
    return found.get((order_id, version))


async def order_versions(
    session: AsyncSession, venue_id: uuid.UUID, which: Collection[OrderVersion]
) -> dict[OrderVersion, Order]:
    """The orders as those versions made them, of those that there are."""
    given = {"venue": venue_id, "orders": [o for o, _ in which], "versions": [v for _, v in which]}
    found = await session.execute(_VERSIONS, given)
    return {(order_id, version): read_order(value) for order_id, version, value in found}


_VERSIONS = text("""
    SELECT v.order_id, v.version, v.value::text
    FROM unnest(cast(:orders AS uuid[]), cast(:versions AS int[])) AS wanted (order_id, version)
    JOIN order_version v
      ON v.venue_id = :venue AND v.order_id = wanted.order_id AND v.version = wanted.version
""")


async def history(session: AsyncSession, venue_id: uuid.UUID, order_id: uuid.UUID) -> tuple[Version, ...]:
    """Every version of the order, the first one first."""
    found = await session.execute(
        select(
            OrderVersionRow.version,
            OrderVersionRow.at,
            OrderVersionRow.actor_role,
            OrderVersionRow.actor_name,
            OrderVersionRow.actor_address,
            OrderVersionRow.what,
        )
        .where(OrderVersionRow.venue_id == venue_id, OrderVersionRow.order_id == order_id)
        .order_by(OrderVersionRow.version)
    )
    return tuple(
        Version(version=version, at=at, actor_role=role, actor_name=name, actor_address=address, what=what)
        for version, at, role, name, address, what in found
    )


async def charges_of(session: AsyncSession, venue_id: uuid.UUID, order_id: uuid.UUID) -> tuple[Charge, ...]:
    """Every charge of the order, the first one first."""
    made_by = and_(
        OrderVersionRow.venue_id == ChargeRow.venue_id,
        OrderVersionRow.order_id == ChargeRow.order_id,
        OrderVersionRow.version == ChargeRow.version,
    )
    found = await session.execute(
        select(ChargeRow, OrderVersionRow.what, OrderVersionRow.actor_name)
        .join(OrderVersionRow, made_by)
        .where(ChargeRow.venue_id == venue_id, ChargeRow.order_id == order_id)
        .order_by(ChargeRow.version, ChargeRow.id)
    )
    return tuple(
        Charge(
            id=row.id,
            version=row.version,
            at=row.at,
            kind=row.kind,
            amount=row.amount,
            taxes=msgspec.convert(row.taxes, tuple[TaxRow, ...]),
            what=what,
            by=name,
        )
        for row, what, name in found
    )
