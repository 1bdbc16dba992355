"""A quick attempt without a solver: fixed sessions first, then guest by guest, each as early as it fits.

It finds a placement or says nothing; it never proves that there is none. What it finds is a witness for
the slot search and a hint for the solver.
"""

import random
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise, permutations

from booking.bits import Mask, first, is_single, last, minutes, span, spread_back
from booking.placement.problem import Placement, Problem, Task
from booking.placement.schedule import Schedule

ORDERS = 24
BRANCHES = 8


def greedy(problem: Problem, among: Sequence[int], tries: int, seed: int = 1) -> Placement | None:
    """A valid placement of these tasks, or None. The same seed gives the same answer."""
    if any(not problem.tasks[i].starts for i in among):
        return None
    chance = random.Random(seed)  # noqa: S311 - reproducible, nothing secret
    for attempt in range(tries):
        schedule = Schedule(problem, among)
        if insert(schedule, among, attempt, chance):
            return schedule.at
    return None


def insert(schedule: Schedule, among: Sequence[int], attempt: int, chance: random.Random) -> bool:
    """Places these tasks beside what stands, or leaves the schedule as it was.

    They have to be all that is tied to them (neighbourhood.tied). The first two attempts are the most
    sensible, the others vary.
    """
    if _Attempt(schedule, among, attempt, chance).run():
        return True
    for i in among:
        if i in schedule.at:
            schedule.remove(i)
    return False


