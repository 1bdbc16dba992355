"""The prepared problem: tasks with the starts that P1 … P4 and what is booked leave them, and what they
claim.

Minutes count from one base; resources, guests and tasks are numbers. Whatever is here has been decided
before modelling begins; the rules that remain are those between tasks (rules.py).
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from booking.bits import Mask


class Option(NamedTuple):
    """A resource that may meet a claim, and the task's starts at which it is free for it."""

    resource: int
    starts: Mask


class Claim(Struct, frozen=True, kw_only=True):
    """A need of a task: `count` of the options, held from `lead` after the task's start.

    Held for `length` minutes, or (None) until the minute `until`. `guests_of` is set where each guest of the
    task is to be matched to one resource of the claim (P12): by resource, the guests whose required wishes it
    meets. `dislikes`: by resource, the preferred wishes that it does not meet, as (guest, attribute).
    `pool` holds every resource of the pool, `large` those that could meet the claim at some time: the host's
    place does only if it is one of these (P11). `was`: the resources held before. `at_will`: no other claim
    can be in its way, so that any options will do that are free at the start.
    """

    need: int
    shared: bool
    count: int
    places: int
    lead: int
    length: int | None
    until: int | None
    options: tuple[Option, ...]
    pool: frozenset[int]
    large: frozenset[int] = frozenset()
    guests_of: dict[int, tuple[int, ...]] | None = None
    dislikes: dict[int, tuple[tuple[int, str], ...]] = {}
    was: frozenset[int] | None = None
    at_will: bool = False

    def held(self, start: int) -> tuple[int, int]:
        """The interval held if the task starts then."""
        a = start + self.lead
        return a, (a + self.length if self.length is not None else self.until or 0)


def enough(claim: Claim) -> Mask:
    """The starts at which at least `count` options are free."""
    levels = [0] * claim.count
    for option in claim.options:
        for i in range(claim.count - 1, 0, -1):
            levels[i] |= levels[i - 1] & option.starts
        levels[0] |= option.starts
    return levels[-1]


class Task(Struct, frozen=True, kw_only=True):
    """A session to place. `weight` counts its guests in the sum of starts; `must` names resources it has to
    use.

    `precedes`: tasks that may not start before this one ends (P10). `host`: the task it is at, and
    the index of that task's place claim (P11). `date` groups the waiting of P9. `was` is the start it had.
    `patient`: its guests may wait for it as long as they have to.
    """

    starts: Mask
    length: int | None
    end: int | None
    date: int
    guests: tuple[int, ...]
    attended: bool
    weight: int
    claims: tuple[Claim, ...]
    precedes: tuple[int, ...] = ()
    host: int | None = None
    host_claim: int | None = None
    must: tuple[int, ...] = ()
    was: int | None = None
    patient: bool = False

    def met_at(self, place: int) -> int | None:
        """The claim that the place of its host meets: the first whose pool contains it (P11)."""
        return next((c for c, claim in enumerate(self.claims) if place in claim.pool), None)

    def end_at(self, start: int) -> int:
        return start + self.length if self.length is not None else self.end or 0


class Party(NamedTuple):
    """What holds for every guest of an order line: minutes between sessions, and the longest wait."""

    gap: int
    wait: int | None


class Upkeep(Protocol):
    """What is asked about the venue when its resources are exchanged."""

    @property
    def useful_gap(self) -> int:
        """From how many minutes on a gap is of use."""

    def choices(self, task: int, claim: int, start: int) -> Sequence[int]:
        """The resources that are free for the claim then, the first of them by preference."""

    def free(self, resource: int) -> Mask:
        """When the whole resource is free."""

    def busy(self, resource: int) -> Mask:
        """When something of it is booked."""

    def is_staff(self, resource: int) -> bool:
        """Whether it is one of those among whom minutes are balanced."""


class Problem(Struct, frozen=True, kw_only=True):
    """Tasks, resources as leaves (what is held) with capacities, what is booked of shared ones, and parties
    by guest.

    `upkeep` is asked about the order in which the venue is left (tidy.py).
    """

    tasks: tuple[Task, ...]
    leaves: tuple[tuple[int, ...], ...]
    capacity: tuple[int, ...]
    load: dict[int, tuple[tuple[int, int, int], ...]]
    parties: tuple[Party, ...]
    party_of: dict[int, int]
    upkeep: Upkeep

    def by_guest(self, among: Sequence[int] | None = None) -> dict[int, list[int]]:
        """The attended tasks of each guest."""
        out: dict[int, list[int]] = {}
        for i in range(len(self.tasks)) if among is None else among:
            if self.tasks[i].attended:
                for guest in self.tasks[i].guests:
                    out.setdefault(guest, []).append(i)
        return out

    def party(self, guest: int) -> Party:
        return self.parties[self.party_of[guest]]


class Placed(NamedTuple):
    """Where a task went: its start, and of each claim the resources (none: the host's place meets it)."""

    start: int
    resources: tuple[tuple[int, ...], ...]


Placement = dict[int, Placed]
