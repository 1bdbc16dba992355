"""The rules P1 … P12 as plain loops, without a solver: the specification that judges every placement.

`booking.prepare` and `booking.placement.rules` state the same rules for the solver. Here nothing is shared
with
them but the meaning: what is found is a sentence, and, where staff may override it, the name to do so by.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from booking.case import Case, hosts, is_locked, place_need
from booking.expand import Session
from booking.fit import Placing
from catalog.opening import blocked, leaves, resource_hours, venue_opening
from catalog.specs import Need, ResourceSpec
from catalog.times import Interval, clock_text, on_grid, wall_of, zone


class Violation(Struct, frozen=True):
    """A rule that a placed session breaks. `override`: the name by which staff may allow it, if they may."""

    rule: str
    session: int
    sentence: str
    override: str | None = None


class Placed:
    """A case with its placings, and the few questions that the rules ask of them."""

    def __init__(self, case: Case, placings: Sequence[Placing]) -> None:
        self.case, self.placings = case, placings
        self.tz = zone(case.catalog.venue.time_zone)
        self.rows = list(zip(range(len(placings)), case.sessions, placings, strict=True))
        self.hosts = hosts(case.sessions)

    def shown(self, at: int) -> str:
        return clock_text(wall_of(self.tz, at)[1])

    def held(self) -> Iterator[tuple[int, Need, str, Interval]]:
        """Every resource held: (session, need, resource, interval with buffers)."""
        for i, session, placing in self.rows:
            for need, resources in zip(session.needs, placing.resources, strict=True):
                for resource in resources:
                    yield i, need, resource, need.held(placing.start, placing.end)

    def resource(self, key: str) -> ResourceSpec | None:
        return self.case.catalog.resource(key)

    def label(self, key: str) -> str:
        resource = self.resource(key)
        return resource.label if resource is not None else key

    def name(self, session: Session) -> str:
        return session.component

    def attended(self) -> dict[tuple[int, int], list[tuple[int, int, int]]]:
        """By (line, guest): the attended sessions as (start, end, session), in order."""
        out: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
        for i, session, placing in self.rows:
            if session.attended:
                for guest in session.guests:
                    out.setdefault((session.line, guest), []).append((placing.start, placing.end, i))
        return {guest: sorted(rows) for guest, rows in sorted(out.items())}


def each_session_starts_when_it_should(p: Placed) -> Iterator[Violation]:
    """P1"""
    grid = p.case.catalog.venue.grid_minutes
    for i, session, placing in p.rows:
        if placing.end != session.end_at(placing.start) or placing.end <= placing.start:
            yield Violation("P1", i, f"{p.name(session)} does not last as long as it should.")
        if session.start is not None:
            if placing.start != session.start:
                yield Violation(
                    "P1",
                    i,
                    f"{p.name(session)} starts at {p.shown(placing.start)}, not at {p.shown(session.start)}.",
                )
            continue
        if wall_of(p.tz, placing.start)[0] != session.day or not on_grid(p.tz, placing.start, grid):
            yield Violation("P1", i, f"{p.name(session)} is on another day or off the grid.")
        if session.window is not None and not (
            session.window[0] <= placing.start and placing.end <= session.window[1]
        ):
            yield Violation("P1", i, f"{p.name(session)} is outside its window.")


def nothing_starts_before_arrival(p: Placed) -> Iterator[Violation]:
    """P2"""
    for i, session, placing in p.rows:
        arrival = p.case.arrivals[session.line]
        if (session.attended or session.start is None) and placing.start < arrival and not is_locked(session):
            sentence = (
                f"{p.name(session)} starts at {p.shown(placing.start)}, before arrival at {p.shown(arrival)}."
            )
            yield Violation("P2", i, sentence, "arrival")


def sessions_lie_within_the_venues_hours(p: Placed) -> Iterator[Violation]:
    """P3"""
    for i, session, placing in p.rows:
        if session.outside_venue_hours or is_locked(session):
            continue
        first, last = wall_of(p.tz, placing.start)[0], wall_of(p.tz, placing.end)[0]
        opening = venue_opening(p.case.catalog, p.tz, first, last)
        if not _within(opening, (placing.start, placing.end)):
            sentence = f"{p.name(session)} at {p.shown(placing.start)} is outside the opening hours."
            yield Violation("P3", i, sentence, "venue_hours")


def resources_are_open(p: Placed) -> Iterator[Violation]:
    """P4: hours may be overridden, blocks never."""
    for i, _, key, interval in p.held():
        resource = p.resource(key)
        if is_locked(p.case.sessions[i]):
            continue
        if resource is None:
            yield Violation("P4", i, f"{key} is not in use any more.")
            continue
        first, last = wall_of(p.tz, interval[0])[0], wall_of(p.tz, interval[1])[0]
        hours = resource_hours(p.case.catalog, p.tz, resource, first, last)
        if not _within(hours, interval):
            sentence = (
                f"{resource.label} does not work from {p.shown(interval[0])} to {p.shown(interval[1])}."
            )
            yield Violation("P4", i, sentence, "resource_hours")
        if any(_meet(interval, block) for block in blocked(p.case.catalog, resource, p.case.blocks)):
            yield Violation("P4", i, f"{resource.label} is out of use at {p.shown(interval[0])}.")


def what_is_held_whole_meets_nothing_else(p: Placed) -> Iterator[Violation]:
    """P5, with its parts and what it is a part of."""
    for leaf, entries in _by_leaf(p).items():
        for a, (i, use, _, interval) in enumerate(entries):
            for j, other_use, _, other in entries[a + 1 :]:
                session = max(i, j)
                if session < 0 or (use == "shared" and other_use == "shared"):
                    continue
                if _meet(interval, other):
                    at = p.shown(max(interval[0], other[0]))
                    yield Violation("P5", session, f"{p.label(leaf)} would be held twice at {at}.")


def places_held_are_at_most_the_capacity(p: Placed) -> Iterator[Violation]:
    """P6"""
    for leaf, entries in _by_leaf(p).items():
        resource = p.resource(leaf)
        if resource is None:
            continue
        shared = [entry for entry in entries if entry[1] == "shared"]
        for _, _, _, (at, _) in shared:
            now = [entry for entry in shared if entry[3][0] <= at < entry[3][1]]
            session = max(entry[0] for entry in now)
            if session >= 0 and sum(entry[2] for entry in now) > resource.capacity:
                yield Violation("P6", session, f"{resource.label} has {resource.capacity} places.")


def resources_suit_and_differ(p: Placed) -> Iterator[Violation]:
    """P7, with what a need asks for: its pool, its count, the capacity (placement.md, 3)."""
    for i, session, placing in p.rows:
        used = [r for resources in placing.resources for r in resources]
        if len(set(used)) != len(used):
            yield Violation("P7", i, f"{p.name(session)} would use a resource twice.")
        for n, (need, resources) in enumerate(zip(session.needs, placing.resources, strict=True)):
            if len(resources) != need.count and not (not resources and _met_by_host(p, i, n)):
                yield Violation("P7", i, f"{p.name(session)} needs {need.count} of {need.pool}.")
            for key in resources:
                resource = p.resource(key)
                if is_locked(session) or resource is None:
                    continue
                small = need.use != "exclusive" and resource.capacity < len(session.guests)
                if need.pool not in resource.pools or small or (need.use == "shared" and resource.parts):
                    yield Violation("P7", i, f"{resource.label} does not suit {p.name(session)}.")


def guests_attend_one_thing_at_a_time(p: Placed) -> Iterator[Violation]:
    """P8"""
    for (line, guest), rows in p.attended().items():
        gap = p.case.parties[line].gap
        for (_, end, i), (start, _, j) in pairwise(rows):
            if start < end + gap:
                sentence = (
                    f"Guest {guest} would be at {p.name(p.case.sessions[i])} and "
                    f"{p.name(p.case.sessions[j])} at {p.shown(start)}"
                    + (f", with less than {gap} minutes between them." if start >= end else ".")
                )
                yield Violation("P8", j, sentence)


def guests_do_not_wait_too_long(p: Placed) -> Iterator[Violation]:
    """P9"""
    for (line, guest), rows in p.attended().items():
        wait = p.case.parties[line].wait
        for (_, end, i), (start, _, j) in pairwise(rows):
            days = [p.case.sessions[i].day, p.case.sessions[j].day]
            if wait is not None and days[0] == days[1] and start - end > wait:
                sentence = (
                    f"Guest {guest} waits {start - end} minutes before {p.name(p.case.sessions[j])}; "
                    f"the longest wait is {wait}."
                )
                yield Violation("P9", j, sentence, "waiting")


def sessions_come_in_order(p: Placed) -> Iterator[Violation]:
    """P10"""
    for i, session, placing in p.rows:
        for _, other, before in p.rows:
            if (
                other.component in session.after
                and other.line == session.line
                and set(other.guests) & set(session.guests)
                and placing.start < before.end
            ):
                sentence = f"{p.name(session)} comes before {p.name(other)} has ended."
                yield Violation("P10", i, sentence, "order")


def what_is_associated_is_at_its_host(p: Placed) -> Iterator[Violation]:
    """P11"""
    for i, session, placing in p.rows:
        host = p.hosts[i]
        if host is None:
            continue
        place = place_need(p.case.sessions[host].needs)
        if place is None:
            continue
        at = p.placings[host]
        a, b = p.case.sessions[host].needs[place].held(at.start, at.end)
        if placing.start < a or placing.end > b:
            sentence = f"{p.name(session)} is not within {p.name(p.case.sessions[host])}."
            yield Violation("P11", i, sentence)
        for n, (need, resources) in enumerate(zip(session.needs, placing.resources, strict=True)):
            if not _met_by_host(p, i, n):
                continue
            if resources:
                yield Violation("P11", i, f"{p.name(session)} takes place at its host and holds nothing.")
            for resource in filter(None, map(p.resource, _place(p, host))):
                small = need.use != "exclusive" and resource.capacity < len(session.guests)
                if need.pool in resource.pools and small:
                    yield Violation("P11", i, f"{resource.label} is too small for {p.name(session)}.")


def required_wishes_are_met(p: Placed) -> Iterator[Violation]:
    """P12"""
    for i, session, placing in p.rows:
        if not session.attended:
            continue
        guests = [g for g in p.case.guests[session.line] if g.number in session.guests]
        for need, keys in zip(session.needs, placing.resources, strict=True):
            staff = [r for r in map(p.resource, keys) if r is not None and r.kind == "staff"]
            if not staff:
                continue

            def suits(guest: int, resource: ResourceSpec, guests: list = guests) -> bool:  # type: ignore[type-arg]
                wishes = guests[guest].required.items()
                return all(resource.attributes.get(k, v) == v for k, v in wishes)

            if need.count == len(session.guests) > 1:
                met = _matchable(len(guests), staff, suits)
            else:
                met = all(suits(g, r) for g in range(len(guests)) for r in staff)
            if not met:
                yield Violation("P12", i, f"A wish of a guest is not met at {p.name(session)}.", "wishes")


def resources_asked_for_are_used(p: Placed) -> Iterator[Violation]:
    """P12: the resource of the request, and those named in a move."""
    for i, keys in p.case.require.items():
        used = {r for resources in p.placings[i].resources for r in resources}
        host = p.hosts[i]
        if host is not None:
            used |= set(_place(p, host))
        for key in keys:
            if key not in used:
                yield Violation("P12", i, f"{p.label(key)} is not used by {p.name(p.case.sessions[i])}.")


CHECKS: tuple[Callable[[Placed], Iterator[Violation]], ...] = (
    each_session_starts_when_it_should,
    nothing_starts_before_arrival,
    sessions_lie_within_the_venues_hours,
    resources_are_open,
    what_is_held_whole_meets_nothing_else,
    places_held_are_at_most_the_capacity,
    resources_suit_and_differ,
    guests_attend_one_thing_at_a_time,
    guests_do_not_wait_too_long,
    sessions_come_in_order,
    what_is_associated_is_at_its_host,
    required_wishes_are_met,
    resources_asked_for_are_used,
)


def violations(case: Case, placings: Sequence[Placing]) -> tuple[Violation, ...]:
    """Every rule broken, in the order of P1 … P12; none means valid."""
    placed = Placed(case, placings)
    return tuple(v for check in CHECKS for v in check(placed))


def unforgiven(case: Case, found: Sequence[Violation]) -> tuple[Violation, ...]:
    """The violations that neither the request nor the booking itself overrides."""
    out = []
    for v in found:
        was = case.sessions[v.session].was
        allowed = set(case.overrides) | set(was.overrides if was is not None else ())
        if v.override is None or v.override not in allowed:
            out.append(v)
    return tuple(out)


def _met_by_host(p: Placed, i: int, need: int) -> bool:
    """Whether this is the first need whose pool contains the place of the host (P11)."""
    host = p.hosts[i]
    if host is None:
        return False
    places = [r for r in map(p.resource, _place(p, host)) if r is not None]
    for n, other in enumerate(p.case.sessions[i].needs):
        if any(other.pool in r.pools for r in places):
            return n == need
    return False


def _place(p: Placed, i: int) -> tuple[str, ...]:
    """Where a session takes place: on its own resources or, where they meet the need, those of its host."""
    need = place_need(p.case.sessions[i].needs)
    if need is None:
        return ()
    own, host = p.placings[i].resources[need], p.hosts[i]
    return _place(p, host) if not own and host is not None and _met_by_host(p, i, need) else own


def _by_leaf(p: Placed) -> dict[str, list[tuple[int, str, int, Interval]]]:
    """What is held of every leaf, by others first: (session or -1, use, places, interval)."""
    out: dict[str, list[tuple[int, str, int, Interval]]] = {}
    ours: set[str] = set()
    for i, need, key, interval in p.held():
        places = len(p.case.sessions[i].guests) if need.use == "shared" else 1
        for leaf in leaves(p.case.catalog, key):
            ours.add(leaf)
            out.setdefault(leaf, []).append((i, need.use, places, interval))
    for row in p.case.held:
        if row.resource in ours:
            near = [e for e in out[row.resource] if _meet(e[3], (row.start, row.end))]
            if near:
                out[row.resource].insert(0, (-1, row.use, row.places, (row.start, row.end)))
    return out


def _matchable(guests: int, staff: list[ResourceSpec], suits: Callable[[int, ResourceSpec], bool]) -> bool:
    if guests == 0:
        return True
    return any(
        suits(guests - 1, resource) and _matchable(guests - 1, staff[:k] + staff[k + 1 :], suits)
        for k, resource in enumerate(staff)
    )


def _within(intervals: Sequence[Interval], inner: Interval) -> bool:
    return any(a <= inner[0] and inner[1] <= b for a, b in intervals)


def _meet(one: Interval, other: Interval) -> bool:
    return one[0] < other[1] and other[0] < one[1]
