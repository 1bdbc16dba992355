"""The sessions as a flow: how many of each kind begin when, on which resources. A linear programme.

Who of alike guests does what is left out, and halves of sessions are allowed: whatever can be placed can be
placed here. If not even so all sessions find room, they find none. Where they do, whole sessions are mostly
what comes of it, and rounding.py reads a placement off it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from booking.bits import Mask, minutes
from booking.placement.problem import Claim, Problem, Task
from booking.placement.programme import Programme

SHORT = 0.01
"""Less than this is missing only by rounding: the sums are of whole sessions."""
MOST_STARTS = 4000
Starts = dict[int, int]
"""By time the column of how many begin then."""
Sums = list[tuple[int, int]]
"""In order, by time the column of how many have begun by then."""


class Hold(NamedTuple):
    """The column of whether a claim of sessions that begin at `start` takes the resource."""

    start: int
    claim: int
    resource: int
    column: int


class Kind(NamedTuple):
    """Alike tasks: of the same claims, starts and end."""

    tasks: list[int]
    starts: Starts
    holds: list[Hold]


def is_told(task: Task, claim: Claim) -> bool:
    """Whether the flow knows which resources the claim holds; others it leaves out."""
    return not claim.shared and claim.length is not None and task.host is None


class Flow:
    """The programme of one part, of a problem that is narrowed to it. `is_hopeless`: a task has no start at
    all; `is_small`: it can be solved.
    """

    def __init__(self, problem: Problem, part: Sequence[int]) -> None:
        self.problem = problem
        self.wanted = len(part)
        self.programme = Programme()
        self.kinds: list[Kind] = []
        self._by_guest = problem.by_guest()
        self._sums: dict[int, Sums] = {}
        self.is_hopeless = not all(problem.tasks[i].starts for i in part)
        alike: dict[tuple[int, Mask, int], list[int]] = {}
        for i in part:
            task = problem.tasks[i]
            alike.setdefault((id(task.claims), task.starts, task.end_at(0)), []).append(i)
        self.is_small = sum(mask.bit_count() for _, mask, _ in alike) <= MOST_STARTS
        if not self.is_hopeless and self.is_small:
            self._fill(alike)

    def _fill(self, alike: dict[tuple[int, Mask, int], list[int]]) -> None:
        covers: dict[int, list[tuple[int, int, int]]] = {}
        for (_, starts, _), tasks in alike.items():
            self.kinds.append(self._kind(tasks, starts, covers))
        for leaf_covers in covers.values():
            self._one_at_a_time(leaf_covers)
        for first in self.kinds:
            for second in self.kinds:
                if first is not second and self._in_pairs(first.tasks, second.tasks):
                    self._one_after_the_other(first, second)

    def _kind(self, tasks: list[int], starts: Mask, covers: dict[int, list[tuple[int, int, int]]]) -> Kind:
        """So many begin at each time, each with resources of its own."""
        programme, task = self.programme, self.problem.tasks[tasks[0]]
        at = {t: programme.column(len(tasks), worth=1.0) for t in minutes(starts)}
        programme.at_most(len(tasks), list(at.values()), [1.0] * len(at))
        holds = []
        only = {t: set[int]() for t in at}
        for c, claim in enumerate(task.claims):
            if not is_told(task, claim):
                continue
            options = [option for option in claim.options if option.starts & starts]
            for t, begun in at.items():
                free = [option.resource for option in options if option.starts >> t & 1]
                leaves = [leaf for resource in free for leaf in self.problem.leaves[resource]]
                if len(free) == claim.count and len(only[t].union(leaves)) == len(only[t]) + len(leaves):
                    only[t].update(leaves)
                    programme.bound(begun, 0.0, 1.0)  # whoever begins then holds them
                    used = [begun] * len(free)
                else:
                    used = [programme.column(1.0) for _ in free]
                    programme.row(0.0, 0.0, [begun, *used], [-float(claim.count), *([1.0] * len(used))])
                a, b = claim.held(t)
                for resource, holding in zip(free, used, strict=True):
                    holds.append(Hold(t, c, resource, holding))
                    for leaf in self.problem.leaves[resource]:
                        covers.setdefault(leaf, []).append((a, b, holding))
        return Kind(tasks, at, holds)

    def _one_at_a_time(self, covers: Sequence[tuple[int, int, int]]) -> None:
        """P5: at each time that something ends, what is under way is one at most."""
        events = [(a, True, column) for a, _, column in covers]
        events += [(b, False, column) for _, b, column in covers]
        under_way: dict[int, None] = {}
        grown = False
        for _, begins, column in sorted(events):
            if begins:
                under_way[column] = None
                grown = True
                continue
            if grown and len(under_way) > 1:
                self.programme.at_most(1.0, list(under_way), [1.0] * len(under_way))
            grown = False
            del under_way[column]

    def _in_pairs(self, first: Sequence[int], second: Sequence[int]) -> bool:
        """Whether each of the second comes after one of the first of its own (P10)."""
        tasks = self.problem.tasks
        follow = [tuple(j for j in second if j in tasks[i].precedes) for i in first]
        return len(set(follow)) == len(first) == len(second) and all(len(f) == 1 for f in follow)

    def _one_after_the_other(self, first: Kind, second: Kind) -> None:
        """By any time no more of the second have begun than of the first had ended."""
        task = self.problem.tasks[first.tasks[0]]
        before, after = self._begun(first.starts), self._begun(second.starts)
        gap = self._gap(task, self.problem.tasks[second.tasks[0]])
        ends = [task.end_at(s) for s, _ in before]
        self._no_more(after, before, [bisect_right(ends, t - gap) for t, _ in after])
        wait = self._longest_wait(first.tasks, second.tasks)
        if wait is not None:
            times = [t for t, _ in after]
            self._no_more(before, after, [bisect_right(times, end + wait) for end in ends])

    def _no_more(self, sums: Sums, others: Sums, counts: Sequence[int]) -> None:
        """Each sum is no more than the last of so many of the others. Where that is the same for several, the
        last of them says it for all: they grow with time.
        """
        tight = {count: column for (_, column), count in zip(sums, counts, strict=True)}
        for count, column in tight.items():
            more = [x for _, x in others[:count][-1:]]
            self.programme.at_most(0.0, [column, *more], [1.0, *[-1.0 for _ in more]])

    def _longest_wait(self, first: Sequence[int], second: Sequence[int]) -> int | None:
        """Between the two, where they are all that their guests attend on that date (P9)."""
        waits = []
        for i in first:
            task = self.problem.tasks[i]
            (other,) = (self.problem.tasks[j] for j in second if j in task.precedes)
            if not (task.attended and other.attended) or other.patient or task.date != other.date:
                return None
            for guest in task.guests:
                day = [j for j in self._by_guest[guest] if self.problem.tasks[j].date == task.date]
                wait = self.problem.party(guest).wait
                if len(day) != 2 or wait is None:
                    return None
                waits.append(wait)
        return max(waits)

    def _gap(self, task: Task, other: Task) -> int:
        if not (task.attended and other.attended):
            return 0
        return min(self.problem.party(g).gap for g in task.guests)

    def _begun(self, starts: Starts) -> Sums:
        key = id(starts)
        if key not in self._sums:
            out: Sums = []
            for t in sorted(starts):
                total = self.programme.column()
                before = [x for _, x in out[-1:]]
                self.programme.row(0.0, 0.0, [total, starts[t], *before], [-1.0, 1.0, *[1.0 for _ in before]])
                out.append((t, total))
            self._sums[key] = out
        return self._sums[key]
