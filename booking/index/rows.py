"""Rows of free time: how long each resource stays free from each start on, and the k-th longest of a pool.

`run[t]`: the minutes for which a resource can be held from point t on. `top[k - 1][t]`: the k-th longest run
of a pool's members, so that "k of them are free for so long from t on" is one comparison, however many they
are. Points lie `step` apart; a row of another `phase` has its points so many minutes later, which keeps
buffers off the grid exact.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from booking.index.days import Days
from booking.index.free import (
    NOTHING,
    Occupied,
    Times,
    difference,
    end_to_end,
    free_times,
    full,
    joined,
    within,
)
from catalog.opening import Blocks, blocked, leaves, resource_hours, venue_opening
from catalog.specs import Catalog, ResourceSpec

LONGEST = 65_535
"""The most minutes that a row can tell of."""
AT_ONCE = 50_000
"""Points of several resources that are worked out together: as many as a processor keeps at hand."""
Row = NDArray[np.uint16]
Fitting = NDArray[np.bool_]


class Want(NamedTuple):
    """Members of a pool that would do for a hold: its row is kept by this key. `places` 0: the whole of one.

    `wishes`: attributes that staff among them must not contradict.
    """

    pool: str
    places: int
    phase: int
    seats: int = 0
    wishes: tuple[tuple[str, str], ...] = ()


class Hold(NamedTuple):
    """`units` of the wanted resources from `lead` minutes after the start on, for `length` minutes.

    `points` is the lead in whole steps; what is left of it is the phase of the wanted row. `whole`: it says
    all that the sessions want; else they could share out more resources than one.
    """

    want: Want
    units: int
    points: int
    lead: int
    length: int
    whole: bool


class Fit(NamedTuple):
    """What a session asks of a start: the venue open for so long, and all holds to be had."""

    open: int
    holds: tuple[Hold, ...]


class Rows:
    """The rows of one venue over some days; each is made when it is first asked for, and kept up to date."""

    def __init__(
        self, catalog: Catalog, days: Days, blocks: Blocks, occupied: Mapping[str, Occupied]
    ) -> None:
        self.catalog, self.days, self.blocks = catalog, days, blocks
        self.occupied = dict(occupied)
        self.resources: dict[str, ResourceSpec] = {r.key: r for r in catalog.resources}
        self.leaves = {r.key: leaves(catalog, r.key) if r.parts else (r.key,) for r in catalog.resources}
        divided = {leaf for mine in self.leaves.values() if len(mine) > 1 for leaf in mine}
        # A hall that was booked before it was divided is held with all that are its parts now.
        self.sources = {
            key: tuple(other for other in self.resources if set(mine) & set(self.leaves[other]))
            if len(mine) > 1 or key in divided
            else (key,)
            for key, mine in self.leaves.items()
        }
        self._hours: dict[object, Times] = {}
        self._free: dict[tuple[str, int], tuple[Times, Times]] = {}
        self._runs: dict[tuple[str, int, int], Row] = {}
        self._tops: dict[Want, NDArray[np.uint16]] = {}
        self._fits: dict[Fit, Fitting] = {}
        self.kept: dict[tuple[int, int, int], tuple[Any, Any]] = {}  # what sift.py remembers until a change
        self._members: dict[Want, list[str]] = {}
        self._venue: Row | None = None

    def venue_run(self) -> Row:
        """How long the venue stays open from each point on (P3)."""
        if self._venue is None:
            opening = venue_opening(self.catalog, self.days.tz, self.days.first, self.days.last)
            base = self.days.base
            a, b = free_times([(x - base, y - base) for x, y in opening], NOTHING, self.days.end - base)
            self._venue = self._filled(np.zeros(self.days.points, np.uint16), a, b, 0)
        return self._venue

    def members(self, want: Want) -> list[str]:
        """The resources that would do at some time, in the order of the catalog."""
        if want not in self._members:
            self._members[want] = self._fitting(want)
        return self._members[want]

    def _fitting(self, want: Want) -> list[str]:
        out = []
        for resource in self.catalog.resources:
            if want.pool not in resource.pools or resource.capacity < max(want.places, want.seats):
                continue
            if want.places and resource.parts:
                continue
            if resource.kind == "staff" and any(resource.attributes.get(k, v) != v for k, v in want.wishes):
                continue
            out.append(resource.key)
        return out

    def top(self, want: Want, count: int) -> Row | None:
        """Of the members the `count`-th longest run at each point; None where there are fewer."""
        known = self._tops.get(want)
        if known is None or len(known) < count:
            members = self.members(want)
            if count > len(members):
                return None
            known = np.zeros((count, self.days.points), np.uint16)
            self._rank(known, self.runs(members, want.places, want.phase))
            self._tops[want] = known
        row: Row = known[count - 1]
        return row

    def runs(self, keys: Sequence[str], places: int, phase: int) -> list[Row]:
        """How long so many places of each resource (0: the whole of it) stay free from each point on."""
        new = [key for key in keys if (key, places, phase) not in self._runs]
        few = max(1, AT_ONCE // self.days.points)
        for some in (new[n : n + few] for n in range(0, len(new), few)):
            table = np.zeros((len(some), self.days.points), np.uint16)
            self._filled(table.reshape(-1), *self._freed(some, places), phase)
            self._runs |= {(key, places, phase): row for key, row in zip(some, table, strict=True)}
        return [self._runs[key, places, phase] for key in keys]

    def free(self, key: str, places: int) -> tuple[Times, Times]:
        """When it is free, as starts and ends after the base (P4, P5, P6)."""
        if (key, places) not in self._free:
            self._freed([key], places)
        return self._free[key, places]

    def _freed(self, keys: Sequence[str], places: int) -> tuple[Times, Times]:
        """When each of them is free, one behind the other: numpy takes for all hardly longer than for one."""
        base, end, width = self.days.base, self.days.end - self.days.base, self.days.points * self.days.step
        held = [self._held(key, places) for key in keys]
        opens = end_to_end([self._open(key).reshape(-1) for key in keys], 0, end, width)
        begun = end_to_end([of.starts for of in held], base, end, width)
        ended = end_to_end([of.ends for of in held], base, end, width)
        starts, ends = free_times(opens, Occupied(begun, ended, begun), len(keys) * width)
        offsets = np.arange(len(keys) + 1) * width
        cuts = starts.searchsorted(offsets)
        own = offsets[:-1].repeat(np.diff(cuts))
        a, b = starts - own, ends - own
        for key, low, high in zip(keys, cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            self._free[key, places] = a[low:high], b[low:high]
        return starts, ends

    def _held(self, key: str, places: int) -> Occupied:
        """What of the resource is held so that not so many places (0: the whole) are left."""
        held = joined([self.occupied.get(source, NOTHING) for source in self.sources[key]])
        return full(held, self.resources[key].capacity - places) if places else held

    def replace(self, changed: Mapping[str, Occupied], blocks: Blocks | None = None) -> None:
        """Of these resources something else is held now, or other blocks are in force: brings all rows up to
        date.
        """
        self.kept.clear()
        moved = set(changed)
        if blocks is not None:
            moved |= {k for k in {*blocks, *self.blocks} if blocks.get(k, ()) != self.blocks.get(k, ())}
            self.blocks = blocks
        self.occupied |= changed
        wholes = {key for key in self.resources if not moved.isdisjoint(self.sources[key])}
        spans: dict[tuple[str, int, int], tuple[int, int]] = {}
        for key, places in [known for known in self._free if known[0] in wholes]:
            before = self._free.pop((key, places))
            span = difference(before, self.free(key, places))
            if span is None:
                continue
            for (name, taken, phase), run in self._runs.items():
                if (name, taken) == (key, places):
                    spans[name, taken, phase] = self._refill(run, self.free(key, places), span, phase)
        shifted: dict[Want, tuple[int, int]] = {}
        for want, known in self._tops.items():
            keys = [(m, want.places, want.phase) for m in self.members(want)]
            touched = [spans[k] for k in keys if k in spans]
            if touched:
                a, b = min(t[0] for t in touched), max(t[1] for t in touched)
                known[:, a:b] = 0
                self._rank(known[:, a:b], [self._runs[k][a:b] for k in keys])
                shifted[want] = a, b
        for fit, row in self._fits.items():
            for hold in fit.holds:
                if hold.want in shifted:
                    a, b = shifted[hold.want]
                    self._fit(fit, row, max(0, a - hold.points), max(0, min(len(row), b - hold.points)))

    def fitting(self, fit: Fit) -> Fitting:
        """Whether a session could start at each point, taken by itself (P3 … P7)."""
        known = self._fits.get(fit)
        if known is None:
            known = np.zeros(self.days.points, bool)
            self._fit(fit, known, 0, self.days.points)
            self._fits[fit] = known
        return known

    def _fit(self, fit: Fit, row: Fitting, a: int, b: int) -> None:
        """Fills in the row at the points [a, b); near the ends of all days, where it cannot be told, no."""
        row[a:b] = self.venue_run()[a:b] >= fit.open
        for hold in fit.holds:
            top = self.top(hold.want, hold.units)
            low, high = max(a, -hold.points), min(b, len(row) - hold.points)
            if top is None or low >= high:
                row[a:b] = False
                return
            row[a:low] = row[high:b] = False
            row[low:high] &= top[low + hold.points : high + hold.points] >= hold.length

    def tables(self) -> list[NDArray[Any]]:
        """All rows that have been made."""
        return [*self._runs.values(), *self._tops.values(), *self._fits.values()]

    def size(self) -> int:
        """The bytes that they take."""
        return sum(table.nbytes for table in self.tables())

    def _open(self, key: str) -> Times:
        resource = self.resources[key]
        alike = (resource.hours, resource.exceptions) if not resource.parts else key
        if alike not in self._hours:
            found = resource_hours(self.catalog, self.days.tz, resource, self.days.first, self.days.last)
            self._hours[alike] = np.array(found, np.int64).reshape(-1, 2) - self.days.base
        out = blocked(self.catalog, resource, self.blocks) if self.blocks else ()
        if not out:
            return self._hours[alike]
        a, b = np.array(out, np.int64).T - self.days.base
        starts, ends = free_times(self._hours[alike], Occupied(a, b, a), self.days.end - self.days.base)
        return np.stack((starts, ends), axis=1)

    def _rank(self, best: NDArray[np.uint16], runs: Iterable[Row]) -> None:
        """Sorts the runs, longest first, into as many rows as there are of `best`, which are 0."""
        *longer, shortest = best
        for run in runs:
            for row in longer:
                shorter = np.minimum(row, run)
                np.maximum(row, run, out=row)
                run = shorter
            np.maximum(shortest, run, out=shortest)

    def _refill(
        self, run: Row, free: tuple[Times, Times], span: tuple[int, int], phase: int
    ) -> tuple[int, int]:
        """Brings a run up to date where the free time differs; which points that are."""
        starts, ends = free
        a = max(0, -(-(span[0] - phase) // self.days.step))
        b = min(self.days.points, max(a, -(-(span[1] - phase) // self.days.step)))
        near = slice(np.searchsorted(ends, span[0], "right"), np.searchsorted(starts, span[1], "left"))
        run[a:b] = 0
        self._filled(run, starts[near], ends[near], phase, a, b)
        return a, b

    def _filled(
        self, row: Row, starts: Times, ends: Times, phase: int, a: int = 0, b: int | None = None
    ) -> Row:
        """The row with the runs of these free times put in, at the points [a, b)."""
        step = self.days.step
        b = len(row) if b is None else b
        ahead = step - 1 - phase  # to the next point, at most
        lows = within((starts + ahead) // step, a, b)
        counts = within((ends + ahead) // step, a, b) - lows
        after = counts.cumsum()
        points = np.arange(after[-1] if len(after) else 0) + (lows - after + counts).repeat(counts)
        left = (ends - phase).repeat(counts) - points * step
        row[points] = np.minimum(left, LONGEST)
        return row
