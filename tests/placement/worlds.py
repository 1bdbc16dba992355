"""Small random venues with a package, and what trying everything finds: slowly, and without a solver."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise, product
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from booking import check
from booking.case import Case
from booking.check import Placed, Violation
from booking.expand import Session
from booking.fit import Placing
from booking.lines import Guest
from booking.occupancy import Held
from catalog.specs import Catalog, Component, Need
from catalog.times import starts_on, wall_of, zone
from tests.building import (
    THERAPIST,
    at,
    component,
    guest,
    hours,
    need,
    package,
    room,
    service,
    therapist,
    venue,
)

WOMAN, MAN = {"gender": "female"}, {"gender": "male"}
SERVICES = (
    service("massage", 60, THERAPIST),
    service("treatment", 60, THERAPIST, need("rooms", "seated", after_minutes=30)),
    service("couple", 60, need("rooms", "seated"), THERAPIST, group_size=2),
    service("bath", 60, need("saunas", "shared")),
    service("party", 60, need("saunas", "shared"), group_size="all"),
    service("walk", 30),
    service("talk", 60, need("halls", "seated"), group_size="all"),
)
ROOMS = (
    room("r1"),
    room("r2", 2),
    room("sauna", 2, "saunas"),
    room("a", 1, "halls"),
    room("b", 2, "halls"),
    room("hall", 2, "halls", parts=["a", "b"]),
)
MASK = service("mask", 30, need("rooms", "seated"))
FIRST, LAST = 9, 14


Checks = tuple[Callable[[Placed], Iterator[Violation]], ...]
ALONE: Checks = (
    check.each_session_starts_when_it_should,
    check.nothing_starts_before_arrival,
    check.sessions_lie_within_the_venues_hours,
    check.resources_are_open,
    check.what_is_held_whole_meets_nothing_else,
    check.places_held_are_at_most_the_capacity,
)
TOGETHER: Checks = (
    check.what_is_held_whole_meets_nothing_else,
    check.places_held_are_at_most_the_capacity,
    check.guests_attend_one_thing_at_a_time,
    check.sessions_come_in_order,
)
IN_ALL: Checks = tuple(rule for rule in check.CHECKS if rule not in ALONE[:4])


def clock_at(hour: float) -> str:
    return f"{int(hour):02d}:{int(hour % 1 * 60):02d}"


@st.composite
def timings(draw: st.DrawFn, days: int = 1) -> dict[str, Any]:
    """Fixed, relative, or flexible with or without a window."""
    kind = draw(st.sampled_from(["flexible", "flexible", "window", "fixed", "relative"]))
    day = draw(st.integers(1, days))
    if kind == "window":
        start = draw(st.integers(FIRST, LAST - 2))
        return {"day": day, "window": [clock_at(start), clock_at(start + draw(st.integers(2, 3)))]}
    if kind == "fixed":
        return {"day": day, "fixed_start": clock_at(draw(st.integers(FIRST, LAST - 1)))}
    if kind == "relative":
        return {"day": day, "relative_start_minutes": 60 * draw(st.integers(0, 3))}
    return {"day": day}


@st.composite
def components(draw: st.DrawFn, count: int, days: int = 1) -> tuple[Component, ...]:
    chosen = draw(st.permutations(SERVICES))[:count]
    out = []
    for i, spec in enumerate(chosen):
        fields = draw(timings(days))
        if i and draw(st.booleans()):
            fields["after"] = [chosen[i - 1].key]
        if draw(st.integers(0, 3)) == 0:
            fields["attended"] = draw(st.booleans())
        quantity = draw(st.sampled_from(["one_per_participant", "one_per_participant", "one"]))
        out.append(component(spec.key, quantity, **fields))
    if draw(st.integers(0, 3)) == 0:
        out.append(component("mask", associated_with=chosen[0].key))
    return tuple(out)


@st.composite
def houses(draw: st.DrawFn, count: int = 2, days: int = 1, grid: int = 60) -> Catalog:
    """A venue with one or two therapists, small rooms, and the package `day`."""
    wait = draw(st.sampled_from([None, None, 0, 60, 120]))
    visit = package(
        *draw(components(count, days)),
        max_waiting_minutes=wait,
        min_gap_minutes=draw(st.sampled_from([0, 0, 30])) if wait != 0 else 0,
    )
    work = draw(st.sampled_from(["09:00-14:00", "10:00-13:00"]))
    staff = [therapist("anna", attributes=WOMAN, hours=hours(work))]
    if draw(st.booleans()):
        staff.append(therapist("carl", attributes=MAN))
    return venue(
        *staff, *ROOMS, *SERVICES, MASK, visit, grid=grid, hours=hours(f"{clock_at(FIRST)}-{clock_at(LAST)}")
    )


def others(dates: Sequence[str] = ("2026-12-05",)) -> st.SearchStrategy[tuple[Held, ...]]:
    """What others hold. Of what is shared one place, else the whole, each hour once."""
    rows = st.tuples(
        st.sampled_from(["anna", "carl", "r1", "r2", "a", "sauna"]),
        st.sampled_from(dates),
        st.integers(2 * FIRST, 2 * LAST - 2),
    )

    def held(row: tuple[str, str, int]) -> Held:
        key, date, half = row
        start = at(f"{date}T{clock_at(half / 2)}")
        return Held(key, "shared" if key == "sauna" else "exclusive", 1, start, start + 30, "another")

    return st.lists(rows, max_size=4, unique=True).map(lambda found: tuple(map(held, found)))


def preferences() -> st.SearchStrategy[list[Any]]:
    """One guest's wish, or none."""
    return st.sampled_from([[], [guest(preferred=WOMAN)], [guest(preferred=MAN)], [guest(required=WOMAN)]])


