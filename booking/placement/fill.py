"""Placing as much as fits: quickly at first, then each that was left over with others making room for it."""

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle

from booking.bits import first, last
from booking.placement.effort import Effort
from booking.placement.greedy import insert, respected
from booking.placement.neighbourhood import Neighbourhoods, tied
from booking.placement.problem import Problem, Task
from booking.placement.schedule import Schedule
from booking.placement.solver import decide, model, optimise
from booking.placement.wishes import CHANGES

SMALL = 12
"""Tied tasks up to this many are placed together or not at all; of more, guest by guest."""
ROOM = (2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10)
"""So many others make room for one that was left over: few at first, for that is soon decided."""
REASSIGNED = (0, 2, 6, 12, 25)
"""So many others change resources for one that is left, if that is all it takes."""
DEEP = (0, 1, 2, 3)
"""So many others change resources in turn, tried without the solver."""
TRYING = 0.1
"""What one such attempt may cost, in the solver's own units."""
FEW = 0.01
"""What it may then cost to find few changes."""
SPREAD = 120
"""Minutes by which chance brings the neighbours nearer or farther."""
DAY = 1440
Atom = tuple[int, ...]


def atoms(problem: Problem, among: Sequence[int]) -> list[Atom]:
    """These tasks in the portions in which they are placed and searched: what a guest does on a day, what
    several do together, or all of a small order.
    """
    out: list[Atom] = []
    for group in tied(problem, among):
        if len(group) <= SMALL:
            out.append(tuple(group))
        else:
            out += _portions(problem, group)
    return out


def _portions(problem: Problem, group: Sequence[int]) -> Iterable[Atom]:
    by_key: dict[tuple[int, ...], list[int]] = {}
    for i in sorted(group, key=lambda i: _depth(problem, i)):
        task = problem.tasks[i]
        alone = len(task.guests) == 1
        key = (1, task.guests[0], task.date) if alone else (0, -len(task.guests), i)
        by_key.setdefault(key, []).append(i)
    return [tuple(by_key[key]) for key in sorted(by_key)]


def _depth(problem: Problem, i: int) -> int:
    host = problem.tasks[i].host
    return 0 if host is None else 1 + _depth(problem, host)


