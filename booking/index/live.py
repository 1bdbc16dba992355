"""The indexes of this process, one for each venue that was asked about, each as of the venue's last event.

Another process may have written meanwhile: before an index answers, the number of the last event is read in
the same request, and the days that events speak of are read anew. What it says is never older than that.
"""

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.events import EventRow
from booking.held_days import held_days
from booking.index.days import Days
from booking.index.free import NOTHING, Occupied
from booking.index.held import spliced
from booking.index.plan import Plan
from booking.index.rows import Rows
from booking.orders import OrderRow
from booking.state import State, state_of
from catalog.errors import OutOfTime
from catalog.queries import StoredVenue, load_blocks
from catalog.times import DAY, instant, minute, wall_of

BEHIND, AHEAD = 2, 40
"""An index begins so many days before today, and reaches further than may be asked: it serves some weeks."""
MOST_EVENTS = 500
MOST_PLANS = 500
MOST_BYTES = 256 << 20
"""The memory for rows; venues that were not asked about for longest are forgotten beyond it."""
PATIENCE = 6.0
"""Seconds that one waits for an index that is being made."""
UNKNOWN = State(-1, None)
T = TypeVar("T")
Sessions = async_sessionmaker[AsyncSession]


class Changed(NamedTuple):
    """What events tell: the minutes of the calendar that may look different, and whether blocks may."""

    spans: list[tuple[int, int]]
    blocks: bool


