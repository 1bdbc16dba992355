"""Whole days planned anew: asking for it, and applying what was found, whole or not at all.

Firm orders may change in what begins in the range and has not begun yet; what is locked, held or outside
stays. Orders that are not booked yet may be planned with them. How it is computed: booking/actions/
work_on_plans.py.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.book import order_asked
from booking.actions.draft import Draft
from booking.actions.settle import settle
from booking.apply import Actor
from booking.bookings import BookingRow
from booking.day_plans import DayPlan, DaysAsked, Found, count_waiting, find_plan
from booking.desk import Desk
from booking.lines import Booking, Order
from booking.orders import REACH, OrderRow
from booking.outcome import Keep, Outcome
from booking.plan_changes import changed_since
from booking.plan_queue import end_plan, put_plan
from booking.queries import load_orders
from booking.requests import OrderRequest
from catalog.base import new_id
from catalog.errors import Conflict, Invalid, NotFound, PlanOutdated, Problem
from catalog.queries import StoredVenue
from catalog.times import instant, minute

MOST_SESSIONS = 3_000
"""So many bookings may stand in the days that are planned together."""
MOST_WAITING = 10
"""So many plans of a venue may wait or be worked on."""


class Days(NamedTuple):
    """The orders as they should be: those that stand first, then those that are not booked yet."""

    draft: Draft
    standing: int


async def ask_for_plan(
    session: AsyncSession, desk: Desk, venue: StoredVenue, asked: DaysAsked, caller: Actor
) -> DayPlan:
    """Puts it behind those that wait, in the caller's transaction. What cannot be planned is refused at
    once: raises Invalid, NotFound; Conflict where too many wait.
    """
    now = desk.now()
    stand = await session.scalar(
        select(func.count())
        .select_from(BookingRow)
        .where(BookingRow.venue_id == venue.id, BookingRow.order_id.in_(_standing(venue, asked)))
    )
    if (stand or 0) > MOST_SESSIONS:
        raise Invalid(
            f"{stand} bookings stand there, more than are planned at once; choose fewer days.",
            code="too_many",
        )
    await _new_orders(session, desk, venue, asked.orders, caller, now)
    if await count_waiting(session, venue.id) >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} plans are waiting already; cancel one or wait for them.", code="too_many_plans"
        )
    return put_plan(session, venue.id, new_id(), asked, caller, now)


async def days_asked(
    session: AsyncSession,
    desk: Desk,
    venue: StoredVenue,
    asked: DaysAsked,
    caller: Actor,
    now: datetime,
    found: Found | None = None,
) -> Days:
    """What is to be planned, or with `found`, only what changes by it."""
    requests: Sequence[OrderRequest] = asked.orders
    if found is None:
        ids = list(await session.scalars(_standing(venue, asked)))
    else:
        ids = [place.order for place in found.places if place.order is not None]
        requests = [asked.orders[place.new] for place in found.places if place.new is not None]
    orders = await load_orders(session, venue, ids, now) if ids else ()
    stay = [b for order in orders for b in order.bookings if _stays(b, asked, minute(now))]
    new = await _new_orders(session, desk, venue, requests, caller, now)
    resource: dict[int, str] = {}
    position = sum(line.status != "cancelled" for order in orders for line in order.lines)
    for draft in new:
        resource |= {position + n: key for n, key in draft.resource.items()}
        position += len(draft.orders[0].lines)
    draft = Draft(
        before=(*orders, *(None for _ in new)),
        orders=(*orders, *(draft.orders[0] for draft in new)),
        what="Planned anew.",
        resource=resource,
        pin=tuple(b.id for b in stay),
        keep={b.id: tuple(sorted({a.need for a in b.allocations})) for b in stay},
        customers=tuple(customer for draft in new for customer in draft.customers),
        not_before=minute(now),
        warnings=tuple(warning for draft in new for warning in draft.warnings),
    )
    return Days(draft, len(orders))


async def apply_days(
    desk: Desk,
    venue: StoredVenue,
    plan_id: uuid.UUID,
    plan: str | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """Everything that the plan changes, in one transaction. A plan that is still made better ends with it.

    Raises NotFound; Conflict where there is nothing to apply, or somebody has no place; PlanOutdated, with
    what has changed since.
    """

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        planned = await find_plan(session, venue.id, plan_id)
        found = _applicable(planned, now)
        days = await days_asked(session, desk, venue, planned.asked, caller, now, found)
        ours = [order.id for order in days.draft.orders]

        async def nothing_has_changed(session: AsyncSession) -> None:
            changed = await changed_since(session, venue, found.seq, found.first, found.last, without=ours)
            if changed is not None:
                raise PlanOutdated(f"{changed} The plan does not know of it; plan again.")

        async def ends(session: AsyncSession) -> None:
            """Within the transaction that writes, when no other writer of the venue can come between."""
            await nothing_has_changed(session)
            if not await end_plan(session, venue.id, plan_id, "applied", now):
                raise Conflict("The plan was cancelled or applied this moment.", code="plan_over")

        _unchanged(found, days.draft.before)
        await nothing_has_changed(session)
        placings = {place.order or place.new: place.placings for place in found.places}
        keys: list[uuid.UUID | int | None] = [*ours[: days.standing]]
        keys += [place.new for place in found.places if place.new is not None]
        placed = tuple(placing for key in keys for placing in placings[key])
        return replace(days.draft, placed=placed, also=ends)

    request = ("plan days", plan_id)
    return await settle(desk, venue, draft, request, caller=caller, preview=preview, keep=keep, plan=plan)


def _applicable(planned: DayPlan, now: datetime) -> Found:
    """What was found, if it can be applied as far as the plan itself is concerned."""
    if planned.state == "applied":
        raise Conflict("The plan has been applied already.", code="plan_over")
    if planned.state in ("cancelled", "failed"):
        raise Conflict(f"The plan was {planned.state}; make another.", code="plan_over")
    found = planned.found
    if found is None:
        raise Conflict(
            "There is nothing to apply yet: the plan has only just been begun.", code="plan_unready"
        )
    if found.left or found.placed < found.wanted:
        names = ", ".join(_called(left.number, left.new) for left in found.left[:5]) or "some orders"
        raise Conflict(
            f"There is no place yet for {names}; give the search more time, or plan without.",
            code="plan_unready",
        )
    if found.by is not None and found.by < minute(now):
        raise PlanOutdated("The first of what the plan changes has begun meanwhile; plan again.")
    return found


def _called(number: int | None, new: int | None) -> str:
    return f"order {number}" if number is not None else f"the {(new or 0) + 1}. new order"


def _unchanged(found: Found, orders: Sequence[Order | None]) -> None:
    known = {place.order: place.version for place in found.places}
    there = {order.id: order for order in orders if order is not None}
    for order_id, version in known.items():
        if order_id is None:
            continue
        order = there.get(order_id)
        if order is None or order.version != version:
            name = "an order" if order is None else f"order {order.number}"
            raise PlanOutdated(f"Since the plan was made, {name} has changed; plan again.")


def _standing(venue: StoredVenue, asked: DaysAsked) -> Select[uuid.UUID]:
    """The firm orders that reach into the range."""
    window = func.tstzrange(instant(asked.start), instant(asked.end))
    return (
        select(OrderRow.id)
        .where(OrderRow.venue_id == venue.id, OrderRow.status == "confirmed", REACH.op("&&")(window))
        .order_by(OrderRow.id)
    )


def _stays(booking: Booking, asked: DaysAsked, now: int) -> bool:
    """What has begun, and what lies outside of the range."""
    if booking.start is None or not booking.active:
        return False
    return booking.start < max(now, asked.start) or booking.start >= asked.end


async def _new_orders(
    session: AsyncSession,
    desk: Desk,
    venue: StoredVenue,
    requests: Sequence[OrderRequest],
    caller: Actor,
    now: datetime,
) -> list[Draft]:
    """Each as it would be booked by itself; its refusals name the path within `orders`."""
    drafts = []
    for n, request in enumerate(requests):
        path = f"orders[{n}]."
        for field in ("override", "plan"):
            if getattr(request, field):
                raise Invalid(problems=(Problem(path + field, "cannot be given in a plan of days"),))
        try:
            drafts.append(await order_asked(session, desk, venue, request, caller, now))
        except Invalid as refusal:
            problems = tuple(Problem(path + p.path, p.message) for p in refusal.problems)
            raise Invalid(refusal.sentence, problems=problems, code=refusal.code) from None
        except NotFound as refusal:
            problems = (Problem(path.rstrip("."), refusal.sentence),)
            raise Invalid(refusal.sentence, problems=problems, code=refusal.code) from None
    return drafts
