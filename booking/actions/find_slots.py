"""Every start at which a package can be booked, and why the others cannot (placement.md, 6)."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from booking.actions.settle import least_step
from booking.actions.start import sold_now
from booking.adjust import new_line, with_components
from booking.case import Asked, case_of, reach_of
from booking.computing import decided, explained, plan_for
from booking.desk import Desk
from booking.index.days import Days
from booking.index.free import Occupied
from booking.index.held import held_within
from booking.index.plan import Plan
from booking.index.rows import Rows
from booking.index.sift import sift
from booking.lines import Line
from booking.plan import digest
from booking.queries import occupancy
from booking.refusals import Reason
from booking.requests import SlotsRequest
from booking.slots import Found, Slot
from booking.state import State
from catalog.base import new_id
from catalog.errors import Invalid, OutOfTime, Problem
from catalog.opening import Blocks
from catalog.queries import StoredVenue
from catalog.times import DAY, Interval, minute, starts_on, wall, wall_of

CHUNK_DAYS = 3
"""So many days are searched at a time, with what is held on them."""
_EXPLAINING = 2.0  # seconds, more than a search may take, for saying why
REMEMBERED = 1_000
"""An answer of more slots is worked out again, from what is known of its days."""
AHEAD = 2
"""So many such chunks are given to each process at a time: they take turns, and none stands idle for long."""


class SlotsAnswer(Struct, frozen=True, kw_only=True):
    """`unknown_from`: the first start that time did not suffice for; `next`: where the next page begins."""

    slots: tuple[Slot, ...]
    complete: bool = True
    unknown_from: int | None = None
    next: int | None = None
    refused: tuple[tuple[int, tuple[Reason, ...]], ...] = ()


async def find_slots(
    desk: Desk,
    venue: StoredVenue,
    state: State,
    key: str,
    request: SlotsRequest,
    first: int,
    last: int,
    *,
    limit: int,
    after: int | None = None,
    explain: bool = False,
) -> SlotsAnswer:
    """The slots in [first, last), not in the past, exactly; with `explain` why the others are not.

    `state` is that of the venue now, read after the venue.
    """
    deadline = time.monotonic() + desk.limits.solver_seconds
    step = step_of(venue, request.step_minutes)
    first = max(first, minute(desk.now()) + 1, first if after is None else after + 1)
    begin = next(starts_between(venue, step, first, last), None)
    if begin is None:
        return SlotsAnswer(slots=())
    line = _line(desk, venue, key, request, begin)
    name = digest(key, request)
    asked = venue.id, venue.version, name, first, last, limit
    known = None if explain else desk.answers.get((state.event, *asked), minute(desk.now()))
    if known is not None:
        return known
    search = await _begun(desk, venue, state, line, request, name, first, last, step)
    answer = await search.answer(last, limit, deadline)
    if not explain:
        if answer.complete and len(answer.slots) <= REMEMBERED:
            seen = search.seen.state
            desk.answers.keep((seen.event, *asked), answer, until=seen.until)
        return answer
    end = last if answer.next is None and answer.unknown_from is None else _end(answer)
    offered = {slot.start for slot in answer.slots}
    no = [s for s in starts_between(venue, step, first, end) if s not in offered]
    return replace(answer, refused=tuple(await search.reasons(no, deadline + _EXPLAINING)))


def _end(answer: SlotsAnswer) -> int:
    """Where the answer ends, if it ends early."""
    return answer.unknown_from if answer.unknown_from is not None else (answer.next or 0) + 1


async def _begun(
    desk: Desk,
    venue: StoredVenue,
    state: State,
    line: Line,
    request: SlotsRequest,
    name: str,
    first: int,
    last: int,
    step: int,
) -> "_Search":
    """The search, as far as the index of the venue decides it."""
    row = {} if request.resource is None else {0: request.resource}
    asked = Asked(catalog=venue.catalog, blocks={}, held=(), lines=(line,), resource=row)
    case_of(asked)  # raises Invalid where nothing uses the resource

    def begin(plan: Plan | None, rows: Rows, state: State) -> _Search:
        if plan is None:
            sure, left = [], list(starts_between(venue, step, first, last))
        else:
            known = sift(plan, rows, first, last, step)
            sure, left = known.slots, known.open
        # As it is now: the rows change with the next booking, what they were made of does not.
        seen = Seen(state, rows.days, rows.blocks, dict(rows.occupied))
        return _Search(desk, venue, asked, name, seen, sure, left)

    return await desk.indexes.ask(
        desk.sessions, venue, state, desk.now(), name, lambda rows: plan_for(asked, rows), begin
    )


class Seen(NamedTuple):
    """The state of the venue that a search sees, and what is held in it."""

    state: State
    days: Days
    blocks: Blocks
    occupied: Mapping[str, Occupied]


class _Search:
    """One search: what it asks (under a name that it is remembered by), the state of the venue that it sees,
    and what the index knows of it: slots, and starts that are `left` to be decided one by one.
    """

    def __init__(
        self,
        desk: Desk,
        venue: StoredVenue,
        asked: Asked,
        name: str,
        seen: Seen,
        sure: Sequence[Slot],
        left: Sequence[int],
    ) -> None:
        self.desk, self.venue, self.asked, self.name = desk, venue, asked, name
        self.seen, self.sure, self.left = seen, sure, left

    async def answer(self, last: int, limit: int, deadline: float) -> SlotsAnswer:
        """The first `limit` slots, as far as the time suffices."""
        slots: list[Slot] = []
        sure = iter(self.sure)
        coming = next(sure, None)
        chunks = _chunks(self.venue, self.left)
        for batch in [*_batched(chunks, AHEAD * self.desk.solvers.processes), None]:
            found = [] if batch is None else await self.found(batch, deadline)
            unknown = next((f.unknown_from for f in found if f.unknown_from is not None), None)
            end = last if batch is None else batch[-1][-1] + 1
            end = end if unknown is None else unknown
            decided = [slot for part in found for slot in part.slots if slot.start < end]
            while coming is not None and coming.start < end:
                decided.append(coming)
                coming = next(sure, None)
            slots += sorted(decided)
            if len(slots) > limit:
                return SlotsAnswer(slots=tuple(slots[:limit]), next=slots[limit - 1].start)
            if unknown is not None:
                return SlotsAnswer(slots=tuple(slots), complete=False, unknown_from=unknown)
        return SlotsAnswer(slots=tuple(slots))

    async def found(self, chunks: Sequence[Sequence[int]], deadline: float) -> list[Found]:
        """Each chunk's slots, side by side; from memory where nothing has changed since."""
        return list(await asyncio.gather(*(self._found(chunk, deadline) for chunk in chunks)))

    async def _found(self, chunk: Sequence[int], deadline: float) -> Found:
        key = (self.venue.id, self.venue.version, self.seen.state.event, self.name, tuple(chunk))
        known = self.desk.slots.get(key, minute(self.desk.now()))
        if known is not None:
            return known
        asked = await self._within(chunk)
        left = deadline - time.monotonic()
        if left <= 0:
            return Found((), chunk[0])
        try:
            found = await self.desk.solvers.search(decided, asked, chunk, seconds=left)
        except OutOfTime:
            return Found((), chunk[0])
        if found.unknown_from is None:
            self.desk.slots.keep(key, found, until=self.seen.state.until)
        return found

    async def reasons(self, starts: Sequence[int], deadline: float) -> list[tuple[int, tuple[Reason, ...]]]:
        """Why these starts are refused, as far as time allows."""
        out: list[tuple[int, tuple[Reason, ...]]] = []
        for chunk in _chunks(self.venue, starts):
            asked = await _asked(self.desk, self.venue, self.asked, chunk)
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                why = await self.desk.solvers.search(explained, asked, chunk, seconds=left)
            except OutOfTime:
                break
            out += [(start, why[start].reasons) for start in chunk if start in why]
        return out

    async def _within(self, chunk: Sequence[int]) -> Asked:
        """What is asked, with what is held on the days of these starts."""
        start, end = _reach(self.venue, self.asked, chunk)
        if start < self.seen.days.base or end > self.seen.days.end:
            return await _asked(self.desk, self.venue, self.asked, chunk)
        held = held_within(self.seen.occupied, start, end)
        return replace(self.asked, held=held, blocks=self.seen.blocks)


