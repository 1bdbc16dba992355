"""From a flow to a placement, or to the proof that there is none.

The flow says how many sessions begin when, on which resources; whose they are is found by matching guests
with starts, one kind of session after the other. What comes of it is kept only if every rule is.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from booking.placement.flow import SHORT, Flow
from booking.placement.greedy import respected
from booking.placement.problem import Placement, Problem
from booking.placement.schedule import Schedule

WHOLE = 1e-6
"""What differs from a whole number by less is one."""
DIVES = 12
"""So many times a hold that is only partly there is made whole, and the rest solved anew."""
Values = Sequence[float]


def settled(problem: Problem, part: Sequence[int], seconds: float) -> Placement | Literal["no"] | None:
    """A placement of the part, "no" where there certainly is none, or None: not known."""
    flow = Flow(problem, part)
    if flow.is_hopeless:
        return "no"
    if not flow.is_small:
        return None
    found = flow.programme.best(seconds)
    if found is None:
        return None
    if found[0] < flow.wanted - SHORT:
        return "no"
    values = _made_whole(flow, found[1], seconds)
    return None if values is None else _read(problem, part, flow, values)


def _made_whole(flow: Flow, values: Values, seconds: float) -> Values | None:
    """Values that are whole numbers: one after the other is fixed at one that it is near to."""
    columns = [hold.column for kind in flow.kinds for hold in kind.holds]
    columns += [column for kind in flow.kinds for column in kind.starts.values()]
    fixed: int | None = None
    for _ in range(DIVES):
        halves = {c: part for c in columns if WHOLE < (part := values[c] % 1.0) < 1 - WHOLE}
        if not halves:
            return values
        column = max(halves, key=lambda c: halves[c])
        if fixed == column:
            return None
        fixed = column
        whole = float(int(values[column]) + 1)
        flow.programme.bound(column, whole, whole)
        found = flow.programme.best(seconds)
        if found is None or found[0] < flow.wanted - SHORT:
            flow.programme.bound(column, 0.0, whole - 1.0)
            found = flow.programme.best(seconds)
        if found is None or found[0] < flow.wanted - SHORT:
            return None
        values = found[1]
    return None


def _read(problem: Problem, part: Sequence[int], flow: Flow, values: Values) -> Placement | None:
    """The placement that the values stand for; None where the guests cannot share it out."""
    schedule = Schedule(problem, part)
    for kind in sorted(flow.kinds, key=lambda kind: _turn(problem, kind.tasks[0])):
        times = [t for t, column in sorted(kind.starts.items()) for _ in range(round(values[column]))]
        mine = _matched(schedule, kind.tasks, times)
        if mine is None:
            return None
        liked: dict[int, dict[int, set[int]]] = {}
        for hold in kind.holds:
            if round(values[hold.column]):
                liked.setdefault(hold.start, {}).setdefault(hold.claim, set()).add(hold.resource)
        if not all(schedule.place(i, start, liked.get(start, {})) for i, start in mine.items()):
            return None
    return schedule.at if respected(problem, part, schedule.at) else None


def _turn(problem: Problem, i: int) -> int:
    """Hosts before what is at their place, and what others come after before these."""
    task = problem.tasks[i]
    behind = [] if task.host is None else [task.host]
    behind += [j for j, other in enumerate(problem.tasks) if i in other.precedes]
    return 1 + max((_turn(problem, j) for j in behind), default=0)


def _matched(schedule: Schedule, tasks: Sequence[int], times: Sequence[int]) -> dict[int, int] | None:
    """A start for each task beside what its guests do already (augmenting paths), or None."""
    open_to = {i: [n for n, t in enumerate(times) if _fits(schedule, i, t)] for i in tasks}
    taken: dict[int, int] = {}

    def seek(i: int, seen: set[int]) -> bool:
        for n in open_to[i]:
            if n not in seen:
                seen.add(n)
                if n not in taken or seek(taken[n], seen):
                    taken[n] = i
                    return True
        return False

    # Whoever can begin first does: that is best where sessions follow each other.
    if all(open_to.values()) and all(seek(i, set()) for i in sorted(tasks, key=lambda i: open_to[i])):
        return {i: times[n] for n, i in taken.items()}
    return None


def _fits(schedule: Schedule, i: int, start: int) -> bool:
    """Whether it is in time for its guests, those of their sessions considered that are placed."""
    problem, at = schedule.problem, schedule.at
    task = problem.tasks[i]
    if not (task.starts >> start & 1 and schedule.fits_guests(i, start) and schedule.fits_order(i, start)):
        return False
    for guest in task.guests if task.attended else ():
        wait = problem.party(guest).wait
        others = [j for j in schedule.by_guest[guest] if j != i and problem.tasks[j].date == task.date]
        if wait is None or not all(j in at for j in others):
            continue
        day = sorted([(start, i), *((at[j].start, j) for j in others)])
        for (a, before), (b, after) in pairwise(day):
            if not problem.tasks[after].patient and b - problem.tasks[before].end_at(a) > wait:
                return False
    return True
