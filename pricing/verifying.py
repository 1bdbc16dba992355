"""What may never be of sales, credits, stock, payments and tickets: balances that are not their entries."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.verifying import Amiss, found_by
from pricing.handover import tickets_of
from pricing.sale import Sale
from pricing.sale_store import sales_where
from pricing.sales import SaleRow
from pricing.ticket_store import Ticket

AT_ONCE = 300
OTHER_CREDITS = "it holds other credits than it is priced with"
OTHER_TICKETS = "it has other tickets than it gives"
HANDS_OVER = ("saved", "closed")
Held = Counter[tuple[uuid.UUID, uuid.UUID]]
"""How many credits, by lot and line."""


async def money_amiss(session: AsyncSession, venue_id: uuid.UUID) -> AsyncIterator[Amiss]:
    """Of everything here; reads all of it, in pages."""
    async for one in found_by(session, venue_id, _STATEMENTS):
        yield one
    after = uuid.UUID(int=0)
    while sales := await sales_where(session, venue_id, SaleRow.id > after, limit=AT_ONCE):
        ids = [sale.id for sale in sales]
        held = await credits_held(session, venue_id, "sale_id", ids)
        tickets = await tickets_there(session, venue_id, "sale_id", ids)
        for sale in sales:
            key = f"sale {sale.id}"
            if sum(line.amount for line in sale.lines) != sale.total:
                yield Amiss("the lines of a sale are not its total", key)
            if held.get(sale.id, Counter()) != _credits(sale):
                yield Amiss(OTHER_CREDITS, key)
            if tickets.get(sale.id, Counter()) != _tickets(sale):
                yield Amiss(OTHER_TICKETS, key)
        after = sales[-1].id


def _credits(sale: Sale) -> Held:
    out: Held = Counter()
    for line in sale.lines:
        if sale.status in HANDS_OVER and line.lot is not None:
            out[line.lot, line.id] += line.quantity
    return out


def _tickets(sale: Sale) -> Counter[tuple[object, ...]]:
    out: Counter[tuple[object, ...]] = Counter()
    for wanted in tickets_of(sale) if sale.status in HANDS_OVER else ():
        out[wanted.what] += wanted.count
    return out


async def credits_held(
    session: AsyncSession, venue_id: uuid.UUID, owner: str, ids: list[uuid.UUID]
) -> Mapping[uuid.UUID, Held]:
    """What each of the sales (`owner` sale_id) or orders (order_id) has reserved and used, by the entries."""
    held = f"""
        SELECT {owner}, lot_id, line_id, sum(quantity * (
            (target IN ('reserved', 'used'))::int - (source IN ('reserved', 'used'))::int)) AS n
        FROM credit_entry WHERE venue_id = :venue AND {owner} = any(:ids) AND payment_id IS NULL
            AND line_id IS NOT NULL
        GROUP BY 1, 2, 3"""  # noqa: S608 # nosec B608 - one of two names of ours
    out: dict[uuid.UUID, Held] = {}
    for of, lot, line, n in await session.execute(text(held), {"venue": venue_id, "ids": ids}):
        if n:
            out.setdefault(of, Counter())[lot, line] += int(n)
    return out


async def tickets_there(
    session: AsyncSession, venue_id: uuid.UUID, owner: str, ids: list[uuid.UUID]
) -> Mapping[uuid.UUID, Counter[tuple[object, ...]]]:
    """The tickets in force of each, by line, component and product."""
    of: Any = getattr(Ticket, owner)
    what = (Ticket.line_id, Ticket.component, Ticket.product)
    in_force = (Ticket.venue_id == venue_id, of.in_(ids), Ticket.voided_at.is_(None))
    out: dict[uuid.UUID, Counter[tuple[object, ...]]] = {}
    for owned, *which, n in await session.execute(
        select(of, *what, func.count()).where(*in_force).group_by(of, *what)
    ):
        out.setdefault(owned, Counter())[tuple(which)] += n
    return out


def _sums(account: str) -> str:
    return f"""select 'lot ' || lot_id from (
        select *, sum(quantity * ((target = '{account}')::int - (source = '{account}')::int))
            over (partition by lot_id order by seq) as summed
        from credit_entry where venue_id = :venue) e where summed <> {account}"""  # noqa: S608 # nosec B608


_STATEMENTS = {
    "a version of a sale is missing": """
        select 'sale ' || s.id from sale s left join sale_version v on v.venue_id = s.venue_id
            and v.sale_id = s.id where s.venue_id = :venue group by s.id, s.version
        having count(v.version) <> s.version or max(v.version) <> s.version""",
    "a sale is not its last version": """
        select 'sale ' || s.id from sale s join sale_version v on (v.venue_id, v.sale_id, v.version)
            = (s.venue_id, s.id, s.version)
        where s.venue_id = :venue and (v.value ->> 'status' <> s.status
            or coalesce((v.value ->> 'total')::numeric, 0) <> s.total
            or (v.value ->> 'customer')::uuid is distinct from s.customer_id)""",
    "nobody changed a sale": """
        select 'sale ' || sale_id from sale_version
        where venue_id = :venue and (actor_role = '' or what = '')""",
    "nobody moved credits": """
        select 'lot ' || lot_id from credit_entry where venue_id = :venue and actor_role = ''""",
    **{
        f"the entries of a lot do not add up to what is {account}": _sums(account)
        for account in ("remaining", "reserved", "used", "expired")
    },
    "an entry of a lot is missing": """
        select 'lot ' || l.id from credit_lot l left join credit_entry e on e.venue_id = l.venue_id
            and e.lot_id = l.id where l.venue_id = :venue group by l.id
        having count(e.seq) = 0 or max(e.seq) <> count(e.seq)""",
    "credits below zero": """
        select 'lot ' || lot_id from credit_entry
        where venue_id = :venue and least(remaining, reserved, used, expired) < 0""",
    "an entry moves other credits than it names": """
        select 'lot ' || l.id from credit_lot l join credit_entry e on e.venue_id = l.venue_id
            and e.lot_id = l.id
        where l.venue_id = :venue and not l.is_money and cardinality(e.units) <> e.quantity""",
    "a lot ends at another time than its entries say": """
        select 'lot ' || l.id from credit_lot l join lateral (select * from credit_entry e
            where e.venue_id = l.venue_id and e.lot_id = l.id order by seq desc limit 1) e on true
        where l.venue_id = :venue
            and l.open_until is distinct from case when e.remaining > 0 then e.valid_until end""",
    "the movements of a stock do not add up": """
        select 'stock ' || product from (select *, sum(change) over (partition by product order by seq)
            as summed from stock_movement where venue_id = :venue) m where summed <> level""",
    "a movement of a stock is missing": """
        select 'stock ' || product from stock_movement where venue_id = :venue
        group by product having max(seq) <> count(*)""",
    "more was paid back than paid": """
        select coalesce('order ' || order_id, 'sale ' || sale_id) from payment where venue_id = :venue
        group by order_id, sale_id having sum(amount) < 0""",
    "a card paid something else than its entries say": """
        select 'payment ' || p.id from payment p where p.venue_id = :venue and p.method = 'value_card'
            and p.amount <> (select coalesce(sum(e.quantity * ((e.target = 'used')::int
                - (e.source = 'used')::int)), 0) from credit_entry e
                where e.venue_id = p.venue_id and e.payment_id = p.id)""",
}
