"""Deciding and placing a prepared problem: independent parts, a quick attempt, then CP-SAT, aim after aim."""

import time
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ortools.sat.python import cp_model

from booking.placement.bounds import refuted
from booking.placement.greedy import greedy
from booking.placement.parts import parts
from booking.placement.problem import Placement, Problem
from booking.placement.rules import RULES
from booking.placement.symmetry import in_order, keep_alike_guests_in_order
from booking.placement.tidy import tidy
from booking.placement.variables import Variables
from booking.placement.wishes import AIMS, Aim, Term

Aims = Sequence[Sequence[Aim]]
MOST = 10**15
"""The greatest weight of an aim in a sum: beyond, the solver's integers would not hold it."""
LARGE = 16
EFFORT, EFFORT_LARGE = 0.5, 0.02
"""What is spent on the aims of a part of up to, or more than, LARGE tasks once a valid placement is at hand:
in the solver's own deterministic units, so that the same request on the same state gives the same answer."""
PATIENCE = 1.5
"""Seconds after which a part is given as it is all the same, on a machine that is slow or busy."""


class Answer(NamedTuple):
    """`placement` is None where there is none ("no") or none was found in time ("undecided")."""

    verdict: Literal["yes", "no", "undecided"]
    placement: Placement | None = None
    optimal: bool = False


def place(problem: Problem, seconds: float, aims: Aims = AIMS) -> Answer:
    """The best placement of all tasks within the time, or that there is none (placement.md, 5).

    `aims`: what is best, where it is measured by something else than our own order.
    """
    deadline = time.monotonic() + seconds
    if any(not task.starts for task in problem.tasks):
        return Answer("no")
    placement: Placement = {}
    optimal = True
    for part in parts(problem):
        answer = _place_part(problem, part, deadline, aims)
        if answer.placement is None:
            return answer
        placement |= answer.placement
        optimal = optimal and answer.optimal
    return Answer("yes", tidy(problem, placement), optimal)


def decide_part(problem: Problem, part: Sequence[int], seconds: float, tries: int = 3) -> Answer:
    """Whether the part can be placed at all, with a placement if so."""
    witness = greedy(problem, part, tries)
    if witness is not None:
        return Answer("yes", witness)
    if refuted(problem, part):
        return Answer("no")
    v = model(problem, part)
    return _solve(v, seconds)


def model(problem: Problem, part: Sequence[int]) -> Variables:
    """The model of one part, without an aim."""
    v = Variables(problem, part)
    for rule in RULES:
        rule(v)
    return v


def _place_part(problem: Problem, part: Sequence[int], deadline: float, aims: Aims) -> Answer:
    large = len(part) > LARGE
    answer = decide_part(problem, part, deadline - time.monotonic(), tries=6 if large else 2)
    if answer.placement is None:
        return answer
    v = model(problem, part)
    best = in_order(answer.placement, keep_alike_guests_in_order(v))
    optimal = True
    enough = min(deadline, time.monotonic() + PATIENCE)
    for together in aims:
        best, proven = _improve(v, together, best, enough, EFFORT_LARGE if large else EFFORT)
        optimal = optimal and proven
    return Answer("yes", best, optimal)


def _improve(
    v: Variables, together: Sequence[Aim], best: Placement, deadline: float, effort: float
) -> tuple[Placement, bool]:
    """The best placement for these aims in their order, which is then held to while the next are pursued."""
    sums = [terms for terms in (aim(v) for aim in together) if terms]
    if not sums:
        return best, True
    weighed, weight = [], 1
    for terms in reversed(sums):
        weighed += [(variable, factor * weight) for variable, factor in terms]
        weight *= 1 + _range(v, terms)
    if weight > MOST and len(together) > 1:  # too much for one sum: one aim after the other
        proven = True
        for aim in together:
            best, one = _improve(v, [aim], best, deadline, effort)
            proven = proven and one
        return best, proven
    expression = cp_model.LinearExpr.weighted_sum([t for t, _ in weighed], [w for _, w in weighed])
    v.hint(best)
    v.model.minimize(expression)
    solver, status = _run(v, deadline - time.monotonic(), effort)
    v.model.clear_objective()  # type: ignore[no-untyped-call]  # OR-tools has no types here
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return best, False
    v.model.add(expression <= round(solver.objective_value))
    return v.placement(solver), status == cp_model.OPTIMAL


def _range(v: Variables, terms: Sequence[Term]) -> int:
    """How much a sum can vary."""
    # As lists: the solver's own sequences answer a negative index with anything.
    bounds = ((list(v.model.proto.variables[variable.index].domain), factor) for variable, factor in terms)
    return sum((domain[-1] - domain[0]) * abs(factor) for domain, factor in bounds)


def _solve(v: Variables, seconds: float) -> Answer:
    solver, status = _run(v, seconds)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer("yes", v.placement(solver))
    return Answer("no" if status == cp_model.INFEASIBLE else "undecided")


def _run(
    v: Variables, seconds: float, effort: float | None = None
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = 1
    parameters.random_seed = 1
    parameters.linearization_level = 0
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0
    parameters.max_time_in_seconds = max(seconds, 0.001)
    if effort is not None:
        parameters.max_deterministic_time = effort
    return solver, solver.solve(v.model)
