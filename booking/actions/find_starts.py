"""The other starts that a line of an order could have: what it holds itself is not in its way."""

import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from msgspec.structs import replace

from booking.actions.change import line_changed
from booking.actions.find import line_of, only_line, present
from booking.actions.find_slots import SlotsAnswer, asked_starts
from booking.case import Asked, case_of
from booking.computing import searched
from booking.desk import Desk
from booking.lines import Line
from booking.queries import occupancy
from booking.requests import ChangeRequest
from booking.slots import Slot
from catalog.actors import Actor
from catalog.errors import OutOfTime
from catalog.queries import StoredVenue
from catalog.times import minute, wall, wall_of

WEEK = 7
"""So many days are searched at a time, each with what is held on them."""


async def find_starts(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    line_id: uuid.UUID | None,
    request: ChangeRequest,
    first: int,
    last: int,
    *,
    caller: Actor,
    step: int | None = None,
) -> SlotsAnswer:
    """The starts in [first, last) at which the line, changed as the request says, fits; the rest of the order
    stays. Each is one that the same change with this `start` accepts.

    Raises NotFound, Conflict where it is cancelled, and what the change refuses.
    """
    deadline = time.monotonic() + desk.limits.solver_seconds
    now = desk.now()
    async with desk.sessions() as session:
        order = await present(session, venue, order_id, now, None)
    line = only_line(order) if line_id is None else line_of(order, line_id)
    wanted, _ = line_changed(desk, venue, line, request, now, caller)
    starts = asked_starts(venue, step, max(first, minute(now) + 1), last)
    found: list[Slot] = []
    for _, week in groupby(starts, lambda s: wall_of(venue.tz, s)[0].toordinal() // WEEK):
        chunk = list(week)
        asked = await _asked(desk, venue, line, wanted, chunk)
        left = deadline - time.monotonic()
        if left <= 0:
            return SlotsAnswer(slots=tuple(found), complete=False, unknown_from=chunk[0])
        try:
            part = await desk.solvers.search(searched, asked, chunk, seconds=left)
        except OutOfTime:
            return SlotsAnswer(slots=tuple(found), complete=False, unknown_from=chunk[0])
        found += part.slots
        if part.unknown_from is not None:
            return SlotsAnswer(slots=tuple(found), complete=False, unknown_from=part.unknown_from)
    return SlotsAnswer(slots=tuple(found))


async def _asked(desk: Desk, venue: StoredVenue, line: Line, wanted: Line, chunk: Sequence[int]) -> Asked:
    """The line as wanted among what others hold, the order's other lines among them."""
    asked = Asked(
        catalog=venue.catalog,
        blocks={},
        held=(),
        lines=(replace(wanted, position=0, start=chunk[0]),),
        previous={0: line.start},
    )
    ends = [case_of(asked, chunk[0]), case_of(asked, chunk[-1])]
    if not ends[0].sessions:
        return asked
    first = min(case.span()[0] for case in ends)
    last = max(case.span()[1] for case in ends)
    start, end = wall(venue.tz, first, 0), wall(venue.tz, last + timedelta(days=1), 0)
    now = desk.now()
    async with desk.sessions() as session:
        others = await occupancy(session, venue, start, end, now)
    mine = {str(booking.id) for booking in line.bookings}
    held = tuple(h for h in others.held if h.booking not in mine)
    return replace(asked, held=held, blocks=others.blocks)
