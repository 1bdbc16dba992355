"""What makes one valid placement better than another, in order (placement.md, 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from booking.bits import first, last
from booking.placement.engine import cp_model
from booking.placement.variables import Variables

Term: TypeAlias = "tuple[cp_model.IntVar, int]"
Aim: TypeAlias = "Callable[[Variables], list[Term]]"
"""Gives the terms of a sum to make least, each with its weight; none where there is nothing to choose."""


def few_sessions_change_time(v: Variables) -> list[Term]:
    """When an order is changed: compared after the shift of its start."""
    terms: list[Term] = []
    for i in v.among:
        was, starts = v.problem.tasks[i].was, v.problem.tasks[i].starts
        if was is None or starts == 1 << max(was, 0):
            continue
        if was < 0 or not starts >> was & 1:
            continue  # it has to change: the same in every placement
        moved = v.model.new_bool_var("")
        v.model.add(v.start[i] == was).only_enforce_if(~moved)
        terms.append((moved, 1))
    return terms


def few_sessions_change_resource(v: Variables) -> list[Term]:
    """When an order is changed: the sessions that do not get all the resources they had."""
    terms: list[Term] = []
    for i in v.among:
        stays = [
            v.pick.get((i, c, resource))
            for c, claim in enumerate(v.problem.tasks[i].claims)
            for resource in sorted(claim.was or ())
        ]
        if not stays or any(literal is None for literal in stays):
            continue
        changed = v.model.new_bool_var("")
        for literal in stays:
            if literal is not None:
                v.model.add_implication(~changed, literal)
        terms.append((changed, 1))
    return terms


def few_preferred_wishes_are_unmet(v: Variables) -> list[Term]:
    """Counted by session, guest and attribute."""
    terms: list[Term] = []
    for i in v.among:
        unmet: dict[tuple[int, str], cp_model.IntVar] = {}
        for c, claim in enumerate(v.problem.tasks[i].claims):
            for resource, missed in claim.dislikes.items():
                for guest, attribute in missed:
                    if claim.guests_of is None:
                        literal = v.pick.get((i, c, resource))
                    else:
                        literal = v.serves.get((i, c, guest, resource))
                    if literal is None:
                        continue
                    if (guest, attribute) not in unmet:
                        unmet[guest, attribute] = v.model.new_bool_var("")
                    v.model.add_implication(literal, unmet[guest, attribute])
        terms += [(literal, 1) for literal in unmet.values()]
    return terms


def little_waiting(v: Variables) -> list[Term]:
    """The gaps between a guest's sessions of one date: from the first start to the last end, less the
    sessions.
    """
    terms: list[Term] = []
    counted: dict[tuple[int, ...], int] = {}
    gaps: dict[tuple[int, ...], int] = {}
    for guest, tasks in v.problem.by_guest(v.among).items():
        days: dict[int, list[int]] = {}
        for i in tasks:
            days.setdefault(v.problem.tasks[i].date, []).append(i)
        for day in days.values():
            if len(day) > 1:
                counted[tuple(day)] = counted.get(tuple(day), 0) + 1
                gaps[tuple(day)] = (len(day) - 1) * v.problem.party(guest).gap
    for day_tasks, guests in counted.items():
        tasks_of = [v.problem.tasks[i] for i in day_tasks]
        low = min(first(t.starts) for t in tasks_of)
        high = max(t.end_at(last(t.starts)) for t in tasks_of)
        earliest, latest = v.model.new_int_var(low, high, ""), v.model.new_int_var(low, high, "")
        for i in day_tasks:
            v.model.add(earliest <= v.start[i])
            v.model.add(latest >= v.end(i))
        # A variable of its own, at least as long as the sessions one after the other: so the solver sees at
        # once that no placement waits less.
        least = sum(t.length or 0 for t in tasks_of) + gaps[day_tasks]
        length = v.model.new_int_var(min(least, high - low), high - low, "")
        v.model.add(length == latest - earliest)
        terms.append((length, guests))
        terms += [(v.start[i], guests) for i in day_tasks if v.problem.tasks[i].length is None]
    return terms


def early_starts(v: Variables) -> list[Term]:
    """The sum of the starts of every guest's sessions."""
    return [
        (v.start[i], v.problem.tasks[i].weight)
        for i in v.among
        if v.problem.tasks[i].weight and not _is_fixed(v, i)
    ]


def _is_fixed(v: Variables, i: int) -> bool:
    starts = v.problem.tasks[i].starts
    return starts & (starts - 1) == 0


CHANGES: tuple[tuple[Aim, ...], ...] = ((few_sessions_change_time,), (few_sessions_change_resource,))
AIMS: tuple[tuple[Aim, ...], ...] = (
    *CHANGES,
    (few_preferred_wishes_are_unmet,),
    (little_waiting, early_starts),
)
"""Each before the next. Those that stand together are pursued in one go, the first weighing more than the
rest.
"""
