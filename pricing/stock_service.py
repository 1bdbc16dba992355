"""Reading and moving stock. The caller owns the transaction; items are locked in the order of their keys."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_if_new
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.actors import SYSTEM, Actor
from catalog.errors import Conflict
from catalog.specs import ProductSpec
from pricing.lots import NOTHING, Cause
from pricing.stock import StockItem, StockMovement


class OutOfStock(Conflict):
    """There are fewer on the shelf than it takes."""

    code = "out_of_stock"


async def open_stock(
    session: AsyncSession, venue_id: uuid.UUID, products: Iterable[ProductSpec], now: datetime
) -> None:
    """Writes the opening level of each stock item that has none yet; a level once read in stays.

    A stock item without `stock` in the document is not counted.
    """
    levels = {p.key: p.stock for p in products if p.kind == "stock_item" and p.stock is not None}
    if not levels:
        return
    new = await session.scalars(
        insert_if_new(StockItem)
        .values([{"venue_id": venue_id, "product": key} for key in sorted(levels)])
        .on_conflict_do_nothing()
        .returning(StockItem.product)
    )
    rows = [
        _row(venue_id, key, 1, levels[key], levels[key], "The opening level.", NOTHING, now, SYSTEM)
        for key in new
    ]
    if rows:
        await session.execute(insert(StockMovement), rows)


async def move_stock(
    session: AsyncSession,
    venue_id: uuid.UUID,
    changes: Mapping[str, int],
    *,
    labels: Mapping[str, str],
    reason: str,
    cause: Cause = NOTHING,
    now: datetime,
    actor: Actor,
) -> dict[str, int]:
    """Adds a movement for each product that is counted; the levels after them.

    `cause`: the sale or order that it was for. Raises OutOfStock, but not for an order: until its day
    more can be had.
    """
    wanted = {key: change for key, change in changes.items() if change}
    if not wanted:
        return {}
    await session.execute(
        select(StockItem.product)
        .where(StockItem.venue_id == venue_id, StockItem.product.in_(wanted))
        .order_by(StockItem.product)
        .with_for_update()
    )
    levels, rows = {}, []
    for key, (seq, level) in (await _latest(session, venue_id, wanted)).items():
        levels[key] = level + wanted[key]
        if levels[key] < 0 and wanted[key] < 0 and cause.order is None:
            raise OutOfStock(too_few(labels.get(key, key), level, -wanted[key]))
        rows.append(_row(venue_id, key, seq + 1, wanted[key], levels[key], reason, cause, now, actor))
    if rows:
        await session.execute(insert(StockMovement), rows)
    return levels


def too_few(label: str, level: int, needed: int) -> str:
    """The sentence about goods that are not there."""
    return (
        f"“{label}” has {max(0, level)} in stock, and {needed} are needed: "
        "take fewer, or put a delivery into stock first."
    )


async def taken_by_order(session: AsyncSession, venue_id: uuid.UUID, order_id: uuid.UUID) -> dict[str, int]:
    """The units of each product that the order has taken from the shelf and not given back."""
    found = await session.execute(
        select(StockMovement.product, func.sum(StockMovement.change))
        .where(StockMovement.venue_id == venue_id, StockMovement.order_id == order_id)
        .group_by(StockMovement.product)
    )
    return {product: -int(change) for product, change in found}


async def stock_levels(session: AsyncSession, venue_id: uuid.UUID) -> dict[str, int]:
    """The level of every product that is counted."""
    return {key: level for key, (_, level) in (await _latest(session, venue_id, None)).items()}


async def _latest(
    session: AsyncSession, venue_id: uuid.UUID, products: Iterable[str] | None
) -> dict[str, tuple[int, int]]:
    last = (
        select(StockMovement.product, func.max(StockMovement.seq).label("seq"))
        .where(StockMovement.venue_id == venue_id)
        .group_by(StockMovement.product)
    )
    if products is not None:
        last = last.where(StockMovement.product.in_(list(products)))
    of = last.subquery()
    found = await session.execute(
        select(StockMovement.product, StockMovement.seq, StockMovement.level)
        .join(of, (of.c.product == StockMovement.product) & (of.c.seq == StockMovement.seq))
        .where(StockMovement.venue_id == venue_id)
        .order_by(StockMovement.product)
    )
    return {product: (seq, level) for product, seq, level in found}


def _row(
    venue_id: uuid.UUID,
    product: str,
    seq: int,
    change: int,
    level: int,
    reason: str,
    cause: Cause,
    now: datetime,
    actor: Actor,
) -> dict[str, object]:
    return {
        "venue_id": venue_id,
        "product": product,
        "seq": seq,
        "at": now,
        "change": change,
        "level": level,
        "reason": reason,
        "sale_id": cause.sale,
        "order_id": cause.order,
        "actor_key": actor.key,
        "actor_role": actor.role,
        "actor_name": actor.name,
        "actor_address": actor.address,
    }
