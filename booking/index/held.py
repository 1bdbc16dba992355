"""What is held, as the rows of an index take it: from rows of days, or from what a solver was sent."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from booking.day_rows import BYTES, DayRow, load_of
from booking.index.free import NOTHING, Occupied
from booking.occupancy import Held
from catalog.times import DAY


def occupied(held: Sequence[Held]) -> dict[str, Occupied]:
    """By resource."""
    by: dict[str, list[tuple[int, int, int]]] = {}
    for row in held:
        places = row.places if row.use == "shared" else 0
        by.setdefault(row.resource, []).append((row.start, row.end, places))
    return {key: Occupied(*np.array(found, np.int64).T) for key, found in by.items()}


def held_within(rows: Mapping[str, Occupied], first: int, last: int) -> tuple[Held, ...]:
    """What is held at some time in [first, last), as a solver is sent it."""
    out: list[Held] = []
    for key, of in rows.items():
        a, b = of.starts.searchsorted((first - DAY, last))
        starts, ends, places = (column[a:b][of.ends[a:b] > first].tolist() for column in of)
        uses = ["shared" if n else "exclusive" for n in places]
        columns = (repeat(key), uses, [n or 1 for n in places], starts, ends, repeat(""))
        out += map(Held._make, zip(*columns, strict=False))
    return tuple(out)


def of_days(days: Iterable[tuple[int, DayRow]]) -> Occupied:
    """What one resource's days come to, each with the minute at which it begins; in order. No interval
    reaches beyond its day.
    """
    parts = list(days)
    whole = [(at, row.busy) for at, row in parts if row.busy]
    pieces = [_whole(whole)] if whole else []
    shared = [step for at, row in parts if row.load for step in _shared(at, row.load)]
    if shared:
        pieces.append(Occupied(*np.array(shared, np.int64).T))
    if not pieces:
        return NOTHING
    found = Occupied(*(np.concatenate(column) for column in zip(*pieces, strict=True)))
    return _sorted(found) if len(pieces) > 1 else found


def spliced(before: Occupied, first: int, last: int, now: Occupied) -> Occupied | None:
    """What is held, when on the days of [first, last) it is something else `now`; None: it is the same."""
    a, b = np.searchsorted(before.starts, (first, last))
    if all(np.array_equal(was[a:b], is_) for was, is_ in zip(before, now, strict=True)):
        return None
    return Occupied(*(np.concatenate((was[:a], is_, was[b:])) for was, is_ in zip(before, now, strict=True)))


def _whole(days: Sequence[tuple[int, bytes]]) -> Occupied:
    bits = np.unpackbits(
        np.frombuffer(b"".join(busy for _, busy in days), np.uint8).reshape(-1, BYTES),
        axis=1,
        bitorder="little",
    )
    edges = np.diff(bits.view(np.int8), axis=1, prepend=0, append=0)
    midnights = np.array([at for at, _ in days], np.int64)
    line, start = (edges == 1).nonzero()
    _, end = (edges == -1).nonzero()
    return Occupied(midnights[line] + start, midnights[line] + end, np.zeros(len(line), np.int64))


def _shared(at: int, load: bytes) -> Iterable[tuple[int, int, int]]:
    steps = load_of(load)
    for (start, places), (end, _) in zip(steps, [*steps[1:], (DAY, 0)], strict=True):
        if places:
            yield at + start, at + end, places


def _sorted(of: Occupied) -> Occupied:
    order: NDArray[np.intp] = np.argsort(of.starts, kind="stable")
    return Occupied(*(column[order] for column in of))
