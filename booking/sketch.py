"""A plan of whole days in the making: how far it has come, what it would change, and whether it is valid."""

import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from booking.assemble import placings_of
from booking.bits import Mask, intervals, span
from booking.case import Asked, Case, case_of
from booking.check import unforgiven, violations
from booking.fit import Placing, situation_of
from booking.occupancy import Held, Situation
from booking.placement.planning import Aim, Planning
from booking.placement.problem import Placement
from booking.placement.tidy import tidy
from booking.prepare import prepare
from catalog.opening import leaves
from catalog.times import wall_of, zone


class ToPlan(Struct, frozen=True, kw_only=True):
    """What is to be planned: `orders` names, by position of the line, the order that it belongs to."""

    asked: Asked
    orders: tuple[int, ...]
    aim: Aim


class Figures(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How good a placement is: minutes that guests wait between what they attend, all guests together, and
    gaps on staff, rooms and equipment that are too short for anything.
    """

    waiting_minutes: int = 0
    short_gaps: int = 0


class Moving(Struct, frozen=True, kw_only=True):
    """A session of that order that changes, or gets its first place: from `was` to `now`."""

    order: int
    component: str
    booking: uuid.UUID | None
    was: Placing | None
    now: Placing


class Sketch(Struct, frozen=True, kw_only=True):
    """How far it has come. `wanted` sessions had no valid place, `placed` of them have one now.

    `moved` sessions change their time, `reassigned` others only their resources. `places`: by order that
    changes, the placings of its sessions, and `moves` what changes of them. `left`: orders of which something
    has no place; `alone`: orders that stand where they may not and stay there. `done`: nothing better is to
    be expected. `faults`: what the plain check finds wrong with it, once everything has a place.
    """

    sessions: int
    wanted: int
    placed: int
    steps: int
    moved: int = 0
    reassigned: int = 0
    before: Figures = Figures()
    after: Figures = Figures()
    places: dict[int, tuple[Placing, ...]] = {}
    moves: tuple[Moving, ...] = ()
    left: tuple[int, ...] = ()
    alone: tuple[int, ...] = ()
    done: bool = False
    faults: tuple[str, ...] = ()


class Sketching:
    """A plan in the making, between two looks at it."""

    def __init__(self, wanted: ToPlan) -> None:
        self.wanted = wanted
        self.case: Case = case_of(wanted.asked)
        self.new = {wanted.orders[line.position] for line in wanted.asked.lines if not line.bookings}
        if self.case.sessions:
            self._prepare()

    def _prepare(self) -> None:
        wanted = self.wanted
        self.order_of = [wanted.orders[session.line] for session in self.case.sessions]
        self.situation: Situation = situation_of(self.case)
        self.prepared = prepare(self.situation, self.case)
        self.number = {name: n for n, name in enumerate(self.prepared.resources)}
        self.present = self._present()
        self.planning = Planning(self.prepared.problem, self.order_of, self._wrong(), wanted.aim)
        self.before = self._figures(self.present)

    def carry_on(self, seconds: float, *, last: bool) -> Sketch:
        """The plan as it is after so many seconds more; the last time it is checked."""
        if not self.case.sessions:  # nothing at all, or goods alone
            places: dict[int, tuple[Placing, ...]] = dict.fromkeys(self.new, ())
            return Sketch(sessions=0, wanted=0, placed=0, steps=0, places=places, done=True)
        done = not self.planning.carry_on(time.monotonic() + seconds)
        return self._sketch(done=done, checked=done or last)

    def _sketch(self, *, done: bool, checked: bool) -> Sketch:
        """What there is now, on the resources that leave the house in the best order."""
        planning = self.planning
        left = {self.order_of[i] for atom in planning.left for i in atom}
        placed = self._named(tidy(self.prepared.problem, planning.at))
        now = {i: placing for i, placing in placed.items() if self.order_of[i] not in left}
        changed = {i for i, p in now.items() if self.present.get(i) != p}
        moved = {i for i in changed if (was := self.present.get(i)) and was.start != now[i].start}
        changing = sorted({self.order_of[i] for i in changed} | (self.new - left))
        return Sketch(
            sessions=len(self.case.sessions),
            wanted=planning.wanted,
            placed=planning.wanted - sum(len(atom) for atom in planning.left),
            steps=planning.steps,
            moved=len(moved),
            reassigned=len((changed & self.present.keys()) - moved),
            before=self.before,
            after=self._figures(now),
            places={order: tuple(self._of(order, now)) for order in changing},
            moves=tuple(self._move(i, now[i]) for i in sorted(changed, key=lambda i: now[i].start)),
            left=tuple(sorted(left)),
            alone=tuple(sorted(planning.alone)),
            done=done,
            faults=tuple(self._faults(now)) if checked and not left else (),
        )

    def left_over(self, order: int) -> Asked:
        """The order by itself, among all that has a place: what is asked when it is to be told why."""
        asked = self.wanted.asked
        mine = [line for line in asked.lines if self.wanted.orders[line.position] == order]
        placed = self._named(self.planning.at)
        others = {i: p for i, p in placed.items() if self.order_of[i] != order}
        return replace(
            asked,
            held=(*asked.held, *held_by(self.case, others)),
            lines=tuple(replace(line, position=n) for n, line in enumerate(mine)),
            resource={
                n: asked.resource[line.position]
                for n, line in enumerate(mine)
                if line.position in asked.resource
            },
            previous={n: asked.previous.get(line.position, line.start) for n, line in enumerate(mine)},
        )

    def _of(self, order: int, now: dict[int, Placing]) -> Iterator[Placing]:
        return (now[i] for i, whose in enumerate(self.order_of) if whose == order)

    def _move(self, i: int, now: Placing) -> Moving:
        session = self.case.sessions[i]
        return Moving(
            order=self.order_of[i],
            component=session.component,
            booking=None if session.was is None else session.was.id,
            was=self.present.get(i),
            now=now,
        )

    def _present(self) -> dict[int, Placing]:
        """Where the sessions stand that are booked already, resources in the order of `_named`."""
        return {
            i: replace(placing, resources=tuple(self._in_order(used) for used in placing.resources))
            for i, session in enumerate(self.case.sessions)
            for placing in placings_of([session]) or ()
        }

    def _in_order(self, resources: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(resources, key=lambda r: self.number.get(r, -1)))

    def _wrong(self) -> frozenset[int]:
        """The sessions that break a rule where they stand, and are not allowed to."""
        index = list(self.present)
        sessions = tuple(self.case.sessions[i] for i in index)
        standing = replace(self.case, sessions=sessions, **_said_of(self.case, index))
        found = unforgiven(standing, violations(standing, tuple(self.present.values())))
        return frozenset(index[v.session] for v in found)

    def _faults(self, now: dict[int, Placing]) -> Iterator[str]:
        """What the plain check says of everything, but for the orders that are left alone."""
        found = unforgiven(self.case, violations(self.case, [now[i] for i in range(len(now))]))
        return (v.sentence for v in found if self.order_of[v.session] not in self.planning.alone)

    def _named(self, placement: Placement) -> dict[int, Placing]:
        tasks, base, names = self.prepared.problem.tasks, self.prepared.base, self.prepared.resources
        return {
            i: Placing(
                placed.start + base,
                tasks[i].end_at(placed.start) + base,
                tuple(tuple(names[r] for r in sorted(used)) for used in placed.resources),
            )
            for i, placed in placement.items()
        }

    def _figures(self, placings: dict[int, Placing]) -> Figures:
        return Figures(
            waiting_minutes=sum(_waits(self.case, placings)),
            short_gaps=_short_gaps(self.case, self.situation, placings),
        )


def _said_of(case: Case, sessions: Sequence[int]) -> dict[str, dict[int, Any]]:
    """What the case says by index of the session, for these sessions alone."""
    numbers = {i: n for n, i in enumerate(sessions)}
    return {
        name: {numbers[i]: said for i, said in getattr(case, name).items() if i in numbers}
        for name in ("require", "keep", "shift")
    }


def _waits(case: Case, placings: dict[int, Placing]) -> Iterator[int]:
    """Minutes between what a guest attends on one date (P9)."""
    tz = zone(case.catalog.venue.time_zone)
    attended: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, placing in placings.items():
        session = case.sessions[i]
        for guest in session.guests if session.attended else ():
            attended.setdefault((session.line, guest), []).append((placing.start, placing.end))
    for rows in attended.values():
        for (start, end), (following, _) in pairwise(sorted(rows)):
            if wall_of(tz, start)[0] == wall_of(tz, following)[0]:
                yield max(0, following - end)


def _short_gaps(case: Case, situation: Situation, placings: dict[int, Placing]) -> int:
    """Gaps shorter than what the venue calls useful, on what is held whole."""
    taken: dict[str, Mask] = {}
    for row in held_by(case, placings):
        if row.use != "shared":
            minutes = span(row.start - situation.base, row.end - situation.base)
            taken[row.resource] = taken.get(row.resource, 0) | minutes
    useful = case.catalog.venue.smallest_useful_gap_minutes
    return sum(
        end - start < useful
        for resource, minutes in taken.items()
        for start, end in intervals(situation.free(resource) & ~minutes)
    )


def held_by(case: Case, placings: dict[int, Placing]) -> Iterator[Held]:
    """What these sessions hold of indivisible resources."""
    for i, placing in placings.items():
        session = case.sessions[i]
        for need, resources in zip(session.needs, placing.resources, strict=True):
            places = len(session.guests) if need.use == "shared" else 1
            for leaf in (leaf for key in resources for leaf in leaves(case.catalog, key)):
                yield Held(leaf, need.use, places, *need.held(placing.start, placing.end), booking="")
