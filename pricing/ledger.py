"""Reading and writing lots and their entries. The caller owns the transaction.

Whoever writes has locked the lots first, all of them in one statement and in one order.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from catalog.actors import SYSTEM, Actor
from catalog.queries import load_venue_by_id
from pricing.claims import Lots, Wanted, claimed, consumed
from pricing.credits import CreditEntry, CreditLot
from pricing.lots import Cause, Entry, Lot, moved
from pricing.rights import is_withdrawn

_BATCH = 200


async def lots_where(
    session: AsyncSession,
    venue_id: uuid.UUID,
    currency: str,
    *conditions: ColumnElement[bool],
    lock: bool = False,
) -> Lots:
    """The lots with their entries, by id; `lock`: nobody else writes them until the transaction ends."""
    rows = select(CreditLot).where(CreditLot.venue_id == venue_id, *conditions).order_by(CreditLot.id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    lots = {row.id: row for row in await session.scalars(rows)}
    if not lots:
        return {}
    # A statement of its own: it sees what was written while we waited for the lock.
    entries = (
        select(CreditEntry)
        .where(CreditEntry.venue_id == venue_id, CreditEntry.lot_id.in_(lots))
        .order_by(CreditEntry.lot_id, CreditEntry.seq)
        .execution_options(populate_existing=True)
    )
    of: dict[uuid.UUID, list[Entry]] = {lot_id: [] for lot_id in lots}
    for entry in await session.scalars(entries):
        of[entry.lot_id].append(_read(entry))
    return {lot_id: _lot(row, currency, tuple(of[lot_id])) for lot_id, row in lots.items()}


async def lots_of(
    session: AsyncSession,
    venue_id: uuid.UUID,
    currency: str,
    customer_id: uuid.UUID | None,
    *,
    lock: bool = False,
) -> Lots:
    """Every lot of the customer; none for nobody."""
    if customer_id is None:
        return {}
    return await lots_where(session, venue_id, currency, CreditLot.customer_id == customer_id, lock=lock)


async def lots_by_order(
    session: AsyncSession, venue_id: uuid.UUID, currency: str, orders: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Lot]]:
    """The lots that stand of what each of the orders gave."""
    out: dict[uuid.UUID, list[Lot]] = {order: [] for order in orders}
    given = await lots_where(session, venue_id, currency, CreditLot.order_id.in_(out)) if out else {}
    for lot in sorted(given.values(), key=lambda lot: (lot.position, lot.id)):
        if lot.order is not None and not is_withdrawn(lot):
            out[lot.order].append(lot)
    return out


async def add_lots(session: AsyncSession, venue_id: uuid.UUID, lots: Iterable[Lot], now: datetime) -> None:
    """New lots, with the entries that they have."""
    lots = tuple(lots)
    if not lots:
        return
    rows = [
        {
            "venue_id": venue_id,
            "id": lot.id,
            "customer_id": lot.customer,
            "sold_as": lot.sold_as,
            "sold_name": lot.sold_name,
            "products": list(lot.products),
            "is_money": lot.is_money,
            "quantity": lot.quantity,
            "price": lot.price,
            "commission_base": lot.commission_base,
            "bought_at": lot.bought_at,
            "position": lot.position,
            "sale_id": lot.sale,
            "sale_line_id": lot.sale_line,
            "order_id": lot.order,
            "order_line_id": lot.order_line,
            "component": lot.component,
            "open_until": lot.open_until,
            "created_at": now,
        }
        for lot in lots
    ]
    await session.execute(insert(CreditLot), rows)
    await session.execute(
        insert(CreditEntry), [_row(venue_id, lot.id, e, now) for lot in lots for e in lot.entries]
    )


async def write(
    session: AsyncSession,
    venue_id: uuid.UUID,
    before: Mapping[uuid.UUID, Lot],
    after: Mapping[uuid.UUID, Lot],
    now: datetime,
) -> tuple[tuple[Lot, Entry], ...]:
    """Adds the entries that are new, and tells them."""
    new = [(lot, e) for key, lot in after.items() for e in lot.entries[len(before[key].entries) :]]
    if new:
        await session.execute(insert(CreditEntry), [_row(venue_id, lot.id, e, now) for lot, e in new])
    for key, lot in after.items():
        if _columns(lot) != _columns(before[key]):
            await session.execute(
                update(CreditLot)
                .where(CreditLot.venue_id == venue_id, CreditLot.id == key)
                .values(**_columns(lot))
                .execution_options(synchronize_session=False)
            )
    return tuple(new)


def _columns(lot: Lot) -> dict[str, Any]:
    """What of a lot may change."""
    return {"open_until": lot.open_until, "customer_id": lot.customer, "price": lot.price}


async def claim_for_orders(
    session: AsyncSession,
    venue_id: uuid.UUID,
    wanted: Mapping[uuid.UUID, Wanted],
    *,
    at: datetime,
    actor: Actor,
) -> None:
    """Every order named holds the credits that it wants and no others (S1-2).

    Raises CreditGone where somebody else was faster.
    """
    held = select(CreditEntry.lot_id).where(
        CreditEntry.venue_id == venue_id, CreditEntry.order_id.in_(list(wanted))
    )
    ids = {*(await session.scalars(held)), *(lot for wants in wanted.values() for lot, _, _ in wants)}
    if not ids:
        return
    lots = await lots_where(
        session, venue_id, await _currency(session, venue_id), CreditLot.id.in_(ids), lock=True
    )
    now = lots
    for order, wants in wanted.items():
        now = claimed(now, Cause(order=order), wants, at=at, actor=actor)
    await write(session, venue_id, lots, now, at)


async def use_for_order(session: AsyncSession, venue_id: uuid.UUID, order_id: uuid.UUID, at: datetime) -> int:
    """What the order has reserved is used; how many entries that took. Again: none (S1-2)."""
    ids = select(CreditEntry.lot_id).where(CreditEntry.venue_id == venue_id, CreditEntry.order_id == order_id)
    currency = await _currency(session, venue_id)
    lots = await lots_where(session, venue_id, currency, CreditLot.id.in_(ids), lock=True)
    done = consumed(lots, Cause(order=order_id), at=at, actor=SYSTEM)
    return len(await write(session, venue_id, lots, done, at))


async def expire_credits(sessions: async_sessionmaker[AsyncSession], now: datetime) -> int:
    """Ends what remains of lots whose last day is over; how many lots there were (S0-9, S1-5).

    May run twice and late without harm: what has ended has nothing left, and validity is judged by the clock
    wherever a credit is used, not by whether this has run. A lot that somebody else is at work on waits.
    """
    count = 0
    while True:
        async with sessions.begin() as session:
            due = (
                select(CreditLot.venue_id, CreditLot.id)
                .where(CreditLot.open_until <= now)
                .order_by(CreditLot.venue_id, CreditLot.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
            found = (await session.execute(due)).all()
            for venue_id in dict.fromkeys(row.venue_id for row in found):
                ids = [row.id for row in found if row.venue_id == venue_id]
                currency = await _currency(session, venue_id)
                lots = await lots_where(session, venue_id, currency, CreditLot.id.in_(ids), lock=True)
                done = {key: expired(lot, now) for key, lot in lots.items()}
                await write(session, venue_id, lots, done, now)
            count += len(found)
        if len(found) < _BATCH:
            return count


def expired(lot: Lot, now: datetime) -> Lot:
    """The lot after its last day: nothing remains of it."""
    rest = lot.remaining
    if not rest or lot.valid_until is None or now < lot.valid_until:
        return lot
    units = lot.units_in("remaining")
    return moved(lot, "expire", "remaining", "expired", units, rest, at=now, actor=SYSTEM)


async def _currency(session: AsyncSession, venue_id: uuid.UUID) -> str:
    return (await load_venue_by_id(session, venue_id)).catalog.venue.currency


def _lot(row: CreditLot, currency: str, entries: tuple[Entry, ...]) -> Lot:
    return Lot(
        id=row.id,
        customer=row.customer_id,
        sold_as=row.sold_as,
        sold_name=row.sold_name,
        products=tuple(row.products),
        quantity=row.quantity,
        price=row.price,
        currency=currency,
        bought_at=row.bought_at,
        position=row.position,
        commission_base=row.commission_base,
        sale=row.sale_id,
        sale_line=row.sale_line_id,
        order=row.order_id,
        order_line=row.order_line_id,
        component=row.component,
        entries=entries,
    )


def _read(row: CreditEntry) -> Entry:
    return Entry(
        seq=row.seq,
        at=row.at,
        kind=row.kind,  # type: ignore[arg-type]  # CHECKs of the table admit these alone
        source=row.source,  # type: ignore[arg-type]
        target=row.target,  # type: ignore[arg-type]
        quantity=row.quantity,
        units=tuple(row.units),
        value=row.value,
        remaining=row.remaining,
        reserved=row.reserved,
        used=row.used,
        expired=row.expired,
        valid_until=row.valid_until,
        product=row.product,
        cause=Cause(sale=row.sale_id, order=row.order_id, line=row.line_id, payment=row.payment_id),
        reason=row.reason,
        actor=Actor(key=row.actor_key, role=row.actor_role, name=row.actor_name, address=row.actor_address),
    )


def _row(venue_id: uuid.UUID, lot_id: uuid.UUID, entry: Entry, now: datetime) -> dict[str, Any]:
    plain = ("seq", "at", "kind", "source", "target", "quantity", "value", "remaining", "reserved", "used")
    return {
        "venue_id": venue_id,
        "lot_id": lot_id,
        **{name: getattr(entry, name) for name in plain},
        "recorded_at": now,
        "units": list(entry.units),
        "expired": entry.expired,
        "valid_until": entry.valid_until,
        "product": entry.product,
        "sale_id": entry.cause.sale,
        "order_id": entry.cause.order,
        "line_id": entry.cause.line,
        "payment_id": entry.cause.payment,
        "reason": entry.reason,
        "actor_key": entry.actor.key,
        "actor_role": entry.actor.role,
        "actor_name": entry.actor.name,
        "actor_address": entry.actor.address,
    }
