"""Of many resources that would do, those that have to be looked at (an exact reduction).

A claim competes with its rivals for a resource: the other claims that may hold one of the same pool while it
does. If at each of its starts one more of the kept resources is free than its rivals may take, one is left
whatever they do: a placement with a resource that was left out can be changed into one without. Resources are
kept by what they cost the guests' wishes, each kind for itself. Without rivals it is chosen at will, and no
solver hears of it.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from booking.bits import Mask, first, last
from booking.placement.problem import Claim, Option, Party, Task

Pool = frozenset[int]


def reduced(
    tasks: Sequence[Task],
    leaves: Sequence[tuple[int, ...]],
    order: Mapping[int, int],
    party: Callable[[int], Party],
) -> list[Task]:
    """The tasks with claims of no more options than needed; `order` tells which resources are preferred.

    `party` tells the gap between a guest's sessions.
    """
    hosts = {task.host for task in tasks}
    whole = {leaf for parts in leaves if len(parts) > 1 for leaf in parts}
    rivals = _Rivals(tasks, party)
    known: dict[tuple[int, tuple[int, ...]], tuple[Claim, ...]] = {}
    out = []
    for i, task in enumerate(tasks):
        if i in hosts or task.host is not None:  # a place may suit what is associated, another not (P11)
            out.append(task)
            continue
        wanted = tuple(rivals.of(i, claim) for claim in task.claims)
        if (id(task.claims), wanted) not in known:
            known[id(task.claims), wanted] = tuple(
                _reduced(claim, units, leaves, whole, order, task.must)
                for claim, units in zip(task.claims, wanted, strict=True)
            )
        out.append(replace(task, claims=known[id(task.claims), wanted]))
    return out


class _Rivals:
    """How many resources are wanted by the claims that may hold one at the same time, the claim itself too.

    Counted for tasks that can meet in time; of a guest's own sessions only one is under way.
    """

    def __init__(self, tasks: Sequence[Task], party: Callable[[int], Party]) -> None:
        self.tasks = tasks
        self.apart = [task.attended and _is_confined(task, party) for task in tasks]
        self.group = _that_can_meet(tasks)
        self.wanted: dict[int, dict[Pool, int]] = {}
        self.mine: dict[int, list[int]] = {}
        for i, task in enumerate(tasks):
            pools = self.wanted.setdefault(self.group[i], {})
            for claim in task.claims:
                pools[claim.pool] = pools.get(claim.pool, 0) + claim.count
            if self.apart[i]:
                for guest in task.guests:
                    self.mine.setdefault(guest, []).append(i)
        self.known: dict[tuple[int, Pool], int] = {}

    def of(self, i: int, claim: Claim) -> int:
        """For a claim of task i."""
        units = self.near(self.group[i], claim.pool)
        if not self.apart[i]:
            return units
        others = {j for guest in self.tasks[i].guests for j in self.mine[guest]}
        return units - sum(
            other.count
            for j in others
            if j != i and self.group[j] == self.group[i]
            for other in self.tasks[j].claims
            if not other.pool.isdisjoint(claim.pool)
        )

    def near(self, group: int, pool: Pool) -> int:
        if (group, pool) not in self.known:
            self.known[group, pool] = sum(
                units for other, units in self.wanted[group].items() if not pool.isdisjoint(other)
            )
        return self.known[group, pool]


def _is_confined(task: Task, party: Callable[[int], Party]) -> bool:
    """Whether it holds nothing beyond the time in which its guests can be nowhere else (P8)."""
    if task.length is None:
        return False
    end = task.length + min(party(guest).gap for guest in task.guests)
    return all(
        claim.lead >= 0 and claim.length is not None and claim.lead + claim.length <= end
        for claim in task.claims
    )


def _that_can_meet(tasks: Sequence[Task]) -> list[int]:
    """By task the number of its group; what tasks of two groups hold is never held at the same time."""
    spans = []
    for i, task in enumerate(tasks):
        if task.starts:
            low, high = first(task.starts), last(task.starts)
            begins = min((claim.held(low)[0] for claim in task.claims), default=low)
            ends = max((claim.held(high)[1] for claim in task.claims), default=high)
            spans.append((begins, ends, i))
    group, reach, number = [0] * len(tasks), None, 0
    for begins, ends, i in sorted(spans):
        if reach is None or begins >= reach:
            number += 1
            reach = ends
        reach = max(reach, ends)
        group[i] = number
    return group


def _reduced(
    claim: Claim,
    rivals: int,
    leaves: Sequence[tuple[int, ...]],
    whole: set[int],
    order: Mapping[int, int],
    must: Sequence[int],
) -> Claim:
    divisible = any(len(leaves[o.resource]) > 1 or o.resource in whole for o in claim.options)
    plain = claim.guests_of is None and not divisible
    at_will = plain and rivals == claim.count and not (claim.dislikes or must or claim.was)
    if at_will != claim.at_will:
        claim = replace(claim, at_will=at_will)
    if claim.shared or not plain or at_will or len(claim.options) <= rivals:
        return claim
    kinds: dict[object, list[Option]] = {}
    for option in sorted(claim.options, key=lambda o: order[o.resource]):
        kinds.setdefault(claim.dislikes.get(option.resource, ()), []).append(option)
    named = {*must, *(claim.was or ())}
    kept = {o.resource for options in kinds.values() for o in _covering(options, rivals)} | named
    return replace(claim, options=tuple(o for o in claim.options if o.resource in kept))


def _covering(options: Sequence[Option], times: int) -> list[Option]:
    """Options of which at every start as many are free as of all, up to `times`."""
    levels: list[Mask] = [0] * times
    kept = []
    for option in options:
        new = option.starts
        if not new & ~levels[-1]:
            continue
        kept.append(option)
        for i in range(times):
            new, levels[i] = new & levels[i], levels[i] | new
            if not new:
                break
    return kept
