"""How good a placement is, without a solver: what one has reached, and whether another is better."""

from booking.placement.problem import Placement, Problem

Worth = tuple[int, ...]


def worth(problem: Problem, placement: Placement) -> Worth:
    """What the aims (wishes.AIMS) make least, in their order: changes of time, changes of resources alone,
    wishes that are missed, minutes of waiting, the sum of the starts.
    """
    tasks = problem.tasks
    moved = reassigned = missed = starts = 0
    for i, placed in placement.items():
        task = tasks[i]
        starts += task.weight * placed.start
        moved += task.was is not None and task.was != placed.start
        for claim, used in zip(task.claims, placed.resources, strict=True):
            missed += sum(len(claim.dislikes.get(r, ())) for r in used)
        reassigned += any(
            claim.was is not None and not claim.was.issuperset(used)
            for claim, used in zip(task.claims, placed.resources, strict=True)
        )
    return moved, reassigned, missed, _waiting(problem, placement), starts


def _waiting(problem: Problem, placement: Placement) -> int:
    """From the first start to the last end of each guest's day, less what is attended between."""
    tasks, waiting = problem.tasks, 0
    days: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, placed in placement.items():
        task = tasks[i]
        for guest in task.guests if task.attended else ():
            days.setdefault((guest, task.date), []).append((placed.start, task.end_at(placed.start)))
    for day in days.values():
        waiting += max(end for _, end in day) - min(start for start, _ in day)
        waiting -= sum(end - start for start, end in day)
    return waiting
