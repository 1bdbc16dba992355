"""A calendar as it is sent: built once for each state of its venue, and kept for who asks again."""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from litestar import Response
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.call import Call, etag_matches
from api.feeds import concerned, label_of, parts_of, shown
from api.ical import MEDIA_TYPE, calendar
from booking.feeds import Content, Feed, feed_blocks, feed_content
from catalog.queries import StoredVenue
from catalog.times import DAY, minute
from catalog.venues import VenueCounter
from pricing.queries import find_customer

PAST_DAYS = 60
"""How far back the calendars of resources and venues reach; the others have all."""
_KEPT_BYTES = 32 << 20
_WORTH_PACKING = 500  # bytes
_kept: OrderedDict[Feed, "Rendered"] = OrderedDict()


class Rendered(Struct, frozen=True, kw_only=True):
    """`state`: of the venue, for which it holds, until the instant `until`."""

    state: tuple[int, int]
    until: datetime
    etag: str
    changed_at: datetime
    content: bytes
    packed: bytes


async def render(session: AsyncSession, venue: StoredVenue, feed: Feed, now: datetime) -> Rendered:
    """The calendar of the feed as it reads now."""
    counter = select(VenueCounter.last_event).where(VenueCounter.venue_id == venue.id)
    state = (await session.scalar(counter) or 0, venue.version)  # first: what is read may be newer
    known = _kept.get(feed)
    if known is not None and known.state == state and now < known.until:
        _kept.move_to_end(feed)
        return known
    first = (minute(now) // DAY - PAST_DAYS) * DAY
    reaching = first if feed.kind in ("resource", "venue") else None
    resource = venue.resource_keys.get(feed.subject, "") if feed.kind == "resource" else ""
    resources = concerned(venue.catalog, resource) if resource else ()
    content = await feed_content(session, venue, feed, now, first=first, resources=resources)
    own = parts_of(venue.catalog, resource) if resource else ()
    blocks = await feed_blocks(session, venue, own, now, first=first) if own else ()
    name = await _name(session, venue, feed, content)

    def build() -> Rendered:
        view = shown(venue, feed, content, blocks, now, first=reaching, resources=resources)
        text = calendar(view.events, name=name, tz=venue.tz, changed_at=view.changed_at)
        return Rendered(
            state=state,
            until=view.until,
            etag=hashlib.sha256(text).hexdigest()[:32],
            changed_at=view.changed_at.astimezone(UTC).replace(microsecond=0),
            content=text,
            packed=gzip.compress(text, 5, mtime=0) if len(text) > _WORTH_PACKING else b"",
        )

    built = await asyncio.to_thread(build)
    _kept[feed] = built
    _kept.move_to_end(feed)
    while sum(len(r.content) + len(r.packed) for r in _kept.values()) > _KEPT_BYTES:
        _kept.popitem(last=False)
    return built


async def _name(session: AsyncSession, venue: StoredVenue, feed: Feed, content: Content) -> str:
    house = venue.catalog.venue.name or venue.key
    lines = [line for order in content.orders for line in order.lines]
    parts = []
    if feed.kind == "guest":
        lines = [line for line in lines if line.id == feed.subject]
        names = [g.name for line in lines for g in line.guests if g.number == feed.guest]
        parts = [*names, f"Guest {feed.guest}"][:1] if not any(names) else names[:1]
    if feed.kind in ("order", "guest"):
        parts.append(", ".join(line.sold.package.label for line in lines))
    elif feed.kind == "customer":
        customer = await find_customer(session, venue.id, feed.subject)
        parts = [customer.name if customer is not None else ""]
    elif feed.kind == "resource":
        parts = [label_of(venue, venue.resource_keys.get(feed.subject))]
    return " · ".join(part for part in (*parts, house) if part)


def sent(call: Call, made: Rendered, filename: str) -> Response[Any]:
    """The calendar, packed where the client reads that; 304 where it has it already."""
    headers = call.request.headers
    packs = bool(made.packed) and _accepts_gzip(headers.get("accept-encoding", ""))
    tags = (f'"{made.etag}"', f'"{made.etag}-gzip"')
    answer = {
        "ETag": tags[packs],
        "Last-Modified": format_datetime(made.changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Encoding",
    }
    if "if-none-match" in headers:
        unchanged = any(etag_matches(headers["if-none-match"], tag) for tag in tags)
    else:  # the date decides only without a tag (RFC 9110, 13.1.3)
        unchanged = _not_since(headers.get("if-modified-since", ""), made.changed_at)
    if unchanged:
        return Response(b"", status_code=304, headers=answer)
    answer["Content-Disposition"] = f'inline; filename="{filename}.ics"'
    answer["X-Robots-Tag"] = "noindex"
    if packs:
        answer["Content-Encoding"] = "gzip"
    return Response(made.packed if packs else made.content, media_type=MEDIA_TYPE, headers=answer)


def _not_since(date: str, changed_at: datetime) -> bool:
    try:
        return changed_at <= parsedate_to_datetime(date).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return False


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
