"""The function sheet: what is to be ready when and where, how much of it, and what was said about it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.documents import Column, Report, Table
from booking.function_sheet import served
from booking.queries import orders_reaching
from catalog.queries import StoredVenue
from catalog.times import local

COLUMNS = (
    Column("date", "Date"),
    Column("time", "Time"),
    Column("end", "Until"),
    Column("place", "Place"),
    Column("what", "What"),
    Column("quantity", "Quantity", "number"),
    Column("participants", "Guests", "number"),
    Column("order", "Order", "number"),
    Column("customer", "Customer"),
    Column("status", "Status"),
    Column("message", "Message"),
)


async def function_sheet(
    session: AsyncSession, venue: StoredVenue, first: int, last: int, now: datetime
) -> Table:
    """Everything that begins in the range; goods without a time stand first on their day."""

    def clock(at: int | None) -> str:
        return "" if at is None else f"{local(venue.tz, at):%H:%M}"

    orders = await orders_reaching(session, venue, first, last, now)
    rows = []
    for entry in served(orders, venue.tz, first, last):
        spec = venue.catalog.resource(entry.place) if entry.place else None
        rows.append(
            {
                "date": entry.day,
                "time": clock(entry.start),
                "end": clock(entry.end),
                "place": spec.label if spec else entry.place or "",
                "what": entry.what,
                "quantity": entry.quantity,
                "participants": entry.participants,
                "order": entry.order,
                "customer": entry.customer,
                "status": entry.status,
                "message": entry.message,
            }
        )
    return Table(columns=COLUMNS, rows=rows)


FUNCTION_SHEET = Report("function-sheet", "Function sheet", function_sheet)
