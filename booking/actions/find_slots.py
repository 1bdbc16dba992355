"""Every start at which a package can be booked, and why the others cannot (placement.md, 6)."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from booking.actions.settle import least_step
from booking.actions.start import sold_now
from booking.adjust import new_line, with_components
from booking.case import Asked, case_of
from booking.computing import explained, searched
from booking.desk import Desk
from booking.lines import Line
from booking.occupancy import Held
from booking.on_the_shelf import missing_goods
from booking.plan import digest
from booking.queries import occupancy
from booking.refusals import Reason
from booking.requests import SlotsRequest
from booking.slots import Found, Slot
from booking.state import State, state_of
from catalog.base import new_id
from catalog.errors import Invalid, Problem
from catalog.queries import StoredVenue, load_blocks
from catalog.times import minute, starts_on, wall, wall_of

CHUNK_DAYS = 7
"""So many days are searched at a time, each with what is held on them."""


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
    key: str,
    request: SlotsRequest,
    first: int,
    last: int,
    *,
    limit: int,
    after: int | None = None,
    explain: bool = False,
) -> SlotsAnswer:
    """The slots in [first, last), not in the past, exactly; with `explain` why the others are not."""
    deadline = time.monotonic() + desk.limits.solver_seconds
    now = minute(desk.now())
    starts = asked_starts(venue, request.step_minutes, max(first, now + 1), last)
    starts = [s for s in starts if after is None or s > after]
    if not starts:
        return SlotsAnswer(slots=())
    line = _line(desk, venue, key, request, starts[0])
    async with desk.sessions() as session:
        missing = await missing_goods(session, venue, line)
    if missing:
        return SlotsAnswer(slots=(), refused=tuple((start, missing) for start in starts) if explain else ())
    search = _Search(desk, venue, line, request, await _state(desk, venue), digest(key, request))
    slots: list[Slot] = []
    refused: list[tuple[int, tuple[Reason, ...]]] = []
    for chunks in _batched(_chunks(venue, starts), desk.solvers.processes):
        for chunk, found in zip(chunks, await search.found(chunks, deadline), strict=True):
            slots += found.slots
            if explain:
                refused += await search.reasons(chunk, found)
            if len(slots) > limit:
                page = slots[:limit]
                return SlotsAnswer(slots=tuple(page), next=page[-1].start, refused=tuple(refused))
            if found.unknown_from is not None:
                unknown = found.unknown_from
                return SlotsAnswer(
                    slots=tuple(slots), complete=False, unknown_from=unknown, refused=tuple(refused)
                )
    return SlotsAnswer(slots=tuple(slots), refused=tuple(refused))


class _Search:
    """One search: what it asks, and the state of the venue that its answers are remembered by."""

    def __init__(
        self,
        desk: Desk,
        venue: StoredVenue,
        line: Line,
        request: SlotsRequest,
        state: State,
        asked: str,
    ) -> None:
        self.desk, self.venue, self.line, self.request = desk, venue, line, request
        self.state, self.asked = state, asked

    async def found(self, chunks: Sequence[Sequence[int]], deadline: float) -> list[Found]:
        """Each chunk's slots, side by side; from memory where nothing has changed since."""
        return list(await asyncio.gather(*(self._found(chunk, deadline) for chunk in chunks)))

    async def _found(self, chunk: Sequence[int], deadline: float) -> Found:
        key = (self.venue.id, self.venue.version, self.state.event, self.asked, tuple(chunk))
        known = self.desk.slots.get(key, minute(self.desk.now()))
        if known is not None:
            return known
        asked = await _asked(self.desk, self.venue, self.line, self.request, chunk)
        left = deadline - time.monotonic()
        if left <= 0:
            return Found((), chunk[0])
        found = await self.desk.solvers.search(searched, asked, chunk, seconds=left)
        if found.unknown_from is None:
            self.desk.slots.keep(key, found, until=self.state.until)
        return found

    async def reasons(self, chunk: Sequence[int], found: Found) -> list[tuple[int, tuple[Reason, ...]]]:
        """Why the other starts of the chunk are refused, as far as time allows."""
        offered = {slot.start for slot in found.slots}
        end = found.unknown_from
        no = [s for s in chunk if s not in offered and (end is None or s < end)]
        asked = await _asked(self.desk, self.venue, self.line, self.request, chunk)
        why = await self.desk.solvers.search(explained, asked, no, seconds=self.desk.limits.solver_seconds)
        return [(start, why[start].reasons) for start in no if start in why]


async def _state(desk: Desk, venue: StoredVenue) -> State:
    async with desk.sessions() as session:
        return await state_of(session, venue.id, desk.now())


def _batched(chunks: Sequence[list[int]], size: int) -> Iterator[Sequence[list[int]]]:
    for at in range(0, len(chunks), size):
        yield chunks[at : at + size]


def asked_starts(venue: StoredVenue, step: int | None, first: int, last: int) -> list[int]:
    """The starts asked about: in [first, last), on the step, which is a multiple of the grid."""
    grid = venue.catalog.venue.grid_minutes
    step = least_step(grid) if step is None else step
    if step % grid:
        sentence = f"The step has to be a multiple of the grid of {grid} minutes."
        raise Invalid(sentence, problems=(Problem("step_minutes", sentence),))
    out: list[int] = []
    if first >= last:
        return out
    day, end = wall_of(venue.tz, first)[0], wall_of(venue.tz, last - 1)[0]
    while day <= end:
        out += [s for s in starts_on(venue.tz, day, step) if first <= s < last]
        day += timedelta(days=1)
    return out


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
    for start in starts:
        out.setdefault(wall_of(venue.tz, start)[0].toordinal() // CHUNK_DAYS, []).append(start)
    return list(out.values())


async def _asked(
    desk: Desk, venue: StoredVenue, line: Line, request: SlotsRequest, chunk: Sequence[int]
) -> Asked:
    asked = Asked(
        catalog=venue.catalog,
        blocks={},
        held=(),
        lines=(replace(line, start=chunk[0]),),
        resource={} if request.resource is None else {0: request.resource},
    )
    ends = [case_of(asked, chunk[0]), case_of(asked, chunk[-1])]
    if not ends[0].sessions:
        return asked
    first = min(case.span()[0] for case in ends)
    last = max(case.span()[1] for case in ends)
    start, end = wall(venue.tz, first, 0), wall(venue.tz, last + timedelta(days=1), 0)
    async with desk.sessions() as session:
        held: tuple[Held, ...] = tuple(await occupancy(session, venue.id, start, end, desk.now()))
        blocks = await load_blocks(session, venue.id, start, end)
    return replace(asked, held=held, blocks=blocks)
