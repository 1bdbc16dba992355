"""What is held, as the rows of an index take it: from rows of days, or from what a solver was sent."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import pairwise, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from booking.day_rows import BYTES, Day, DayRow, minutes_before
from booking.index.free import Occupied, Times, joined
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


class HeldOnDay(NamedTuple):
    """What is held of all resources on a UTC day, by column.

    `whole`: the ids of resources, 16 octets each, and `busy` their bits, one behind the other; `shared`: the
    resources that guests share, and `load` their steps (booking/day_rows.py).
    """

    day: date
    whole: bytes
    busy: bytes
    shared: Sequence[uuid.UUID]
    load: Sequence[bytes]


def by_resource(days: Sequence[HeldOnDay], instead: Mapping[Day, DayRow]) -> dict[uuid.UUID, Occupied]:
    """What the days, in order, come to: of each resource by start, and no interval reaches beyond its day.
    On some days less is held than they say: `instead`.
    """
    whole, shared = _whole(days, instead), _shared(days, instead)
    both = {of: _sorted(joined((whole[of], shared[of]))) for of in whole.keys() & shared.keys()}
    return {uuid.UUID(bytes=of): held for of, held in (whole | shared | both).items() if len(held.starts)}


def spliced(before: Occupied, first: int, last: int, now: Occupied) -> Occupied | None:
    """What is held, when on the days of [first, last) it is something else `now`; None: it is the same."""
    a, b = np.searchsorted(before.starts, (first, last))
    if all(np.array_equal(was[a:b], is_) for was, is_ in zip(before, now, strict=True)):
        return None
    return Occupied(*(np.concatenate((was[:a], is_, was[b:])) for was, is_ in zip(before, now, strict=True)))


def _whole(days: Sequence[HeldOnDay], instead: Mapping[Day, DayRow]) -> dict[bytes, Occupied]:
    ids: list[bytes] = np.frombuffer(b"".join(day.whole for day in days), "V16").tolist()
    bits = np.frombuffer(b"".join(day.busy for day in days), np.uint8).reshape(-1, BYTES)
    midnights = _repeated([minutes_before(day.day) for day in days], [len(day.whole) // 16 for day in days])
    if instead:
        bits = bits.copy()
        at = {on: n for n, on in enumerate(zip(ids, midnights.tolist(), strict=True))}
        for (resource, day), row in instead.items():
            if (n := at.get((resource.bytes, minutes_before(day)))) is not None:
                bits[n] = np.frombuffer(row.busy or bytes(BYTES), np.uint8)
    numbers = {of: n for n, of in enumerate(dict.fromkeys(ids))}
    whose = np.fromiter(map(numbers.__getitem__, ids), np.int64, len(ids))
    order = np.argsort(whose, kind="stable")
    some = np.split(order, range(_AT_ONCE, len(order), _AT_ONCE))
    found = [_runs(bits[lines], midnights[lines], whose[lines]) for lines in some]
    whose, starts, ends = (np.concatenate(column) for column in zip(*found, strict=True))
    return _by_number(numbers, whose, Occupied(starts, ends, np.zeros(len(starts), np.int64)))


_AT_ONCE = 1024
"""So many days of resources are worked out at once: few enough to be near the processor."""
_WIDE = 64 * (BYTES // 8 + 1)  # whole words, more than a day


def _runs(bits: NDArray[np.uint8], midnights: Times, whose: Times) -> tuple[Times, Times, Times]:
    """The runs of ones on some days: whose they are, from when to when.

    One begins, or ends, where a bit is not what the one before it is. Of most octets that is true of none:
    only of the others each bit is looked at. A line is wider than a day and ends with zeros.
    """
    lines = np.zeros((len(bits), _WIDE // 8), np.uint8)
    lines[:, :BYTES] = bits
    words = lines.view("<u8").ravel()
    changes = words << np.uint64(1)
    changes[1:] |= words[:-1] >> np.uint64(63)
    octets = (changes ^ words).view(np.uint8)
    some = np.flatnonzero(octets != 0)
    ones = np.flatnonzero(np.unpackbits(octets[some], bitorder="little").view(bool))
    at = some[ones >> 3] * 8 + (ones & 7)
    starts, ends = at[::2], at[1::2]
    line = starts // _WIDE
    begin = (midnights - np.arange(len(bits)) * _WIDE)[line]
    return whose[line], starts + begin, ends + begin


def _shared(days: Sequence[HeldOnDay], instead: Mapping[Day, DayRow]) -> dict[bytes, Occupied]:
    loads = {(of.bytes, day.day): load for day in days for of, load in zip(day.shared, day.load, strict=True)}
    loads |= {on: row.load for (of, day), row in instead.items() if (on := (of.bytes, day)) in loads}
    loads = {on: load for on, load in sorted(loads.items()) if load}
    steps = np.frombuffer(b"".join(loads.values()), "<u4").astype(np.int64).reshape(-1, 2)
    starts, places = steps.T
    counts = [len(load) // 8 for load in loads.values()]
    ends = np.append(starts[1:], DAY)
    ends[np.cumsum(counts, dtype=np.int64) - 1] = DAY
    midnights = _repeated([minutes_before(day) for _, day in loads], counts)
    numbers = {of: n for n, of in enumerate(dict.fromkeys(of for of, _ in loads))}
    whose = _repeated([numbers[of] for of, _ in loads], counts)
    some = places > 0
    held = Occupied(*(column[some] for column in (midnights + starts, midnights + ends, places)))
    return _by_number(numbers, whose[some], held)


def _repeated(values: Sequence[int], counts: Sequence[int]) -> Times:
    return np.repeat(np.array(values, np.int64), np.array(counts, np.int64))


def _by_number(resources: Collection[bytes], whose: Times, held: Occupied) -> dict[bytes, Occupied]:
    """By resource: the n-th has the intervals of which `whose`, which rises, is n."""
    cuts = np.searchsorted(whose, np.arange(len(resources) + 1)).tolist()
    starts, ends, places = held
    return {
        of: Occupied(starts[a:b], ends[a:b], places[a:b])
        for of, (a, b) in zip(resources, pairwise(cuts), strict=True)
    }


def _sorted(of: Occupied) -> Occupied:
    order = np.argsort(of.starts, kind="stable")
    return Occupied(*(column[order] for column in of))
