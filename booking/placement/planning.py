"""Days planned anew: what has no place gets one, others making room; then all of it becomes better.

It is an iterator, so that it can be interrupted after every step and carried on: whatever it has placed by
then is valid together, and no step makes that worse.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Literal

from booking.placement.effort import lasting
from booking.placement.fill import REASSIGNED, ROOM, Atom, Filling, atoms
from booking.placement.greedy import insert
from booking.placement.improve import improve
from booking.placement.problem import Placement, Problem
from booking.placement.repair import SIZES, standing, stands
from booking.placement.schedule import Schedule
from booking.placement.solver import Aims
from booking.placement.wishes import AIMS, CHANGES
from booking.placement.worth import Worth, worth

Aim = Literal["shortest", "fewest_changes"]
AIMS_OF: dict[Aim, Aims] = {
    "fewest_changes": AIMS,
    # As if nothing had been promised yet; what would be as good where it stands stays there all the same.
    "shortest": (*AIMS[len(CHANGES) :], tuple(aim for aims in CHANGES for aim in aims)),
}
ATTEMPT = 0.03
"""What one attempt to place something with others may cost, in the solver's own units."""
TRIES = 3
"""How often something is placed quickly before others have to make room for it."""
STEP = 10.0
"""Seconds that a step may take at the very most, on a machine that is busy or slow."""


class Planning:
    """A plan in the making.

    `orders`: of each task the order that it belongs to; `wrong`: tasks that break a rule where they stand.
    `alone`: orders that are left as they are, because something of them stands where it may not and has no
    other place: nothing of theirs would be written. `steps`: how many have been made.
    """

    def __init__(self, problem: Problem, orders: Sequence[int], wrong: frozenset[int], aim: Aim) -> None:
        tasks = range(len(problem.tasks))
        self.problem, self.aim, self.steps = problem, aim, 0
        self.present: Placement = {i: placed for i in tasks if (placed := standing(problem, i)) is not None}
        out = {i for i, placed in self.present.items() if not stands(problem, i, placed)}
        helpless = {i for i in out if not problem.tasks[i].starts} | (wrong - out)
        self.alone = frozenset(orders[i] for i in helpless)
        settled = frozenset(i for i in tasks if orders[i] in self.alone)
        schedule = Schedule(problem)
        schedule.put({i: p for i, p in self.present.items() if i in settled or i not in out})
        movable = [atom for atom in atoms(problem, tasks) if settled.isdisjoint(atom)]
        for atom in movable:
            if any(i not in schedule.at for i in atom):
                for i in atom:
                    if i in schedule.at:
                        schedule.remove(i)
        self.filling = Filling(schedule, movable)
        self.wanted = sum(len(atom) for atom in self.filling.left)
        self._work = self._steps()

    @property
    def at(self) -> Placement:
        """Where everything stands that has a place."""
        return self.filling.schedule.at

    @property
    def left(self) -> list[Atom]:
        """What has no place so far, in portions."""
        return self.filling.left

    def carry_on(self, until: float) -> bool:
        """Steps until that time of the monotonic clock; False once nothing better is to be expected."""
        for _ in self._work:
            self.steps += 1
            if time.monotonic() >= until:
                return True
        return False

    def _steps(self) -> Iterator[None]:
        yield from self._quickly()
        yield from self._making_room()
        yield from self._better()

    def _quickly(self) -> Iterator[None]:
        filling = self.filling
        for atom in list(filling.left):
            if any(insert(filling.schedule, atom, attempt, filling.chance) for attempt in range(TRIES)):
                filling.left.remove(atom)
            yield

    def _making_room(self) -> Iterator[None]:
        """As long as something is left: where a start is missing, nobody's making room would help."""
        filling, tasks = self.filling, self.problem.tasks
        hopeful = [atom for atom in filling.left if all(tasks[i].starts for i in atom)]
        for others in REASSIGNED:
            yield from self._with_others(hopeful, others, in_time=True)
        for others in cycle(ROOM):
            if not hopeful:
                return
            yield from self._with_others(hopeful, others, in_time=False)
            if others >= len(filling.atoms):
                return

    def _with_others(self, hopeful: list[Atom], others: int, *, in_time: bool) -> Iterator[None]:
        for atom in list(hopeful):
            if self.filling.with_others(atom, others, lasting(STEP, ATTEMPT), in_time=in_time):
                hopeful.remove(atom)
                self.filling.left.remove(atom)
            yield

    def _better(self) -> Iterator[None]:
        """In neighbourhoods of one size after the other, each until no step of a whole turn has helped."""
        for size in SIZES:
            calm, best = 0, self._worth()
            while calm < len(leads := self._leads()):
                self.filling.chance.shuffle(leads)
                for atom in leads:
                    before = dict(self.at)
                    improve(self.filling, AIMS_OF[self.aim], lasting(STEP), 1, leads=[atom], size=size)
                    now = self._worth()
                    if now < best:
                        calm, best = 0, now
                    else:  # as good in another way, or not even that: the solver had to stop too soon
                        calm += 1
                        self._back_to(before)
                    yield
            if size >= len(self.filling.atoms):
                return

    def _back_to(self, before: Placement) -> None:
        changed = [i for i, placed in before.items() if self.at[i] != placed]
        for i in changed:
            self.filling.schedule.remove(i)
        self.filling.schedule.put({i: before[i] for i in changed})

    def _worth(self) -> Worth:
        """What there is by the aims in their order, the less the better: another placement of the same worth
        is not a better one.
        """
        moved, reassigned, *rest = worth(self.problem, self.at)
        return (moved, reassigned, *rest) if self.aim == "fewest_changes" else (*rest, moved + reassigned)

    def _leads(self) -> list[Atom]:
        """Around what it may become better: everything, or what has changed where that is to be little."""
        placed = [atom for atom in self.filling.atoms if all(i in self.at for i in atom)]
        if self.aim == "shortest":
            return placed
        return [atom for atom in placed if any(self.at[i] != self.present.get(i) for i in atom)]
