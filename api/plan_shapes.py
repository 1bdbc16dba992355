"""Plans of whole days: what is asked, what is answered, and the one made of the other."""

import uuid
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import UNSET, Meta, UnsetType, field

from api.shape import View
from booking.day_plans import DayPlan, DaysAsked, Found, LeftOver, MoveMade
from booking.fit import Placing
from booking.placement.planning import Aim
from booking.requests import OrderRequest, Request, When
from booking.sketch import Figures
from catalog.times import local

LONGEST_DAYS = 31
MOST_ORDERS = 300


class PlanBody(Request, frozen=True, kw_only=True):
    """What begins in [from, to) is planned anew. `seconds`: for how long it is made better at most.

    `aim`: `fewest_changes` places what has no valid place and leaves the rest as far as it can; `shortest`
    looks for the shortest waits, as if nothing had been promised yet. `orders` are not booked yet.
    """

    from_: When = field(name="from")
    to: When
    aim: Aim = "fewest_changes"
    seconds: Annotated[int, Meta(ge=1, le=300)] = 20
    orders: Annotated[tuple[OrderRequest, ...], Meta(max_length=MOST_ORDERS)] = ()


class FiguresView(View, frozen=True, kw_only=True):
    """Minutes that guests wait between their treatments, all together; gaps too short to be of use."""

    waiting_minutes: int
    short_gaps: int


class ProgressView(View, frozen=True, kw_only=True):
    """How far it has come. Of `sessions` looked at, `wanted` had no valid place, `placed` of them have one.

    `moved` change their time, `reassigned` others only staff or rooms. `seconds` of work so far.
    """

    sessions: int
    wanted: int
    placed: int
    moved: int
    reassigned: int
    steps: int
    seconds: float
    before: FiguresView
    after: FiguresView


class PlaceView(View, frozen=True, kw_only=True):
    """When a session takes place, and with what."""

    start: datetime
    end: datetime
    resources: list[str]


class PlannedMoveView(View, frozen=True, kw_only=True):
    """What becomes of a session. Not booked yet: `was` is null, and `new` counts the orders sent, from 0."""

    order: uuid.UUID | None
    number: int | None
    new: int | None
    booking: uuid.UUID | None
    component: str
    was: PlaceView | None
    now: PlaceView


class LeftOverView(View, frozen=True, kw_only=True):
    """An order for which there is no place so far; why, once the search is over."""

    order: uuid.UUID | None
    number: int | None
    new: int | None
    sentences: tuple[str, ...]


class DayPlanView(View, frozen=True, kw_only=True):
    """A plan of days. `stale`: something has changed since in what it looked at, which `detail` tells.

    `progress`, `moves`, `left` and `alone` are those of the best so far. `alone`: orders that stand where
    they may not, and are left there. In a list, `moves` are left out.
    """

    id: uuid.UUID
    state: Literal["queued", "running", "done", "stale", "applied", "cancelled", "failed"]
    detail: str
    from_: datetime = field(name="from")
    to: datetime
    aim: Aim
    seconds: float
    by: str
    created_at: datetime
    ended_at: datetime | None
    progress: ProgressView | None
    moves: list[PlannedMoveView] | UnsetType = UNSET
    left: list[LeftOverView]
    alone: tuple[str, ...]


class DayPlanPage(View, frozen=True, kw_only=True):
    """One page of plans, the newest first."""

    items: list[DayPlanView]
    next: str | None


def days_of(asked: PlanBody, start: int, end: int) -> DaysAsked:
    """What is asked, in minutes."""
    return DaysAsked(start=start, end=end, aim=asked.aim, seconds=asked.seconds, orders=asked.orders)


def plan_view(plan: DayPlan, tz: ZoneInfo, *, stale: str | None = None, whole: bool = True) -> DayPlanView:
    """The plan by the venue's clock. `stale`: what has changed; `whole`: with the moves."""
    found = plan.found
    return DayPlanView(
        id=plan.id,
        state=plan.state if stale is None else "stale",
        detail=plan.said if stale is None else stale,
        from_=local(tz, plan.asked.start),
        to=local(tz, plan.asked.end),
        aim=plan.asked.aim,
        seconds=plan.asked.seconds,
        by=plan.actor.name,
        created_at=plan.created_at.astimezone(tz),
        ended_at=None if plan.ended_at is None else plan.ended_at.astimezone(tz),
        progress=None if found is None else _progress(found),
        moves=[_move(move, tz) for move in found.moves] if whole and found is not None else UNSET,
        left=[_left(left) for left in found.left] if found is not None else [],
        alone=found.alone if found is not None else (),
    )


def _progress(found: Found) -> ProgressView:
    return ProgressView(
        sessions=found.sessions,
        wanted=found.wanted,
        placed=found.placed,
        moved=found.moved,
        reassigned=found.reassigned,
        steps=found.steps,
        seconds=found.seconds,
        before=_figures(found.before),
        after=_figures(found.after),
    )


def _figures(figures: Figures) -> FiguresView:
    return FiguresView(waiting_minutes=figures.waiting_minutes, short_gaps=figures.short_gaps)


def _move(move: MoveMade, tz: ZoneInfo) -> PlannedMoveView:
    return PlannedMoveView(
        order=move.order,
        number=move.number,
        new=move.new,
        booking=move.booking,
        component=move.component,
        was=None if move.was is None else _place(move.was, tz),
        now=_place(move.now, tz),
    )


def _place(placing: Placing, tz: ZoneInfo) -> PlaceView:
    return PlaceView(
        start=local(tz, placing.start),
        end=local(tz, placing.end),
        resources=[resource for used in placing.resources for resource in used],
    )


def _left(left: LeftOver) -> LeftOverView:
    return LeftOverView(order=left.order, number=left.number, new=left.new, sentences=left.sentences)
