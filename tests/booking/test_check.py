"""What the plain check says of a placement as a whole: in the order of the rules, and what is forgiven."""

import pytest
from msgspec.structs import replace

from booking.assemble import by_session
from booking.case import case_of
from booking.check import unforgiven, violations
from catalog.errors import Invalid
from tests.building import (
    THERAPIST,
    ask,
    component,
    hours,
    judged,
    package,
    party,
    plan,
    service,
    therapist,
    venue,
)

MASSAGE, BATH = service("massage", 60, THERAPIST), service("bath", 60)
VISIT = package(
    component("massage", fixed_start="09:00"), component("bath", fixed_start="12:00"), max_waiting_minutes=30
)
HOUSE = venue(MASSAGE, BATH, VISIT, therapist("anna", hours=hours("10:00-18:00")))
NEEDED = ("arrival", "resource_hours", "waiting")


def test_violations_come_in_the_order_of_the_rules() -> None:
    found = plan(HOUSE, overrides=NEEDED)
    faults = violations(found.case, found.placings)
    assert [(v.rule, v.override) for v in faults] == [
        ("P2", "arrival"),
        ("P4", "resource_hours"),
        ("P9", "waiting"),
    ]
    assert all(v.sentence.endswith(".") for v in faults)


def test_what_the_request_overrides_is_forgiven() -> None:
    found = plan(HOUSE, overrides=NEEDED)
    faults = violations(found.case, found.placings)
    assert unforgiven(found.case, faults) == ()
    stricter = replace(found.case, overrides=("arrival", "waiting"))
    assert [v.rule for v in unforgiven(stricter, faults)] == ["P4"]


def test_what_was_overridden_once_is_accepted_again_for_that_booking_alone() -> None:
    """The massage may begin early and outside anna's hours; that guests wait was allowed before the bath."""
    found = plan(HOUSE, overrides=NEEDED)
    allowed = {"massage": ("arrival", "resource_hours"), "bath": ("waiting",)}
    (line,) = found.booked()
    line = replace(line, bookings=tuple(replace(b, overrides=allowed[b.component]) for b in line.bookings))
    again = judged(ask(HOUSE, line))
    assert again.exists
    assert not again.fit.overridden
    swapped = {"massage": ("waiting",), "bath": ("arrival", "resource_hours")}
    line = replace(line, bookings=tuple(replace(b, overrides=swapped[b.component]) for b in line.bookings))
    refused = judged(ask(HOUSE, line))
    assert not refused.exists
    faults = violations(refused.case, found.placings)
    assert [v.rule for v in unforgiven(refused.case, faults)] == ["P2", "P4", "P9"]


def test_a_locked_booking_is_left_where_it_stands() -> None:
    """Hours may have changed since: what is locked is not judged by them (P2 … P4)."""
    (line,) = plan(HOUSE, overrides=NEEDED).booked()
    locked = replace(
        line, bookings=tuple(replace(b, locked=True, overrides=("waiting",)) for b in line.bookings)
    )
    again = judged(ask(HOUSE, locked))
    assert (again.starts("massage"), again.uses("massage")) == (["09:00"], ["anna"])


def test_violations_are_told_by_line_and_session() -> None:
    two = ask(HOUSE, party(HOUSE), party(HOUSE, 2), overrides=NEEDED)
    house = venue(MASSAGE, BATH, VISIT, *(therapist(k, hours=hours("10:00-18:00")) for k in ("a", "b", "c")))
    found = judged(replace(two, catalog=house))
    faults = by_session(found.case, violations(found.case, found.placings))
    assert {line: sorted(sessions) for line, sessions in faults.items()} == {0: [0, 1], 1: [0, 1, 2, 3]}


def test_more_than_is_placed_at_once_is_refused_before_anything_is_computed() -> None:
    many = package(*(component("bath", key=f"bath-{n}", fixed_start="12:00") for n in range(41)))
    house = venue(BATH, many)
    with pytest.raises(Invalid, match="20500 sessions, more than the 20000"):
        case_of(ask(house, party(house, 500)))
