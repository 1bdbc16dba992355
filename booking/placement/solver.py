"""The solver at work on one model: whether it can be satisfied, and what is best."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Literal, NamedTuple

from booking.placement.effort import Effort
from booking.placement.engine import cp_model
from booking.placement.giving_up import stoppable
from booking.placement.problem import Placement, Problem
from booking.placement.rules import RULES
from booking.placement.variables import Variables
from booking.placement.wishes import Aim, Term

Aims = Sequence[Sequence[Aim]]
MOST = 10**15
"""The greatest weight of an aim in a sum: beyond, the solver's integers would not hold it."""


class Answer(NamedTuple):
    """`placement` is None where there is none ("no") or none was found in time ("undecided")."""

    verdict: Literal["yes", "no", "undecided"]
    placement: Placement | None = None
    optimal: bool = False


def model(problem: Problem, part: Sequence[int]) -> Variables:
    """The model of one part, without an aim."""
    v = Variables(problem, part)
    for rule in RULES:
        rule(v)
    return v


def optimise(
    v: Variables, aims: Aims, best: Placement, effort: Effort, each: float = inf
) -> tuple[Placement, bool]:
    """The best placement for these aims in their order, each group held to while the next are pursued.

    And whether that is proven. It is never worse than `best`, with which it begins. `each`: the units that a
    group of aims may cost.
    """
    proven = True
    todo = list(aims)
    while todo:
        together = todo.pop(0)
        sums = [terms for terms in (aim(v) for aim in together) if terms]
        if not sums:
            continue
        weighed, weight = [], 1
        for terms in reversed(sums):
            weighed += [(variable, factor * weight) for variable, factor in terms]
            weight *= 1 + _range(v, terms)
        if weight > MOST and len(together) > 1:  # too much for one sum: one aim after the other
            todo[:0] = [[aim] for aim in together]
            continue
        expression = cp_model.LinearExpr.weighted_sum([t for t, _ in weighed], [w for _, w in weighed])
        v.hint(best)
        v.model.minimize(expression)
        solver, status = _run(v, effort, each, guided=True)
        v.model.clear_objective()  # type: ignore[no-untyped-call]  # OR-tools has no types here
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return best, False  # what this aim has reached is not known, so the next could undo it
        v.model.add(expression <= round(solver.objective_value))
        best = v.placement(solver)
        proven = proven and status == cp_model.OPTIMAL
    return best, proven


def _range(v: Variables, terms: Sequence[Term]) -> int:
    """How much a sum can vary."""
    # As lists: the solver's own sequences answer a negative index with anything.
    bounds = ((list(v.model.proto.variables[variable.index].domain), factor) for variable, factor in terms)
    return sum((domain[-1] - domain[0]) * abs(factor) for domain, factor in bounds)


def decide(v: Variables, effort: Effort, most: float = inf) -> Answer:
    """Whether the model can be satisfied; `most`: the units that this may cost."""
    solver, status = _run(v, effort, most)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer("yes", v.placement(solver))
    return Answer("no" if status == cp_model.INFEASIBLE else "undecided")


def _run(
    v: Variables, effort: Effort, most: float, *, guided: bool = False
) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = 1
    parameters.random_seed = 1
    parameters.linearization_level = 0
    parameters.cp_model_probing_level = 0
    parameters.symmetry_level = 0
    parameters.max_presolve_iterations = 1  # more do not pay: the models are small, and made sparingly
    parameters.max_time_in_seconds = max(effort.seconds, 0.001)
    parameters.max_deterministic_time = max(min(most, effort.units), 0.0)
    if guided:
        # Guided by the linear relaxation, a small model is proven best some twenty times sooner.
        parameters.linearization_level = 1
        parameters.search_branching = cp_model.LP_SEARCH
    with stoppable(solver):
        status = solver.solve(v.model)
    effort.spend(solver.response_proto.deterministic_time, len(v.among))
    return solver, status
