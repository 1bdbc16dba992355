"""Splitting a problem into parts that share no resource, guest or rule; each can be placed by itself."""

from collections.abc import Iterable

from booking.bits import Mask, first, last
from booking.placement.problem import Problem


def parts(problem: Problem) -> list[list[int]]:
    """The tasks as independent groups, each in order. A task without starts stays in a group of its own."""
    parent = list(range(len(problem.tasks)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(i: int, j: int) -> None:
        parent[find(i)] = find(j)

    def join_overlapping(spans: Iterable[tuple[int, int, int]]) -> None:
        """Joins the tasks (start, end, task) that can meet in time."""
        reach, before = -1, None
        for start, end, task in sorted(spans):
            if before is not None and start < reach:
                join(before, task)
                reach = max(reach, end)
            else:
                reach = end
            before = task

    by_leaf: dict[int, list[tuple[int, int, int]]] = {}
    by_guest: dict[int, list[tuple[int, int, int]]] = {}
    by_day: dict[tuple[int, int], list[int]] = {}
    alike: dict[tuple[int, Mask], int] = {}
    for i, task in enumerate(problem.tasks):
        for j in task.precedes:
            join(i, j)
        if task.host is not None:
            join(i, task.host)
        if not task.starts:
            continue
        low, high = first(task.starts), last(task.starts)
        # What is alike can meet, and meets others as its like does.
        like = alike.setdefault((id(task.claims), task.starts), i) if task.claims else i
        if like != i:
            join(like, i)
        for claim in task.claims if like == i else ():
            if claim.at_will:  # it meets nobody (booking.kernel)
                continue
            held = (claim.held(low)[0], claim.held(high)[1])
            for leaf in {leaf for option in claim.options for leaf in problem.leaves[option.resource]}:
                by_leaf.setdefault(leaf, []).append((*held, i))
        if task.attended:
            for guest in task.guests:
                party = problem.party(guest)
                by_guest.setdefault(guest, []).append((low, task.end_at(high) + party.gap, i))
                # The waiting of a day is counted for the guest as a whole (P9; placement.md, 5).
                by_day.setdefault((guest, task.date), []).append(i)
    for spans in by_leaf.values():
        join_overlapping(spans)
    for spans in by_guest.values():
        join_overlapping(spans)
    for same_day in by_day.values():
        for i in same_day[1:]:
            join(same_day[0], i)
    groups: dict[int, list[int]] = {}
    for i in range(len(problem.tasks)):
        groups.setdefault(find(i), []).append(i)
    return list(groups.values())
