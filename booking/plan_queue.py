"""How plans of days go from hand to hand: put behind others, taken up, kept alive, ended, forgotten.

A process that works on one says so with every look at it (`beat_at`); one that has fallen silent is
succeeded by another. Nothing here changes an order.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, delete, func, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.day_plans import DayPlan, DayPlanRow, DaysAsked, Found, PlanState, as_plan, find_plan
from catalog.actors import Actor
from catalog.base import to_stored

SILENCE = timedelta(seconds=30)
"""After so long without a sign a plan is taken up by another process."""
MOST_BEGINNINGS = 3
KEPT = timedelta(days=7)
Sessions = async_sessionmaker[AsyncSession]


class Working(NamedTuple):
    """A plan in the hands of a process."""

    venue: uuid.UUID
    plan: uuid.UUID
    worker: uuid.UUID


def put_plan(
    session: AsyncSession,
    venue_id: uuid.UUID,
    plan_id: uuid.UUID,
    asked: DaysAsked,
    actor: Actor,
    now: datetime,
) -> DayPlan:
    """Adds a plan that waits, to the caller's transaction."""
    row = DayPlanRow(
        venue_id=venue_id,
        id=plan_id,
        state="queued",
        asked=to_stored(asked),
        actor=to_stored(actor),
        found=None,
        said="",
        worker=None,
        beat_at=None,
        beginnings=0,
        created_at=now,
        ended_at=None,
    )
    session.add(row)
    return as_plan(row)


async def take_up(sessions: Sessions, worker: uuid.UUID, now: datetime) -> DayPlan | None:
    """The plan that has waited longest of venues for which none is worked on, or one that was left lying."""
    try:
        async with sessions.begin() as session:
            given = {"worker": worker, "now": now, "silent": now - SILENCE}
            taken = (await session.execute(_TAKE_UP, given)).first()
            return None if taken is None else await find_plan(session, *taken)
    except IntegrityError:  # somebody took up another one of the venue at the same moment
        return None


async def beat(
    sessions: Sessions, mine: Working, found: Found | None, now: datetime, *, done: bool = False
) -> bool:
    """Keeps the best so far; False where the plan is not this worker's any more: cancelled, or succeeded."""
    values: dict[str, Any] = {"beat_at": now}
    if found is not None:
        values["found"] = to_stored(found)
    if done:
        values |= {"state": "done", "worker": None, "ended_at": now}
    return await _still(sessions, mine, values)


async def give_up(sessions: Sessions, mine: Working, said: str, now: datetime) -> bool:
    """It failed, for the reason that is said."""
    values = {"state": "failed", "worker": None, "ended_at": now, "said": said}
    return await _still(sessions, mine, values | _nobodys_names())


async def put_back(sessions: Sessions, mine: Working) -> bool:
    """Another process shall go on with it: this one ends."""
    again = {"state": "queued", "worker": None, "beginnings": DayPlanRow.beginnings - 1}
    return await _still(sessions, mine, again)


async def _still(sessions: Sessions, mine: Working, values: dict[str, Any]) -> bool:
    async with sessions.begin() as session:
        still = update(DayPlanRow).where(
            DayPlanRow.venue_id == mine.venue,
            DayPlanRow.id == mine.plan,
            DayPlanRow.worker == mine.worker,
            DayPlanRow.state == "running",
        )
        changed: Any = await session.execute(still.values(**values))
        return bool(changed.rowcount)


async def end_plan(
    session: AsyncSession, venue_id: uuid.UUID, plan_id: uuid.UUID, state: PlanState, now: datetime
) -> bool:
    """Cancelled, applied or done with what there is, in the caller's transaction; whoever works on it hears
    of it with the next beat. False where it was over otherwise before.
    """
    before = {
        "cancelled": ("queued", "running", "done"),
        "done": ("running",),
        "applied": ("done", "running"),
    }
    values: dict[str, Any] = {"state": state, "worker": None, "ended_at": now}
    if state != "done":
        values |= _nobodys_names()
    this = (DayPlanRow.venue_id == venue_id) & (DayPlanRow.id == plan_id)
    changed: Any = await session.execute(
        update(DayPlanRow).where(this, DayPlanRow.state.in_(before[state])).values(**values)
    )
    return bool(changed.rowcount)


async def forget_plans(session: AsyncSession, now: datetime) -> None:
    """Those of a week ago and before: nobody would apply them any more."""
    await session.execute(delete(DayPlanRow).where(DayPlanRow.created_at < now - KEPT))


async def forget_customer_in_plans(session: AsyncSession, venue_id: uuid.UUID, customer: uuid.UUID) -> None:
    """Those in which something is asked for this customer."""
    named = func.strpos(cast(DayPlanRow.asked, Text), str(customer)) > 0
    await session.execute(delete(DayPlanRow).where(DayPlanRow.venue_id == venue_id, named))


def _nobodys_names() -> dict[str, Any]:
    """What is asked without the orders: they may name people, and are not needed any more."""
    return {"asked": DayPlanRow.asked.op("-")(cast("orders", Text))}


_TAKE_UP = text("""
    UPDATE day_plan SET state = 'running', worker = :worker, beat_at = :now, beginnings = beginnings + 1
    WHERE (venue_id, id) = (
        SELECT p.venue_id, p.id FROM day_plan p
        WHERE p.state = 'running' AND p.beat_at < :silent
           OR p.state = 'queued' AND NOT EXISTS (
               SELECT 1 FROM day_plan other WHERE other.venue_id = p.venue_id AND other.state = 'running')
        ORDER BY p.created_at, p.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING venue_id, id
""")
