"""Plans of whole days as stored: who asked for what, how far each has come, and what it would change.

A process that works on one says so with every look at it (`beat_at`); one that has fallen silent is
succeeded by another. Nothing here changes an order.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Mapped, mapped_column

from booking.fit import Placing
from booking.placement.planning import Aim
from booking.requests import OrderRequest
from booking.sketch import Figures
from catalog.actors import Actor
from catalog.base import Base, to_stored
from catalog.errors import NotFound

PlanState = Literal["queued", "running", "done", "cancelled", "failed", "applied"]
STATES = ("queued", "running", "done", "cancelled", "failed", "applied")
OVER = ("done", "cancelled", "failed", "applied")
SILENCE = timedelta(seconds=30)
"""After so long without a sign a plan is taken up by another process."""
MOST_BEGINNINGS = 3
KEPT = timedelta(days=7)
Sessions = async_sessionmaker[AsyncSession]


class DaysAsked(Struct, frozen=True, kw_only=True):
    """What is to be planned: everything in [start, end), and these orders that are not booked yet.

    `seconds`: for how long it is made better at most.
    """

    start: int
    end: int
    aim: Aim
    seconds: float
    orders: tuple[OrderRequest, ...] = ()


class Place(Struct, frozen=True, kw_only=True):
    """Where all sessions of an order go: of one that stands, in its version, or of the `new`th asked for."""

    order: uuid.UUID | None = None
    version: int = 0
    new: int | None = None
    placings: tuple[Placing, ...]


class MoveMade(Struct, frozen=True, kw_only=True):
    """What becomes of a session; `number` is the order's, None: the `new`th of those asked for."""

    order: uuid.UUID | None
    number: int | None
    new: int | None
    booking: uuid.UUID | None
    component: str
    was: Placing | None
    now: Placing


class LeftOver(Struct, frozen=True, kw_only=True):
    """An order for which there is no place, and why, as far as that is known."""

    order: uuid.UUID | None
    number: int | None
    new: int | None
    sentences: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """The best so far. It holds for the venue as it was at event `seq`, on what lies in [first, last).

    `by`: when the first of what changes begins; from then on it cannot be applied any more.
    """

    seq: int
    first: int
    last: int
    by: int | None
    sessions: int
    wanted: int
    placed: int
    steps: int
    seconds: float
    moved: int
    reassigned: int
    before: Figures
    after: Figures
    places: tuple[Place, ...] = ()
    moves: tuple[MoveMade, ...] = ()
    left: tuple[LeftOver, ...] = ()
    alone: tuple[str, ...] = ()


class DayPlanRow(Base):
    """A plan of whole days. At most one of a venue is worked on at a time."""

    __tablename__ = "day_plan"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'running') = (worker IS NOT NULL)", name="worker"),
        Index("uq_day_plan_running", "venue_id", unique=True, postgresql_where=text("state = 'running'")),
        Index("ix_day_plan_waiting", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[dict[str, Any]] = mapped_column(JSONB)
    found: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    said: Mapped[str]
    worker: Mapped[uuid.UUID | None]
    beat_at: Mapped[datetime | None]
    beginnings: Mapped[int]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DayPlan(Struct, frozen=True, kw_only=True):
    """A plan as it is now. `said`: why it failed."""

    venue: uuid.UUID
    id: uuid.UUID
    state: PlanState
    asked: DaysAsked
    actor: Actor
    found: Found | None
    said: str
    beginnings: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class Working(NamedTuple):
    """A plan in the hands of a process."""

    venue: uuid.UUID
    plan: uuid.UUID
    worker: uuid.UUID


async def find_plan(session: AsyncSession, venue_id: uuid.UUID, plan_id: uuid.UUID) -> DayPlan:
    """Raises NotFound."""
    row = await session.get(DayPlanRow, (venue_id, plan_id), populate_existing=True)
    if row is None:
        raise NotFound("There is no such plan.")
    return _plan(row)


async def plans_of(
    session: AsyncSession, venue_id: uuid.UUID, limit: int, before: uuid.UUID | None
) -> Sequence[DayPlan]:
    """The venue's plans, the newest first."""
    wanted = select(DayPlanRow).where(DayPlanRow.venue_id == venue_id)
    if before is not None:
        wanted = wanted.where(DayPlanRow.id < before)
    found = await session.scalars(wanted.order_by(DayPlanRow.id.desc()).limit(limit))
    return [_plan(row) for row in found]


async def count_waiting(session: AsyncSession, venue_id: uuid.UUID) -> int:
    """How many of the venue are waiting or worked on."""
    waiting = select(func.count()).where(
        DayPlanRow.venue_id == venue_id, DayPlanRow.state.in_(("queued", "running"))
    )
    return await session.scalar(waiting) or 0


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
    return _plan(row)


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


def _plan(row: DayPlanRow) -> DayPlan:
    return DayPlan(
        venue=row.venue_id,
        id=row.id,
        state=row.state,  # type: ignore[arg-type]  # a CHECK sees to it
        asked=msgspec.convert(row.asked, DaysAsked),
        actor=msgspec.convert(row.actor, Actor),
        found=None if row.found is None else msgspec.convert(row.found, Found),
        said=row.said,
        beginnings=row.beginnings,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


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
