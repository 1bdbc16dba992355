"""Reading and writing sales and their versions. The caller owns the transaction."""

import uuid
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Text, cast, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_over
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.actors import Actor
from catalog.errors import Invalid, NotFound
from catalog.venues import Venue
from pricing.sale import Sale, Status
from pricing.sales import SaleRow, SaleVersionRow

_DECODER = msgspec.json.Decoder(Sale)


async def locate_sale(session: AsyncSession, organisation_id: uuid.UUID, sale_id: uuid.UUID) -> uuid.UUID:
    """The venue of a sale of the organisation; raises NotFound."""
    venues = select(Venue.id).where(Venue.organisation_id == organisation_id)
    found = select(SaleRow.venue_id).where(SaleRow.venue_id.in_(venues), SaleRow.id == sale_id)
    venue = await session.scalar(found)
    if venue is None:
        raise NotFound("There is no such sale.")
    return venue


async def load_sale(
    session: AsyncSession, venue_id: uuid.UUID, sale_id: uuid.UUID, *, lock: bool = False
) -> Sale:
    """The sale as it is; raises NotFound. `lock`: nobody else changes it until the transaction ends."""
    if lock:
        row = select(SaleRow.id).where(SaleRow.venue_id == venue_id, SaleRow.id == sale_id).with_for_update()
        await session.execute(row)
    found = await sales_where(session, venue_id, SaleRow.id == sale_id)
    if not found:
        raise NotFound("There is no such sale.")
    return found[0]


async def sales_where(
    session: AsyncSession, venue_id: uuid.UUID, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[Sale]:
    """Sales as they are, in the order in which they were made."""
    same = (SaleVersionRow.sale_id == SaleRow.id) & (SaleVersionRow.version == SaleRow.version)
    found = await session.scalars(
        select(cast(SaleVersionRow.value, Text))
        .join(SaleRow, (SaleRow.venue_id == SaleVersionRow.venue_id) & same)
        .where(SaleRow.venue_id == venue_id, *conditions)
        .order_by(SaleRow.id)
        .limit(limit)
    )
    return [_DECODER.decode(value) for value in found]


async def find_sales(
    session: AsyncSession,
    venue_id: uuid.UUID,
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    customer: uuid.UUID | None = None,
    status: Status | None = None,
    limit: int = 100,
    after: str | None = None,
) -> tuple[list[Sale], str | None]:
    """Sales that took place in [first, last); the cursor of the next page."""
    conditions: list[ColumnElement[bool]] = []
    if first is not None:
        conditions.append(SaleRow.sold_at >= first)
    if last is not None:
        conditions.append(SaleRow.sold_at < last)
    if customer is not None:
        conditions.append(SaleRow.customer_id == customer)
    if status is not None:
        conditions.append(SaleRow.status == status)
    if after is not None:
        try:
            conditions.append(SaleRow.id > uuid.UUID(after))
        except ValueError:
            raise Invalid("`after` is not the `next` of an earlier page.") from None
    found = await sales_where(session, venue_id, *conditions, limit=limit + 1)
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def write_sale(
    session: AsyncSession, venue_id: uuid.UUID, sale: Sale, what: str, *, now: datetime, actor: Actor
) -> None:
    """The sale as its present version, and the version for the history."""
    row = {
        "venue_id": venue_id,
        "id": sale.id,
        "version": sale.version,
        "status": sale.status,
        "customer_id": sale.customer,
        "sold_at": sale.sold_at,
        "total": sale.total,
        "created_at": sale.created_at,
        "updated_at": now,
    }
    statement = insert_over(SaleRow).values(row)
    new = {name: statement.excluded[name] for name in row if name not in ("venue_id", "id", "created_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["venue_id", "id"], set_=new))
    version = {
        "venue_id": venue_id,
        "sale_id": sale.id,
        "version": sale.version,
        "at": now,
        "actor_key": actor.key,
        "actor_role": actor.role,
        "actor_name": actor.name,
        "actor_address": actor.address,
        "what": what,
        "value": msgspec.to_builtins(sale),
    }
    await session.execute(insert(SaleVersionRow).values(version))


async def sale_history(
    session: AsyncSession, venue_id: uuid.UUID, sale_id: uuid.UUID
) -> Sequence[SaleVersionRow]:
    """Every version, the first one first."""
    rows = select(SaleVersionRow).where(
        SaleVersionRow.venue_id == venue_id, SaleVersionRow.sale_id == sale_id
    )
    return list(await session.scalars(rows.order_by(SaleVersionRow.version)))
