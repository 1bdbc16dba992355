"""Whole days planned anew: a job with progress and a best so far, applied whole or not at all."""

import uuid
from typing import Any

from litestar import Response
from msgspec.structs import replace

from api.auth import DESK
from api.call import Call, needs_no_body
from api.changing import changed
from api.endpoint import endpoint
from api.inputs import PageQuery, PreviewQuery, check_limits, read_range
from api.plan_shapes import LONGEST_DAYS, DayPlanPage, DayPlanView, PlanBody, days_of, plan_view
from api.shapes import OrdersView
from booking.actions.plan_days import apply_days, ask_for_plan
from booking.day_plans import find_plan, plans_of
from booking.plan_changes import changed_since
from booking.plan_queue import end_plan
from booking.requests import PlanRequest
from catalog.errors import Conflict, Invalid, Problem

_ALL = "/v1/venues/{venue:str}/plans"
_ONE = _ALL + "/{plan_id:uuid}"
_OF: dict[str, Any] = {"roles": DESK, "tag": "plans"}


@endpoint(
    "POST",
    _ALL,
    summary="Plan days anew: everything that has no place, the shortest waits or the fewest changes",
    status=202,
    body=PlanBody,
    answer=DayPlanView,
    refusals=(404, 409, 422),
    **_OF,
)
async def make(call: Call, venue: str) -> Response[Any]:
    asked, limits = call.body(PlanBody), call.desk.limits
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        start, end = read_range(
            at.tz, asked.from_, asked.to, most_days=LONGEST_DAYS, limits=limits, now=call.now
        )
        for order in asked.orders:
            check_limits(order, limits)
        wanted = days_of(asked, start, end)
        asker = replace(call.actor, address="")  # which stands in the record alone, and is forgotten there
        made = await ask_for_plan(session, call.desk, at, wanted, asker)
        call.note(session, "plan_asked", made.id, venue=at.key)
        location = f"/v1/venues/{at.key}/plans/{made.id}"
        answer = call.answer(plan_view(made, at.tz), headers={"Location": location})
        await call.keep(session, answer)
    return call.send(answer)


@endpoint(
    "GET",
    _ALL,
    summary="The plans of the last week, the newest first",
    query=PageQuery,
    answer=DayPlanPage,
    refusals=(404, 422),
    **_OF,
)
async def find(call: Call, venue: str) -> Response[Any]:
    asked = call.query(PageQuery)
    try:
        before = None if asked.after is None else uuid.UUID(asked.after)
    except ValueError:
        raise Invalid(problems=(Problem("after", "is not the `next` of an earlier page"),)) from None
    async with call.session() as session:
        at = await call.venue(session, venue)
        found = await plans_of(session, at.id, asked.limit + 1, before)
    items = [plan_view(plan, at.tz, whole=False) for plan in found[: asked.limit]]
    return call.respond(DayPlanPage(items=items, next=str(items[-1].id) if len(found) > len(items) else None))


@endpoint(
    "GET",
    _ONE,
    summary="How far a plan has come, and the best so far",
    answer=DayPlanView,
    refusals=(404,),
    **_OF,
)
async def read(call: Call, venue: str, plan_id: uuid.UUID) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
        plan = await find_plan(session, at.id, plan_id)
        stale: str | None = None
        if plan.state == "done" and (found := plan.found) is not None:
            stale = await changed_since(session, at, found.seq, found.first, found.last)
    return call.respond(plan_view(plan, at.tz, stale=stale))


@endpoint(
    "POST",
    _ONE + "/apply",
    summary="Make all changes of the best so far, if nothing has changed meanwhile in what it looked at",
    body=PlanRequest,
    query=PreviewQuery,
    answer=OrdersView,
    refusals=(404, 409, 422, 503),
    **_OF,
)
async def make_so(call: Call, venue: str, plan_id: uuid.UUID) -> Response[Any]:
    async with call.session() as session:
        at = await call.venue(session, venue)
    return await changed(call, at, apply_days, plan_id, call.body(PlanRequest).plan)


@endpoint(
    "POST",
    _ONE + "/cancel",
    summary="Give a plan up; whoever works on it stops",
    answer=DayPlanView,
    refusals=(404, 409),
    **_OF,
)
async def give_up(call: Call, venue: str, plan_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        await end_plan(session, at.id, plan_id, "cancelled", call.desk.now())
        plan = await find_plan(session, at.id, plan_id)
        if plan.state == "applied":
            raise Conflict("The plan has been applied; undo the orders that it changed.", code="plan_over")
        call.note(session, "plan_cancelled", plan_id, venue=at.key)
        answer = call.answer(plan_view(plan, at.tz))
        await call.keep(session, answer)
    return call.send(answer)


ROUTES = (make, find, read, make_so, give_up)
