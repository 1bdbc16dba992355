"""What the actions need from outside: database sessions, solver processes, limits, the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from catalog.base import utc_now

if TYPE_CHECKING:
    from booking.solvers import Solvers


@dataclass(frozen=True)
class Limits:
    """Every bound that a request meets; the values come from the settings (contract.md, Conventions)."""

    participants: int = 500
    goods_quantity: int = 10_000
    horizon_days: int = 800
    slots_range_days: int = 400
    explain_range_days: int = 7
    slots_limit: int = 5_000
    solver_seconds: float = 5.0


@dataclass(frozen=True)
class Desk:
    """Given to every action; made once when the server starts."""

    sessions: async_sessionmaker[AsyncSession]
    solvers: "Solvers"
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], datetime] = utc_now
