"""Deciding and placing a prepared problem: independent parts, a quick attempt, then CP-SAT, aim after aim."""

import time
from collections.abc import Sequence

from booking.placement.bounds import narrowed, refuted
from booking.placement.effort import Effort, lasting
from booking.placement.fill import Filling, atoms
from booking.placement.greedy import greedy
from booking.placement.ideal import ideal
from booking.placement.improve import FEWEST, improve
from booking.placement.parts import parts
from booking.placement.problem import Placement, Problem
from booking.placement.rounding import settled
from booking.placement.schedule import Schedule
from booking.placement.solver import Aims, Answer, decide, model, optimise
from booking.placement.symmetry import in_order, keep_alike_guests_in_order
from booking.placement.tidy import tidy
from booking.placement.wishes import AIMS

MANY = 8
"""Tasks from which on a flow proves sooner than the solver that there is no placement."""
TRYING = 0.1
"""What it may cost that others make room, where it is only asked whether there is a placement: here and below
in the solver's own units, so that the same request on the same state gives the same answer."""
ROOM = 0.3
"""The same where a large part is to be placed."""
PERSEVERANCE = 0.3
"""The part of the time in which others make room at most; the rest is for the proof that there is none."""
LARGE = 16
"""Tasks beyond which a part is improved a few guests at a time."""
BETTER = 0.15
"""What is spent on the aims once a valid placement is at hand, on all parts together."""
PASSES, ROUND = 1, 0.002
"""So many times every guest of a large part is placed anew, together with some others, and what each time may
cost."""


def place(problem: Problem, seconds: float, aims: Aims = AIMS, better: float = BETTER) -> Answer:
    """The best placement of all tasks within the time, or that there is none (placement.md, 5).

    `aims`: what is best, where it is measured by something else than our own order. `better`: the units that
    may be spent on them.
    """
    deadline = time.monotonic() + seconds
    if any(not task.starts for task in problem.tasks):
        return Answer("no")
    placement: Placement = {}
    found = []
    for part in parts(problem):
        best = ideal(problem, part) if aims is AIMS else None
        if best is not None:
            placement |= best
            continue
        answer = _placed(problem, part, deadline)
        if answer.placement is None:
            return answer
        found.append((part, answer.placement))
    optimal = True
    for part, first in found:
        effort = Effort(deadline, better / len(found))
        best, proven = _improved(problem, part, first, aims, effort) if aims else (first, False)
        placement |= best
        optimal = optimal and proven
    return Answer("yes", tidy(problem, placement), optimal)


def decide_part(problem: Problem, part: Sequence[int], seconds: float, tries: int = 3) -> Answer:
    """Whether the part can be placed at all, with a placement if so."""
    return decide_narrowed(narrowed(problem, part), part, seconds, tries)


def decide_narrowed(problem: Problem, part: Sequence[int], seconds: float, tries: int = 3) -> Answer:
    """As `decide_part`, of a problem that is narrowed to the part."""
    deadline = time.monotonic() + seconds
    many = len(part) >= MANY
    if many and refuted(problem, part):  # of many that is told sooner than they are placed
        return Answer("no")
    witness = greedy(problem, part, 1 if many else tries)  # of many the flow finds what the first does not
    if witness is not None:
        return Answer("yes", witness)
    if not many and refuted(problem, part):
        return Answer("no")
    if many:
        found = settled(problem, part, deadline - time.monotonic())
        if found is not None:
            return Answer("no") if found == "no" else Answer("yes", found)
        filling = Filling(Schedule(problem, part), atoms(problem, part))
        filling.quickly()
        filling.making_room(lasting((deadline - time.monotonic()) * PERSEVERANCE, TRYING))
        if not filling.left:
            return Answer("yes", filling.schedule.at)
    return decide(model(problem, part), Effort(deadline))


def _placed(problem: Problem, part: Sequence[int], deadline: float) -> Answer:
    """A valid placement of the part."""
    if len(part) <= LARGE:
        return decide_part(problem, part, deadline - time.monotonic(), tries=2)
    return _placed_large(problem, part, deadline)


def _placed_large(problem: Problem, part: Sequence[int], deadline: float) -> Answer:
    """Guest by guest; others make room for whoever is left over; if that fails, as one model."""
    problem = narrowed(problem, part)
    filling = Filling(Schedule(problem, part), atoms(problem, part))
    filling.quickly()
    if not filling.left:
        return Answer("yes", filling.schedule.at)
    if refuted(problem, part):
        return Answer("no")
    found = settled(problem, part, deadline - time.monotonic())
    if found is not None:
        return Answer("no") if found == "no" else Answer("yes", found)
    filling.making_room(lasting((deadline - time.monotonic()) * PERSEVERANCE, ROOM))
    if not filling.left:
        return Answer("yes", filling.schedule.at)
    return decide(model(problem, part), Effort(deadline))


def _improved(
    problem: Problem, part: Sequence[int], placement: Placement, aims: Aims, effort: Effort
) -> tuple[Placement, bool]:
    """The part placed as well as the effort allows, and whether that is proven best."""
    if len(part) <= LARGE:
        v = model(problem, part)
        return optimise(v, aims, in_order(placement, keep_alike_guests_in_order(v)), effort)
    schedule = Schedule(problem, part)
    schedule.put(placement)
    filling = Filling(schedule, atoms(problem, part))
    improve(filling, aims, effort, PASSES, size=FEWEST, each=ROUND)
    return schedule.at, False
