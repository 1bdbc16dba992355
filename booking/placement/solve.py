"""Deciding and placing a prepared problem: independent parts, a quick attempt, then CP-SAT, aim after aim."""

import time
from collections.abc import Sequence

from booking.placement.bounds import refuted
from booking.placement.fill import Filling, atoms
from booking.placement.greedy import greedy
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
TRYING = 1.0
"""Seconds in which others make room, where it is only asked whether there is a placement."""
LARGE = 16
"""Tasks beyond which a part is improved a few guests at a time."""
EFFORT = 0.5
"""What is spent on the aims of a smaller part once a valid placement is at hand: in the solver's own
deterministic units, so that the same request on the same state gives the same answer."""
PASSES, ROUND = 1, 0.002
"""So many times every guest of a large part is placed anew, together with some others, and what each time may
cost. Rounds are counted, not seconds: the same request on the same state gives the same answer."""
PERSEVERANCE = 0.3
"""The part of the time in which others make room; the rest is for the proof that there is none."""
PATIENCE = 1.5
"""Seconds after which a placement is given as it is all the same, on a machine that is slow or busy."""


def place(problem: Problem, seconds: float, aims: Aims = AIMS) -> Answer:
    """The best placement of all tasks within the time, or that there is none (placement.md, 5).

    `aims`: what is best, where it is measured by something else than our own order.
    """
    deadline = time.monotonic() + seconds
    if any(not task.starts for task in problem.tasks):
        return Answer("no")
    placement: Placement = {}
    optimal = True
    apart = list(parts(problem))
    for part in apart:
        enough = min(deadline, time.monotonic() + PATIENCE / len(apart))
        answer = _place_part(problem, part, deadline, enough, aims)
        if answer.placement is None:
            return answer
        placement |= answer.placement
        optimal = optimal and answer.optimal
    return Answer("yes", tidy(problem, placement), optimal)


def decide_part(problem: Problem, part: Sequence[int], seconds: float, tries: int = 3) -> Answer:
    """Whether the part can be placed at all, with a placement if so."""
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
        now = time.monotonic()
        filling.making_room(now + min(TRYING, (deadline - now) * PERSEVERANCE))
        if not filling.left:
            return Answer("yes", filling.schedule.at)
    return decide(model(problem, part), deadline - time.monotonic())


def _place_part(problem: Problem, part: Sequence[int], deadline: float, enough: float, aims: Aims) -> Answer:
    """`enough`: when a valid placement is no longer improved."""
    if len(part) > LARGE:
        return _place_large(problem, part, deadline, enough, aims)
    answer = decide_part(problem, part, deadline - time.monotonic(), tries=2)
    if answer.placement is None or not aims:
        return answer
    v = model(problem, part)
    best = in_order(answer.placement, keep_alike_guests_in_order(v))
    return Answer("yes", *optimise(v, aims, best, enough, EFFORT))


def _place_large(problem: Problem, part: Sequence[int], deadline: float, enough: float, aims: Aims) -> Answer:
    """Guest by guest; others make room for whoever is left over; if that fails, as one model."""
    schedule = Schedule(problem, part)
    filling = Filling(schedule, atoms(problem, part))
    filling.quickly()
    if filling.left:
        if refuted(problem, part):
            return Answer("no")
        found = settled(problem, part, deadline - time.monotonic())
        if found == "no":
            return Answer("no")
        if found is not None:
            schedule = Schedule(problem, part)
            schedule.put(found)
            filling = Filling(schedule, filling.atoms)
    now = time.monotonic()
    filling.making_room(now + (deadline - now) * PERSEVERANCE)
    if filling.left:
        answer = decide(model(problem, part), deadline - time.monotonic())
        if answer.placement is None:
            return answer
        schedule = Schedule(problem, part)
        schedule.put(answer.placement)
        filling = Filling(schedule, filling.atoms)
    if aims:
        improve(filling, aims, enough, PASSES, size=FEWEST, effort=ROUND)
    return Answer("yes", schedule.at)
