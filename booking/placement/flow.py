"""A proof that there is no placement, by a linear programme: how many sessions of each kind begin when.

Who of alike guests does what is left out, and halves of sessions are allowed: whatever can be placed can be
placed here. If not even so all sessions find room, they find none.
"""

from collections.abc import Sequence

from ortools.linear_solver import pywraplp

from booking.bits import Mask, minutes
from booking.placement.bounds import within_reach
from booking.placement.problem import Problem, Task

SHORT = 0.01
"""Less than this is missing only by rounding: the sums are of whole sessions."""
MOST_STARTS = 4000
Kind = tuple[int, Mask, int]
Starts = dict[int, pywraplp.Variable]


def overflows(problem: Problem, part: Sequence[int], seconds: float) -> bool:
    """Whether the part certainly has no placement; silence means nothing."""
    left = within_reach(problem, part)
    kinds: dict[Kind, list[int]] = {}
    for i in part:
        task = problem.tasks[i]
        if not left[i]:
            return True
        kinds.setdefault((id(task.claims), left[i], task.end_at(0)), []).append(i)
    if sum(mask.bit_count() for _, mask, _ in kinds) > MOST_STARTS:
        return False
    return _Flow(problem, left, kinds).falls_short(seconds)


class _Flow:
    def __init__(self, problem: Problem, left: dict[int, Mask], kinds: dict[Kind, list[int]]) -> None:
        self.problem, self.left, self.kinds = problem, left, kinds
        self.by_guest = problem.by_guest()
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.starts: dict[Kind, Starts] = {}
        self.covers: dict[int, list[tuple[int, int, pywraplp.Variable]]] = {}

    def falls_short(self, seconds: float) -> bool:
        solver = self.solver
        solver.SetTimeLimit(max(1, round(1000 * seconds)))
        for kind, tasks in self.kinds.items():
            self.begin(kind, tasks)
        for leaf_covers in self.covers.values():
            self.one_at_a_time(leaf_covers)
        for first, first_tasks in self.kinds.items():
            for second, second_tasks in self.kinds.items():
                if first is not second and self.in_pairs(first_tasks, second_tasks):
                    self.one_after_the_other(first, second, first_tasks[0])
        solver.Maximize(solver.Sum([x for of in self.starts.values() for x in of.values()]))
        if solver.Solve() != pywraplp.Solver.OPTIMAL:
            return False
        wanted = sum(len(tasks) for tasks in self.kinds.values())
        return bool(solver.Objective().Value() < wanted - SHORT)

    def begin(self, kind: Kind, tasks: Sequence[int]) -> None:
        """So many begin at each time, each with resources of its own."""
        solver, task = self.solver, self.problem.tasks[tasks[0]]
        at: Starts = {t: solver.NumVar(0, len(tasks), "") for t in minutes(kind[1])}
        self.starts[kind] = at
        solver.Add(solver.Sum(list(at.values())) <= len(tasks))
        for claim in task.claims:
            if claim.shared or claim.length is None or task.host is not None:
                continue
            for t, begun in at.items():
                used = []
                for option in claim.options:
                    if option.starts >> t & 1:
                        holds = solver.NumVar(0, 1, "")
                        used.append(holds)
                        for leaf in self.problem.leaves[option.resource]:
                            self.covers.setdefault(leaf, []).append((*claim.held(t), holds))
                row = solver.RowConstraint(0, 0, "")
                row.SetCoefficient(begun, -claim.count)
                for holds in used:
                    row.SetCoefficient(holds, 1)

    def one_at_a_time(self, covers: Sequence[tuple[int, int, pywraplp.Variable]]) -> None:
        """P5: at each time that something ends, what is under way is one at most."""
        events = [(a, True, n) for n, (a, _, _) in enumerate(covers)]
        events += [(b, False, n) for n, (_, b, _) in enumerate(covers)]
        under_way: set[int] = set()
        grown = False
        for _, begins, n in sorted(events):
            if begins:
                under_way.add(n)
                grown = True
                continue
            if grown and len(under_way) > 1:
                row = self.solver.RowConstraint(0, 1, "")
                for k in under_way:
                    row.SetCoefficient(covers[k][2], 1)
            grown = False
            under_way.discard(n)

    def in_pairs(self, first: Sequence[int], second: Sequence[int]) -> bool:
        """Whether each of the second comes after one of the first of its own (P10)."""
        tasks = self.problem.tasks
        follow = [tuple(j for j in second if j in tasks[i].precedes) for i in first]
        return len(set(follow)) == len(first) == len(second) and all(len(f) == 1 for f in follow)

    def one_after_the_other(self, first: Kind, second: Kind, one: int) -> None:
        """By any time no more of the second have begun than of the first had ended."""
        task = self.problem.tasks[one]
        before, after = self.sums(self.starts[first]), self.sums(self.starts[second])
        gap = self.gap(task, second)
        for t, begun in after:
            ended = next((x for s, x in reversed(before) if task.end_at(s) + gap <= t), None)
            row = self.solver.RowConstraint(-self.solver.infinity(), 0, "")
            row.SetCoefficient(begun, 1)
            if ended is not None:
                row.SetCoefficient(ended, -1)
        wait = self.longest_wait(first, second)
        for s, begun in before if wait is not None else ():
            row = self.solver.RowConstraint(-self.solver.infinity(), 0, "")
            row.SetCoefficient(begun, 1)
            followed = next((x for t, x in reversed(after) if t <= task.end_at(s) + (wait or 0)), None)
            if followed is not None:
                row.SetCoefficient(followed, -1)

    def longest_wait(self, first: Kind, second: Kind) -> int | None:
        """Between the two, where they are all that their guests attend on that date (P9)."""
        waits = []
        for i in self.kinds[first]:
            task = self.problem.tasks[i]
            (other,) = (self.problem.tasks[j] for j in self.kinds[second] if j in task.precedes)
            if not (task.attended and other.attended) or other.patient or task.date != other.date:
                return None
            for guest in task.guests:
                day = [j for j in self.by_guest[guest] if self.problem.tasks[j].date == task.date]
                wait = self.problem.party(guest).wait
                if len(day) != 2 or wait is None:
                    return None
                waits.append(wait)
        return max(waits)

    def gap(self, task: Task, second: Kind) -> int:
        other = self.problem.tasks[self.kinds[second][0]]
        if not (task.attended and other.attended):
            return 0
        return min(self.problem.party(g).gap for g in task.guests)

    def sums(self, starts: Starts) -> list[tuple[int, pywraplp.Variable]]:
        """How many have begun by each time."""
        out: list[tuple[int, pywraplp.Variable]] = []
        for t in sorted(starts):
            total = self.solver.NumVar(0, self.solver.infinity(), "")
            row = self.solver.RowConstraint(0, 0, "")
            row.SetCoefficient(total, -1)
            row.SetCoefficient(starts[t], 1)
            if out:
                row.SetCoefficient(out[-1][1], 1)
            out.append((t, total))
        return out
