"""Many sessions at once: guest by guest, others making room, then a few at a time placed anew."""

from collections.abc import Sequence
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.case import Asked, Case, case_of
from booking.check import violations
from booking.fit import fit, named, situation_of
from booking.occupancy import Held
from booking.placement import solve
from booking.placement.effort import lasting
from booking.placement.fill import Filling, atoms
from booking.placement.improve import improve
from booking.placement.schedule import Schedule
from booking.placement.wishes import AIMS
from booking.prepare import Prepared, prepare
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    component,
    package,
    party,
    service,
    solvable,
    therapist,
    venue,
)
from tests.placement.worlds import houses, others, worth


def filled(case: Case) -> tuple[Prepared, Filling]:
    prepared = prepare(situation_of(case), case)
    schedule = Schedule(prepared.problem)
    filling = Filling(schedule, atoms(prepared.problem, range(len(prepared.problem.tasks))))
    filling.quickly()
    return prepared, filling


def several(house: Catalog, parties: Sequence[int], **fields: object) -> Asked:
    """An order line for each of the parties."""
    return ask(house, *(party(house, count) for count in parties), **fields)


@settings(max_examples=25)
@given(
    house=houses(count=2),
    parties=st.lists(st.integers(1, 2), min_size=1, max_size=2),
    held=others(),
)
def test_what_is_placed_guest_by_guest_is_placed_exactly_where_it_can_be(
    house: Catalog, parties: list[int], held: tuple[Held, ...]
) -> None:
    case = case_of(several(house, parties, held=held))
    with patch.object(solve, "LARGE", 0):
        found = fit(case, 5)
    assert found.decided
    assert (found.placings is not None) == solvable(case)
    if found.placings is not None:
        assert not violations(case, found.placings)


@settings(max_examples=25)
@given(house=houses(count=3), parties=st.lists(st.integers(1, 3), min_size=1, max_size=3), held=others())
def test_no_round_makes_a_placement_worse_or_breaks_a_rule(
    house: Catalog, parties: list[int], held: tuple[Held, ...]
) -> None:
    case = case_of(several(house, parties, held=held))
    prepared, filling = filled(case)
    if filling.left or not prepared.problem.tasks:
        return
    seen: list[tuple[int, ...]] = [worth(case, named(prepared, filling.schedule.at))]

    def look() -> bool:
        placings = named(prepared, filling.schedule.at)
        assert not violations(case, placings)
        seen.append(worth(case, placings))
        return True

    improve(filling, AIMS, lasting(2), 1, look)
    assert seen == sorted(seen, reverse=True)


def test_a_group_of_forty_is_placed() -> None:
    """Ten therapists, forty guests, a massage and a walk for each."""
    staff = [therapist(f"t{n}") for n in range(10)]
    massage, walk = service("massage", 60, THERAPIST), service("walk", 30)
    house = venue(*staff, massage, walk, package(component("massage"), component("walk")))
    case = case_of(several(house, [40]))
    placings = fit(case, 10).placings
    assert placings is not None
    assert not violations(case, placings)
