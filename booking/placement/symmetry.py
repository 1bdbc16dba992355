"""Guests who are alike may change places: only one of their orders is searched."""

from itertools import pairwise

from booking.placement.problem import Placement, Task
from booking.placement.variables import Variables

Alike = list[list[list[int]]]
"""Classes of guests; of each guest the tasks that are his alone, in the same order for all of a class.
The first task of each list leads: it starts in the order of the guests."""


def keep_alike_guests_in_order(v: Variables) -> Alike:
    """Adds the order among alike guests to the model and says who is alike."""
    problem = v.problem
    classes: dict[object, list[list[int]]] = {}
    by_guest = problem.by_guest(v.among)
    for guest, tasks in sorted(by_guest.items()) if len(by_guest) > 1 else ():
        own = [i for i in tasks if len(problem.tasks[i].guests) == 1]
        free = [i for i in own if problem.tasks[i].starts & (problem.tasks[i].starts - 1)]
        if not free or any(problem.tasks[i].was is not None for i in own):
            continue
        together = tuple(i for i in tasks if i not in own)
        leader = max(free, key=lambda i: (problem.tasks[i].starts.bit_count(), -i))
        own.sort(key=lambda i: (i != leader, i))
        likeness = (together, problem.party_of[guest], tuple(_likeness(v, i) for i in own))
        classes.setdefault(likeness, []).append(own)
    alike = [members for members in classes.values() if len(members) > 1]
    for members in alike:
        for one, next_one in pairwise(members):
            v.model.add(v.start[one[0]] <= v.start[next_one[0]])
    return alike


def in_order(placement: Placement, alike: Alike) -> Placement:
    """The same placement with alike guests exchanged so that their leading tasks are in order."""
    out = dict(placement)
    for members in alike:
        turns = sorted(members, key=lambda own: placement[own[0]].start)
        for own, taken in zip(members, turns, strict=True):
            for i, j in zip(own, taken, strict=True):
                out[i] = placement[j]
    return out


def _likeness(v: Variables, i: int) -> object:
    """Equal for tasks that may change places; a task that others are tied to is like no other."""
    tasks = v.problem.tasks
    task = tasks[i]
    hosting = any(tasks[j].host == i for j in v.among)
    wishing = any(c.dislikes or c.guests_of for c in task.claims)
    tied = any(_is_elsewhere(tasks[j]) and (j in task.precedes or i in tasks[j].precedes) for j in v.among)
    if task.host is not None or hosting or task.must or wishing or tied:
        return i
    claims = tuple((c.need, c.count, c.shared, c.lead, c.length, c.until, c.options) for c in task.claims)
    before = sum(i in tasks[j].precedes for j in v.among)
    return (task.starts, task.length, task.end, task.date, claims, len(task.precedes), before)


def _is_elsewhere(task: Task) -> bool:
    """Whether it stays where it is when a guest's own tasks change places with those of another."""
    return len(task.guests) > 1 or not task.attended
