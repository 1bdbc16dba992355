"""A therapist falls ill: the fewest changes that keep everything valid, and nothing locked moves."""

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from booking import fit as fitting
from booking.assemble import assemble
from booking.case import Asked, case_of
from booking.check import violations
from booking.expand import expand
from booking.fit import fit, refit
from booking.placement import solve
from catalog.specs import Catalog
from catalog.times import zone
from tests.building import THERAPIST, ask, between, component, need, package, party, service, therapist, venue
from tests.placement.worlds import every_placement, houses, worth

ALL_DAY = (between("00:00", "23:55"),)


def booked(asked: Asked) -> Asked | None:
    """What was asked for, booked where it was placed; None where there is no placement."""
    found = fit(case_of(asked), 5)
    if found.placings is None:
        return None
    rest, lines = list(found.placings), []
    for line in asked.lines:
        desired = expand(line, zone(asked.catalog.venue.time_zone))
        mine, rest = rest[: len(desired.sessions)], rest[len(desired.sessions) :]
        lines.append(assemble(line, desired, mine, {}))
    return replace(asked, lines=tuple(lines))


def without(asked: Asked, resource: str) -> tuple[Asked, set[int]]:
    """The same with the resource out of use, and the lines that it concerns."""
    concerned = {
        line.position
        for line in asked.lines
        for booking in line.bookings
        if any(a.resource == resource for a in booking.allocations)
    }
    return replace(asked, blocks={resource: ALL_DAY}), concerned


@settings(max_examples=25)
@given(house=houses(count=2), parties=st.lists(st.integers(1, 2), min_size=1, max_size=2))
def test_nothing_changes_less_of_all_placements(house: Catalog, parties: list[int]) -> None:
    before = booked(ask(house, *(party(house, count) for count in parties)))
    if before is None:
        return
    asked, concerned = without(before, "anna")
    case = case_of(asked)
    if len(case.sessions) > 4:  # more would take too long to try
        return
    found = refit(case, concerned, 10)
    best = min((worth(case, placings) for placings in every_placement(case)), default=None)
    assert found.decided
    assert (found.placings is None) == (best is None)
    if found.placings is not None and best is not None:
        assert not violations(case, found.placings)
        assert worth(case, found.placings)[:2] == best[:2]


@settings(max_examples=25)
@given(
    house=houses(count=2),
    parties=st.lists(st.integers(1, 2), min_size=2, max_size=3),
    locked=st.integers(0, 5),
)
def test_a_plan_in_growing_neighbourhoods_is_valid_and_moves_nothing_locked(
    house: Catalog, parties: list[int], locked: int
) -> None:
    before = booked(ask(house, *(party(house, count) for count in parties)))
    if before is None:
        return
    lines = []
    for n, line in enumerate(before.lines):
        bookings = [replace(b, locked=n * 2 + k == locked) for k, b in enumerate(line.bookings)]
        lines.append(replace(line, bookings=tuple(bookings)))
    asked, concerned = without(replace(before, lines=tuple(lines)), "anna")
    case = case_of(asked)
    with patch.object(fitting, "LARGE", 0), patch.object(solve, "LARGE", 0):
        found = refit(case, concerned, 5, better=0.05)
    if found.placings is None:
        return
    assert not violations(case, found.placings)
    for session, placing in zip(case.sessions, found.placings, strict=True):
        if session.was is not None and session.was.locked:
            assert placing.start == session.was.start


def test_another_changes_hands_so_that_nobody_changes_time() -> None:
    """Eva can give both the facial and the massage; carl is there for the massage."""
    massage, facial = service("massage", 60, THERAPIST), service("facial", 60, need("faces"))
    house = venue(
        massage,
        facial,
        package(component("massage"), component("facial"), max_waiting_minutes=0),
        therapist("anna", pool="faces"),
        therapist("eva", pool=["therapists", "faces"]),
        therapist("carl"),
    )
    before = booked(ask(house, party(house)))
    assert before is not None
    asked, concerned = without(before, "anna")
    case = case_of(asked)
    placings = refit(case, concerned, 5).placings
    assert placings is not None
    assert not violations(case, placings)
    assert worth(case, placings)[0] == 0
