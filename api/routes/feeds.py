"""Calendars to subscribe to and to download."""

import uuid
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import DESK_AND_CUSTOMER
from api.changing import located
from api.endpoint import Call, endpoint, etag_matches
from api.ical import MEDIA_TYPE, etag, order_calendar
from booking.lines import Order
from booking.queries import load_order, locate_order, order_by_feed_token, order_changed_at
from catalog.errors import NotFound
from catalog.queries import StoredVenue, load_venue_by_id


@endpoint(
    "GET",
    "/ical/{token:str}",
    roles=None,
    tag="calendars",
    summary="A calendar to subscribe to: `/ical/{token}.ics`; the address is the key",
    media=("text/calendar",),
    refusals=(404, 429),
)
async def subscribe(call: Call, token: str) -> Response[Any]:
    client = call.request.client
    call.server.throttle.admit(client.host if client else "")
    if not token.endswith(".ics") or not token.isascii() or not token.isprintable():
        raise NotFound("There is no such calendar.")
    async with call.session() as session:
        found = await order_by_feed_token(session, token.removesuffix(".ics"), call.desk.now())
        if found is None:
            raise NotFound("There is no such calendar.")
        venue_id, order = found
        venue = await load_venue_by_id(session, venue_id)
        return await _calendar(call, session, venue, order)


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/calendar.ics",
    roles=DESK_AND_CUSTOMER,
    tag="calendars",
    summary="The calendar of an order, to download",
    media=("text/calendar",),
    refusals=(404,),
)
async def download(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        order = await load_order(session, venue, order_id, call.desk.now())
        if call.caller.role == "customer" and order.customer != call.caller.customer:
            raise NotFound("There is no such order.")
        return await _calendar(call, session, venue, order)


async def _calendar(call: Call, session: AsyncSession, venue: StoredVenue, order: Order) -> Response[Any]:
    name = venue.catalog.venue.name or venue.key
    changed_at = await order_changed_at(session, venue.id, order.id)
    if order.status == "cancelled" and order.held_until is not None:  # perhaps by the end of its hold
        changed_at = max(changed_at, min(datetime.fromtimestamp(order.held_until, UTC), call.desk.now()))
    changed_at = changed_at.astimezone(UTC).replace(microsecond=0)
    tag = etag(order, name, venue.tz)
    headers = {
        "ETag": tag,
        "Last-Modified": format_datetime(changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="order-{order.number}.ics"',
    }
    if _unchanged(call, tag, changed_at):
        return Response(b"", status_code=304, headers=headers)
    content = order_calendar(
        order,
        venue_name=name,
        tz=venue.tz,
        changed_at=changed_at,
        url=f"{call.base_url}/ical/{order.feed_token}.ics",
    )
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def _unchanged(call: Call, tag: str, changed_at: datetime) -> bool:
    """By the tag, where one was sent; the date alone decides only without it (RFC 9110, 13.1.3)."""
    given = call.request.headers
    if "if-none-match" in given:
        return etag_matches(given["if-none-match"], tag)
    try:
        return changed_at <= parsedate_to_datetime(given["if-modified-since"]).astimezone(UTC)
    except (KeyError, ValueError):
        return False


ROUTES = (subscribe, download)
