"""A placement that some sessions cannot keep: as few changes as possible, in neighbourhoods that grow."""

from collections.abc import Collection

from booking.placement.effort import Effort
from booking.placement.fill import Atom, Filling, atoms
from booking.placement.improve import improve
from booking.placement.problem import Placed, Placement, Problem
from booking.placement.schedule import Schedule
from booking.placement.wishes import AIMS

SIZES = (2, 4, 8, 14)
"""How many atoms are placed anew together, one size after the other."""


def repaired(problem: Problem, settled: frozenset[int], effort: Effort, better: Effort) -> Placement | None:
    """Every task placed with few changes, or None where the effort was spent before: that proves nothing.

    `settled`: tasks that stay as they are, whether or not the rules would allow that now.
    `better`: what may be spent on fewer changes once everything has a place.
    """
    present = {i: placed for i in range(len(problem.tasks)) if (placed := standing(problem, i)) is not None}
    out = {i for i in present if i not in settled and not stands(problem, i, present[i])}
    schedule = Schedule(problem)
    schedule.put({i: placed for i, placed in present.items() if i not in out})
    movable = [atom for atom in atoms(problem, range(len(problem.tasks))) if settled.isdisjoint(atom)]
    concerned = [atom for atom in movable if any(i not in schedule.at for i in atom)]
    for atom in concerned:
        for i in atom:
            if i in schedule.at:
                schedule.remove(i)
    filling = Filling(schedule, movable)
    filling.reassigning(effort)
    filling.quickly()
    filling.making_room(effort)
    if filling.left or len(schedule.at) < len(problem.tasks):
        return None
    for size in SIZES:
        improve(filling, AIMS, better, 1, leads=_changed(schedule, present, movable), size=size)
    return schedule.at


def standing(problem: Problem, i: int) -> Placed | None:
    """Where the task stands before the change; None where it is new."""
    task = problem.tasks[i]
    if task.was is None:
        return None
    return Placed(task.was, tuple(tuple(sorted(claim.was or ())) for claim in task.claims))


def stands(problem: Problem, i: int, placed: Placed) -> bool:
    """Whether the task may stay there, as far as it alone is concerned."""
    task = problem.tasks[i]
    if placed.start < 0 or not task.starts >> placed.start & 1:
        return False
    for claim, used in zip(task.claims, placed.resources, strict=True):
        free = {o.resource for o in claim.options if o.starts >> placed.start & 1}
        if not free.issuperset(used) or (len(used) != claim.count and task.host is None):
            return False
    return all(r in {r for used in placed.resources for r in used} for r in task.must)


def _changed(schedule: Schedule, present: Placement, movable: Collection[Atom]) -> list[Atom]:
    """The atoms of which something is not where it was."""
    return [atom for atom in movable if any(schedule.at[i] != present.get(i) for i in atom)]
