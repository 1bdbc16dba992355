"""Read a catalog document in, and say which bookings no longer fit what it says."""

import uuid
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.affected import affected
from booking.dividing import doubled_bookings, follow_parts, with_retired
from booking.events import Happening, publish
from booking.queries import find_orders
from catalog.actors import Actor
from catalog.queries import load_blocks, load_venue_by_id, lock_venue
from catalog.service import ImportResult, read_in
from catalog.specs import Catalog
from catalog.times import DAY, minute
from pricing.stock_service import open_stock

SHOWN = 1000
"""So many affected bookings are listed at most."""


async def revise(
    session: AsyncSession,
    organisation_id: uuid.UUID,
    key: str,
    catalog: Catalog,
    now: datetime,
    actor: Actor,
) -> ImportResult:
    """The document read in by the session's transaction; every booking stays as it is.

    Raises LostRace where others book too much at that moment for a hall to be divided.
    """
    before = await lock_venue(session, organisation_id, key)
    result = await read_in(session, organisation_id, key, catalog, now, actor)
    if not result.changed:
        return result
    await session.flush()
    venue = await load_venue_by_id(session, result.venue_id)
    if before is not None:
        await follow_parts(session, venue, with_retired(before), now)
    await open_stock(session, result.venue_id, catalog.products, now)
    await publish(session, result.venue_id, [Happening(kind="catalog")], now=now)
    if result.is_new:
        return result
    doubled = await doubled_bookings(session, venue, now)
    present = minute(now)
    blocks = await load_blocks(session, venue.id, present - DAY, present + 1000 * DAY)
    listed: list[dict[str, object]] = []
    after: str | None = None
    while len(listed) < SHOWN:
        orders, after = await find_orders(session, venue, now, first=present, limit=200, after=after)
        standing = [order for order in orders if order.status != "cancelled"]
        listed += [
            msgspec.to_builtins(a) for a in affected(venue.catalog, blocks, standing, doubled, present)
        ]
        if after is None:
            break
    return replace(result, affected=tuple(listed[:SHOWN]))
