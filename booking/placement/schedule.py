"""A placement in the making: where tasks stand, and what they hold of the resources meanwhile."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from booking.bits import Mask, shifted, span, spread_back
from booking.placement.problem import Claim, Placed, Placement, Problem, Task


class Schedule:
    """Tasks are placed and removed one at a time; each takes resources that are free then, or is refused.

    `at`: where they stand; `taken`: by leaf, the minutes held whole; `places`: by shared resource, what is
    held of it as (start, end, places).
    """

    def __init__(self, problem: Problem, among: Sequence[int] | None = None) -> None:
        self.problem = problem
        self.at: Placement = {}
        self.taken: dict[int, Mask] = {}
        self.places: dict[int, list[tuple[int, int, int]]] = {}
        self.after: dict[int, list[int]] = {}
        self.by_guest = problem.by_guest(among)
        for i in range(len(problem.tasks)) if among is None else among:
            for j in problem.tasks[i].precedes:
                self.after.setdefault(j, []).append(i)

    def put(self, placement: Placement) -> None:
        """Places tasks where they are known to fit."""
        for i, placed in placement.items():
            self.at[i] = placed
            self.hold(i, add=True)

    def place_if_it_fits(self, i: int, start: int) -> bool:
        """Places the task then, if its guests, the order and the resources allow it."""
        return self.fits_guests(i, start) and self.fits_order(i, start) and self.place(i, start)

    def fits_guests(self, i: int, start: int) -> bool:
        """Whether none of its guests is elsewhere then (P8)."""
        task = self.problem.tasks[i]
        if not task.attended:
            return True
        end = task.end_at(start)
        for guest in task.guests:
            gap = self.problem.party(guest).gap
            for j in self.by_guest[guest]:
                placed = self.at.get(j)
                if placed is not None and j != i:
                    other = self.problem.tasks[j]
                    if start < other.end_at(placed.start) + gap and placed.start < end + gap:
                        return False
        return True

    def fits_order(self, i: int, start: int) -> bool:
        """Whether the order holds against what is placed (P10)."""
        tasks = self.problem.tasks
        end = tasks[i].end_at(start)
        if any(j in self.at and self.at[j].start < end for j in tasks[i].precedes):
            return False
        return not any(
            j in self.at and tasks[j].end_at(self.at[j].start) > start for j in self.after.get(i, ())
        )

    def possible(self, i: int) -> Mask:
        """The starts that what is placed leaves, resources counted one claim at a time."""
        task = self.problem.tasks[i]
        mask = task.starts
        host = self.host_interval(task)
        if host is not None and task.length is not None:
            mask &= span(host[0], host[1] - task.length + 1)
        elif task.host is not None:
            mask = 0 if task.host not in self.at else mask
        met = self.met_claim(task)
        for c, claim in enumerate(task.claims):
            if claim.shared or c == met or claim.length is None:
                continue
            missing = mask
            for option in claim.options:
                starts = option.starts & missing
                if not starts:
                    continue
                taken = 0
                for leaf in self.problem.leaves[option.resource]:
                    taken |= self.taken.get(leaf, 0)
                if taken:
                    starts &= ~shifted(spread_back(taken, claim.length - 1), -claim.lead)
                missing ^= starts
                if not missing:
                    break
            mask ^= missing
        return mask

    def host_interval(self, task: Task) -> tuple[int, int] | None:
        """The interval in which the host holds its place, once the host is placed (P11)."""
        if task.host is None or task.host_claim is None or task.host not in self.at:
            return None
        claim = self.problem.tasks[task.host].claims[task.host_claim]
        return claim.held(self.at[task.host].start)

    def met_claim(self, task: Task) -> int | None:
        """The claim that the host's place meets (P11)."""
        return min((c for r in self.hosts_place(task) if (c := task.met_at(r)) is not None), default=None)

    def hosts_place(self, task: Task) -> tuple[int, ...]:
        """The resources at which the host takes place, once it is placed: its own or its host's (P11)."""
        if task.host is None or task.host_claim is None or task.host not in self.at:
            return ()
        own = self.at[task.host].resources[task.host_claim]
        return own or self.hosts_place(self.problem.tasks[task.host])

    def place(self, i: int, start: int, liked: Mapping[int, Collection[int]] = MappingProxyType({})) -> bool:
        """Holds resources for the task at that start, those liked (by claim) if they are free.

        False where there are none.
        """
        task = self.problem.tasks[i]
        host = self.host_interval(task)
        if task.host is not None and (host is None or start < host[0] or task.end_at(start) > host[1]):
            return False
        met = self.met_claim(task)
        used: set[int] = set()
        if met is not None:
            place = self.hosts_place(task)
            if any(r in task.claims[met].pool and r not in task.claims[met].large for r in place):
                return False
            used |= set(place)
        chosen = []
        for c, claim in enumerate(task.claims):
            resources = () if c == met else self.choose(task, claim, start, used, liked.get(c, ()))
            if resources is None:
                return False
            used |= set(resources)
            chosen.append(resources)
        if any(r not in used for r in task.must):
            return False
        self.at[i] = Placed(start, tuple(chosen))
        self.hold(i, add=True)
        return True

    def choose(
        self, task: Task, claim: Claim, start: int, used: set[int], liked: Collection[int]
    ) -> tuple[int, ...] | None:
        """Resources for a claim: those asked for, liked, held before, then the least useful to others."""
        free = [
            o.resource
            for o in claim.options
            if o.starts >> start & 1 and o.resource not in used and self.is_free(claim, o.resource, start)
        ]
        free.sort(
            key=lambda r: (
                r not in task.must,
                r not in liked,
                r not in (claim.was or ()),
                len(claim.dislikes.get(r, ())),
                len(self.problem.leaves[r]),
                self.problem.capacity[r],
            )
        )
        if claim.guests_of is None:
            return tuple(free[: claim.count]) if len(free) >= claim.count else None
        return _matching(task.guests, free, claim.guests_of)

    def is_free(self, claim: Claim, resource: int, start: int) -> bool:
        a, b = claim.held(start)
        if not claim.shared:
            wanted = (1 << b - a) - 1
            for leaf in self.problem.leaves[resource]:
                if self.taken.get(leaf, 0) >> a & wanted:
                    return False
                if any(s < b and a < e for s, e, _ in self.places.get(leaf, ())):
                    return False
            return True
        if self.taken.get(resource, 0) & span(a, b):
            return False
        ours = sum(n for s, e, n in self.places.get(resource, ()) if s < b and a < e)
        booked = max((n for s, e, n in self.problem.load.get(resource, ()) if s < b and a < e), default=0)
        return ours + booked + claim.places <= self.problem.capacity[resource]

    def remove(self, i: int) -> None:
        self.hold(i, add=False)
        del self.at[i]

    def hold(self, i: int, *, add: bool) -> None:
        placed = self.at[i]
        for claim, resources in zip(self.problem.tasks[i].claims, placed.resources, strict=True):
            a, b = claim.held(placed.start)
            for resource in resources:
                if claim.shared:
                    entries = self.places.setdefault(resource, [])
                    if add:
                        entries.append((a, b, claim.places))
                    else:
                        entries.remove((a, b, claim.places))
                    continue
                for leaf in self.problem.leaves[resource]:
                    mask = self.taken.get(leaf, 0)
                    self.taken[leaf] = mask | span(a, b) if add else mask & ~span(a, b)


def _matching(
    guests: Sequence[int], free: Sequence[int], guests_of: dict[int, tuple[int, ...]]
) -> tuple[int, ...] | None:
    """One resource for each guest that meets his required wishes, or None (augmenting paths)."""
    serves: dict[int, int] = {}

    def seek(guest: int, seen: set[int]) -> bool:
        for resource in free:
            if resource in seen or guest not in guests_of.get(resource, ()):
                continue
            seen.add(resource)
            if resource not in serves or seek(serves[resource], seen):
                serves[resource] = guest
                return True
        return False

    if all(seek(guest, set()) for guest in guests):
        return tuple(serves)
    return None
