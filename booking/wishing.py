"""P12: who may be served by whom."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from booking.bits import Mask
from booking.case import Case
from booking.expand import Session
from booking.occupancy import Situation
from catalog.specs import Need

Options = Sequence[tuple[str, Mask]]
"""The resources that would do, each with the starts at which it is free."""
Wishes = dict[int, tuple[Mapping[str, str], Mapping[str, str]]]
"""By guest what he requires and what he prefers."""


class Served(NamedTuple):
    """The resources that are left for a need. `guests_of`: by resource, the guests whose required wishes it
    meets, where each is matched to one (else None); `missed`: the preferred wishes that it does not meet.
    """

    options: Options
    guests_of: dict[str, tuple[int, ...]] | None = None
    missed: Mapping[str, tuple[tuple[int, str], ...]] = {}


def wishes_of(case: Case, session: Session, *, merely_preferred: bool = False) -> Wishes:
    """Of the guests of an attended session; overridden, what is required is merely preferred."""
    if not session.attended:
        return {}
    guests = {g.number: g for g in case.guests[session.line] if g.number in session.guests}
    if not any(g.required or g.preferred for g in guests.values()):
        return {}
    if merely_preferred:
        return {n: ({}, {**g.preferred, **g.required}) for n, g in guests.items()}
    return {n: (g.required, g.preferred) for n, g in guests.items()}


def served(situation: Situation, session: Session, need: Need, wishes: Wishes, options: Options) -> Served:
    """The options that suit the guests."""
    if not wishes:
        return Served(options)
    matched = need.count == len(session.guests) and need.count > 1
    guests_of: dict[str, tuple[int, ...]] = {}
    missed: dict[str, tuple[tuple[int, str], ...]] = {}
    left = []
    concerned = False
    for name, mask in options:
        resource = situation.resources[name]
        attributes = resource.attributes if resource.kind == "staff" else {}
        pleased, unmet = [], []
        for guest, (required, preferred) in wishes.items():
            if all(attributes.get(k, v) == v for k, v in required.items()):
                pleased.append(guest)
            unmet += [(guest, k) for k, v in preferred.items() if attributes.get(k, v) != v]
        concerned = concerned or len(pleased) < len(wishes) or bool(unmet)
        if (matched and pleased) or len(pleased) == len(wishes):
            left.append((name, mask))
            guests_of[name] = tuple(pleased)
            if unmet:
                missed[name] = tuple(unmet)
    return Served(left, guests_of if matched and concerned else None, missed)
