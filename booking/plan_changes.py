"""What has happened in a venue since a plan of its days was begun, as far as the plan had read it."""

import uuid
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.orders import OrderVersionRow
from catalog.queries import StoredVenue


async def changed_since(
    session: AsyncSession,
    venue: StoredVenue,
    seq: int,
    first: int,
    last: int,
    *,
    without: Collection[uuid.UUID] = (),
) -> str | None:
    """A sentence about the first event after number `seq` that touches [first, last) (minutes), if any.

    Events of the orders `without` do not count: their versions tell.
    """
    given = {"venue": venue.id, "seq": seq, "first": first, "last": last, "without": list(without)}
    event = (await session.execute(_TOUCHING, given)).first()
    if event is None:
        return None
    at = f"{event.at.astimezone(venue.tz):%H:%M}"
    if event.kind == "catalog":
        return f"The catalog was read in anew at {at}."
    if event.order_id is None:
        spec = venue.catalog.resource(event.data.get("resource", ""))
        name = spec.label if spec is not None else "a resource"
        return f"{name} was put out of use or back into use at {at}."
    version = await session.get(OrderVersionRow, (venue.id, event.order_id, event.data["version"]))
    by = f" by {version.actor_name}" if version is not None and version.actor_name else ""
    said = f" ({version.what.rstrip('.')})" if version is not None else ""
    return f"Order {event.data['number']} was changed at {at}{by}{said}."


_TOUCHING = text("""
    SELECT at, kind, order_id, data FROM event
    WHERE venue_id = :venue AND seq > :seq
      AND (order_id IS NULL OR order_id <> ALL(:without)
           AND cast(data->>'from' AS int) < :last AND cast(data->>'to' AS int) > :first)
    ORDER BY seq LIMIT 1
""")
