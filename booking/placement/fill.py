"""Placing as much as fits: quickly at first, then each that was left over with others making room for it."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle

from booking.bits import first, last
from booking.placement.greedy import insert
from booking.placement.neighbourhood import Neighbourhoods, tied
from booking.placement.problem import Problem
from booking.placement.schedule import Schedule
from booking.placement.solver import decide, model, optimise
from booking.placement.wishes import CHANGES

SMALL = 12
"""Tied tasks up to this many are placed together or not at all; of more, guest by guest."""
ROOM = (2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 10)
"""So many others make room for one that was left over: few at first, for that is soon decided."""
REASSIGNED = (6, 12, 25)
"""So many others change resources for one that is left, if that is all it takes."""
PATIENCE = 0.3
"""Seconds for one such attempt."""
EFFORT = 0.01
"""What it may cost to make room with few changes, in the solver's deterministic units."""
SPREAD = 120
"""Minutes by which chance brings the neighbours nearer or farther."""
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

    def making_room(self, deadline: float, after_round: Callable[[], bool] = lambda: True) -> None:
        """Each that is left with others moved, again and again with other ones, until the deadline."""
        for others in cycle(ROOM):
            for atom in list(self.left):
                if time.monotonic() > deadline or not after_round():
                    return
                if self.with_others(atom, others, deadline):
                    self.left.remove(atom)
            if not self.left or others >= len(self.atoms):
                return

    def reassigning(self, deadline: float) -> None:
        """Each that is left with others that keep their times and only change resources."""
        for others in REASSIGNED:
            for atom in list(self.left):
                if time.monotonic() < deadline and self.with_others(atom, others, deadline, in_time=True):
                    self.left.remove(atom)

    def with_others(self, atom: Atom, others: int, deadline: float, *, in_time: bool = False) -> bool:
        """Whether the atom was placed beside so many others that may move, or (in time) change resources."""
        free = {i for one in self.nearest(atom, others) for i in one}
        before = {i: self.schedule.at[i] for i in free}
        for i in free:
            self.schedule.remove(i)
        still = {i: before[i].start for i in free} if in_time else {}
        found = self.near.around(free | set(atom), still)
        if found is not None:
            problem, among = found
            seconds = min(PATIENCE, deadline - time.monotonic())
            v = model(problem, range(len(among)))
            answer = decide(v, seconds)
            if answer.placement is not None:
                best, _ = optimise(v, CHANGES, answer.placement, deadline, EFFORT)
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
