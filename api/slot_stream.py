"""Slots as they are decided: a line of JSON for each local day, the first of which shows at once."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date as Date  # noqa: N812 - as in api.shapes
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from api.shape import View
from api.shapes import SlotView
from booking.actions.find_slots import SlotsAnswer
from catalog.times import local, wall, wall_of

MEDIA_TYPE = "application/x-ndjson"
MOST_SECONDS = 120.0
"""After so long nothing more is looked for: the days that are left are said not to be known."""
Find = Callable[[int, int], Awaitable[SlotsAnswer]]


class SlotsDayView(View, frozen=True, kw_only=True):
    """One line of `application/x-ndjson`: the slots of a local day, true of when it was sent."""

    date: Date
    slots: list[SlotView]
    complete: bool
    unknown_from: datetime | None


def is_wanted(accept: str | None) -> bool:
    """Whether the caller asks for lines."""
    return MEDIA_TYPE in (part.partition(";")[0].strip().lower() for part in (accept or "").split(","))


async def by_day(tz: ZoneInfo, start: int, end: int, find: Find) -> AsyncIterator[bytes]:
    """A line for each local day in [start, end). `find` answers about a part of the range.

    The first is looked for before the iterator is returned: what is refused is refused as a whole.
    """
    until = time.monotonic() + MOST_SECONDS
    days = _days(tz, start, end)
    day, begin, over = next(days)
    first = _line(tz, day, await find(begin, over))

    async def lines() -> AsyncIterator[bytes]:
        yield first
        for day, begin, over in days:
            late = time.monotonic() > until
            found = (
                SlotsAnswer(slots=(), complete=False, unknown_from=begin) if late else await find(begin, over)
            )
            yield _line(tz, day, found)

    return lines()


def _days(tz: ZoneInfo, start: int, end: int) -> Iterator[tuple[Date, int, int]]:
    while start < end:
        day = wall_of(tz, start)[0]
        over = min(end, wall(tz, day + timedelta(days=1), 0))
        yield day, start, over
        start = over


def _line(tz: ZoneInfo, day: Date, found: SlotsAnswer) -> bytes:
    unknown = None if found.unknown_from is None else local(tz, found.unknown_from)
    slots = [SlotView(start=local(tz, s), end=None if e is None else local(tz, e)) for s, e in found.slots]
    view = SlotsDayView(date=day, slots=slots, complete=found.complete, unknown_from=unknown)
    return msgspec.json.encode(view) + b"\n"
