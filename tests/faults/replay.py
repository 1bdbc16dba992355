"""The record of a house played again: from empty, version after version, by the one writer of orders.

What comes of it has to be what stands in the tables, or the record is not whole. Sales, credits and stock are
read off their own records: each keeps every change, and what it is now is the last one.
"""

from collections import Counter
from typing import Any

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.commands.verify import amiss as look
from api.database import make_engine
from booking.apply import Actor, OrderChange, apply
from booking.events import EventRow
from booking.order_history import order_version
from booking.orders import OrderVersionRow
from catalog.queries import load_venue_by_id
from catalog.venues import Venue

OF_ORDERS = {
    "orders": "number, version, status, total, starts_at, ends_at, customer_id",
    "order_line": "order_id, position, package, start_at, participants, status",
    "booking": "order_id, component, status, start_at, end_at",
    "allocation": "order_id, booking_id, resource_id, chosen_id, use, quantity, during",
    "charge": "order_id, version, kind, amount",
    "event": "seq, kind, order_id",
}
"""What is made of orders, by what of it is no accident of when it was written."""


async def replay(recorded: str, empty: str) -> int:
    """Plays the orders of one database in another, which has the venue and no orders; how many versions."""
    source, target = make_engine(recorded), make_engine(empty)
    played = 0
    try:
        from_, to = (async_sessionmaker(engine, expire_on_commit=False) for engine in (source, target))
        async with from_() as session:
            venues = (await session.scalars(select(Venue.id))).all()
        for venue_id in venues:
            async with from_() as session:
                events = (
                    await session.scalars(
                        select(EventRow).where(EventRow.venue_id == venue_id).order_by(EventRow.seq)
                    )
                ).all()
            async with to() as session:
                venue = await load_venue_by_id(session, venue_id)
            together: list[OrderChange] = []
            for event, following in zip(events, [*events[1:], None], strict=True):
                if event.order_id is None or "version" not in event.data:
                    continue
                async with from_() as session:
                    change, made = await _change(session, venue_id, event)
                together.append(change)
                if following is not None and following.at == event.at and following.order_id is not None:
                    continue  # of one write: a swap is possible at once alone
                actor = Actor(key=made.actor_key, role=made.actor_role, name=made.actor_name)
                await apply(to, venue, together, now=made.at, actor=actor)
                played += len(together)
                together = []
    finally:
        await source.dispose()
        await target.dispose()
    return played


async def _change(
    session: AsyncSession, venue_id: Any, event: EventRow
) -> tuple[OrderChange, OrderVersionRow]:
    version = event.data["version"]
    made = await session.get(OrderVersionRow, (venue_id, event.order_id, version))
    assert made is not None, "an event tells of a version that is not kept"
    assert event.order_id is not None
    before = await order_version(session, venue_id, event.order_id, version - 1)
    after = await order_version(session, venue_id, event.order_id, version)
    assert after is not None
    return OrderChange(before=before, after=after, what=made.what), made


async def of_orders(address: str) -> dict[str, Counter[str]]:
    connection = await asyncpg.connect(address)
    try:
        return {
            table: Counter(
                str(tuple(row)) for row in await connection.fetch(f"select {columns} from {table}")
            )
            for table, columns in OF_ORDERS.items()
        }
    finally:
        await connection.close()


async def amiss(address: str) -> dict[str, int]:
    """What is wrong with the books of a database, as `sojourn verify` finds it: how often, by what it is."""
    engine = make_engine(address, pool_size=2)
    try:
        found, _ = await look(engine)
    finally:
        await engine.dispose()
    return dict(Counter(one.what for faults in found.values() for one in faults))
