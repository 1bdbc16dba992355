"""The work on plans of days: read the days once, compute beside the bookings, keep the best so far.

If something changes meanwhile in what was read, it begins again with what there is then. Whoever cancels the
plan, or takes it over because this process has fallen silent, is noticed at the next look.
"""

import asyncio
import time
import uuid
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from booking.actions.plan_days import days_asked
from booking.actions.read import ask
from booking.case import case_of
from booking.day_plans import DayPlan, Found, LeftOver, MoveMade, Place
from booking.desk import Desk
from booking.lines import Order
from booking.plan_changes import changed_since
from booking.plan_queue import MOST_BEGINNINGS, Working, beat, give_up, put_back, take_up
from booking.sketch import Sketch, ToPlan
from booking.sketching import begin, carry_on, why_left
from catalog.errors import Refusal
from catalog.queries import StoredVenue, load_venue_by_id
from catalog.times import wall
from catalog.venues import VenueCounter

LOOK = 0.6
"""Seconds between two looks at a plan in the making."""
MOST_RESTARTS = 5
"""So often it begins again because something has changed; then it ends with what there is."""
EXPLAINED = 3
"""For so many orders that have no place it is found out why."""
EXPLAINING = 2.0


class Snapshot(Struct, frozen=True):
    """The days as they were at event `seq`: what is asked, and the orders by their numbers in it.

    Orders from number `standing` on are not booked yet. [first, last): the minutes that were read.
    """

    venue: StoredVenue
    seq: int
    wanted: ToPlan
    orders: tuple[Order, ...]
    standing: int
    first: int
    last: int


async def work_on_plans(desk: Desk) -> None:
    """Takes up the plan whose turn it is, if there is one, and carries it to its end."""
    worker = uuid.uuid4()
    plan = await take_up(desk.sessions, worker, desk.now())
    if plan is None:
        return
    mine = Working(plan.venue, plan.id, worker)
    if plan.beginnings > MOST_BEGINNINGS:
        said = f"It was begun {MOST_BEGINNINGS} times, and each time the process at work on it ended."
        await give_up(desk.sessions, mine, said, desk.now())
        return
    try:
        await _carry_out(desk, plan, mine)
    except asyncio.CancelledError:
        with suppress(Exception):  # else it is taken over when this process has been silent for long enough
            await put_back(desk.sessions, mine)
        raise
    except Refusal as refusal:
        await give_up(desk.sessions, mine, refusal.sentence, desk.now())
    except Exception:
        await give_up(desk.sessions, mine, "Something went wrong that should not; it was logged.", desk.now())
        raise


async def _carry_out(desk: Desk, plan: DayPlan, mine: Working) -> None:
    began = time.monotonic()
    for restart in range(MOST_RESTARTS + 1):
        snapshot = await _read(desk, plan)
        key = f"{mine.worker}.{restart}"
        await desk.solvers.plan(begin, key, snapshot.wanted)
        last_time = restart == MOST_RESTARTS
        if await _followed(desk, plan, mine, snapshot, key, began, last_time=last_time):
            return
    await give_up(desk.sessions, mine, "The process that computes it ended again and again.", desk.now())


async def _followed(
    desk: Desk, plan: DayPlan, mine: Working, snapshot: Snapshot, key: str, began: float, *, last_time: bool
) -> bool:
    """Whether it came to an end. False: what was read has changed, or the solver process has ended."""
    while True:
        left = plan.asked.seconds - (time.monotonic() - began)
        is_last = left <= LOOK
        sketch = await desk.solvers.plan(carry_on, key, max(0.0, min(LOOK, left)), is_last)
        if sketch is None:
            return False
        if sketch.faults:  # it never happened; if it does, nobody shall apply it
            await give_up(desk.sessions, mine, f"The check found a fault: {sketch.faults[0]}", desk.now())
            return True
        over = is_last or sketch.done
        found = _found(snapshot, sketch, time.monotonic() - began)
        if over:
            found = replace(found, left=await _explained(desk, key, sketch, found))
        elif not last_time and await _has_changed(desk, snapshot):
            return False
        if not await beat(desk.sessions, mine, found, desk.now(), done=over) or over:
            return True


async def _read(desk: Desk, plan: DayPlan) -> Snapshot:
    """Everything as it is at one moment."""
    now = desk.now()
    async with desk.sessions() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        seq = await session.scalar(select(VenueCounter.last_event).where(VenueCounter.venue_id == plan.venue))
        venue = await load_venue_by_id(session, plan.venue)
        days = await days_asked(session, desk, venue, plan.asked, plan.actor, now)
        asked = await ask(session, venue, days.draft, now)
    whose = [n for n, order in enumerate(days.draft.orders) for x in order.lines if x.status != "cancelled"]
    case = case_of(asked)
    first, last = plan.asked.start, plan.asked.end
    if case.sessions:
        a, b = case.span()
        first = min(first, wall(venue.tz, a, 0))
        last = max(last, wall(venue.tz, b + timedelta(days=1), 0))
    wanted = ToPlan(asked=asked, orders=tuple(whose), aim=plan.asked.aim)
    return Snapshot(venue, seq or 0, wanted, days.draft.orders, days.standing, first, last)


async def _has_changed(desk: Desk, snapshot: Snapshot) -> bool:
    async with desk.sessions() as session:
        at = (snapshot.venue, snapshot.seq, snapshot.first, snapshot.last)
        return await changed_since(session, *at) is not None


def _found(snapshot: Snapshot, sketch: Sketch, seconds: float) -> Found:
    """The sketch with the orders by their names."""

    def named(n: int) -> tuple[uuid.UUID | None, int | None, int | None]:
        if n < snapshot.standing:
            return snapshot.orders[n].id, snapshot.orders[n].number, None
        return None, None, n - snapshot.standing

    places, moves = [], []
    for n, placings in sketch.places.items():
        order, _, new = named(n)
        version = snapshot.orders[n].version if order is not None else 0
        places.append(Place(order=order, version=version, new=new, placings=placings))
    for move in sketch.moves:
        order, number, new = named(move.order)
        moves.append(
            MoveMade(
                order=order,
                number=number,
                new=new,
                booking=move.booking,
                component=move.component,
                was=move.was,
                now=move.now,
            )
        )
    left = []
    for n in sketch.left:
        order, number, new = named(n)
        left.append(LeftOver(order=order, number=number, new=new))
    begins = [min(m.now.start, m.was.start if m.was is not None else m.now.start) for m in sketch.moves]
    return Found(
        seq=snapshot.seq,
        first=snapshot.first,
        last=snapshot.last,
        by=min(begins, default=None),
        sessions=sketch.sessions,
        wanted=sketch.wanted,
        placed=sketch.placed,
        steps=sketch.steps,
        seconds=round(seconds, 1),
        moved=sketch.moved,
        reassigned=sketch.reassigned,
        before=sketch.before,
        after=sketch.after,
        places=tuple(places),
        moves=tuple(moves),
        left=tuple(left),
        alone=tuple(
            f"Order {snapshot.orders[n].number} stands where it may not and stays there; move it by hand."
            for n in sketch.alone
        ),
    )


async def _explained(desk: Desk, key: str, sketch: Sketch, found: Found) -> tuple[LeftOver, ...]:
    """Those that are left, the first of them with the reasons."""
    out = list(found.left)
    for k, n in enumerate(sketch.left[:EXPLAINED]):
        refused = await desk.solvers.plan(why_left, key, n, EXPLAINING)
        if refused is not None:
            out[k] = replace(out[k], sentences=tuple(reason.sentence for reason in refused.reasons))
    return tuple(out)
