"""The other times that an order could have: what it holds itself is not in its way."""

import uuid
from typing import Annotated, Any

from litestar import Response
from msgspec import UNSET, Meta

from api.auth import DESK_AND_CUSTOMER
from api.call import Call
from api.changing import located
from api.endpoint import endpoint
from api.inputs import RangeQuery, check_limits, read_range
from api.own import own_order
from api.shapes import SlotsView, SlotView
from booking.actions.find_starts import find_starts
from booking.queries import locate_order
from booking.requests import ChangeRequest
from catalog.errors import Invalid, Problem
from catalog.times import local


class StartsQuery(RangeQuery, frozen=True, kw_only=True):
    """`line`: which one, where the order has several; `participants`: as many as there would be then."""

    line: Annotated[str, Meta(max_length=36)] | None = None
    participants: Annotated[int, Meta(ge=1)] | None = None
    step_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/slots",
    roles=DESK_AND_CUSTOMER,
    tag="slots",
    summary="Every start that the order, or one of its lines, could be moved to",
    query=StartsQuery,
    answer=SlotsView,
    refusals=(404, 409, 422),
)
async def starts(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    await own_order(call, venue, order_id)
    asked = call.query(StartsQuery)
    limits = call.desk.limits
    change = ChangeRequest(participants=UNSET if asked.participants is None else asked.participants)
    check_limits(change, limits)
    first, last = read_range(
        venue.tz, asked.from_, asked.to, most_days=limits.slots_range_days, limits=limits, now=call.now
    )
    found = await find_starts(
        call.desk,
        venue,
        order_id,
        _id(asked.line),
        change,
        first,
        last,
        caller=call.actor,
        step=asked.step_minutes,
    )
    return call.respond(
        SlotsView(
            slots=[
                SlotView(start=local(venue.tz, s), end=None if e is None else local(venue.tz, e))
                for s, e in found.slots
            ],
            complete=found.complete,
            unknown_from=None if found.unknown_from is None else local(venue.tz, found.unknown_from),
            next=None,
        )
    )


def _id(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError:
        raise Invalid(problems=(Problem("line", "is not the id of a line"),)) from None


ROUTES = (starts,)
