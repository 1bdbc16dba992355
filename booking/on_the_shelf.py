"""Whether the shelf has the goods of a line: they leave it when it is booked, so without them nothing is."""

from collections import Counter

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.expand import expand
from booking.lines import Line
from booking.refusals import Reason
from catalog.queries import StoredVenue
from pricing.stock_service import stock_levels, too_few


async def missing_now(
    sessions: async_sessionmaker[AsyncSession], venue: StoredVenue, line: Line
) -> tuple[Reason, ...]:
    """As `missing_goods`, of a line that is not booked yet; most lines need not ask the database."""
    if not _goods(line, venue)[0]:
        return ()
    async with sessions() as session:
        return await missing_goods(session, venue, line)


async def missing_goods(
    session: AsyncSession, venue: StoredVenue, line: Line, was: Line | None = None
) -> tuple[Reason, ...]:
    """A reason for each stock item of which there is too little; what the line `was` counts as there."""
    needed, component = _goods(line, venue)
    if not needed:
        return ()
    back = Counter[str]()
    for booking in was.bookings if was is not None else ():
        sold = was.sold.component(booking.component) if was is not None else None
        if booking.active and booking.goods and sold is not None:
            back[booking.product] += booking.quantity * sold.count
    levels = await stock_levels(session, venue.id)
    return tuple(
        Reason(
            code="out_of_stock",
            sentence=too_few(line.sold.products[key].label, levels[key], units - back[key]),
            component=component[key],
        )
        for key, units in needed.items()
        if key in levels and units > levels[key] + back[key]
    )


def _goods(line: Line, venue: StoredVenue) -> tuple[Counter[str], dict[str, str]]:
    """Units by stock item, and the component that first wants it."""
    needed, component = Counter[str](), dict[str, str]()
    for delivery in expand(line, venue.tz).deliveries:
        product, of = line.sold.products[delivery.product], line.sold.component(delivery.component)
        if product.kind == "stock_item" and product.series is None and of is not None and delivery.quantity:
            needed[product.key] += delivery.quantity * of.count
            component.setdefault(product.key, delivery.component)
    return needed, component
