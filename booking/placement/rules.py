"""The rules between sessions, each one function named as the sentence it stands for (placement.md, 4).

P1 to P4 and what is booked are in the domains already (booking.prepare). Each rule has a twin without a
solver in booking.check.
"""

from __future__ import annotations

from collections.abc import Callable

from booking.placement.engine import cp_model
from booking.placement.variables import Variables

Rule = Callable[[Variables], None]


def each_need_has_its_resources(v: Variables) -> None:
    """`count` resources for each need, none where the host's place meets it (P11)."""
    for i in v.among:
        for c, claim in enumerate(v.problem.tasks[i].claims):
            if claim.at_will:  # what is free at the start has been seen to (booking.prepare)
                continue
            literals = list(v.picks(i, c).values())
            met = v.met.get((i, c))
            if met is not None:
                v.model.add(sum(literals) + claim.count * met == claim.count)
            elif claim.count == 1:
                v.model.add_exactly_one(literals)
            else:
                v.model.add(sum(literals) == claim.count)


def a_resource_held_whole_meets_no_other_holding(v: Variables) -> None:
    """P5, on every leaf that is not shared."""
    for held in v.held.values():
        if len(held) > 1 and all(demand is None for _, demand in held):
            v.model.add_no_overlap([interval for interval, _ in held])


def the_places_held_are_at_most_the_capacity(v: Variables) -> None:
    """P6, with what is booked; a resource held whole takes all its places."""
    for leaf, held in v.held.items():
        if all(demand is None for _, demand in held):
            continue
        capacity = v.problem.capacity[leaf]
        intervals = [interval for interval, _ in held]
        demands = [capacity if demand is None else demand for _, demand in held]
        for start, end, places in v.problem.load.get(leaf, ()):
            intervals.append(v.model.new_fixed_size_interval_var(start, end - start, ""))
            demands.append(min(places, capacity))
        v.model.add_cumulative(intervals, demands, capacity)


def the_resources_of_a_session_differ(v: Variables) -> None:
    """P7."""
    for i in v.among:
        by_resource: dict[int, list[cp_model.IntVar]] = {}
        for c in range(len(v.problem.tasks[i].claims)):
            for resource, literal in v.picks(i, c).items():
                by_resource.setdefault(resource, []).append(literal)
        for literals in by_resource.values():
            if len(literals) > 1:
                v.model.add_at_most_one(literals)


def a_guest_attends_one_thing_at_a_time(v: Variables) -> None:
    """P8, with the least gap between sessions."""
    seen = set()
    for guest, tasks in v.problem.by_guest(v.among).items():
        gap = v.problem.party(guest).gap
        if len(tasks) > 1 and (gap, *tasks) not in seen:
            seen.add((gap, *tasks))
            v.model.add_no_overlap([v.attended(i, gap) for i in tasks])


def no_guest_waits_too_long(v: Variables) -> None:
    """P9: on each date every session but one, the last, is followed by another within the longest wait."""
    seen = set()
    for guest, tasks in v.problem.by_guest(v.among).items():
        wait = v.problem.party(guest).wait
        if wait is None:
            continue
        days: dict[int, list[int]] = {}
        for i in tasks:
            days.setdefault(v.problem.tasks[i].date, []).append(i)
        for day in days.values():
            if len(day) > 1 and (wait, *day) not in seen:
                seen.add((wait, *day))
                _followed(v, day, wait)


def _followed(v: Variables, day: list[int], wait: int) -> None:
    is_last = {i: v.model.new_bool_var("") for i in day}
    v.model.add_exactly_one(is_last.values())
    for i in day:
        follows = [is_last[i]]
        for j in day:
            if j == i:
                continue
            literal = v.model.new_bool_var("")
            v.model.add(v.start[j] >= v.end(i)).only_enforce_if(literal)
            if not v.problem.tasks[j].patient:
                v.model.add(v.start[j] <= v.end(i) + wait).only_enforce_if(literal)
            follows.append(literal)
        v.model.add_bool_or(follows)


def sessions_keep_their_order(v: Variables) -> None:
    """P10."""
    for i in v.among:
        for j in v.problem.tasks[i].precedes:
            if j in v.start:
                v.model.add(v.start[j] >= v.end(i))


def what_is_associated_takes_place_at_its_host(v: Variables) -> None:
    """P11: within the interval in which the host holds its place."""
    for i in v.among:
        task = v.problem.tasks[i]
        if task.host is None or task.host_claim is None:
            continue
        claim = v.problem.tasks[task.host].claims[task.host_claim]
        host = v.start[task.host]
        v.model.add(v.start[i] >= host + claim.lead)
        last = host + claim.lead + claim.length if claim.length is not None else claim.until or 0
        v.model.add(v.end(i) <= last)


def the_hosts_place_meets_a_need(v: Variables) -> None:
    """P11: the first need whose pool contains the host's place is met by it and holds nothing of its own."""
    for i in v.among:
        task = v.problem.tasks[i]
        if task.host is None or task.host_claim is None:
            continue
        meeting: dict[int, list[cp_model.IntVar]] = {}
        for resource, literal in v.place(task.host, task.host_claim).items():
            c = task.met_at(resource)
            if c is None:
                continue
            meeting.setdefault(c, []).append(literal)
            if resource not in task.claims[c].large:
                v.model.add(literal == 0)  # too small for those who come along
            for d in range(len(task.claims)):
                if d != c and (i, d, resource) in v.pick:
                    v.model.add_bool_or([~v.pick[i, d, resource], ~literal])
        for c, literals in meeting.items():
            v.met[i, c] = v.any_of(literals)


def required_wishes_are_met(v: Variables) -> None:
    """P12, where each guest is matched to one resource of the need; elsewhere the options are cut already."""
    for i in v.among:
        for c, claim in enumerate(v.problem.tasks[i].claims):
            if claim.guests_of is None:
                continue
            picks = v.picks(i, c)
            for resource, literal in picks.items():
                serving = []
                for guest in claim.guests_of.get(resource, ()):
                    serves = v.model.new_bool_var("")
                    v.serves[i, c, guest, resource] = serves
                    serving.append(serves)
                v.model.add(sum(serving) == literal)
            for guest in v.problem.tasks[i].guests:
                mine = [v.serves[i, c, guest, r] for r in picks if (i, c, guest, r) in v.serves]
                met = v.met.get((i, c))
                if met is not None:
                    v.model.add(sum(mine) + met == 1)
                else:
                    v.model.add_exactly_one(mine)


def the_resource_asked_for_is_used(v: Variables) -> None:
    """P12: the row of the calendar on which the booking was begun, or the resources named in a move."""
    for i in v.among:
        task = v.problem.tasks[i]
        for resource in task.must:
            literals = [v.pick[i, c, resource] for c in range(len(task.claims)) if (i, c, resource) in v.pick]
            if task.host is not None and task.host_claim is not None:
                place = v.place(task.host, task.host_claim).get(resource)
                if place is not None and task.met_at(resource) is not None:
                    literals.append(place)
            v.model.add_bool_or(literals)


RULES: tuple[Rule, ...] = (
    the_hosts_place_meets_a_need,  # first: it tells the next which needs are met
    each_need_has_its_resources,
    a_resource_held_whole_meets_no_other_holding,
    the_places_held_are_at_most_the_capacity,
    the_resources_of_a_session_differ,
    a_guest_attends_one_thing_at_a_time,
    no_guest_waits_too_long,
    sessions_keep_their_order,
    what_is_associated_takes_place_at_its_host,
    required_wishes_are_met,
    the_resource_asked_for_is_used,
)
