"""Days as they are read, all resources of a day at once, come to what each of them says."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from booking.day_rows import Day, DayRow, Part, busy_of, load_of, minutes_before, summed
from booking.index.free import Occupied
from booking.index.held import HeldOnDay, by_resource

RESOURCES = [uuid.UUID(int=n << 64) for n in range(3)]
DAYS = [date(2026, 12, 1) + timedelta(days=n) for n in range(3)]


@st.composite
def parts(draw: st.DrawFn) -> Part:
    start = draw(st.sampled_from((0, 1, 7, 8, 63, 64, 480, 1439)) | st.integers(0, 1439))
    end = draw(st.sampled_from((start + 1, 1440)) | st.integers(start + 1, 1440))
    return Part(start, end, draw(st.integers(0, 3)))


def rows() -> st.SearchStrategy[dict[Day, DayRow]]:
    days = st.tuples(st.sampled_from(RESOURCES), st.sampled_from(DAYS))
    return st.dictionaries(days, st.lists(parts(), max_size=5).map(summed))


def by_day(said: dict[Day, DayRow]) -> list[HeldOnDay]:
    """As the database sends it: what is empty is left out."""
    out = []
    for day in DAYS:
        here = [(of, row) for (of, on), row in said.items() if on == day]
        whole = [(of.bytes, row.busy) for of, row in here if row.busy]
        shared = [(of, row.load) for of, row in here if row.load]
        ids, busy = (b"".join(part[n] for part in whole) for n in (0, 1))
        out.append(HeldOnDay(day, ids, busy, [of for of, _ in shared], [load for _, load in shared]))
    return out


def intervals(said: dict[Day, DayRow]) -> dict[uuid.UUID, list[tuple[int, int, int]]]:
    found = defaultdict(list)
    for (of, day), row in said.items():
        for start, end, places in (*runs(busy_of(row.busy)), *levels(row.load)):
            found[of].append((minutes_before(day) + start, minutes_before(day) + end, places))
    return {of: sorted(held) for of, held in found.items()}


def runs(busy: int) -> Iterator[tuple[int, int, int]]:
    ones = [minute for minute in range(1440) if busy >> minute & 1]
    starts = [m for m in ones if m - 1 not in ones]
    ends = [m + 1 for m in ones if m + 1 not in ones]
    return ((start, end, 0) for start, end in zip(starts, ends, strict=True))


def levels(load: bytes) -> Iterator[tuple[int, int, int]]:
    steps = [*load_of(load), (1440, 0)]
    return ((a, b, places) for (a, places), (b, _) in pairwise(steps) if places)


def told(found: dict[uuid.UUID, Occupied]) -> dict[uuid.UUID, list[tuple[int, int, int]]]:
    assert all((held.starts[1:] >= held.starts[:-1]).all() for held in found.values())
    return {of: sorted(zip(*(column.tolist() for column in held), strict=True)) for of, held in found.items()}


@given(rows(), rows())
def test_days_come_to_what_each_of_them_says(said: dict[Day, DayRow], less: dict[Day, DayRow]) -> None:
    instead = {on: row for on, row in less.items() if on in said}
    left = {
        on: row._replace(
            busy=instead.get(on, row).busy if row.busy else b"",
            load=instead.get(on, row).load if row.load else b"",
        )
        for on, row in said.items()
    }
    assert told(by_resource(by_day(said), instead)) == intervals(left)
