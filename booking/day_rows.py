"""What is held of a resource on a UTC day, as the database keeps it: bits by the minute, and places by steps.

`busy`: bit n (little-endian, docs/explanation/the-guard.md) is minute n of the day, set while the resource is
held whole. `load`: pairs of (minute, places): from that minute on so many places are held by guests who share
(unsigned, four bytes, little-endian).
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import accumulate, pairwise
from struct import pack, unpack
from typing import NamedTuple

from booking.bits import Mask, span
from catalog.times import DAY, instant

Day = tuple[uuid.UUID, date]
"""An indivisible resource on a UTC day."""
BYTES = DAY // 8


class Part(NamedTuple):
    """Something held on one day from minute to minute of it; `places` is 0 for the whole resource."""

    start: int
    end: int
    places: int


class DayRow(NamedTuple):
    """The columns of a row of `resource_day`. `crowded`: some of what is held is held twice, since a hall was
    divided.
    """

    busy: bytes = b""
    load: bytes = b""
    crowded: bool = False


def days_of(resource_id: uuid.UUID, start: int, end: int) -> list[Day]:
    """The days that the interval (minutes since the epoch) touches."""
    return [(resource_id, instant(day * DAY).date()) for day in range(start // DAY, (end - 1) // DAY + 1)]


def parts_of(
    resource_id: uuid.UUID, start: int, end: int, use: str, quantity: int
) -> Iterator[tuple[Day, Part]]:
    """What an allocation of a resource comes to on each of the days that it touches."""
    places = quantity if use == "shared" else 0
    for day in days_of(resource_id, start, end):
        midnight = minutes_before(day[1])
        yield day, Part(max(0, start - midnight), min(DAY, end - midnight), places)


def minutes_before(day: date) -> int:
    """The minute since the epoch with which the UTC day begins."""
    return (day.toordinal() - _EPOCH) * DAY


_EPOCH = date(1970, 1, 1).toordinal()


def exchanged(row: DayRow, gone: Iterable[Part], come: Iterable[Part]) -> DayRow:
    """The row when some parts are held no more and others are. Not for crowded days: there `summed` is."""
    busy, steps = busy_of(row.busy), _differences(load_of(row.load))
    for part in gone:
        busy &= ~_whole(part)
        _add(steps, part, -part.places)
    for part in come:
        busy |= _whole(part)
        _add(steps, part, part.places)
    return row._replace(busy=_bytes(busy), load=_encoded(steps))


def meets(row: DayRow, part: Part) -> bool:
    """Whether somebody holds the whole then; or, where the part is of the whole, anything of it."""
    if busy_of(row.busy) & span(part.start, part.end):
        return True
    if part.places:
        return False  # whether places are left is counted elsewhere (booking/places.py)
    steps = [*load_of(row.load), (DAY, 0)]
    return any(n and a < part.end and part.start < b for (a, n), (b, _) in pairwise(steps))


def is_shared(row: DayRow) -> bool:
    """Whether anybody holds places of it at some time of the day."""
    return bool(row.load)


def summed(parts: Iterable[Part]) -> DayRow:
    """The row of all that is held on the day."""
    return exchanged(DayRow(), (), parts)


def busy_of(busy: bytes) -> Mask:
    """The minutes of the day in which the resource is held whole."""
    return int.from_bytes(busy, "little")


def load_of(load: bytes) -> list[tuple[int, int]]:
    """The steps: from that minute of the day on, so many places."""
    flat = unpack(f"<{len(load) // 4}I", load)
    return list(zip(flat[::2], flat[1::2], strict=True))


def _bytes(busy: Mask) -> bytes:
    return busy.to_bytes(BYTES, "little") if busy else b""


def _whole(part: Part) -> Mask:
    return 0 if part.places else span(part.start, part.end)


def _differences(load: Iterable[tuple[int, int]]) -> defaultdict[int, int]:
    steps: defaultdict[int, int] = defaultdict(int)
    before = 0
    for minute, places in load:
        steps[minute] += places - before
        before = places
    return steps


def _add(steps: defaultdict[int, int], part: Part, places: int) -> None:
    if places:
        steps[part.start] += places
        if part.end < DAY:
            steps[part.end] -= places


def _encoded(steps: dict[int, int]) -> bytes:
    times = sorted(t for t, difference in steps.items() if difference)
    levels = accumulate(steps[t] for t in times)
    flat = [n for pair in zip(times, levels, strict=True) for n in pair]
    return pack(f"<{len(flat)}I", *flat)
