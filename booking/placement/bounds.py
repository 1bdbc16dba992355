"""Quick proofs that there is no placement: more is wanted of some resources than they can do one after the
other.

Each bound is necessary, none is sufficient: silence means nothing.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise, permutations
from math import comb

from msgspec.structs import replace

from booking.bits import Mask, first, shifted, spread, spread_back
from booking.placement.problem import Claim, Party, Problem, Task

MOST_OF_A_DAY = 6
"""Guests with more sessions on a day are passed over: their orders are too many to try."""
TOGETHER = 3
"""So many kinds of claims are counted together at most."""
MOST_COMBINATIONS = 2_000
"""Of a whole day's orders there are more: they would take longer than the solver does."""


class _Kind:
    """Alike claims of alike tasks: how many holds they want in all, and when each resource could serve."""

    def __init__(self, claim: Claim) -> None:
        self.wanted = 0
        self.claim = claim
        self.length = claim.length or 1
        self.starts = 0

    @property
    def holds(self) -> dict[int, Mask]:
        """By resource: the minutes at which a hold could begin, if there are any."""
        some = ((o.resource, o.starts & self.starts) for o in self.claim.options)
        return {resource: shifted(starts, self.claim.lead) for resource, starts in some if starts}


def narrowed(problem: Problem, part: Sequence[int]) -> Problem:
    """The problem with no more starts of these tasks than are within reach: with the same placements."""
    tasks = list(problem.tasks)
    for i, starts in within_reach(problem, part).items():
        tasks[i] = replace(tasks[i], starts=starts)
    return replace(problem, tasks=tuple(tasks))


def refuted(problem: Problem, part: Sequence[int]) -> bool:
    """Whether the part, of a problem that is narrowed to it, certainly has no placement."""
    if not all(problem.tasks[i].starts for i in part):
        return True
    kinds = [(kind.wanted, kind.length, kind.holds) for kind in _kinds(problem, part)]
    for size in range(1, TOGETHER + 1):
        if comb(len(kinds), size) > MOST_COMBINATIONS:
            break
        for together in combinations(kinds, size):
            if _linked(together) and _wanting(together):
                return True
    return len(kinds) > TOGETHER and _wanting(kinds)


def within_reach(problem: Problem, part: Sequence[int]) -> dict[int, Mask]:
    """The starts of each task from which its guests can do all of that day in some order (P8 … P10)."""
    left = {i: problem.tasks[i].starts for i in part}
    known: dict[object, list[Mask]] = {}
    for guest, tasks in problem.by_guest(part).items():
        party = problem.party(guest)
        days: dict[int, list[int]] = {}
        for i in tasks:
            days.setdefault(problem.tasks[i].date, []).append(i)
        for day in days.values():
            if not 1 < len(day) <= MOST_OF_A_DAY or any(problem.tasks[i].length is None for i in day):
                continue
            order = tuple(tuple(j in problem.tasks[i].precedes for j in day) for i in day)
            of = [problem.tasks[i] for i in day]
            key = (party, order, tuple((t.starts, t.length, t.patient) for t in of))
            if key not in known:
                known[key] = _chains(of, order, party)
            for i, mask in zip(day, known[key], strict=True):
                left[i] &= mask
    return left


def _chains(of: Sequence[Task], before: Sequence[Sequence[bool]], party: Party) -> list[Mask]:
    """The starts of each of a guest's tasks of a day that occur in some chain of all of them."""
    found = [0] * len(of)
    for turn in permutations(range(len(of))):
        if any(before[later][earlier] for earlier, later in combinations(turn, 2)):
            continue
        ahead = [of[turn[0]].starts]
        for earlier, later in pairwise(turn):
            soonest = ahead[-1] << ((of[earlier].length or 0) + party.gap)
            ahead.append(of[later].starts & _waited(soonest, of[later], party))
        if not ahead[-1]:
            continue
        mask = ahead[-1]
        found[turn[-1]] |= mask
        for k in range(len(turn) - 2, -1, -1):
            a, b = of[turn[k]], of[turn[k + 1]]
            if party.wait is None or b.patient:
                mask = (1 << mask.bit_length()) - 1
            else:
                mask = spread_back(mask, party.wait - party.gap) if party.wait >= party.gap else 0
            mask = ahead[k] & mask >> ((a.length or 0) + party.gap)
            found[turn[k]] |= mask
    return found


def _waited(soonest: Mask, task: Task, party: Party) -> Mask:
    """The starts at which the next task may begin, given those at which it could at the soonest."""
    if not soonest:
        return 0
    if party.wait is None or task.patient:
        return -1 << first(soonest)
    return spread(soonest, party.wait - party.gap) if party.wait >= party.gap else 0


def _kinds(problem: Problem, part: Sequence[int]) -> list[_Kind]:
    kinds: dict[tuple[int, int], _Kind | None] = {}
    for i in part:
        task = problem.tasks[i]
        for c, claim in enumerate(task.claims if task.host is None else ()):
            key = id(task.claims), c
            if key not in kinds:
                kinds[key] = _Kind(claim) if _is_plain(problem, claim) else None
            kind = kinds[key]
            if kind is not None:
                kind.wanted += claim.count
                kind.starts |= task.starts
    return [kind for kind in kinds.values() if kind is not None]


def _is_plain(problem: Problem, claim: Claim) -> bool:
    """Whether it holds whole resources that have no parts, for so many minutes."""
    if claim.shared or claim.length is None:
        return False
    return all(len(problem.leaves[option.resource]) == 1 for option in claim.options)


_Wanted = tuple[int, int, dict[int, Mask]]
"""How many holds, of what length, and by resource when one could begin."""


def _linked(together: Sequence[_Wanted]) -> bool:
    """Whether each kind competes with another of them: else they say no more than each alone."""
    if len(together) == 1:
        return True
    return all(
        any(kind[2].keys() & other[2].keys() for other in together if other is not kind) for kind in together
    )


def _wanting(together: Sequence[_Wanted]) -> bool:
    wanted = sum(kind[0] for kind in together)
    done = 0
    for resource in dict.fromkeys(r for _, _, holds in together for r in holds):
        rows = [(holds[resource], length) for _, length, holds in together if resource in holds]
        done += most(rows, wanted - done)
        if done >= wanted:
            return False
    return True


def most(holds: Sequence[tuple[Mask, int]], enough: int) -> int:
    """How many holds, each (starts, length), fit on one resource one after the other; no more than `enough`.

    Taking the one that ends first is best: whatever follows it could follow any other.
    """
    count, now = 0, 0
    while count < enough:
        ends = []
        for mask, length in holds:
            later = mask >> now
            if later:
                ends.append(now + first(later) + length)
        if not ends:
            break
        now = min(ends)
        count += 1
    return count
