"""Commissions: what they are reckoned from, by sale and staff member (S1-6, S1-7)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.documents import Column, Report, Table
from catalog.queries import StoredVenue
from catalog.times import instant
from pricing.credit_reports import commissions
from pricing.sale_store import sales_where
from pricing.sales import SaleRow

COLUMNS = (
    Column("date", "Date"),
    Column("staff", "Staff"),
    Column("product", "Product"),
    Column("quantity", "Quantity", "number"),
    Column("basis", "Basis"),
    Column("base", "Base", "amount"),
    Column("sale", "Sale"),
)


async def bases(
    session: AsyncSession,
    venue: StoredVenue,
    first: int,
    last: int,
    now: datetime,  # noqa: ARG001
) -> Table:
    """Of the closed sales that took place in the range."""
    sales = await sales_where(
        session,
        venue.id,
        SaleRow.sold_at >= instant(first),
        SaleRow.sold_at < instant(last),
        SaleRow.status == "closed",
    )
    return Table(columns=COLUMNS, rows=list(commissions(sales, venue.tz)), totals=("base",))


COMMISSIONS = Report("commissions", "Commissions", bases)
