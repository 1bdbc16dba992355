"""The record of a house played again: from empty, version after version, by the one writer of orders.

What comes of it has to be what stands in the tables, or the record is not whole. Sales, credits and stock are
read off their own records: each keeps every change, and what it is now is the last one.
"""

from collections import Counter
from typing import Any

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.database import make_engine
from booking.apply import Actor, OrderChange, apply
from booking.events import EventRow
from booking.orders import OrderVersionRow
from booking.queries import order_version
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


AMISS = {
    "an order is not its last version": """
        select o.id from orders o where o.version <> (select max(version) from order_version v
            where v.venue_id = o.venue_id and v.order_id = o.id)""",
    "a version is missing": """
        select order_id from order_version group by venue_id, order_id having max(version) <> count(*)
        union all
        select sale_id from sale_version group by venue_id, sale_id having max(version) <> count(*)""",
    "a sale is not its last version": """
        select s.id from sale s join sale_version v on (v.venue_id, v.sale_id, v.version)
            = (s.venue_id, s.id, s.version) where v.value ->> 'status' <> s.status
            or v.version <> (select max(version) from sale_version w
                where w.venue_id = s.venue_id and w.sale_id = s.id)""",
    "nobody did it": """
        select order_id from order_version where actor_role = '' or what = ''
        union all select sale_id from sale_version where actor_role = '' or what = ''
        union all select lot_id from credit_entry where actor_role = ''""",
    "the entries of a lot do not add up": """
        select lot_id from (select *, sum(case when target = 'remaining' then quantity else 0 end
            - case when source = 'remaining' then quantity else 0 end)
            over (partition by venue_id, lot_id order by seq) as summed from credit_entry) e
        where summed <> remaining""",
    "credits below zero": """
        select lot_id from credit_entry where least(remaining, reserved, used, expired) < 0""",
    "the movements of a stock do not add up": """
        select venue_id from (select *, sum(change)
            over (partition by venue_id, product order by seq) as summed from stock_movement) m
        where summed <> level""",
    "the charges are not the total and the fees": """
        select o.id from orders o where o.status <> 'cancelled'
            and o.total <> (select coalesce(sum(amount), 0) from charge c
                where c.venue_id = o.venue_id and c.order_id = o.id)""",
    "more was paid back than paid": """
        select coalesce(order_id, sale_id) from payment
            group by order_id, sale_id having sum(amount) < 0""",
    "a resource is held twice": """
        select a.booking_id from allocation a join allocation b on a.venue_id = b.venue_id
            and a.resource_id = b.resource_id and a.during && b.during and a.places && b.places
            and a.id < b.id""",
    "an event is missing": """
        select venue_id from event group by venue_id having max(seq) <> count(*)
        union all select c.venue_id from venue_counter c where last_event <> (select coalesce(max(seq), 0)
            from event e where e.venue_id = c.venue_id)""",
    "a version that no event tells of": """
        select order_id from order_version v where not exists (select 1 from event e
            where e.venue_id = v.venue_id and e.order_id = v.order_id
            and (e.data ->> 'version')::int = v.version)""",
}
"""What may never be, as queries that find it."""


async def amiss(address: str) -> dict[str, int]:
    """What is wrong with the books of a database: how many rows, by what it is; nothing where all is well."""
    connection = await asyncpg.connect(address)
    try:
        found = {name: len(await connection.fetch(query)) for name, query in AMISS.items()}
    finally:
        await connection.close()
    return {name: number for name, number in found.items() if number}
