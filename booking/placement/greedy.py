"""A quick attempt without a solver: fixed sessions first, then guest by guest, each as early as it fits.

It finds a placement or says nothing; it never proves that there is none. What it finds is a witness for
the slot search and a hint for the solver.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise, permutations

from booking.bits import Mask, first, is_single, last, minutes, shifted, span, spread_back
from booking.placement.problem import Claim, Placed, Placement, Problem, Task

ORDERS = 24
BRANCHES = 8


def greedy(problem: Problem, among: Sequence[int], tries: int, seed: int = 1) -> Placement | None:
    """A valid placement of these tasks, or None. The same seed gives the same answer."""
    if any(not problem.tasks[i].starts for i in among):
        return None
    chance = random.Random(seed)  # noqa: S311 - reproducible, nothing secret
    for attempt in range(tries):
        placement = _Attempt(problem, among, attempt, chance).run()
        if placement is not None:
            return placement
    return None


class _Attempt:
    def __init__(self, problem: Problem, among: Sequence[int], attempt: int, chance: random.Random) -> None:
        self.problem, self.among = problem, among
        self.attempt, self.chance = attempt, chance
        self.taken: dict[int, Mask] = {}
        self.places: dict[int, list[tuple[int, int, int]]] = {}
        self.at: Placement = {}
        self.after: dict[int, list[int]] = {}
        self.by_guest = problem.by_guest(among)
        for i in among:
            for j in problem.tasks[i].precedes:
                self.after.setdefault(j, []).append(i)

    def run(self) -> Placement | None:
        tasks = self.problem.tasks
        fixed = [i for i in self.among if is_single(tasks[i].starts)]
        fixed.sort(key=lambda i: (tasks[i].host is not None, self.scarcity(i)))
        if self.attempt > 1:
            self.chance.shuffle(fixed)
            fixed.sort(key=lambda i: tasks[i].host is not None)
        for i in fixed:
            if not self.place(i, first(tasks[i].starts)):
                return None
        for i in self.among:  # what is kept, where it was
            was = tasks[i].was
            if i not in self.at and was is not None and was >= 0 and tasks[i].starts >> was & 1:
                self.place(i, was)
        together = [i for i in self.among if i not in self.at and self.is_together(tasks[i])]
        together.sort(key=lambda i: (tasks[i].host is not None, -len(tasks[i].guests)))
        guests = sorted(self.by_guest)
        if self.attempt > 1:
            self.chance.shuffle(guests)
        alone = [i for i in together if tasks[i].attended]
        if any(self.place_earliest(i) is None for i in alone):
            return None
        if any(not self.place_guest(guest) for guest in guests):
            return None
        rest = [i for i in self.among if i not in self.at]
        rest.sort(key=lambda i: (tasks[i].host is not None, len(self.after.get(i, ()))))
        if any(self.place_earliest(i) is None for i in rest):
            return None
        return self.at if respected(self.problem, self.among, self.at) else None

    def is_together(self, task: Task) -> bool:
        return len(task.guests) > 1 or not task.attended

    def scarcity(self, i: int) -> int:
        return min((len(c.options) - c.count for c in self.problem.tasks[i].claims), default=0)

    def place_earliest(self, i: int) -> int | None:
        """Puts a session of several guests, or of nobody's time, at the first start that fits."""
        candidates = self.possible(i)
        order: Iterator[int] | list[int] = minutes(candidates)
        if self.attempt > 1 and candidates:
            order = list(order)
            turn = self.chance.randrange(len(order))
            order = order[turn:] + order[:turn]
        for start in islice(order, 200):
            if self.fits_guests(i, start) and self.fits_order(i, start) and self.place(i, start):
                return start
        return None

    def place_guest(self, guest: int) -> bool:
        """Finds starts for the guest's sessions of every date, in some order that the rules allow."""
        tasks = self.problem.tasks
        days: dict[int, list[int]] = {}
        for i in self.by_guest[guest]:
            days.setdefault(tasks[i].date, []).append(i)
        for _, day in sorted(days.items()):
            if all(i in self.at for i in day):
                continue
            if not self.place_day(guest, day):
                return False
        return True

    def place_day(self, guest: int, day: list[int]) -> bool:
        possible = {i: 1 << self.at[i].start if i in self.at else self.possible(i) for i in day}
        if not all(possible.values()):
            return False
        orders = [list(p) for p in islice(permutations(day), 720) if self.is_ordered(p)]
        if self.attempt == 0:
            orders.sort(key=lambda p: [first(possible[i]) for i in p])
        else:
            self.chance.shuffle(orders)
        return any(self.place_chain(guest, order, possible) for order in orders[:ORDERS])

    def is_ordered(self, order: Sequence[int]) -> bool:
        return not any(
            j in self.problem.tasks[order[b]].precedes
            for a, j in enumerate(order)
            for b in range(a + 1, len(order))
        )

    def place_chain(self, guest: int, order: list[int], possible: dict[int, Mask]) -> bool:
        """Sessions one after the other, each within reach of the one before (P8, P9)."""
        gap, wait = self.problem.party(guest)
        tasks = self.problem.tasks
        reach = [possible[i] for i in order]
        for k in range(len(order) - 2, -1, -1):  # which starts leave the next one a start
            task = tasks[order[k]]
            after = reach[k + 1]
            if not after:
                return False
            if task.length is None:
                continue
            if wait is None or tasks[order[k + 1]].patient:
                early = (1 << (last(after) + 1)) - 1
            elif wait >= gap:
                early = spread_back(after, wait - gap)
            else:
                early = 0
            reach[k] &= early >> (task.length + gap)
        return bool(reach[0]) and self.descend(order, reach, 0, reach[0], gap, wait)

    def descend(
        self, order: list[int], reach: list[Mask], k: int, allowed: Mask, gap: int, wait: int | None
    ) -> bool:
        if k == len(order):
            return True
        i = order[k]
        task = self.problem.tasks[i]
        candidates = list(islice(minutes(reach[k] & allowed), 400))
        if self.attempt > 1 and candidates:
            turn = self.chance.randrange(len(candidates))
            candidates = candidates[turn:] + candidates[:turn]
        tried = 0
        for start in candidates:
            new = i not in self.at
            if new:
                if not (self.fits_guests(i, start) and self.fits_order(i, start) and self.place(i, start)):
                    continue
                tried += 1
            end = task.end_at(start)
            following = 0
            if k + 1 < len(order):
                patient = wait is None or self.problem.tasks[order[k + 1]].patient
                latest = last(reach[k + 1]) if patient else end + (wait or 0)
                following = span(end + gap, latest + 1)
            if self.descend(order, reach, k + 1, following, gap, wait):
                return True
            if new:
                self.remove(i)
            if tried >= BRANCHES:
                break
        return False

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
            usable = 0
            for option in claim.options:
                starts = option.starts & mask
                taken = 0
                for leaf in self.problem.leaves[option.resource]:
                    taken |= self.taken.get(leaf, 0)
                if starts and taken:
                    starts &= ~shifted(spread_back(taken, claim.length - 1), -claim.lead)
                usable |= starts
                if usable == mask:
                    break
            mask &= usable
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

    def place(self, i: int, start: int) -> bool:
        """Holds resources for the task at that start; False where there are none."""
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
            resources = () if c == met else self.choose(task, claim, start, used)
            if resources is None:
                return False
            used |= set(resources)
            chosen.append(resources)
        if any(r not in used for r in task.must):
            return False
        self.at[i] = Placed(start, tuple(chosen))
        self.hold(i, add=True)
        return True

    def choose(self, task: Task, claim: Claim, start: int, used: set[int]) -> tuple[int, ...] | None:
        """Resources for a claim: those asked for, those held before, then the least useful to others."""
        free = [
            o.resource
            for o in claim.options
            if o.starts >> start & 1 and o.resource not in used and self.is_free(claim, o.resource, start)
        ]
        free.sort(
            key=lambda r: (
                r not in task.must,
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
            wanted = span(a, b)
            return not any(
                self.taken.get(leaf, 0) & wanted
                or any(s < b and a < e for s, e, _ in self.places.get(leaf, ()))
                for leaf in self.problem.leaves[resource]
            )
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


def respected(problem: Problem, among: Sequence[int], at: Placement) -> bool:
    """Whether a placement that holds free resources also keeps P8, P9, P10 and P11."""
    tasks = problem.tasks
    for i in among:
        if i not in at or not tasks[i].starts >> at[i].start & 1:
            return False
        if any(j in at and at[j].start < tasks[i].end_at(at[i].start) for j in tasks[i].precedes):
            return False
        host, claim = tasks[i].host, tasks[i].host_claim
        if host is not None and claim is not None:
            a, b = tasks[host].claims[claim].held(at[host].start)
            if at[i].start < a or tasks[i].end_at(at[i].start) > b:
                return False
    for guest, mine in problem.by_guest(among).items():
        gap, wait = problem.party(guest)
        rows = sorted((at[i].start, tasks[i].end_at(at[i].start), i) for i in mine)
        for (_, end, i), (start, _, j) in pairwise(rows):
            if start < end + gap:
                return False
            if (
                wait is not None
                and not tasks[j].patient
                and tasks[i].date == tasks[j].date
                and start - end > wait
            ):
                return False
    return True
