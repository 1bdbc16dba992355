"""Plans of whole days as stored: who asked for what, how far each has come, and what it would change."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.fit import Placing
from booking.placement.planning import Aim
from booking.requests import OrderRequest
from booking.sketch import Figures
from catalog.actors import Actor
from catalog.base import Base
from catalog.errors import NotFound

PlanState = Literal["queued", "running", "done", "cancelled", "failed", "applied"]
STATES = ("queued", "running", "done", "cancelled", "failed", "applied")
OVER = ("done", "cancelled", "failed", "applied")


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


async def find_plan(session: AsyncSession, venue_id: uuid.UUID, plan_id: uuid.UUID) -> DayPlan:
    """Raises NotFound."""
    row = await session.get(DayPlanRow, (venue_id, plan_id), populate_existing=True)
    if row is None:
        raise NotFound("There is no such plan.")
    return as_plan(row)


async def plans_of(
    session: AsyncSession, venue_id: uuid.UUID, limit: int, before: uuid.UUID | None
) -> Sequence[DayPlan]:
    """The venue's plans, the newest first."""
    wanted = select(DayPlanRow).where(DayPlanRow.venue_id == venue_id)
    if before is not None:
        wanted = wanted.where(DayPlanRow.id < before)
    found = await session.scalars(wanted.order_by(DayPlanRow.id.desc()).limit(limit))
    return [as_plan(row) for row in found]


async def count_waiting(session: AsyncSession, venue_id: uuid.UUID) -> int:
    """How many of the venue are waiting or worked on."""
    waiting = select(func.count()).where(
        DayPlanRow.venue_id == venue_id, DayPlanRow.state.in_(("queued", "running"))
    )
    return await session.scalar(waiting) or 0


def as_plan(row: DayPlanRow) -> DayPlan:
    """The row as a value."""
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
