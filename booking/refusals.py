"""No valid placement: reasons that a receptionist can read out, and alternatives (placement.md, 7)."""

from typing import Literal

from msgspec import Struct

from catalog.errors import Conflict

Code = Literal[
    "before_arrival",
    "venue_closed",
    "no_open_resource",
    "resource_busy",
    "too_few_resources",
    "capacity_exceeded",
    "guest_busy",
    "waiting_too_long",
    "order_impossible",
    "wish_unmet",
    "outside_host",
    "nonexistent_local_time",
    "off_grid",
    "jointly_infeasible",
]


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why it does not fit. `start`, `end`: the interval concerned (minutes since the epoch).

    `components`: for `jointly_infeasible`, the smallest set found. `held_by`: booking ids, for staff only.
    """

    code: Code
    sentence: str
    component: str | None = None
    guest: int | None = None
    pool: str | None = None
    start: int | None = None
    end: int | None = None
    components: tuple[str, ...] = ()
    held_by: tuple[str, ...] = ()


class Alternative(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would fit: another `start` (minutes since the epoch), or a rule relaxed."""

    kind: Literal["same_day", "other_day", "relaxed"]
    sentence: str
    start: int | None = None
    rule: str | None = None
    value: int | None = None


class NotPlaceable(Conflict):
    """Refused with reasons. `taken`: it would fit if nothing were booked or out of use (409), else never
    (422).
    """

    code = "not_placeable"

    def __init__(
        self, reasons: tuple[Reason, ...], alternatives: tuple[Alternative, ...] = (), *, taken: bool
    ) -> None:
        super().__init__(reasons[0].sentence, code=reasons[0].code)
        self.reasons = reasons
        self.alternatives = alternatives
        self.taken = taken
