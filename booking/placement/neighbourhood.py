"""A few sessions of a schedule as a problem of their own, while all the others stand where they are.

What the others hold is folded into the starts, as bookings are (booking.prepare): so a neighbourhood costs
what its own sessions cost, whatever the size of the day.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from msgspec.structs import replace

from booking.bits import Mask, shifted, span, spread_back
from booking.kernel import reduced
from booking.placement.problem import Claim, Option, Placed, Placement, Problem, Task, enough
from booking.placement.schedule import Schedule


def tied(problem: Problem, among: Sequence[int]) -> list[list[int]]:
    """These tasks in groups that share guests, an order or a host; groups share nothing but resources."""
    parent = {i: i for i in among}

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for mine in problem.by_guest(among).values():
        for i, j in pairwise(mine):
            parent[find(i)] = find(j)
    for i in among:
        task = problem.tasks[i]
        for j in (*task.precedes, *(() if task.host is None else (task.host,))):
            if j in parent:
                parent[find(i)] = find(j)
    groups: dict[int, list[int]] = {}
    for i in among:
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())


class Neighbourhoods:
    """Makes the problems of neighbourhoods of one schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule, self.problem = schedule, schedule.problem
        problem = self.problem
        self.guests_tasks = problem.by_guest()
        self.hosted: dict[int, list[int]] = {}
        for i, task in enumerate(problem.tasks):
            if task.host is not None:
                self.hosted.setdefault(task.host, []).append(i)
        size = range(len(problem.leaves))
        liked = sorted(size, key=lambda r: (len(problem.leaves[r]), problem.capacity[r], r))
        self.preference = {resource: place for place, resource in enumerate(liked)}

    def around(
        self, free: Collection[int], still: Mapping[int, int] = MappingProxyType({})
    ) -> tuple[Problem, list[int]] | None:
        """The problem of these tasks, which the schedule does not hold now, and their numbers in it.

        `still`: of some of them the start that they keep.

        With them, and fixed, come the placed tasks that they are tied to. None: some task has no start left.
        """
        among = sorted(self._with_what_is_tied(set(free)))
        mine = {i: n for n, i in enumerate(among)}
        pinned = [i for i in among if i not in free]
        held = {i: self.schedule.at[i] for i in pinned}
        for i in pinned:
            self.schedule.remove(i)
        tasks = [
            _at(task, still.get(i)) for i, task in zip(among, self._tasks(among, mine, held), strict=True)
        ]
        shared = {o.resource for t in tasks for c in t.claims if c.shared for o in c.options}
        load = {r: tuple(profile(self._places(r))) for r in sorted(shared)}
        self.schedule.put(held)
        if any(not task.starts for task in tasks):
            return None
        tasks = reduced(tasks, self.problem.leaves, self.preference, self.problem.party)
        return replace(self.problem, tasks=tuple(tasks), load=load), among

    def _with_what_is_tied(self, free: set[int]) -> set[int]:
        """The tasks that share a guest, an order or a host with these, and the hosts of all."""
        tasks, at = self.problem.tasks, self.schedule.at
        near = {j for i in free for j in (*tasks[i].precedes, *self.schedule.after.get(i, ()))}
        near |= {j for i in free for j in self.hosted.get(i, ())}
        for i in free:
            if tasks[i].attended:
                for guest in tasks[i].guests:
                    near.update(self.guests_tasks[guest])
        near = free | {j for j in near if j in at}
        todo = list(near)
        while todo:
            host = tasks[todo.pop()].host
            if host is not None and host not in near:
                near.add(host)
                todo.append(host)
        return near

    def _tasks(self, among: Sequence[int], mine: dict[int, int], held: Placement) -> list[Task]:
        blocked: dict[tuple[int, int, int | None, int | None], Mask] = {}
        cut: dict[int, tuple[Mask, tuple[Claim, ...]]] = {}
        out = []
        for i in among:
            task = self.problem.tasks[i]
            ties = {
                "precedes": tuple(mine[j] for j in task.precedes if j in mine),
                "host": None if task.host is None else mine[task.host],
            }
            if i in held:
                out.append(_pinned(task, held[i], ties))
                continue
            # The claims of alike tasks are one object: cut once, they are one again.
            key = id(task.claims)
            if key not in cut or task.host is not None or task.must:
                cut[key] = self._cut(task, blocked)
            allowed, claims = cut[key]
            out.append(replace(task, starts=task.starts & allowed, claims=claims, **ties))
        return out

    def _cut(
        self, task: Task, blocked: dict[tuple[int, int, int | None, int | None], Mask]
    ) -> tuple[Mask, tuple[Claim, ...]]:
        """The starts that are left for the claims, and the claims at these."""
        allowed, claims = -1, []
        for claim in task.claims:
            options = []
            for option in claim.options:
                key = (option.resource, claim.lead, claim.length, claim.until)
                if claim.shared:
                    out = self._full(claim, option.resource)
                else:
                    if key not in blocked:
                        blocked[key] = self._blocked(claim, option.resource)
                    out = blocked[key]
                if option.starts & ~out:
                    options.append(Option(option.resource, option.starts & ~out))
            claim = replace(claim, options=tuple(options))
            if task.host is None:
                allowed &= enough(claim)
            claims.append(claim)
        kept = tuple(
            replace(c, options=tuple(Option(r, s & allowed) for r, s in c.options if s & allowed))
            for c in claims
        )
        return allowed, kept

    def _blocked(self, claim: Claim, resource: int) -> Mask:
        """The starts at which the schedule holds some of the resource in the interval of the claim."""
        taken = 0
        for leaf in self.problem.leaves[resource]:
            taken |= self.schedule.taken.get(leaf, 0)
            for start, end, _ in self.schedule.places.get(leaf, ()):
                taken |= span(start, end)
        return _meeting(claim, taken)

    def _full(self, claim: Claim, resource: int) -> Mask:
        """The starts at which too few places are left."""
        capacity = self.problem.capacity[resource]
        full = self.schedule.taken.get(resource, 0)
        for start, end, places in profile(self._places(resource)):
            if places + claim.places > capacity:
                full |= span(start, end)
        return _meeting(claim, full)

    def _places(self, resource: int) -> list[tuple[int, int, int]]:
        """What is taken of a shared resource, by what is booked and what stands."""
        return [*self.problem.load.get(resource, ()), *self.schedule.places.get(resource, ())]


