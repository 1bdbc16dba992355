"""Times as arrays: what is held of a resource, and when it is free."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalog.times import Interval

Times = NDArray[np.int64]


class Occupied(NamedTuple):
    """What is held of one resource: a row for each hold. `places` 0: the whole of it."""

    starts: Times
    ends: Times
    places: Times


NOTHING = Occupied(*(np.zeros(0, np.int64) for _ in range(3)))


def within(times: Times, first: int, last: int) -> Times:
    """Those before `first` and after `last` brought to these. What `np.clip` does, at a third of the time."""
    out: Times = np.minimum(np.maximum(times, first), last)
    return out


def free_times(open_: Sequence[Interval] | Times, held: Occupied, end: int) -> tuple[Times, Times]:
    """The open intervals, in order and apart, less what is held, within [0, end)."""
    opens = np.asarray(open_, np.int64).reshape(-1, 2)
    starts = np.concatenate(([-1 << 40], opens[:, 1], held.starts))
    ends = np.concatenate((opens[:, 0], [1 << 40], held.ends))
    if len(held.starts):
        order = np.argsort(starts, kind="stable")
        starts, ends = starts[order], np.maximum.accumulate(ends[order])
    some = ends[:-1] < starts[1:]
    a, b = within(ends[:-1][some], 0, end), within(starts[1:][some], 0, end)
    some = a < b
    return a[some], b[some]


def end_to_end(times: Sequence[Times], base: int, end: int, width: int) -> Times:
    """The times of several, after the base within [0, end], each `width` behind the one before."""
    out = within(np.concatenate(times), base, base + end)
    out += (np.arange(len(times)) * width - base).repeat([len(own) for own in times])
    return out


def joined(held: Sequence[Occupied]) -> Occupied:
    if len(held) == 1:
        return held[0]
    return Occupied(*(np.concatenate(column) for column in zip(*held, strict=True)))


def full(held: Occupied, most: int) -> Occupied:
    """When more than `most` places are taken."""
    times = np.concatenate((held.starts, held.ends))
    taken = np.where(held.places > 0, held.places, 1 << 30)
    steps = np.concatenate((taken, -taken))
    order = np.argsort(times, kind="stable")
    times, level = times[order], np.cumsum(steps[order])
    if not len(times):
        return NOTHING
    full = (level[:-1] > most) & (times[1:] > times[:-1])
    a, b = times[:-1][full], times[1:][full]
    return Occupied(a, b, a)


def difference(before: tuple[Times, Times], now: tuple[Times, Times]) -> tuple[int, int] | None:
    """From where to where two sets of free times, in order and apart, differ; runs before that are equal."""
    a = np.stack(before, axis=1)
    b = np.stack(now, axis=1)
    shared = min(len(a), len(b))
    ahead = (a[:shared] == b[:shared]).all(axis=1)
    same = shared if ahead.all() else int(ahead.argmin())
    if same == len(a) == len(b):
        return None
    behind = (a[len(a) - shared :] == b[len(b) - shared :]).all(axis=1)[::-1]
    tail = min(shared if behind.all() else int(behind.argmin()), shared - same)
    mine = np.concatenate((a[same : len(a) - tail], b[same : len(b) - tail]))
    return int(mine[:, 0].min()), int(mine[:, 1].max())