@dataclass
class Live:
    """The index of one venue. `lock`: whoever reads it waits while it is brought up to date."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    venue: StoredVenue | None = None
    rows: Rows | None = None
    state: State = UNKNOWN
    at: datetime | None = None
    plans: dict[str, Plan | None] = field(default_factory=dict)


class Indexes:
    """By venue. `days`: how far ahead one may be asked about."""

    def __init__(self, days: int = 400) -> None:
        self.days = days
        self._known: OrderedDict[uuid.UUID, Live] = OrderedDict()

    async def ask(
        self,
        sessions: Sessions,
        venue: StoredVenue,
        state: State,
        now: datetime,
        plan: str,
        make: Callable[[Rows], Plan | None],
        question: Callable[[Plan | None, Rows, State], T],
    ) -> T:
        """The answer to a question put to the venue's index as it is now: `state` has been read for the same
        request. `plan` is the name by which its plan is remembered, `make` makes it.

        Raises OutOfTime where that takes longer than PATIENCE, as making the rows of thousands of resources
        may: they are made all the same, and who asks again finds them.
        """
        asked = asyncio.create_task(self._ask(sessions, venue, state, now, plan, make, question))
        asked.add_done_callback(_looked_at)
        try:
            return await asyncio.wait_for(asyncio.shield(asked), PATIENCE)
        except TimeoutError:
            raise OutOfTime(
                "The calendar of this venue is still being read; try again in a moment."
            ) from None

    async def _ask(
        self,
        sessions: Sessions,
        venue: StoredVenue,
        state: State,
        now: datetime,
        plan: str,
        make: Callable[[Rows], Plan | None],
        question: Callable[[Plan | None, Rows, State], T],
    ) -> T:
        live = self._known.setdefault(venue.id, Live())
        self._known.move_to_end(venue.id)
        async with live.lock:
            if not self._is_current(live, venue, state, now):
                async with sessions() as session:
                    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                    await self._bring_up_to_date(session, live, venue, now)
            rows = live.rows
            assert rows is not None  # noqa: S101 - it has just been made
            live.at = now
            if plan in live.plans:
                answer = question(live.plans[plan], rows, live.state)
            else:  # in a thread: who asks first waits for the rows to be made, and nobody else
                made = await asyncio.to_thread(make, rows)
                if len(live.plans) >= MOST_PLANS:
                    live.plans.clear()
                live.plans[plan] = made
                answer = await asyncio.to_thread(question, made, rows, live.state)
        self._forget(venue.id)
        return answer

    def _is_current(self, live: Live, venue: StoredVenue, state: State, now: datetime) -> bool:
        """Whether nothing has been written since, no hold has ended, and its days are still the next ones."""
        if live.venue is not venue or live.rows is None or live.at is None or now < live.at:
            return False
        if live.state.until is not None and minute(now) >= live.state.until:
            return False
        return live.state == state and self._reaches(live.rows, venue, now)

    def _reaches(self, rows: Rows, venue: StoredVenue, now: datetime) -> bool:
        past = (wall_of(venue.tz, minute(now))[0] - rows.days.first).days
        return BEHIND <= past < AHEAD - BEHIND

    async def _bring_up_to_date(
        self, session: AsyncSession, live: Live, venue: StoredVenue, now: datetime
    ) -> None:
        """In a transaction that sees one state of the venue."""
        state = await state_of(session, venue.id, now)
        rows, changed = live.rows, None
        if rows is not None and live.venue is venue and live.at is not None and live.at <= now:
            changed = await _changed(session, venue, live.state, state, now)
        if rows is None or changed is None or not self._reaches(rows, venue, now):
            await self._make(session, live, venue, now)
        else:
            await _update(session, rows, venue, now, changed)
        live.venue, live.state, live.at = venue, state, now

    async def _make(self, session: AsyncSession, live: Live, venue: StoredVenue, now: datetime) -> None:
        today = wall_of(venue.tz, minute(now))[0]
        first = today - timedelta(days=BEHIND)
        days = Days(venue.tz, first, self.days + AHEAD, venue.catalog.venue.grid_minutes)
        blocks = await load_blocks(session, venue.id, days.base, days.end)
        held = await _held(session, venue, days, days.base, days.end, now)
        live.rows = Rows(venue.catalog, days, blocks, held)
        live.plans.clear()

    def _forget(self, asked: uuid.UUID) -> None:
        sizes = {key: live.rows.size() for key, live in self._known.items() if live.rows is not None}
        over = sum(sizes.values()) - MOST_BYTES
        for key, size in sizes.items():
            if over <= 0 or key == asked:
                break
            del self._known[key]
            over -= size


def _looked_at(asked: asyncio.Task[Any]) -> None:
    """Of one whom nobody waits for any more, what went wrong is told to who asks next."""
    if not asked.cancelled():
        asked.exception()


async def _changed(
    session: AsyncSession, venue: StoredVenue, known: State, state: State, now: datetime
) -> Changed | None:
    """What has changed since; None: too much to be told."""
    since = select(EventRow.kind, EventRow.data).where(
        EventRow.venue_id == venue.id, EventRow.seq > known.event, EventRow.seq <= state.event
    )
    events = (await session.execute(since.limit(MOST_EVENTS + 1))).all()
    if len(events) != state.event - known.event or len(events) > MOST_EVENTS:
        return None
    spans = []
    blocks = False
    for kind, data in events:
        if "from" in data and "to" in data:
            spans.append((data["from"], data["to"]))
        elif kind in ("block", "unblock"):
            blocks = True
        elif kind.startswith("order") or kind == "catalog":
            return None
    if known.until is not None and minute(now) >= known.until:
        ended = select(OrderRow.starts_at, OrderRow.ends_at).where(
            OrderRow.venue_id == venue.id,
            OrderRow.status == "held",
            OrderRow.held_until <= now,
            OrderRow.held_until >= instant(known.until),
        )
        spans += [(minute(a), minute(b)) for a, b in await session.execute(ended)]
    return Changed(spans, blocks)


async def _update(
    session: AsyncSession, rows: Rows, venue: StoredVenue, now: datetime, changed: Changed
) -> None:
    different: dict[str, Occupied] = {}
    for first, last in _whole_days(changed.spans):
        found = await _held(session, venue, rows.days, first, last, now)
        for key in rows.occupied.keys() | found.keys():
            was = different.get(key, rows.occupied.get(key, NOTHING))
            new = spliced(was, first, last, found.get(key, NOTHING))
            if new is not None:
                different[key] = new
    blocks = await load_blocks(session, venue.id, rows.days.base, rows.days.end) if changed.blocks else None
    rows.replace(different, blocks)


def _whole_days(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The UTC days that the spans touch, those that follow each other as one."""
    out: list[tuple[int, int]] = []
    for first, last in sorted((a // DAY * DAY, -(-b // DAY) * DAY) for a, b in spans):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


async def _held(
    session: AsyncSession, venue: StoredVenue, days: Days, first: int, last: int, now: datetime
) -> dict[str, Occupied]:
    """What is held by resource on the UTC days that [first, last) touches, as far as the index goes."""
    low = max(first, days.base - days.base % DAY) // DAY * DAY
    high = -(-min(last, days.end) // DAY) * DAY
    if low >= high:
        return {}
    a, b = instant(low).date(), instant(high).date()
    found = await held_days(session, venue.id, a, b, now)
    keys = venue.resource_keys
    return {keys[resource]: held for resource, held in found.items() if resource in keys}
