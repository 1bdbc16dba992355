"""Package balances, customer stock and the liability of unused credits (S1-13, S2-20, S2-21)."""

import uuid
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.documents import Column, Report, Table
from catalog.queries import StoredVenue
from catalog.times import instant
from pricing.claims import Lots
from pricing.credit_reports import customer_stock, liability, package_balances
from pricing.credits import CreditEntry, CreditLot
from pricing.customers import Customer
from pricing.ledger import lots_where
from pricing.sale_store import sales_where
from pricing.sales import SaleRow

BALANCES = (
    Column("customer", "Customer"),
    Column("sold_as", "Product"),
    Column("name", "Name"),
    Column("products", "For"),
    Column("bought", "Bought"),
    Column("last_day", "Last day"),
    Column("quantity", "Bought units", "number"),
    Column("remaining", "Remaining", "number"),
    Column("reserved", "Reserved", "number"),
)
STOCK = (
    Column("date", "Date"),
    Column("package", "Package"),
    Column("product", "Product"),
    Column("what", "What"),
    Column("quantity", "Quantity", "number"),
    Column("amount", "Amount", "amount"),
)
LIABILITY = (
    Column("customer", "Customer"),
    Column("sold_as", "Product"),
    Column("name", "Name"),
    Column("bought", "Bought"),
    Column("last_day", "Last day"),
    Column("unused", "Unused", "number"),
    Column("value", "Value", "amount"),
)


async def balances(
    session: AsyncSession,
    venue: StoredVenue,
    first: int,  # noqa: ARG001
    last: int,  # noqa: ARG001
    now: datetime,
) -> Table:
    """Of now, whatever the range: what has ended is not active any more."""
    lots = await _lots(session, venue, CreditLot.bought_at <= now)
    rows = list(package_balances(lots.values(), await _names(session, venue, lots), venue.tz, now))
    return Table(columns=BALANCES, rows=rows)


async def stock_takings(
    session: AsyncSession,
    venue: StoredVenue,
    first: int,
    last: int,
    now: datetime,  # noqa: ARG001
) -> Table:
    """Of the sales that took place in the range and stand, and of the uses in it."""
    begins, ends = instant(first), instant(last)
    sales = await sales_where(
        session,
        venue.id,
        SaleRow.sold_at >= begins,
        SaleRow.sold_at < ends,
        SaleRow.status.in_(("saved", "closed")),
    )
    within = (CreditEntry.at >= begins, CreditEntry.at < ends)
    ids = select(CreditEntry.lot_id).where(CreditEntry.venue_id == venue.id, *within)
    lots = await lots_where(session, venue.id, venue.catalog.venue.currency, CreditLot.id.in_(ids))
    rows = list(customer_stock(sales, lots.values(), venue.tz, begins, ends))
    return Table(columns=STOCK, rows=rows, totals=("amount",))


async def owed_in_kind(
    session: AsyncSession,
    venue: StoredVenue,
    first: int,  # noqa: ARG001
    last: int,
    now: datetime,
) -> Table:
    """As the ledger stood at the end of the range, or stands now."""
    until = min(instant(last), now)
    lots = await _lots(session, venue, CreditLot.bought_at < until)
    rows = list(liability(lots.values(), await _names(session, venue, lots), venue.tz, until))
    return Table(columns=LIABILITY, rows=rows, totals=("value",))


async def _lots(session: AsyncSession, venue: StoredVenue, condition: ColumnElement[bool]) -> Lots:
    currency = venue.catalog.venue.currency
    return await lots_where(session, venue.id, currency, condition)


async def _names(session: AsyncSession, venue: StoredVenue, lots: Lots) -> dict[uuid.UUID, str]:
    ids = {lot.customer for lot in lots.values() if lot.customer is not None}
    found = await session.execute(
        select(Customer.id, Customer.name).where(Customer.venue_id == venue.id, Customer.id.in_(ids))
    )
    return {row.id: row.name for row in found}


PACKAGE_BALANCES = Report("package-balances", "Package balances", balances)
CUSTOMER_STOCK = Report("customer-stock", "Daily takings – customer stock", stock_takings)
CREDIT_LIABILITY = Report("liability", "Liability of unused credits", owed_in_kind)
