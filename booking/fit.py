"""Whether and how a case fits: strictly first, then with the rules that staff override."""

import time
from collections.abc import Collection

from msgspec import Struct

from booking.case import Case
from booking.occupancy import Situation
from booking.placement.effort import Effort, lasting
from booking.placement.problem import Placement
from booking.placement.repair import repaired, standing, stands
from booking.placement.solve import LARGE, place
from booking.placement.solver import Answer
from booking.placement.tidy import tidy
from booking.prepare import Prepared, prepare

PERSEVERANCE = 0.6
"""The part of the time in which few changes are sought; the rest is for finding out whether there are any."""
CHANGES, BETTER = 0.3, 0.2
"""What may be spent on finding a plan of few changes, and on fewer ones once there is one: in the solver's
own units, so that the same request on the same state gives the same answer."""


class Placing(Struct, frozen=True):
    """Where one session goes: [start, end), and by need the resources chosen (none where the host's place
    meets it).
    """

    start: int
    end: int
    resources: tuple[tuple[str, ...], ...]


class Fit(Struct, frozen=True):
    """The placing of every session in their order, and whether it is proven best. None: there is none.

    `decided` is False where time ran out; `overridden` tells that rules named by staff had to be left out.
    """

    placings: tuple[Placing, ...] | None
    optimal: bool = False
    decided: bool = True
    overridden: bool = False


def situation_of(case: Case) -> Situation:
    """The venue over the dates that the case can touch."""
    return Situation(case.catalog, case.blocks, case.held, *case.span())


def fit(case: Case, seconds: float) -> Fit:
    """The best valid placement; rules named in the case's overrides are left out only if it takes that."""
    if not case.sessions:
        return Fit((), optimal=True)
    deadline = time.monotonic() + seconds
    situation = situation_of(case)
    strict = prepare(situation, case)
    answer = place(strict.problem, seconds)
    if answer.placement is not None:
        return Fit(named(strict, answer.placement), answer.optimal)
    if case.overrides and answer.verdict == "no":
        relaxed = prepare(situation, case, relaxed=frozenset(case.overrides))
        answer = place(relaxed.problem, deadline - time.monotonic())
        if answer.placement is not None:
            return Fit(named(relaxed, answer.placement), answer.optimal, overridden=True)
    return _without(answer)


def refit(case: Case, concerned: Collection[int], seconds: float, better: float = BETTER) -> Fit:
    """The fewest changes that keep everything valid. `concerned`: the lines that have to change.

    Others change only to make room. What of them the rules would not allow any more stays where it is.
    `better`: the units for finding fewer changes once there is a plan.
    """
    if not case.sessions:
        return Fit((), optimal=True)
    deadline = time.monotonic() + seconds
    prepared = prepare(situation_of(case), case)
    problem = prepared.problem
    settled = frozenset(
        i
        for i, session in enumerate(case.sessions)
        if session.line not in concerned
        and ((placed := standing(problem, i)) is None or not stands(problem, i, placed))
    )
    if len(case.sessions) > LARGE or settled:
        effort, more = lasting(seconds * PERSEVERANCE, CHANGES), Effort(deadline, better)
        placement = repaired(problem, settled, effort, more)
        if placement is not None:
            return Fit(named(prepared, tidy(problem, placement)))
    answer = place(problem, deadline - time.monotonic())
    if answer.placement is None:
        return _without(answer)
    return Fit(named(prepared, answer.placement), answer.optimal)


def _without(answer: Answer) -> Fit:
    return Fit(None, decided=answer.verdict == "no")


def named(prepared: Prepared, placement: Placement) -> tuple[Placing, ...]:
    """The placement in instants and keys, in the order of the sessions."""
    out = []
    for i in range(len(prepared.problem.tasks)):
        placed = placement[i]
        end = prepared.problem.tasks[i].end_at(placed.start)
        out.append(
            Placing(
                placed.start + prepared.base,
                end + prepared.base,
                tuple(tuple(prepared.resources[r] for r in sorted(used)) for used in placed.resources),
            )
        )
    return tuple(out)
