"""The same starts on the resources that leave the venue in the best order (placement.md, 5, "then").

Resources that would do equally well are exchanged one at a time: fewer gaps too short to be of use, minutes
balanced among staff, no large room where a small one will do. What was held before stays.
"""

from collections.abc import Sequence

from booking.bits import Mask, span
from booking.placement.problem import Claim, Placed, Placement, Problem


def tidy(problem: Problem, placement: Placement) -> Placement:
    """The placement with better resources where there are any free."""
    ours: dict[int, Mask] = {}
    for i, placed in placement.items():
        for claim, resources in zip(problem.tasks[i].claims, placed.resources, strict=True):
            for resource in resources:
                _hold(problem, ours, resource, span(*claim.held(placed.start)))
    hosts = {task.host for task in problem.tasks}
    out = dict(placement)
    for i in sorted(placement, key=lambda i: (placement[i].start, i)):
        task, placed = problem.tasks[i], out[i]
        if i in hosts or task.must or task.host is not None:
            continue
        chosen = list(placed.resources)
        for c, claim in enumerate(task.claims):
            if claim.shared or claim.guests_of is not None:
                continue
            choices = problem.upkeep.choices(i, c, placed.start)
            chosen[c] = _better(problem, ours, claim, choices, placed.start, chosen, c)
        out[i] = Placed(placed.start, tuple(chosen))
    return out


def _better(
    problem: Problem,
    ours: dict[int, Mask],
    claim: Claim,
    choices: Sequence[int],
    start: int,
    chosen: list[tuple[int, ...]],
    c: int,
) -> tuple[int, ...]:
    held = claim.held(start)
    wanted = span(*held)
    elsewhere = {r for d, resources in enumerate(chosen) if d != c for r in resources}
    mine = list(chosen[c])
    for k, resource in enumerate(mine):
        if resource in (claim.was or ()):
            continue
        _release(problem, ours, resource, wanted)
        free = [
            r
            for r in choices
            if r not in elsewhere
            and r not in mine[:k] + mine[k + 1 :]
            and len(claim.dislikes.get(r, ())) <= len(claim.dislikes.get(resource, ()))
            and not any(ours.get(leaf, 0) & wanted for leaf in problem.leaves[r])
        ]
        mine[k] = min(free, key=lambda r: _cost(problem, ours, r, held), default=resource)
        _hold(problem, ours, mine[k], wanted)
    return tuple(mine)


def _cost(problem: Problem, ours: dict[int, Mask], resource: int, held: tuple[int, int]) -> tuple[int, ...]:
    """Useless gaps first, then minutes of staff or the size of a room, then the order of the catalog."""
    taken = 0
    for leaf in problem.leaves[resource]:
        taken |= ours.get(leaf, 0)
    free = problem.upkeep.free(resource) & ~taken
    before = ~free & span(0, held[0])
    after = ~(free >> held[1])
    gaps = (held[0] - before.bit_length(), (after & -after).bit_length() - 1)
    useless = sum(0 < gap < problem.upkeep.useful_gap for gap in gaps)
    busy = 0
    if problem.upkeep.is_staff(resource):
        day = span(held[0] - 720, held[1] + 720)
        busy = ((problem.upkeep.busy(resource) | taken) & day).bit_count()
    return (len(problem.leaves[resource]), useless, busy, problem.capacity[resource], resource)


def _hold(problem: Problem, ours: dict[int, Mask], resource: int, minutes: Mask) -> None:
    for leaf in problem.leaves[resource]:
        ours[leaf] = ours.get(leaf, 0) | minutes


def _release(problem: Problem, ours: dict[int, Mask], resource: int, minutes: Mask) -> None:
    for leaf in problem.leaves[resource]:
        ours[leaf] = ours.get(leaf, 0) & ~minutes
