"""Every start at which a case fits, exactly (placement.md, 6).

A start is decided by the same problem that books it. What one start teaches is kept for the others: a witness
whose starts still fit says yes, a refusal whose sets of starts contain these says no.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from booking.arrivals import arriving, by_arrival_alone, cut, that_fit
from booking.bits import Mask, first, is_single, last
from booking.case import Case
from booking.occupancy import Situation
from booking.placement.bounds import within_reach
from booking.placement.parts import parts
from booking.placement.problem import Problem
from booking.placement.solve import decide_part
from booking.prepare import prepare
from catalog.times import wall_of

Key = tuple[int, str, tuple[int, ...]]
"""A session, whatever the start: line, component, guests."""


class Slot(NamedTuple):
    """A start that fits, and the end where it is the same for every placement."""

    start: int
    end: int | None


class Found(NamedTuple):
    """The slots among the starts asked about; `unknown_from` is the first start left undecided."""

    slots: tuple[Slot, ...]
    unknown_from: int | None = None


class Memory:
    """What has been learnt about parts of earlier starts."""

    def __init__(self, size: int = 12) -> None:
        self.size = size
        self.witnesses: dict[frozenset[Key], list[dict[Key, int]]] = {}
        self.refusals: list[dict[Key, int]] = []

    def fits(self, masks: dict[Key, int]) -> bool:
        """Whether an earlier witness uses only starts that are allowed here."""
        return any(
            all(masks[key] >> start & 1 for key, start in witness.items())
            for witness in self.witnesses.get(frozenset(masks), ())
        )

    def fails(self, masks: dict[Key, int]) -> bool:
        """Whether a part of the same sessions, with at least these starts, was refused earlier.

        One of fewer sessions says nothing: another session between two may shorten a guest's wait (P9).
        """
        return any(
            refusal.keys() == masks.keys() and all(masks[key] & ~wide == 0 for key, wide in refusal.items())
            for refusal in self.refusals
        )

    def keep_witness(self, witness: dict[Key, int]) -> None:
        kept = self.witnesses.setdefault(frozenset(witness), [])
        kept.insert(0, witness)
        del kept[self.size :]

    def keep_refusal(self, masks: dict[Key, int]) -> None:
        self.refusals.insert(0, masks)
        del self.refusals[4 * self.size :]


def find(
    situation: Situation,
    case_at: Callable[[int], Case],
    starts: Sequence[int],
    deadline: float,
) -> Found:
    """Decides each start, `case_at` giving the case for it; `deadline` is by the monotonic clock."""
    memory = Memory()
    slots: list[Slot] = []
    for date in _by_date(situation, starts):
        first, last = case_at(date[0]), case_at(date[-1])
        if len(date) > 1 and by_arrival_alone(first, last):
            found = _of_date(situation, first, date, deadline)
        else:
            found = _one_by_one(situation, case_at, date, memory, deadline)
        slots += found.slots
        if found.unknown_from is not None:
            return Found(tuple(slots), found.unknown_from)
    return Found(tuple(slots))


def _by_date(situation: Situation, starts: Sequence[int]) -> list[list[int]]:
    return [list(date) for _, date in groupby(starts, lambda start: wall_of(situation.tz, start)[0])]


def _of_date(situation: Situation, case: Case, starts: Sequence[int], deadline: float) -> Found:
    """The slots among starts that differ by the arrival alone."""
    if time.monotonic() > deadline:
        return Found((), starts[0])
    problem, which = prepare(situation, case).problem, arriving(case)
    arrivals = [start - situation.base for start in starts]
    yes, no = that_fit(problem, which, arrivals, deadline)
    slots = tuple(map(Slot, starts, _ends(situation, problem, which, arrivals[:yes])))
    return Found(slots, starts[yes] if yes < no else None)


def _one_by_one(
    situation: Situation,
    case_at: Callable[[int], Case],
    starts: Sequence[int],
    memory: Memory,
    deadline: float,
) -> Found:
    verdicts: dict[int, Slot | None] = {}
    for index in _halving(len(starts)):
        if time.monotonic() > deadline:
            break
        start = starts[index]
        case = case_at(start)
        problem = prepare(situation, case).problem
        verdict = decide(problem, keys_of(case), memory, deadline)
        if verdict is None:
            continue
        verdicts[start] = Slot(start, _end(situation, problem)) if verdict else None
    unknown = next((start for start in starts if start not in verdicts), None)
    known = (verdicts[s] for s in starts if s in verdicts and (unknown is None or s < unknown))
    return Found(tuple(slot for slot in known if slot is not None), unknown)


def keys_of(case: Case) -> list[Key]:
    """The sessions' keys, in their order."""
    return [(s.line, s.component, s.guests) for s in case.sessions]


def decide(problem: Problem, keys: Sequence[Key], memory: Memory, deadline: float) -> bool | None:
    """Whether the problem has a placement; None where time ran out."""
    if any(not task.starts for task in problem.tasks):
        return False
    open_parts = []
    for part in parts(problem):
        masks = {keys[i]: problem.tasks[i].starts for i in part}
        if memory.fails(masks):
            return False
        if not memory.fits(masks):
            open_parts.append((part, masks))
    verdict: bool | None = True
    for part, masks in sorted(open_parts, key=lambda p: len(p[0])):
        answer = decide_part(problem, part, deadline - time.monotonic())
        if answer.verdict == "no":
            memory.keep_refusal(masks)
            return False
        if answer.placement is None:
            verdict = None
        else:
            memory.keep_witness({keys[i]: placed.start for i, placed in answer.placement.items()})
    return verdict


def _ends(
    situation: Situation, problem: Problem, which: Sequence[int], arrivals: Sequence[int]
) -> list[int | None]:
    """The ends of arrivals that fit, in order."""
    latest = cut(problem, which, arrivals[-1]).tasks if arrivals else ()
    if not any(is_single(task.starts) for task in latest):  # nor is anything pinned if they arrive earlier
        return [None] * len(arrivals)
    return [_end(situation, cut(problem, which, arrival)) for arrival in arrivals]


def _end(situation: Situation, problem: Problem) -> int | None:
    """The end of the whole, where no choice of the solver can change it."""
    starts = [task.starts for task in problem.tasks]
    if not any(map(is_single, starts)):
        return None
    end = _only_end(problem, starts)
    if end is None:  # what could come last may have to come before something else
        left = within_reach(problem, range(len(starts)))
        end = _only_end(problem, [left[i] for i in range(len(starts))])
    return None if end is None else end + situation.base


def _only_end(problem: Problem, starts: Sequence[Mask]) -> int | None:
    """When all is over, if it is the same however early or late the tasks start."""
    if not all(starts):
        return None
    both = list(zip(problem.tasks, starts, strict=True))
    latest = max(task.end_at(last(mask)) for task, mask in both)
    return latest if latest == max(task.end_at(first(mask)) for task, mask in both) else None


def _halving(count: int) -> Iterable[int]:
    """0 … count - 1, the middle first: neighbours then mostly follow from what is known."""
    pending = [(0, count)]
    while pending:
        a, b = pending.pop(0)
        if a < b:
            middle = (a + b) // 2
            yield middle
            pending += [(a, middle), (middle + 1, b)]