def _batched(chunks: Sequence[list[int]], size: int) -> Iterator[Sequence[list[int]]]:
    for at in range(0, len(chunks), size):
        yield chunks[at : at + size]


def asked_starts(venue: StoredVenue, step: int | None, first: int, last: int) -> list[int]:
    """The starts asked about: in [first, last), on the step, which is a multiple of the grid."""
    return list(starts_between(venue, step_of(venue, step), first, last))


def step_of(venue: StoredVenue, step: int | None) -> int:
    """The step asked for, or the usual one; raises Invalid where it is not a multiple of the grid."""
    grid = venue.catalog.venue.grid_minutes
    step = least_step(grid) if step is None else step
    if step % grid:
        sentence = f"The step has to be a multiple of the grid of {grid} minutes."
        raise Invalid(sentence, problems=(Problem("step_minutes", sentence),))
    return step


def starts_between(venue: StoredVenue, step: int, first: int, last: int) -> Iterator[int]:
    """The starts in [first, last) on the step, in order."""
    if first >= last:
        return
    day, end = wall_of(venue.tz, first)[0], wall_of(venue.tz, last - 1)[0]
    while day <= end:
        yield from (s for s in starts_on(venue.tz, day, step) if first <= s < last)
        day += timedelta(days=1)


def _line(desk: Desk, venue: StoredVenue, key: str, request: SlotsRequest, start: int) -> Line:
    sold = sold_now(venue, key, desk.now())
    if request.participants > desk.limits.participants:
        sentence = f"At most {desk.limits.participants} can take part."
        raise Invalid(sentence, problems=(Problem("participants", sentence),))
    if request.resource is not None and venue.catalog.resource(request.resource) is None:
        sentence = f"There is no resource {request.resource!r}."
        raise Invalid(sentence, problems=(Problem("resource", sentence),))
    line = new_line(new_id(), 0, sold, start, request.participants, request.guests)
    return with_components(line, venue.tz, request.components, venue.catalog.venue.grid_minutes)


def _chunks(venue: StoredVenue, starts: Sequence[int]) -> list[list[int]]:
    """The starts, some days at a time."""
    out: dict[int, list[int]] = {}
    begin = wall(venue.tz, wall_of(venue.tz, starts[0])[0], 0) if starts else 0
    for start in starts:  # by days of 24 hours: that one is shorter does no harm
        out.setdefault((start - begin) // DAY // CHUNK_DAYS, []).append(start)
    return list(out.values())


def _reach(venue: StoredVenue, asked: Asked, chunk: Sequence[int]) -> Interval:
    """The minutes that the line can touch, begun at any of these starts."""
    cases = [case_of(asked, chunk[0]), case_of(asked, chunk[-1])]
    sessions = [session for case in cases for session in case.sessions]
    return reach_of(venue.catalog, sessions) if sessions else (chunk[0], chunk[-1])


async def _asked(desk: Desk, venue: StoredVenue, asked: Asked, chunk: Sequence[int]) -> Asked:
    """What is asked, with what the database says is held around these starts, and by whom."""
    start, end = _reach(venue, asked, chunk)
    async with desk.reading() as session:
        held, blocks = await occupancy(session, venue, start, end, desk.now())
    return replace(asked, held=held, blocks=blocks)
