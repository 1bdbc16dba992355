"""Free and busy as sets of minutes: a venue over some days, with what is booked (P3 … P6).

Everything here is independent of the start that somebody asks for, so one situation serves a whole search.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from booking.bits import Mask, every, run, shifted, span, union
from catalog.opening import Blocks, blocked, leaves, resource_hours, venue_opening
from catalog.specs import Catalog, ResourceSpec
from catalog.times import Interval, starts_on, wall, zone


class Held(NamedTuple):
    """What a booking holds of one indivisible resource. `places` counts guests for shared use."""

    resource: str
    use: str
    places: int
    start: int
    end: int
    booking: str


class Situation:
    """The masks of one venue from the date `first` to `last`, minutes counted from `base`."""

    def __init__(
        self, catalog: Catalog, blocks: Blocks, held: Sequence[Held], first: date, last: date
    ) -> None:
        self.catalog = catalog
        self.tz: ZoneInfo = zone(catalog.venue.time_zone)
        self.blocks = blocks
        self.first, self.last = first - timedelta(days=1), last + timedelta(days=1)
        self.base = wall(self.tz, self.first, 0)
        self.end = wall(self.tz, self.last + timedelta(days=1), 0) - self.base
        self.resources: dict[str, ResourceSpec] = {r.key: r for r in catalog.resources}
        self.pools: dict[str, list[str]] = {}
        for resource in catalog.resources:
            for pool in resource.pools:
                self.pools.setdefault(pool, []).append(resource.key)
        self.leaves: dict[str, tuple[str, ...]] = {
            key: leaves(catalog, key) if resource.parts else (key,)
            for key, resource in self.resources.items()
        }
        by_resource: defaultdict[str, list[Held]] = defaultdict(list)
        for row in held:
            by_resource[row.resource].append(row)
        self.held: defaultdict[str, list[Held]] = defaultdict(list)
        for key, rows in by_resource.items():
            # A hall that was booked before it was divided is held with all that are its parts now.
            for leaf in self.leaves.get(key, (key,)):
                self.held[leaf] += rows
        self._grid: dict[tuple[date, int], Mask] = {}
        self._hours: dict[object, Mask] = {}
        self._open: dict[tuple[str, bool], Mask] = {}
        self._free: dict[tuple[str, bool], Mask] = {}
        self._busy: dict[str, Mask] = {}
        self._room: dict[tuple[str, int, bool], Mask] = {}
        self._starts: dict[tuple[object, ...], tuple[tuple[str, Mask], ...]] = {}

    def minutes(self, interval: Interval) -> Mask:
        """An interval of instants as a mask."""
        return span(interval[0] - self.base, interval[1] - self.base)

    @cached_property
    def venue_open(self) -> Mask:
        """When the venue is open (P3)."""
        opening = venue_opening(self.catalog, self.tz, self.first, self.last)
        return union((a - self.base, b - self.base) for a, b in opening)

    def grid(self, day: date, step: int) -> Mask:
        """The starts of a local date (placement.md, 1)."""
        if (day, step) not in self._grid:
            at = starts_on(self.tz, day, step)
            if at and at == tuple(range(at[0], at[-1] + 1, step)):
                self._grid[day, step] = every(step, len(at)) << at[0] - self.base
            else:  # the clocks change
                self._grid[day, step] = union((t - self.base, t - self.base + 1) for t in at)
        return self._grid[day, step]

    def open(self, key: str, keep_hours: bool = True) -> Mask:
        """When the resource is open and not blocked (P4); without `keep_hours` blocks alone count
        (override).
        """
        if (key, keep_hours) not in self._open:
            resource = self.resources[key]
            mask = self._in_hours(resource) if keep_hours else span(0, self.end)
            for a, b in blocked(self.catalog, resource, self.blocks):
                mask &= ~self.minutes((a, b))
            self._open[key, keep_hours] = mask
        return self._open[key, keep_hours]

    def _in_hours(self, resource: ResourceSpec) -> Mask:
        """Its hours, made once for all that have the same."""
        alike = resource.key if resource.parts else (resource.hours, resource.exceptions)
        if alike not in self._hours:
            hours = resource_hours(self.catalog, self.tz, resource, self.first, self.last)
            self._hours[alike] = union((a - self.base, b - self.base) for a, b in hours)
        return self._hours[alike]

    def free(self, key: str, keep_hours: bool = True) -> Mask:
        """When the whole resource can be held: open, and nothing is held of any of its leaves (P5)."""
        if (key, keep_hours) not in self._free:
            self._free[key, keep_hours] = self.open(key, keep_hours) & ~self.busy(key)
        return self._free[key, keep_hours]

    def busy(self, key: str) -> Mask:
        """When something is held of one of its leaves."""
        if key not in self._busy:
            base = self.base
            some = [
                (row[3] - base, row[4] - base) for leaf in self.leaves[key] for row in self.held.get(leaf, ())
            ]
            self._busy[key] = union(some)
        return self._busy[key]

    def room(self, key: str, places: int, keep_hours: bool = True) -> Mask:
        """When at least so many places are left (P6)."""
        if (key, places, keep_hours) not in self._room:
            capacity = self.resources[key].capacity
            full = 0
            for start, end, taken in self.load(key):
                if taken + places > capacity:
                    full |= span(start, end)
            mask = self.open(key, keep_hours) & ~full if places <= capacity else 0
            self._room[key, places, keep_hours] = mask
        return self._room[key, places, keep_hours]

    def load(self, key: str) -> list[tuple[int, int, int]]:
        """The places taken of a resource, as (start, end, places) without overlap; whole use takes the
        capacity.
        """
        capacity = self.resources[key].capacity
        steps: dict[int, int] = {}
        for h in self.held.get(key, ()):
            places = h.places if h.use == "shared" else capacity
            start, end = h.start - self.base, h.end - self.base
            steps[start] = steps.get(start, 0) + places
            steps[end] = steps.get(end, 0) - places
        out = []
        taken = 0
        times = sorted(steps)
        for start, end in pairwise(times):
            taken += steps[start]
            if taken:
                out.append((start, end, taken))
        return out

    def starts(
        self, pool: str, use: str, places: int, lead: int, length: int, keep_hours: bool = True
    ) -> tuple[tuple[str, Mask], ...]:
        """Of each resource of the pool that is large enough: the starts t for which [t + lead, … + length)
        is free.
        """
        key = (pool, use, places, lead, length, keep_hours)
        if key not in self._starts:
            found = (
                (name, shifted(run(free, length), -lead))
                for name, free in self.free_of(pool, use, places, keep_hours)
            )
            self._starts[key] = tuple((name, mask) for name, mask in found if mask)
        return self._starts[key]

    def free_of(
        self, pool: str, use: str, places: int, keep_hours: bool = True
    ) -> Iterator[tuple[str, Mask]]:
        """Of each resource of the pool that is large enough: when it is free for the use."""
        shared = use == "shared"
        for name in self.candidates(pool, use, places):
            yield name, self.room(name, places, keep_hours) if shared else self.free(name, keep_hours)

    def within(self, open_: Mask, lead: int, length: int | None, until: int | None) -> Mask:
        """The starts t for which [t + lead, …) lies within one run of the mask; `until` is an instant."""
        if length is not None:
            return shifted(run(open_, length), -lead)
        last = (until or 0) - self.base
        closed = ~open_ & span(0, last)
        return span(closed.bit_length() - lead, last)

    def candidates(self, pool: str, use: str, places: int) -> list[str]:
        """The resources of the pool that are large enough for the use, whenever (placement.md, 3)."""
        return [
            key
            for key in self.pools.get(pool, ())
            if use == "exclusive"
            or (
                self.resources[key].capacity >= places and not (use == "shared" and self.resources[key].parts)
            )
        ]
