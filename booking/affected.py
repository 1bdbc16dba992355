"""Which bookings no longer fit what the catalog says now. They stay as they are; staff decide."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from booking.assemble import placings_of
from booking.case import Asked, Case, case_of
from booking.check import (
    Placed,
    Violation,
    places_held_are_at_most_the_capacity,
    resources_are_open,
    resources_suit_and_differ,
    sessions_lie_within_the_venues_hours,
)
from booking.lines import Order
from catalog.opening import Blocks
from catalog.specs import Catalog
from catalog.times import local, zone

CHECKS = (
    sessions_lie_within_the_venues_hours,
    resources_are_open,
    places_held_are_at_most_the_capacity,
    resources_suit_and_differ,
)


class Affected(Struct, frozen=True, kw_only=True):
    """A booking and the first thing about it that does not fit any more."""

    order: int
    order_id: uuid.UUID
    booking: uuid.UUID
    component: str
    start: datetime
    sentence: str


def affected(
    catalog: Catalog, blocks: Blocks, orders: Iterable[Order], doubled: Mapping[uuid.UUID, str], now: int
) -> Iterator[Affected]:
    """The bookings still to come that break a rule of hours, capacity or pools by this catalog.

    `doubled`: those that hold what others hold too, each with the sentence about it.
    """
    tz = zone(catalog.venue.time_zone)
    for order in orders:
        lines = tuple(line for line in order.lines if line.status != "cancelled")
        case = case_of(Asked(catalog=catalog, blocks=blocks, held=(), lines=lines))
        placings = placings_of(case.sessions)
        if not placings:
            continue
        seen: set[int] = set()
        for violation in _violations(case, Placed(case, placings), doubled):
            was, start = case.sessions[violation.session].was, placings[violation.session].start
            allowed = was is not None and violation.override in was.overrides
            if was is None or allowed or start < now or violation.session in seen:
                continue
            seen.add(violation.session)
            yield Affected(
                order=order.number,
                order_id=order.id,
                booking=was.id,
                component=was.component,
                start=local(tz, start),
                sentence=violation.sentence,
            )


def _violations(case: Case, placed: Placed, doubled: Mapping[uuid.UUID, str]) -> Iterator[Violation]:
    for i, session in enumerate(case.sessions):
        if session.was is not None and session.was.id in doubled:
            yield Violation("P5", i, doubled[session.was.id])
    for check in CHECKS:
        yield from check(placed)
    divided = {r.key for r in case.catalog.resources if r.parts}
    for i, session in enumerate(case.sessions):
        for allocation in session.was.allocations if session.was is not None else ():
            if allocation.resource in divided and allocation.use == "shared":
                yield Violation("P7", i, f"{allocation.resource} is divided now and cannot be shared.")