class _Attempt:
    def __init__(self, schedule: Schedule, among: Sequence[int], attempt: int, chance: random.Random) -> None:
        self.schedule, self.problem, self.among = schedule, schedule.problem, among
        self.attempt, self.chance = attempt, chance
        self.at, self.after = schedule.at, schedule.after
        inside = set(among)
        # What its guests do besides, where that is placed already, bears on them too.
        self.by_guest = {
            guest: [i for i in schedule.by_guest[guest] if i in inside or i in schedule.at]
            for guest in self.problem.by_guest(among)
        }

    def run(self) -> bool:
        tasks = self.problem.tasks
        fixed = [i for i in self.among if is_single(tasks[i].starts)]
        fixed.sort(key=lambda i: (tasks[i].host is not None, self.scarcity(i)))
        if self.attempt > 1:
            self.chance.shuffle(fixed)
            fixed.sort(key=lambda i: tasks[i].host is not None)
        for i in fixed:
            if not self.schedule.place(i, first(tasks[i].starts)):
                return False
        for i in self.among if self.attempt == 0 else ():  # what is kept, where it was
            was = tasks[i].was
            if i not in self.at and was is not None and was >= 0 and tasks[i].starts >> was & 1:
                self.schedule.place_if_it_fits(i, was)
        together = [i for i in self.among if i not in self.at and self.is_together(tasks[i])]
        together.sort(key=lambda i: (tasks[i].host is not None, -len(tasks[i].guests)))
        guests = sorted(self.by_guest)
        if self.attempt > 1:
            self.chance.shuffle(guests)
        alone = [i for i in together if tasks[i].attended]
        if any(self.place_earliest(i) is None for i in alone):
            return False
        if any(not self.place_guest(guest) for guest in guests):
            return False
        rest = [i for i in self.among if i not in self.at]
        rest.sort(key=lambda i: (tasks[i].host is not None, len(self.after.get(i, ()))))
        if any(self.place_earliest(i) is None for i in rest):
            return False
        concerned = {i for mine in self.by_guest.values() for i in mine}
        return respected(self.problem, sorted(concerned.union(self.among)), self.at)

    def is_together(self, task: Task) -> bool:
        return len(task.guests) > 1 or not task.attended

    def scarcity(self, i: int) -> int:
        return min((len(c.options) - c.count for c in self.problem.tasks[i].claims), default=0)

    def place_earliest(self, i: int) -> int | None:
        """Puts a session of several guests, or of nobody's time, at the first start that fits."""
        candidates: Iterable[int] = minutes(self.schedule.possible(i))
        if self.attempt > 1:
            candidates = self.turned(list(candidates))
        for start in islice(candidates, 200):
            if self.schedule.place_if_it_fits(i, start):
                return start
        return None

    def turned(self, candidates: list[int]) -> list[int]:
        """The same, begun somewhere else."""
        turn = self.chance.randrange(len(candidates)) if candidates else 0
        return candidates[turn:] + candidates[:turn]

    def place_guest(self, guest: int) -> bool:
        """Finds starts for the guest's sessions of every date, in some order that the rules allow."""
        tasks = self.problem.tasks
        days: dict[int, list[int]] = {}
        for i in self.by_guest[guest]:
            days.setdefault(tasks[i].date, []).append(i)
        for _, day in sorted(days.items()):
            if all(i in self.at for i in day):
                continue
            if not self.place_day(guest, day):
                return False
        return True

    def place_day(self, guest: int, day: list[int]) -> bool:
        possible = {i: 1 << self.at[i].start if i in self.at else self.schedule.possible(i) for i in day}
        if not all(possible.values()):
            return False
        orders = [list(p) for p in islice(permutations(day), 720) if self.is_ordered(p)]
        if self.attempt == 0:
            orders.sort(key=lambda p: [first(possible[i]) for i in p])
        else:
            self.chance.shuffle(orders)
        return any(self.place_chain(guest, order, possible) for order in orders[:ORDERS])

    def is_ordered(self, order: Sequence[int]) -> bool:
        return not any(
            j in self.problem.tasks[order[b]].precedes
            for a, j in enumerate(order)
            for b in range(a + 1, len(order))
        )

    def place_chain(self, guest: int, order: list[int], possible: dict[int, Mask]) -> bool:
        """Sessions one after the other, each within reach of the one before (P8, P9)."""
        gap, wait = self.problem.party(guest)
        tasks = self.problem.tasks
        reach = [possible[i] for i in order]
        for k in range(len(order) - 2, -1, -1):  # which starts leave the next one a start
            task = tasks[order[k]]
            after = reach[k + 1]
            if not after:
                return False
            if task.length is None:
                continue
            if wait is None or tasks[order[k + 1]].patient:
                early = (1 << (last(after) + 1)) - 1
            elif wait >= gap:
                early = spread_back(after, wait - gap)
            else:
                early = 0
            reach[k] &= early >> (task.length + gap)
        return bool(reach[0]) and self.descend(order, reach, 0, reach[0], gap, wait)

    def descend(
        self, order: list[int], reach: list[Mask], k: int, allowed: Mask, gap: int, wait: int | None
    ) -> bool:
        if k == len(order):
            return True
        i = order[k]
        task = self.problem.tasks[i]
        candidates: Iterable[int] = islice(minutes(reach[k] & allowed), 400)
        if self.attempt > 1:
            candidates = self.turned(list(candidates))
        tried = 0
        for start in candidates:
            new = i not in self.at
            if new:
                if not self.schedule.place_if_it_fits(i, start):
                    continue
                tried += 1
            end = task.end_at(start)
            following = 0
            if k + 1 < len(order):
                patient = wait is None or self.problem.tasks[order[k + 1]].patient
                latest = last(reach[k + 1]) if patient else end + (wait or 0)
                following = span(end + gap, latest + 1)
            if self.descend(order, reach, k + 1, following, gap, wait):
                return True
            if new:
                self.schedule.remove(i)
            if tried >= BRANCHES:
                break
        return False


def respected(problem: Problem, among: Sequence[int], at: Placement) -> bool:
    """Whether a placement that holds free resources also keeps P8, P9, P10 and P11."""
    tasks = problem.tasks
    for i in among:
        if i not in at or not tasks[i].starts >> at[i].start & 1:
            return False
        if any(j in at and at[j].start < tasks[i].end_at(at[i].start) for j in tasks[i].precedes):
            return False
        host, claim = tasks[i].host, tasks[i].host_claim
        if host is not None and claim is not None:
            a, b = tasks[host].claims[claim].held(at[host].start)
            if at[i].start < a or tasks[i].end_at(at[i].start) > b:
                return False
    for guest, mine in problem.by_guest(among).items():
        gap, wait = problem.party(guest)
        rows = sorted((at[i].start, tasks[i].end_at(at[i].start), i) for i in mine)
        for (_, end, i), (start, _, j) in pairwise(rows):
            if start < end + gap:
                return False
            if (
                wait is not None
                and not tasks[j].patient
                and tasks[i].date == tasks[j].date
                and start - end > wait
            ):
                return False
    return True
