"""When a resource is taken, as calendar programs ask for it (RFC 5545, 3.6.4)."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from litestar import Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import CREW
from api.call import Call, etag_matches
from api.endpoint import endpoint
from api.feeds import label_of
from api.ical import MEDIA_TYPE, free_busy
from api.inputs import RangeQuery, read_range
from booking.events import EventRow
from booking.occupancy import Held
from booking.queries import occupancy
from catalog.errors import NotFound
from catalog.opening import blocked, common, leaves, merged, resource_hours, without
from catalog.queries import StoredVenue
from catalog.specs import ResourceSpec
from catalog.times import Interval, date_span
from catalog.venues import Venue


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/resources/{resource:str}/freebusy.ics",
    roles=CREW,
    tag="calendars",
    summary="When the resource is taken (`BUSY`), and when it is closed or out of use (`BUSY-UNAVAILABLE`)",
    query=RangeQuery,
    media=("text/calendar",),
    refusals=(404, 422),
)
async def read(call: Call, venue: str, resource: str) -> Response[Any]:
    asked = call.query(RangeQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        spec = at.catalog.resource(resource)
        if spec is None or (call.caller.role == "staff" and call.caller.resource != resource):
            raise NotFound(f"'{at.key}' has no resource {resource[:100]!r}.")
        span = read_range(at.tz, asked.from_, asked.to, most_days=call.desk.limits.slots_range_days)
        changed_at = await _changed_at(session, at)  # first: what is read may be newer
        held, blocks = await occupancy(session, at, *span, call.desk.now())
    taken = common(_taken(at, spec, held), [span])
    hours = resource_hours(at.catalog, at.tz, spec, *date_span(at.tz, *span))
    unusable = merged((*without([span], hours), *common(blocked(at.catalog, spec, blocks), [span])))
    periods = [(*i, "BUSY") for i in taken] + [(*i, "BUSY-UNAVAILABLE") for i in without(unusable, taken)]
    content = free_busy(
        f"{at.resource_ids[resource]}.freebusy@sojourn",
        span,
        sorted(periods),
        name=f"{label_of(at, resource)} · {at.catalog.venue.name or at.key}",
        changed_at=changed_at,
    )
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if etag_matches(call.request.headers.get("if-none-match"), tag):
        return Response(b"", status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="freebusy.ics"'
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _taken(venue: StoredVenue, spec: ResourceSpec, held: Iterable[Held]) -> tuple[Interval, ...]:
    """When nobody more can be taken; of a divisible resource, when any of its parts is held at all."""
    own = leaves(venue.catalog, spec.key)
    mine = [h for h in held if h.resource in own]
    whole = [(h.start, h.end) for h in mine if h.use != "shared" or spec.parts]
    shared = [h for h in mine if h.use == "shared" and not spec.parts]
    instants = sorted({at for h in shared for at in (h.start, h.end)})
    for start, end in pairwise(instants):
        if sum(h.places for h in shared if h.start <= start < h.end) >= spec.capacity:
            whole.append((start, end))
    return merged(whole)


async def _changed_at(session: AsyncSession, venue: StoredVenue) -> datetime:
    """The last change of anything in the venue."""
    last = select(EventRow.at).where(EventRow.venue_id == venue.id).order_by(EventRow.seq.desc()).limit(1)
    return (
        await session.scalar(last)
        or (await session.scalars(select(Venue.changed_at).where(Venue.id == venue.id))).one()
    )


ROUTES = (read,)
