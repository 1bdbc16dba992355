"""Takings: what was paid, less what was paid back, by day, method and tax rate."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.documents import Column, Report, Row, Table
from catalog.queries import StoredVenue
from catalog.times import instant
from pricing.payments import Payment
from pricing.queries import payments_between, settled_by

COLUMNS = (
    Column("date", "Date"),
    Column("method", "Method"),
    Column("rate", "Tax %", "number"),
    Column("net", "Net", "amount"),
    Column("tax", "Tax", "amount"),
    Column("gross", "Gross", "amount"),
)


async def takings(
    session: AsyncSession,
    venue: StoredVenue,
    first: int,
    last: int,
    now: datetime,  # noqa: ARG001
) -> Table:
    """For orders and sales alike. What is untaxed has no rate."""
    payments = await payments_between(session, venue.id, instant(first), instant(last))
    rows = list(by_day_method_and_rate(payments, venue.tz))
    return Table(columns=COLUMNS, rows=rows, totals=("net", "tax", "gross"))


def by_day_method_and_rate(payments: Iterable[Payment], tz: ZoneInfo) -> Iterable[Row]:
    """One row for each; those that come to nothing are left out."""
    gross: dict[tuple[date, str, Decimal | None], Decimal] = defaultdict(Decimal)
    tax: dict[tuple[date, str, Decimal | None], Decimal] = defaultdict(Decimal)
    for payment in payments:
        day, settled = payment.at.astimezone(tz).date(), settled_by(payment)
        for rate, amount in settled.grosses.items():
            gross[day, payment.method, rate] += amount
            tax[day, payment.method, rate] += Decimal(0) if rate is None else settled.tax(rate)
    for key in sorted(gross, key=lambda k: (k[0], k[1], -1 if k[2] is None else k[2])):
        day, method, rate = key
        if gross[key] or tax[key]:
            yield {
                "date": day,
                "method": method,
                "rate": rate,
                "net": gross[key] - tax[key],
                "tax": tax[key],
                "gross": gross[key],
            }


TAKINGS = Report("takings", "Takings", takings)
