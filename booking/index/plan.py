"""What a line asks for on any date, as far as an index can answer it: the sessions by their place in time.

Each step stands for the alike sessions of a component. What the index finds impossible is; whether what it
finds possible can be booked as well, `exact` tells: then nothing is left to decide between the sessions.
"""

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import NamedTuple

from booking.expand import Session, expand
from booking.index.rows import LONGEST, Fit, Hold, Rows, Want
from booking.lines import Guest, Line
from catalog.specs import Component, Need
from catalog.times import DAY, clock

MOST_ORDERS = 24
"""So many orders of a guest's sessions of a day are tried; of more, each session is looked at by itself."""


class Step(NamedTuple):
    """Alike sessions. On date `day` (0: the first): at the column `fixed`, `relative` columns after that of
    the line's start, or at any column of [earliest, latest]; on the first date not before the line's start
    where it `arrives` (P2).
    """

    component: str
    day: int
    length: int
    holds: tuple[Hold, ...]
    attended: bool
    guests: frozenset[int]
    in_hours: bool
    arrives: bool
    fixed: int | None = None
    relative: int | None = None
    earliest: int = 0
    latest: int = DAY
    reach: tuple[int, int] = (0, 0)
    """The minutes that it holds anything, or its guests, around its start."""

    @property
    def pinned(self) -> bool:
        return self.fixed is not None or self.relative is not None

    @property
    def fit(self) -> Fit:
        return Fit(self.length if self.in_hours else 0, self.holds)


class Chain(NamedTuple):
    """The attended steps of a day that some guests have in common, and the orders that they can come in."""

    day: int
    steps: tuple[int, ...]
    orders: tuple[tuple[int, ...], ...]


class Plan(NamedTuple):
    """`chains` take the attended steps, `alone` the others; `days` is how many dates it touches.

    `confined`: it is exact as long as no step reaches beyond its date.
    """

    steps: tuple[Step, ...]
    chains: tuple[Chain, ...]
    alone: tuple[int, ...]
    gap: int
    wait: int | None
    days: int
    exact: bool
    confined: tuple[int, ...]


