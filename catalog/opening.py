"""When venues and resources are open: weekly hours, exceptions, blocks, parts (placement.md, 3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from catalog.specs import Catalog, DateException, DayHours, Hours, ResourceSpec
from catalog.times import DAY, WEEKDAYS, Interval, clock, wall

Blocks = Mapping[str, Sequence[Interval]]
"""Intervals out of use by the key of the resource."""


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same instants in as few intervals as possible, in order; what touches becomes one."""
    out: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return tuple(out)


def common(left: Sequence[Interval], right: Sequence[Interval]) -> tuple[Interval, ...]:
    """The instants in both, for two sequences in order."""
    out = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if start < end:
            out.append((start, end))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def without(intervals: Sequence[Interval], holes: Iterable[Interval]) -> tuple[Interval, ...]:
    """The instants that lie in no hole. The pieces stay apart: a block is never bridged."""
    pieces = list(intervals)
    for a, b in holes:
        pieces = [
            piece
            for start, end in pieces
            for piece in ((start, min(end, a)), (max(start, b), end))
            if piece[0] < piece[1]
        ]
    return tuple(pieces)


def open_intervals(
    tz: ZoneInfo,
    hours: Sequence[Hours],
    exceptions: Iterable[DateException],
    first: date,
    last: date,
) -> tuple[Interval, ...]:
    """Opening that begins on the dates from the one before `first` to `last`, in order and merged.

    The night before `first` is included because its hours may run past midnight.
    """
    weekly, special = _weekly(tuple(hours)), _special(tuple(exceptions))
    out = []
    for number in range(first.toordinal() - 1, last.toordinal() + 1):
        day = date.fromordinal(number)
        for start, end in special.get(day, weekly[day.weekday()]):
            out.append((wall(tz, day, start), wall(tz, day, end)))
    return merged(out)


@lru_cache(maxsize=1024)
def _weekly(hours: tuple[Hours, ...]) -> Sequence[Sequence[Interval]]:
    """By weekday, Monday first."""
    return [_minutes(h for h in hours if weekday in h.days) for weekday in WEEKDAYS]


@lru_cache(maxsize=1024)
def _special(exceptions: tuple[DateException, ...]) -> Mapping[date, Sequence[Interval]]:
    return {e.date: () if e.closed else _minutes(e.hours) for e in exceptions}


def _minutes(hours: Iterable[Hours | DayHours]) -> Sequence[Interval]:
    """From when to when after midnight; past midnight where `to` is not after `from`."""
    times = ((clock(h.from_), clock(h.to)) for h in hours)
    return [(start, end if end > start else end + DAY) for start, end in times]


def venue_opening(catalog: Catalog, tz: ZoneInfo, first: date, last: date) -> tuple[Interval, ...]:
    """When the venue is open (P3)."""
    return open_intervals(tz, catalog.venue.hours, catalog.venue.exceptions, first, last)


def resource_hours(
    catalog: Catalog, tz: ZoneInfo, resource: ResourceSpec, first: date, last: date
) -> tuple[Interval, ...]:
    """When the resource is open by its hours and those of its parts, blocks left aside."""
    if resource.hours is None:
        exceptions = {e.date: e for e in (*catalog.venue.exceptions, *resource.exceptions)}
        own = open_intervals(tz, catalog.venue.hours, exceptions.values(), first, last)
    else:
        own = open_intervals(tz, resource.hours, resource.exceptions, first, last)
    for key in resource.parts:
        part = catalog.resource(key)
        if part is not None:
            own = common(own, resource_hours(catalog, tz, part, first, last))
    return own


def blocked(catalog: Catalog, resource: ResourceSpec, blocks: Blocks) -> tuple[Interval, ...]:
    """The intervals in which the resource or one of its parts is out of use."""
    own = list(blocks.get(resource.key, ()))
    for key in resource.parts:
        part = catalog.resource(key)
        if part is not None:
            own += blocked(catalog, part, blocks)
    return merged(own)


def leaves(catalog: Catalog, key: str) -> tuple[str, ...]:
    """The indivisible resources that holding this one holds: itself, or the leaves of its parts."""
    resource = catalog.resource(key)
    if resource is None or not resource.parts:
        return (key,)
    return tuple(dict.fromkeys(leaf for part in resource.parts for leaf in leaves(catalog, part)))
