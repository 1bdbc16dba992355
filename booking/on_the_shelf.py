"""What is promised to orders beyond what is on the shelf: nothing is refused for it, but people are told."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from booking.handover import handed_over
from booking.lines import Order
from catalog.queries import StoredVenue
from pricing.stock_service import stock_levels


async def goods_to_get(session: AsyncSession, venue: StoredVenue, orders: Iterable[Order]) -> tuple[str, ...]:
    """A sentence for each of the orders' goods of which there are fewer than are promised to all orders."""
    labels = {
        key: product.label
        for order in orders
        for key in handed_over(order, venue.tz, venue.catalog.venue.currency).goods
        for line in order.lines
        for product in line.sold.products.values()
        if product.key == key
    }
    if not labels:
        return ()
    levels = await stock_levels(session, venue.id)
    short = {label: -levels[key] for key, label in labels.items() if levels.get(key, 0) < 0}
    return tuple(
        f"Of “{label}” {count} more {'is' if count == 1 else 'are'} promised to orders than are in stock: "
        "put a delivery into stock in time."
        for label, count in short.items()
    )
