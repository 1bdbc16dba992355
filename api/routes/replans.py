"""A resource falls ill: the fewest changes that keep every order valid."""

from typing import Any

from litestar import Response

from api.auth import DESK
from api.call import Call
from api.changing import changed
from api.endpoint import endpoint
from api.inputs import PreviewQuery, ReplanBody, read_range
from api.shapes import OrdersView
from booking.actions.replan import replan

LONGEST_DAYS = 31


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/replans",
    roles=DESK,
    tag="bookings",
    summary="Move what stands on a resource that cannot be used: the fewest changes, all or nothing",
    body=ReplanBody,
    query=PreviewQuery,
    answer=OrdersView,
    refusals=(404, 409, 422, 503),
)
async def make(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    asked = call.body(ReplanBody)
    out = read_range(at.tz, asked.from_, asked.to, most_days=LONGEST_DAYS)
    return await changed(call, at, replan, asked.resource, out, asked.plan)


ROUTES = (make,)
