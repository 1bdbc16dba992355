"""Starts of a date that differ in nothing but the arrival (P2): what fits for one fits for every earlier one.

So there is a latest start that fits. It is looked for from the end, in growing steps, then by halving, in
each independent part for itself. A placement that begins later than it had to says yes to all starts until
then; and until the first time at which anybody can begin at all, all starts ask the same.
"""

import time
from bisect import bisect_right
from collections.abc import Sequence

from msgspec.structs import replace

from booking.bits import first, last
from booking.case import Case
from booking.placement.bounds import narrowed
from booking.placement.parts import parts
from booking.placement.problem import Problem
from booking.placement.solve import decide_narrowed, decide_part


def by_arrival_alone(first: Case, later: Case) -> bool:
    """Whether the two differ only in when the guests arrive."""
    return first.sessions == later.sessions and all(session.was is None for session in first.sessions)


def arriving(case: Case) -> list[int]:
    """The sessions that may not start before the arrival (P2)."""
    return [i for i, s in enumerate(case.sessions) if s.attended or s.start is None]


def cut(problem: Problem, which: Sequence[int], arrival: int) -> Problem:
    """The problem of guests who arrive then; `which` may not start before."""
    tasks = list(problem.tasks)
    for i in which:
        tasks[i] = replace(tasks[i], starts=tasks[i].starts >> arrival << arrival)
    return replace(problem, tasks=tuple(tasks))


def that_fit(
    problem: Problem, which: Sequence[int], arrivals: Sequence[int], deadline: float
) -> tuple[int, int]:
    """Of the arrivals (in order, the problem is that of the first): so many of the first fit, and from this
    one on it is certain that they do not. Between them time did not suffice.
    """
    fit, until = len(arrivals), len(arrivals)
    if any(not task.starts for task in problem.tasks):
        return 0, 0
    for part in sorted(parts(problem), key=len):
        mine = sorted(set(part) & set(which))
        yes, no = _of_part(problem, part, mine, arrivals[:until], deadline)
        fit, until = min(fit, yes), min(until, no)
        if not until:
            break
    return fit, until


def _of_part(
    problem: Problem, part: Sequence[int], which: Sequence[int], arrivals: Sequence[int], deadline: float
) -> tuple[int, int]:
    if not which:  # on later dates: it is the same for all
        verdict = decide_part(problem, part, deadline - time.monotonic()).verdict
        return (len(arrivals) if verdict == "yes" else 0), (0 if verdict == "no" else len(arrivals))
    problem = narrowed(problem, part)
    yes, no = 0, min(bisect_right(arrivals, last(problem.tasks[i].starts)) for i in which)
    unknown = no  # from here on nobody can tell any more
    step = 1  # what does not fit is mostly told at once: from the last of them back, in growing steps
    while yes < unknown:
        at = max(yes, unknown - step) if not yes else (yes + unknown) // 2
        step *= 2
        later = narrowed(cut(problem, which, arrivals[at]), part)
        alike = bisect_right(arrivals, min(first(later.tasks[i].starts) for i in which))  # they ask the same
        if at < no < alike:
            no = unknown = at
            continue
        answer = decide_narrowed(later, part, deadline - time.monotonic())
        if answer.placement is not None:
            begin = min(answer.placement[i].start for i in which)
            yes = max(alike, bisect_right(arrivals, begin))
        elif answer.verdict == "no":
            no = unknown = at
        else:
            unknown = at
    return min(yes, no), no
