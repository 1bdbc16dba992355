"""Quick proofs that there is no placement say nothing that is not so, nor does the flow that finds some."""

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.case import case_of
from booking.check import violations
from booking.fit import named, situation_of
from booking.occupancy import Held
from booking.placement.bounds import most, narrowed, refuted
from booking.placement.parts import parts
from booking.placement.problem import Placement
from booking.placement.rounding import settled
from booking.prepare import prepare
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    component,
    hours,
    model_fits,
    need,
    package,
    party,
    service,
    therapist,
    venue,
)
from tests.placement.worlds import houses, others

MASSAGE = service("massage", 60, THERAPIST)


def is_refuted(house: Catalog, guests: int, held: tuple[Held, ...] = ()) -> bool:
    case = case_of(ask(house, party(house, guests, "09:00"), held=held))
    problem = prepare(situation_of(case), case).problem
    return any(refuted(narrowed(problem, part), part) for part in parts(problem))


def test_one_therapist_cannot_treat_four_in_three_hours() -> None:
    house = venue(MASSAGE, package(component("massage")), therapist("anna", hours=hours("09:00-12:00")))
    assert is_refuted(house, 4)
    assert not is_refuted(house, 3)


def test_two_of_a_guests_sessions_that_cannot_follow_each_other_are_refuted() -> None:
    visit = package(
        component("massage", window=["09:00", "10:30"]), component("bath", window=["09:00", "10:30"])
    )
    house = venue(service("massage", 60), service("bath", 60), visit)
    assert is_refuted(house, 1)


def test_holds_follow_each_other_as_soon_as_they_may() -> None:
    """Ten minutes each from 0, 5, 12 and 22: from 0, 12 and 22 there are three."""
    starts = 1 << 0 | 1 << 5 | 1 << 12 | 1 << 22
    assert most([(starts, 10)], 9) == 3
    assert most([(starts, 10)], 2) == 2
    assert most([(0, 10)], 2) == 0


@settings(max_examples=150)
@given(houses(3), others(), st.integers(1, 5))
def test_what_is_refuted_has_no_placement(house: Catalog, busy: tuple[Held, ...], guests: int) -> None:
    case = case_of(ask(house, party(house, guests), held=busy))
    problem = prepare(situation_of(case), case).problem
    if not all(task.starts for task in problem.tasks):
        return
    for part in parts(problem):
        if refuted(narrowed(problem, part), part):
            assert not model_fits(problem, part)


@settings(max_examples=60)
@given(houses(3), others(), st.integers(1, 6))
def test_what_the_flow_settles_is_so(house: Catalog, busy: tuple[Held, ...], guests: int) -> None:
    case = case_of(ask(house, party(house, guests), held=busy))
    prepared = prepare(situation_of(case), case)
    problem = prepared.problem
    placement: Placement = {}
    for part in parts(problem):
        found = settled(narrowed(problem, part), part, 20)
        if found == "no":
            assert not all(problem.tasks[i].starts for i in part) or not model_fits(problem, part)
        elif found is not None:
            placement |= found
    if len(placement) == len(problem.tasks):
        assert not violations(case, named(prepared, placement))


def test_a_flow_of_whole_sessions_is_a_placement() -> None:
    """Six guests, a treatment each and then another, by three therapists who all do both."""
    hands = [therapist(name, ["massage", "facial"], hours=hours("09:00-14:20")) for name in ("a", "b", "c")]
    visit = package(component("massage"), component("facial", after=["massage"]), max_waiting_minutes=30)
    house = venue(
        service("massage", 50, need("massage")), service("facial", 60, need("facial")), visit, *hands
    )
    case = case_of(ask(house, party(house, 6, "09:00")))
    prepared = prepare(situation_of(case), case)
    found = settled(narrowed(prepared.problem, range(12)), range(12), 20)
    assert isinstance(found, dict)
    assert not violations(case, named(prepared, found))
