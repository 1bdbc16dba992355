"""The best placement where nothing stands in its way: each guest's own best day, and resources for all.

The best day of a guest, resources counted one session at a time, is a bound: no placement waits less, nor
starts earlier while it waits as little. Where all those days fit at once, they are the best placement, proven
without a solver. Elsewhere nothing is said.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from booking.bits import Mask, first, is_single, last, minutes
from booking.placement.greedy import respected
from booking.placement.problem import Claim, Placement, Problem, Task
from booking.placement.schedule import Schedule

STEPS = 1_000
"""So many sessions are tried on a guest's day at most: beyond, the solver finds the best order sooner."""


class Wanted(NamedTuple):
    """A session on a guest's day: the starts it may have, its length, and which others come before it."""

    starts: Mask
    length: int
    after: tuple[int, ...]


def ideal(problem: Problem, part: Sequence[int]) -> Placement | None:
    """The best placement of the part (placement.md, 5), or None where it is not so easily told."""
    tasks = problem.tasks
    if any(_is_choosy(claim) for i in part for claim in tasks[i].claims):
        return None
    starts = _starts(problem, part)
    if starts is None:
        return None
    schedule = Schedule(problem, part)
    for i in sorted(part, key=lambda i: (tasks[i].host is not None, _scarcity(tasks[i]), i)):
        if not schedule.place(i, starts[i]) or not _has_what_it_had(schedule.at, tasks[i], i):
            return None
    return schedule.at if respected(problem, part, schedule.at) else None


def _is_choosy(claim: Claim) -> bool:
    """Whether it likes some resources better than others, and does not simply keep those it had."""
    return bool(claim.dislikes or claim.guests_of is not None) and claim.was is None


def _has_what_it_had(at: Placement, task: Task, i: int) -> bool:
    held = zip(task.claims, at[i].resources, strict=True)
    return all(claim.was is None or claim.was == set(resources) for claim, resources in held)


def _scarcity(task: Task) -> int:
    return min((len(c.options) - c.count for c in task.claims), default=0)


def _starts(problem: Problem, part: Sequence[int]) -> dict[int, int] | None:
    """The best start of each task, if it is the best for each of its guests."""
    tasks = problem.tasks
    wished = {i: _wished(tasks[i]) for i in part}
    if any(tasks[i].length is None and not is_single(wished[i]) for i in part):
        return None  # what ends at a given time is the longer, the earlier it starts
    starts = {i: first(wished[i]) for i in part if not tasks[i].attended}
    known: dict[object, list[int] | None] = {}
    for guest, mine in problem.by_guest(part).items():
        gap = problem.party(guest).gap
        for _, day in groupby(sorted(mine, key=lambda i: tasks[i].date), key=lambda i: tasks[i].date):
            here = list(day)
            wanted = tuple(
                Wanted(
                    wished[i],
                    tasks[i].end_at(first(wished[i])) - first(wished[i]),
                    tuple(k for k, j in enumerate(here) if i in tasks[j].precedes),
                )
                for i in here
            )
            if (gap, wanted) not in known:
                known[gap, wanted] = best_day(wanted, gap)
            best = known[gap, wanted]
            if best is None or any(
                starts.setdefault(i, start) != start for i, start in zip(here, best, strict=True)
            ):
                return None
    return starts


def _wished(task: Task) -> Mask:
    """The starts of which one has to do: where it stands, if it can stay there."""
    if task.was is not None and task.was >= 0 and task.starts >> task.was & 1:
        return 1 << task.was
    return task.starts


def best_day(wanted: Sequence[Wanted], gap: int) -> list[int] | None:
    """The starts that wait least and, of those, are earliest in all; the longest wait (P9) is not looked at.

    None where there are none, or where too much would have to be tried.
    """
    return _Day(wanted, gap).best()


class _Day:
    """Whoever is first starts at each of its times in turn, and the others follow as early as they can: for
    one order and one first start no other starts wait less or are earlier.
    """

    def __init__(self, wanted: Sequence[Wanted], gap: int) -> None:
        self.wanted, self.gap = wanted, gap
        self.least = sum(w.length for w in wanted) + gap * (len(wanted) - 1)
        self.at = [0] * len(wanted)
        self.found: tuple[tuple[int, int], list[int]] | None = None
        self.steps = 0

    def best(self) -> list[int] | None:
        every = range(len(self.wanted))
        any_start = 0
        for w in self.wanted:
            any_start |= w.starts
        until = min(last(w.starts) for w in self.wanted)  # the first starts no later than any other may
        earliest_after = self._soonest()
        for start in minutes(any_start & ((1 << (until + 1)) - 1)):
            bound = self.least, len(self.wanted) * start + earliest_after
            if self.found is not None and self.found[0] <= bound:
                break
            for k in every:
                if self.wanted[k].starts >> start & 1 and not self.wanted[k].after:
                    self._put(k, start, start, [j for j in every if j != k])
            if self.steps > STEPS:
                return None
        return None if self.found is None else self.found[1]

    def _soonest(self) -> int:
        """The least sum of what the sessions start after the first of them: the shortest first."""
        total = passed = 0
        for length in sorted(w.length for w in self.wanted)[:-1]:
            passed += length + self.gap
            total += passed
        return total

    def _put(self, k: int, start: int, begun: int, others: list[int]) -> None:
        """Puts session k there, and the others behind it in every order."""
        self.steps += 1
        self.at[k] = start
        end = start + self.wanted[k].length
        if not others:
            reached = end - begun, sum(self.at)
            if self.found is None or reached < self.found[0]:
                self.found = reached, list(self.at)
            return
        free = end + self.gap
        if self.steps > STEPS or any(w.starts >> free == 0 for w in map(self.wanted.__getitem__, others)):
            return
        rest = sum(self.wanted[j].length for j in others) + self.gap * (len(others) - 1)
        if self.found is not None and free + rest - begun > self.found[0][0]:
            return
        for j in others:
            if not any(i in others for i in self.wanted[j].after):
                starts = self.wanted[j].starts >> free
                self._put(j, free + first(starts), begun, [i for i in others if i != j])