class Filling:
    """Fills a schedule; `left` are the atoms that it could not place, so far."""

    def __init__(self, schedule: Schedule, atoms: Sequence[Atom], seed: int = 1) -> None:
        self.schedule, self.atoms = schedule, atoms
        self.near = Neighbourhoods(schedule)
        self.chance = random.Random(seed)  # noqa: S311 - reproducible, nothing secret
        self.left = [atom for atom in atoms if any(i not in schedule.at for i in atom)]

    def quickly(self, tries: int = 3) -> None:
        """Each as early as it fits beside those before it."""
        self.left = [atom for atom in self.left if not self._insert(atom, tries)]

    def making_room(self, effort: Effort, after_round: Callable[[], bool] = lambda: True) -> None:
        """Each that is left with others moved, again and again with other ones, until the effort is spent."""
        for others in cycle(ROOM):
            for atom in list(self.left):
                if effort.is_spent or not after_round():
                    return
                if self.with_others(atom, others, effort):
                    self.left.remove(atom)
            if not self.left or others >= len(self.atoms):
                return

    def reassigning(self, effort: Effort) -> None:
        """Each that is left at the times it had, with others that keep theirs and only change resources."""
        self.left = [atom for atom in self.left if not self.in_time(atom)]
        for others in REASSIGNED:
            for atom in list(self.left):
                if not effort.is_spent and self.with_others(atom, others, effort, in_time=True):
                    self.left.remove(atom)

    def in_time(self, atom: Atom) -> bool:
        """Whether the atom was placed at the times it had, few others changing resources for it."""
        schedule = self.schedule
        before = dict(schedule.at)
        if all(any(self._at_its_time(i, deep, {i}) for deep in DEEP) for i in atom):
            guests = schedule.problem.by_guest(atom)
            theirs = {i for guest in guests for i in schedule.by_guest[guest] if i in schedule.at}
            if respected(schedule.problem, sorted(theirs.union(atom)), schedule.at):
                return True
        for i in [i for i, placed in schedule.at.items() if before.get(i) != placed]:
            schedule.remove(i)
        schedule.put({i: placed for i, placed in before.items() if i not in schedule.at})
        return False

    def _at_its_time(self, i: int, deep: int, seen: set[int]) -> bool:
        """Whether the task was placed when it was, at most so many others changing resources in turn."""
        schedule, task = self.schedule, self.schedule.problem.tasks[i]
        if task.was is None or task.was < 0 or not task.starts >> task.was & 1:
            return False
        if schedule.place_if_it_fits(i, task.was):
            return True
        for j in self._in_the_way(task, task.was) if deep else ():
            if j in seen or schedule.at[j].start != schedule.problem.tasks[j].was:
                continue
            seen.add(j)
            stood = schedule.at[j]
            schedule.remove(j)
            if schedule.place_if_it_fits(i, task.was):
                if self._at_its_time(j, deep - 1, seen):
                    return True
                schedule.remove(i)
            schedule.put({j: stood})
        return False

    def _in_the_way(self, task: Task, start: int) -> list[int]:
        """The sessions that may move and hold a resource that would do, while it would be held."""
        problem = self.schedule.problem
        at = self.schedule.at
        movable = [j for atom in self.atoms for j in atom if j in at and abs(at[j].start - start) < DAY]
        found = []
        for claim in task.claims:
            would_do = {
                leaf for o in claim.options if o.starts >> start & 1 for leaf in problem.leaves[o.resource]
            }
            a, b = claim.held(start)
            for j in movable:
                placed, other = at[j], problem.tasks[j]
                if other.host is not None or j in self.near.hosted:
                    continue  # whoever is at its place would have to come along
                for held, used in zip(other.claims, placed.resources, strict=True):
                    s, e = held.held(placed.start)
                    if s < b and a < e and any(not would_do.isdisjoint(problem.leaves[r]) for r in used):
                        found.append(j)
        return list(dict.fromkeys(found))

    def with_others(self, atom: Atom, others: int, effort: Effort, *, in_time: bool = False) -> bool:
        """Whether the atom was placed beside so many others that may move, or (in time) change resources."""
        free = {i for one in self.nearest(atom, others) for i in one}
        before = {i: self.schedule.at[i] for i in free}
        for i in free:
            self.schedule.remove(i)
        still = {i: before[i].start for i in free} if in_time else {}
        found = self.near.around(free | set(atom), still)
        if found is not None:
            problem, among = found
            v = model(problem, range(len(among)))
            answer = decide(v, effort, TRYING)
            if answer.placement is not None:
                best, _ = optimise(v, CHANGES, answer.placement, effort, FEW)
                self.schedule.put({among[n]: p for n, p in best.items() if among[n] not in self.schedule.at})
                return True
        self.schedule.put(before)
        return False

    def nearest(self, atom: Atom, count: int) -> list[Atom]:
        """Placed atoms that compete with this one for resources about the same time, with some chance."""
        tasks = self.schedule.problem.tasks
        pools = {claim.pool for i in atom for claim in tasks[i].claims}
        tasks_was = [tasks[i].was for i in atom]
        middle = [self.schedule.at[i].start for i in atom if i in self.schedule.at]
        middle = middle or [was for was in tasks_was if was is not None and was >= 0]
        if not middle:  # it might be anywhere
            low = min(first(tasks[i].starts) for i in atom)
            middle = [self.chance.randint(low, max(last(tasks[i].starts) for i in atom))]
        pivot = sum(middle) // len(middle)
        found = []
        for other in self.atoms:
            if other == atom or any(i not in self.schedule.at for i in other):
                continue
            shares = any(
                not p.isdisjoint(claim.pool) for i in other for claim in tasks[i].claims for p in pools
            )
            if not shares:
                continue
            away = min(abs(self.schedule.at[i].start - pivot) for i in other)
            found.append((away + self.chance.uniform(0, SPREAD), other))
        return [other for _, other in sorted(found)[:count]]

    def _insert(self, atom: Atom, tries: int) -> bool:
        return any(insert(self.schedule, atom, attempt, self.chance) for attempt in range(tries))
