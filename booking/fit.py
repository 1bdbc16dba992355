"""Whether and how a case fits: strictly first, then with the rules that staff override."""

import time

from msgspec import Struct

from booking.case import Case
from booking.occupancy import Situation
from booking.placement.problem import Placement
from booking.placement.solve import place
from booking.placement.solver import Answer
from booking.prepare import Prepared, prepare


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