def every_placement(case: Case) -> Iterator[tuple[Placing, ...]]:
    """Every valid placement: candidates by session, those that fit two by two, of these the valid ones."""
    count = len(case.sessions)
    candidates = []
    for i, session in enumerate(case.sessions):
        mine = [p for p in _candidates(case, session) if not _broken(case, (i,), (p,), ALONE)]
        candidates.append(mine)
    together = {
        (i, a, j, b)
        for i, j in combinations(range(count), 2)
        for a, p in enumerate(candidates[i])
        for b, q in enumerate(candidates[j])
        if not _broken(case, (i, j), (p, q), TOGETHER)
    }

    def extend(chosen: list[int]) -> Iterator[tuple[Placing, ...]]:
        j = len(chosen)
        if j == count:
            placings = tuple(candidates[i][a] for i, a in enumerate(chosen))
            whole = Placed(case, placings)
            if not any(True for rule in IN_ALL for _ in rule(whole)):
                yield placings
            return
        for b in range(len(candidates[j])):
            if all((i, a, j, b) in together for i, a in enumerate(chosen)):
                yield from extend([*chosen, b])

    yield from extend([])


def _candidates(case: Case, session: Session) -> Iterator[Placing]:
    tz = zone(case.catalog.venue.time_zone)
    starts: Sequence[int] = [session.start] if session.start is not None else ()
    if session.start is None:
        grid = starts_on(tz, session.day, case.catalog.venue.grid_minutes)
        starts = [s for s in grid if FIRST * 60 <= wall_of(tz, s)[1] < LAST * 60]
    choices = [list(_choices(case, session, n)) for n in session.needs]
    for start in starts:
        for resources in product(*choices):
            yield Placing(start, session.end_at(start), resources)


def _choices(case: Case, session: Session, need: Need) -> Iterator[tuple[str, ...]]:
    members = [r.key for r in case.catalog.resources if need.pool in r.pools]
    yield from combinations(members, need.count)
    if session.host is not None:
        yield ()


def _broken(case: Case, which: Sequence[int], placings: Sequence[Placing], checks: Checks) -> bool:
    """Whether these sessions by themselves break a rule: one that needs no others to be broken."""
    sessions = tuple(case.sessions[i] for i in which)
    few = Placed(replace(case, sessions=sessions, require={}, keep={}, shift={}), placings)
    return any(True for rule in checks for _ in rule(few))


def worth(case: Case, placings: Sequence[Placing]) -> tuple[int, ...]:
    """What placement.md, 5 compares, in its order; less is better."""
    return (
        sum(placings[i].start != start for i, start in case.shift.items()),
        _reassigned(case, placings),
        _unmet(case, placings),
        _waiting(case, placings),
        sum(p.start * len(s.guests) for s, p in zip(case.sessions, placings, strict=True)),
    )


def _reassigned(case: Case, placings: Sequence[Placing]) -> int:
    return sum(
        any(a.resource not in placing.resources[a.need] for a in session.was.allocations)
        for session, placing in zip(case.sessions, placings, strict=True)
        if session.was is not None
    )


def _unmet(case: Case, placings: Sequence[Placing]) -> int:
    """For needs of one resource, which serves all guests of its session."""
    unmet = 0
    for session, placing in zip(case.sessions, placings, strict=True):
        staff = [
            r
            for keys in placing.resources
            for r in map(case.catalog.resource, keys)
            if r and r.kind == "staff"
        ]
        guests: list[Guest] = [g for g in case.guests[session.line] if g.number in session.guests]
        for wish in guests if session.attended else ():
            unmet += sum(
                any(r.attributes.get(key, value) != value for r in staff)
                for key, value in wish.preferred.items()
            )
    return unmet


def _waiting(case: Case, placings: Sequence[Placing]) -> int:
    total = 0
    attended: dict[tuple[int, int, object], list[Placing]] = {}
    for session, placing in zip(case.sessions, placings, strict=True):
        for number in session.guests if session.attended else ():
            attended.setdefault((session.line, number, session.day), []).append(placing)
    for mine in attended.values():
        mine.sort(key=lambda p: p.start)
        total += sum(b.start - a.end for a, b in pairwise(mine))
    return total
