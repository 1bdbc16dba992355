"""Of many resources that would do, those that have to be looked at (an exact reduction).

A claim competes with at most K - 1 others for a resource. If at each of its starts K of the kept resources
are free, one of them is left whatever the others take: a placement with a resource that was left out can be
changed into one without. Resources are kept by what they cost the guests' wishes, each kind for itself.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from booking.bits import Mask
from booking.placement.problem import Claim, Option, Task


def reduced(tasks: Sequence[Task], leaves: Sequence[tuple[int, ...]], order: Mapping[int, int]) -> list[Task]:
    """The tasks with claims of no more options than needed; `order` tells which resources are preferred."""
    hosts = {task.host for task in tasks}
    whole = {leaf for parts in leaves if len(parts) > 1 for leaf in parts}
    rivals = _rivals(tasks)
    known: dict[int, tuple[Claim, ...]] = {}
    out = []
    for i, task in enumerate(tasks):
        if i in hosts or task.host is not None:  # a place may suit what is associated, another not (P11)
            out.append(task)
            continue
        if id(task.claims) not in known:
            known[id(task.claims)] = tuple(
                _reduced(claim, rivals[claim.pool], leaves, whole, order, task.must) for claim in task.claims
            )
        out.append(replace(task, claims=known[id(task.claims)]))
    return out


def _rivals(tasks: Sequence[Task]) -> dict[frozenset[int], int]:
    """By pool: how many resources the claims want that may take one of it."""
    wanted: dict[frozenset[int], int] = {}
    for task in tasks:
        for claim in task.claims:
            wanted[claim.pool] = wanted.get(claim.pool, 0) + claim.count
    return {
        pool: sum(units for other, units in wanted.items() if not pool.isdisjoint(other)) for pool in wanted
    }


def _reduced(
    claim: Claim,
    rivals: int,
    leaves: Sequence[tuple[int, ...]],
    whole: set[int],
    order: Mapping[int, int],
    must: Sequence[int],
) -> Claim:
    divisible = any(len(leaves[o.resource]) > 1 or o.resource in whole for o in claim.options)
    if claim.shared or claim.guests_of is not None or divisible or len(claim.options) <= rivals:
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
