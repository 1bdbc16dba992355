"""Single bookings: move, resize, lock, cancel; and several at once."""

import uuid
from typing import Any

from litestar import Response

from api.auth import DESK
from api.call import Call
from api.changing import changed, located
from api.endpoint import endpoint
from api.inputs import PreviewQuery
from api.shapes import OrdersView, OrderView
from booking.actions.cancel import cancel_booking
from booking.actions.move import move_booking, move_many
from booking.queries import locate_booking
from booking.requests import BookingRequest, MovesRequest, PlanRequest

_CHANGE: dict[str, Any] = {
    "roles": DESK,
    "tag": "bookings",
    "query": PreviewQuery,
    "refusals": (404, 409, 412, 422, 503),
}


@endpoint(
    "PATCH",
    "/v1/bookings/{booking_id:uuid}",
    summary="Change the time, resources, quantity, message or lock of a booking; what is associated follows",
    body=BookingRequest,
    answer=OrderView,
    conditional=True,
    **_CHANGE,
)
async def move(call: Call, booking_id: uuid.UUID) -> Response[Any]:
    venue, order_id = await located(call, locate_booking, booking_id)
    request = call.body(BookingRequest)
    return await changed(call, venue, move_booking, order_id, booking_id, request, call.if_match)


@endpoint(
    "POST",
    "/v1/bookings/{booking_id:uuid}/cancel",
    summary="Cancel a booking, and what is associated with it",
    body=PlanRequest,
    answer=OrderView,
    conditional=True,
    **_CHANGE,
)
async def cancel(call: Call, booking_id: uuid.UUID) -> Response[Any]:
    venue, order_id = await located(call, locate_booking, booking_id)
    plan = call.body(PlanRequest).plan
    return await changed(call, venue, cancel_booking, order_id, booking_id, plan, call.if_match)


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/moves",
    summary="Move several bookings, of one or more orders, all or nothing",
    body=MovesRequest,
    answer=OrdersView,
    **_CHANGE,
)
async def move_together(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    return await changed(call, at, move_many, call.body(MovesRequest))


ROUTES = (move, cancel, move_together)
