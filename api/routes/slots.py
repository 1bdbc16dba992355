"""Slots: every start at which a package can be booked, exactly (placement.md, 6)."""

from typing import Any

from litestar import Response
from litestar.response import Stream
from msgspec import UNSET, UnsetType

from api.auth import DESK
from api.call import JSON, Call
from api.endpoint import endpoint
from api.errors import reason_view
from api.inputs import SlotsBody, SlotsPage, SlotsQuery, check_limits, read_range, read_when
from api.shapes import SlotsView, SlotView
from api.slot_stream import MEDIA_TYPE, by_day, is_wanted
from booking.actions.find_slots import SlotsAnswer, find_slots
from booking.requests import SlotsRequest
from booking.state import state_of
from catalog.errors import Invalid, Problem
from catalog.queries import StoredVenue
from catalog.times import local

_PATH = "/v1/venues/{venue:str}/packages/{package:str}/slots"
_REFUSALS = (404, 422, 503)
_MEDIA = (JSON, MEDIA_TYPE)


@endpoint(
    "GET",
    _PATH,
    roles=DESK,
    tag="slots",
    summary="Every start at which a package (or single product) can be booked; also a line a day, by Accept",
    query=SlotsQuery,
    answer=SlotsView,
    media=_MEDIA,
    refusals=_REFUSALS,
)
async def search(call: Call, venue: str, package: str) -> Response[Any]:
    asked = call.query(SlotsQuery)
    request = SlotsRequest(
        participants=asked.participants, step_minutes=asked.step_minutes, resource=asked.resource
    )
    return await _answer(call, venue, package, request, asked, asked.from_, asked.to)


@endpoint(
    "POST",
    _PATH,
    roles=DESK,
    tag="slots",
    summary="The same with guests, their wishes and adjusted components",
    body=SlotsBody,
    query=SlotsPage,
    answer=SlotsView,
    media=_MEDIA,
    refusals=_REFUSALS,
)
async def search_for(call: Call, venue: str, package: str) -> Response[Any]:
    asked = call.body(SlotsBody)
    return await _answer(call, venue, package, asked, call.query(SlotsPage), asked.from_, asked.to)


async def _answer(
    call: Call, venue: str, package: str, request: SlotsRequest, page: SlotsPage, first: str, last: str
) -> Response[Any]:
    limits = call.desk.limits
    async with call.desk.reading() as session:
        at, state = await call.venue_and_state(session, venue)
    check_limits(request, limits)
    most_days = limits.explain_range_days if page.explain else limits.slots_range_days
    start, end = read_range(at.tz, first, last, most_days=most_days, limits=limits, now=call.now)
    if page.limit is not None and page.limit > limits.slots_limit:
        raise Invalid(problems=(Problem("limit", f"is more than {limits.slots_limit}, the most"),))
    if is_wanted(call.request.headers.get("accept")) and call.claim is None:  # what is kept is one piece
        return await _streamed(call, at, package, request, page, start, end)
    found = await find_slots(
        call.desk,
        at,
        state,
        package,
        request,
        start,
        end,
        limit=page.limit or limits.slots_limit,
        after=None if page.after is None else read_when(at.tz, page.after, "after"),
        explain=page.explain,
    )
    refused: list[dict[str, object]] | UnsetType = UNSET
    if page.explain:
        staff = call.caller.is_staff
        refused = [
            {"start": local(at.tz, s), "reasons": [reason_view(r, at.tz, staff=staff) for r in reasons]}
            for s, reasons in found.refused
        ]
    return call.respond(
        SlotsView(
            slots=[
                SlotView(start=local(at.tz, s), end=None if e is None else local(at.tz, e))
                for s, e in found.slots
            ],
            complete=found.complete,
            unknown_from=None if found.unknown_from is None else local(at.tz, found.unknown_from),
            next=None if found.next is None else local(at.tz, found.next),
            refused=refused,
        ),
        headers={"Vary": "Accept"},
    )


async def _streamed(
    call: Call,
    venue: StoredVenue,
    package: str,
    request: SlotsRequest,
    page: SlotsPage,
    start: int,
    end: int,
) -> Response[Any]:
    """All of the range, a line for each day as it is decided."""
    for name in ("limit", "after", "explain"):
        if getattr(page, name):
            raise Invalid(problems=(Problem(name, f"cannot be given with `Accept: {MEDIA_TYPE}`"),))
    desk = call.desk

    async def find(first: int, last: int) -> SlotsAnswer:
        async with desk.reading() as session:
            state = await state_of(session, venue.id, desk.now())
        return await find_slots(
            desk, venue, state, package, request, first, last, limit=desk.limits.slots_limit
        )

    lines = await by_day(venue.tz, start, end, find)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept"}
    return Stream(lines, media_type=MEDIA_TYPE, headers=headers)


ROUTES = (search, search_for)