def profile(rows: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Places held, as (start, end, places) without overlap."""
    steps: dict[int, int] = {}
    for start, end, places in rows:
        steps[start] = steps.get(start, 0) + places
        steps[end] = steps.get(end, 0) - places
    out, taken = [], 0
    for start, end in pairwise(sorted(steps)):
        taken += steps[start]
        if taken:
            out.append((start, end, taken))
    return out


def _meeting(claim: Claim, taken: Mask) -> Mask:
    """The starts at which the interval of the claim meets these minutes."""
    if not taken:
        return 0
    if claim.length is not None:
        return shifted(spread_back(taken, claim.length - 1), -claim.lead)
    before = taken & span(0, claim.until or 0)
    return span(0, before.bit_length() - claim.lead)


def _at(task: Task, start: int | None) -> Task:
    """The task at that start only."""
    if start is None:
        return task
    only = 1 << start & task.starts
    claims = (
        replace(c, options=tuple(Option(r, only) for r, s in c.options if s & only)) for c in task.claims
    )
    return replace(task, starts=only, claims=tuple(claims))


def _pinned(task: Task, placed: Placed, ties: Mapping[str, object]) -> Task:
    """The task where it stands, with what it holds."""
    starts = 1 << placed.start
    claims = tuple(
        replace(claim, options=tuple(Option(r, starts) for r in used))
        for claim, used in zip(task.claims, placed.resources, strict=True)
    )
    return replace(task, starts=starts, claims=claims, **ties)