def plan_of(line: Line, rows: Rows) -> Plan | None:
    """The plan of the line as it is sold anew; None where it asks for what an index does not know."""
    if line.bookings or line.adjustments:
        return None
    of: dict[tuple[str, str, int], list[Session]] = {}
    for session in expand(line, rows.days.tz).sessions:
        of.setdefault((session.component, session.product, len(session.guests)), []).append(session)
    wishes = {g.number: g for g in line.guests}
    steps = []
    for (component, _, _), sessions in of.items():
        spec = line.sold.component(component)
        step = None if spec is None else _step(spec, sessions, wishes, rows)
        if step is None:
            return None
        steps.append(step)
    if not steps:
        return None
    package = line.sold.package
    gap, wait = package.min_gap_minutes, package.max_waiting_minutes
    after = {c.key: c.after for c in package.components}
    chains = _chains(steps, after)
    in_chains = {i for chain in chains if chain.orders for i in chain.steps}
    days = 1 + max(s.day + (s.reach[1] - 1) // DAY for s in steps)
    apart = all(_apart(rows, a, b, gap) for a, b in combinations(steps, 2))
    simple = all(_is_simple(rows, step) for step in steps)
    together = len({s.guests for s in steps if s.attended}) <= 1
    single = all(len(sessions) == 1 or steps[i].pinned for i, sessions in enumerate(of.values()))
    ordered = all(_ordered(steps, after, in_chains, i) for i in range(len(steps)))
    trained = all(chain.orders for chain in chains)
    return Plan(
        steps=tuple(steps),
        chains=tuple(chain for chain in chains if chain.orders),
        alone=tuple(i for i in range(len(steps)) if i not in in_chains),
        gap=gap,
        wait=wait,
        days=days,
        exact=apart and simple and together and single and ordered and trained,
        confined=_confined(rows, steps),
    )


def _step(spec: Component, sessions: Sequence[Session], guests: dict[int, Guest], rows: Rows) -> Step | None:
    first, step = sessions[0], rows.days.step
    if first.host is not None or first.was is not None:
        return None
    length = first.length
    if length is None:
        if spec.fixed_start is None or spec.fixed_end is None:
            return None
        later = (spec.end_day or spec.day) - spec.day
        length = later * DAY + clock(spec.fixed_end) - clock(spec.fixed_start)
    times = _times(spec, length, step)
    if times is None or length < 1:
        return None
    # At one time they all need their own; wherever they may be apart, one of them has to fit.
    copies = len(sessions) if times.fixed is not None or times.relative is not None else 1
    holds = []
    for need in first.needs:
        hold = _hold(need, first, length, copies, guests, rows)
        if hold is None or not 0 < hold.length <= LONGEST:
            return None
        holds.append(hold)
    return Step(
        component=spec.key,
        day=spec.day - 1,
        length=length,
        holds=tuple(holds),
        attended=first.attended,
        guests=frozenset(n for s in sessions for n in s.guests),
        in_hours=not first.outside_venue_hours,
        arrives=first.attended or first.start is None,
        fixed=times.fixed,
        relative=times.relative,
        earliest=times.earliest,
        latest=times.latest,
        reach=(min([0, *(h.lead for h in holds)]), max([length, *(h.lead + h.length for h in holds)])),
    )


class _Times(NamedTuple):
    """When sessions of a component start, in columns."""

    fixed: int | None = None
    relative: int | None = None
    earliest: int = 0
    latest: int = 0


def _times(spec: Component, length: int, step: int) -> _Times | None:
    """None: off the columns."""
    if spec.fixed_start is not None:
        at = clock(spec.fixed_start)
        return None if at % step or at >= DAY else _Times(fixed=at // step)
    if spec.relative_start_minutes is not None:
        off = spec.relative_start_minutes
        return None if off % step else _Times(relative=off // step)
    last = DAY // step - 1
    if spec.window is None:
        return _Times(latest=last)
    a, b = clock(spec.window[0]), clock(spec.window[1])
    earliest, latest = -(-a // step), min((b - length) // step, last)
    return _Times(fixed=latest) if earliest == latest else _Times(earliest=earliest, latest=latest)


def _hold(
    need: Need, session: Session, length: int, copies: int, guests: dict[int, Guest], rows: Rows
) -> Hold | None:
    step = rows.days.step
    wishes: dict[str, str] = {}
    if session.attended:
        for number in session.guests:
            required = guests[number].required
            if required and (need.count > 1 or copies > 1):
                return None  # who serves whom is matched, or differs between the copies
            if any(wishes.get(k, v) != v for k, v in required.items()):
                return None
            wishes |= required
    lead, end = need.held(0, length)
    places = len(session.guests)
    shared = need.use == "shared"
    want = Want(
        pool=need.pool,
        places=places if shared else 0,
        phase=lead % step,
        seats=places if need.use == "seated" else 0,
        wishes=tuple(sorted(wishes.items())),
    )
    whole = not shared or copies == 1 or len(rows.members(want)) < 2
    if shared and whole:
        want = want._replace(places=places * copies)
    return Hold(want, 1 if shared else need.count * copies, lead // step, lead, end - lead, whole)


def _chains(steps: Sequence[Step], after: dict[str, tuple[str, ...]]) -> list[Chain]:
    """By guest and day what he attends, once for all guests who have the same."""
    guests = {g for s in steps if s.attended for g in s.guests}
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for guest in sorted(guests):
        days: dict[int, list[int]] = {}
        for i, step in enumerate(steps):
            if step.attended and guest in step.guests:
                days.setdefault(step.day, []).append(i)
        found |= {(day, tuple(mine)): None for day, mine in days.items()}
    return [Chain(day, mine, _orders(steps, mine, after)) for day, mine in found]


def _orders(
    steps: Sequence[Step], mine: Sequence[int], after: dict[str, tuple[str, ...]]
) -> tuple[tuple[int, ...], ...]:
    if len(mine) > 6:
        return ()
    out = []
    for turn in permutations(mine):
        if any(
            steps[later].component in after[steps[earlier].component]
            for earlier, later in combinations(turn, 2)
        ):
            continue
        out.append(turn)
    return tuple(out) if len(out) <= MOST_ORDERS else ()


def _leaves(rows: Rows, hold: Hold) -> set[str]:
    """All that could be in its way: the leaves of every resource of the pool that is large enough."""
    return {leaf for key in rows.members(hold.want) for leaf in rows.leaves[key]}


def _is_simple(rows: Rows, step: Step) -> bool:
    """Whether its holds can be looked at one by one: of different resources, which share no part."""
    seen: set[str] = set()
    for hold in step.holds:
        members = rows.members(hold.want)
        mine = _leaves(rows, hold)
        if not hold.whole or not mine.isdisjoint(seen):
            return False
        if hold.units > 1 and len(mine) < sum(len(rows.leaves[m]) for m in members):
            return False
        seen |= mine
    return True


def _apart(rows: Rows, a: Step, b: Step, gap: int) -> bool:
    """Whether two steps never want the same resource at the same time."""
    for one in a.holds:
        for other in b.holds:
            if _leaves(rows, one).isdisjoint(_leaves(rows, other)):
                continue
            if not (a.attended and b.attended):
                return False
            late = (
                one.lead + one.length - a.length - other.lead,
                other.lead + other.length - b.length - one.lead,
            )
            if a.day == b.day and max(late) > gap:
                return False
    return True


def _ordered(steps: Sequence[Step], after: dict[str, tuple[str, ...]], in_chains: set[int], i: int) -> bool:
    """Whether what it comes after is dealt with by the chains, or by the dates."""
    named = [j for j, s in enumerate(steps) if s.component in after[steps[i].component]]
    return all(
        steps[j].day < steps[i].day if steps[j].day != steps[i].day else i in in_chains and j in in_chains
        for j in named
    )


def _confined(rows: Rows, steps: Sequence[Step]) -> tuple[int, ...]:
    """The steps that must not reach beyond their date, if those of other dates are to be apart from them."""
    if len({s.day for s in steps}) == 1:
        return ()
    out = []
    for i, step in enumerate(steps):
        others = {leaf for s in steps if s is not step for h in s.holds for leaf in _leaves(rows, h)}
        mine = {leaf for h in step.holds for leaf in _leaves(rows, h)}
        if step.attended or not mine.isdisjoint(others):
            out.append(i)
    return tuple(out)
