"""What runs in the solver processes: each a pure function of what it is sent."""

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache, partial

from msgspec.structs import replace

from booking.alternatives import instead
from booking.case import Asked, Case, case_of
from booking.explain import Refused, why
from booking.fit import Fit, fit, refit
from booking.index.days import Days
from booking.index.held import occupied
from booking.index.plan import Plan, plan_of
from booking.index.rows import Rows
from booking.index.sift import Sifted, sift
from booking.occupancy import Situation
from booking.placement import solve
from booking.slots import Found, Slot, find
from catalog.times import wall, zone


def warm_up() -> str:
    """Loads the solver; answers when it is loaded."""
    return solve.__name__


def placed(asked: Asked, seconds: float) -> Fit:
    """The best placement of what is asked."""
    return fit(case_of(asked), seconds)


def replanned(asked: Asked, concerned: frozenset[int], seconds: float) -> Fit:
    """The fewest changes to the lines that stand, where those concerned cannot stay as they are."""
    return refit(case_of(asked), concerned, seconds)


def refusal(asked: Asked, step: int, earliest: int, seconds: float) -> Refused:
    """Why it does not fit, and what would. What is held has to reach NEAR_DAYS around."""
    case = case_of(asked)
    near = _within(case)
    refused = why(near, seconds)
    alternatives = instead(asked, refused, step, earliest, seconds / 4)
    return Refused(refused.reasons, alternatives, refused.taken)


def explained(asked: Asked, starts: Sequence[int], seconds: float) -> dict[int, Refused]:
    """The reasons of starts that are refused, as many as the time allows."""
    deadline = time.monotonic() + seconds
    out = {}
    for start in starts:
        if time.monotonic() > deadline:
            break
        out[start] = why(_within(case_of(asked, start)), max(0.1, deadline - time.monotonic()))
    return out


def searched(asked: Asked, starts: Sequence[int], seconds: float) -> Found:
    """Which of the starts (in order) are slots."""
    deadline = time.monotonic() + seconds
    if not starts:
        return Found(())
    known = indexed(asked, starts)
    return undecided(asked, starts, known, deadline - time.monotonic())


def indexed(asked: Asked, starts: Sequence[int], rows: Rows | None = None) -> Sifted | None:
    """What an index tells of these starts, one made for them if none is given."""
    cases = [case_of(asked, starts[0]), case_of(asked, starts[-1])]
    if not cases[0].sessions:
        return None
    ends = [case.span() for case in cases]
    first, last = min(e[0] for e in ends), max(e[1] for e in ends)
    grid, tz = asked.catalog.venue.grid_minutes, zone(asked.catalog.venue.time_zone)
    if rows is None:
        days = Days(tz, first, (last - first).days + 1, grid)
        rows = Rows(asked.catalog, days, asked.blocks, occupied(asked.held))
    plan = plan_for(asked, rows)
    return None if plan is None else sift(plan, rows, starts[0], starts[-1] + 1, grid)


def plan_for(asked: Asked, rows: Rows) -> Plan | None:
    """The plan of what is asked, if it is one line; certain only if nothing but the line has to be kept."""
    if len(asked.lines) != 1:
        return None
    plan = plan_of(asked.lines[0], rows)
    if plan is None or not (asked.resource or asked.require or asked.keep):
        return plan
    return plan._replace(exact=False)


def decided(asked: Asked, starts: Sequence[int], seconds: float) -> Found:
    """As `searched`, of starts that an index has left open."""
    return undecided(asked, starts, None, seconds)


def undecided(asked: Asked, starts: Sequence[int], known: Sifted | None, seconds: float) -> Found:
    """Which of the starts are slots, where so much is known of them already."""
    deadline = time.monotonic() + seconds
    case_at = lru_cache(maxsize=8)(partial(case_of, asked))  # the ends of days are asked for again
    if not case_at(starts[0]).sessions:  # goods alone
        return Found(tuple(Slot(start, None) for start in starts))
    ends = [case_at(start).span() for start in (starts[0], starts[-1])]
    first, last = min(e[0] for e in ends), max(e[1] for e in ends)
    wanted = set(starts)
    sure = [] if known is None else [slot for slot in known.slots if slot.start in wanted]
    left = starts if known is None else [start for start in known.open if start in wanted]
    if not left:
        return Found(tuple(sure))
    situation = Situation(asked.catalog, asked.blocks, asked.held, first, last)
    found = find(situation, case_at, left, deadline)
    until = found.unknown_from
    slots = sorted(slot for slot in (*sure, *found.slots) if until is None or slot.start < until)
    return Found(tuple(slots), until)


def _within(case: Case) -> Case:
    """The case with only what is held near it: the rest cannot matter."""
    tz = zone(case.catalog.venue.time_zone)
    first, last = case.span()
    a, b = wall(tz, first - timedelta(days=1), 0), wall(tz, last + timedelta(days=2), 0)
    return replace(case, held=tuple(h for h in case.held if h.start < b and a < h.end))
