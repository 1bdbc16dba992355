"""What the actions need from outside: database sessions, solver processes, limits, the clock."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.index.live import Indexes
from booking.slots import Found
from catalog.base import utc_now

if TYPE_CHECKING:
    from booking.actions.find_slots import SlotsAnswer
    from booking.solvers import Solvers

T = TypeVar("T")


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


class FoundSlots(Generic[T]):
    """What searches found, by the state of the venue that they saw: an answer is never given from another.

    A state is told by the version of the catalog and the number of the last event, which every writer raises
    in its own transaction; `until` is when a hold ends, which nobody writes.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._known: OrderedDict[Hashable, tuple[T, int | None]] = OrderedDict()

    def get(self, key: Hashable, now: int) -> T | None:
        """What was found for the key, if it still holds at `now` (minutes)."""
        found, until = self._known.get(key, (None, None))
        if found is None or (until is not None and now >= until):
            return None
        self._known.move_to_end(key)
        return found

    def keep(self, key: Hashable, found: T, *, until: int | None) -> None:
        self._known[key] = (found, until)
        while len(self._known) > self.size:
            self._known.popitem(last=False)


class Watch:
    """Is told how the work goes; this one keeps nothing. What it is told names no order and nobody."""

    def step(self, name: str) -> AbstractContextManager[object]:  # noqa: ARG002 - for others
        """Entered for as long as a step of a booking takes: `read`, `place`, `apply`."""
        return nullcontext()

    def note(self, what: str, count: int = 1) -> None:
        """Something happened that is worth counting: `race lost`, `hold expired`."""


@dataclass(frozen=True)
class Desk:
    """Given to every action; made once when the server starts.

    `slots`: what was decided of some days; `answers`: what came of whole questions.
    """

    sessions: async_sessionmaker[AsyncSession]
    solvers: "Solvers"
    limits: Limits = field(default_factory=Limits)
    slots: FoundSlots[Found] = field(default_factory=lambda: FoundSlots(2_000))
    answers: "FoundSlots[SlotsAnswer]" = field(default_factory=lambda: FoundSlots(200))
    watch: Watch = field(default_factory=Watch)
    indexes: Indexes = field(default_factory=Indexes)
    now: Callable[[], datetime] = utc_now

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that begins no transaction: for a few small queries, each true of its own moment."""
        async with self.sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            yield session
