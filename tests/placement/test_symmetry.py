"""Guests who are alike may change places, and only they."""

from hypothesis import given, settings
from hypothesis import strategies as st

from booking.bits import first
from booking.case import Case, case_of
from booking.check import violations
from booking.fit import named, situation_of
from booking.occupancy import Held
from booking.placement.greedy import respected
from booking.placement.parts import parts
from booking.placement.problem import Placed, Placement, Problem
from booking.placement.solve import decide_part
from booking.placement.solver import model
from booking.placement.symmetry import in_order, keep_alike_guests_in_order
from booking.prepare import Prepared, prepare
from booking.requests import GuestWishes
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    component,
    guest,
    need,
    package,
    party,
    plan,
    service,
    therapist,
    venue,
)
from tests.placement.worlds import houses, others, preferences

ANNA = therapist("anna")


def test_the_facial_that_needs_no_cleaning_goes_first_whoever_asked_for_it() -> None:
    """Both have the same starts, but one needs ten minutes after it: these guests are not alike."""
    tidy, quick = service("tidy", 50, need("therapists", after_minutes=10)), service("quick", 50, THERAPIST)
    visit = package(component("", key="care", choices=["tidy", "quick"], window=["10:00", "11:50"]))
    found = plan(venue(tidy, quick, visit, ANNA), 2, wishes=[guest(), guest(choices={"care": "quick"})])
    starts = {
        s.product: found.shown(p.start) for s, p in zip(found.case.sessions, found.placings, strict=True)
    }
    assert starts == {"quick": "10:00", "tidy": "10:50"}


def test_guests_change_places_with_all_that_follows() -> None:
    """Each bathes after his massage, though the bath takes up nobody's time: it has to come along."""
    massage, bath = service("massage", 60, THERAPIST), service("bath", 30)
    visit = package(component("massage"), component("bath", after=["massage"], attended=False))
    house = venue(massage, bath, visit, ANNA)
    problem = _prepared(case_of(ask(house, party(house, 2)))).problem
    ten, hour = first(problem.tasks[0].starts), 60
    second_guest_first: Placement = {
        0: Placed(ten + hour, ((0,),)),
        1: Placed(ten, ((0,),)),
        2: Placed(ten + 2 * hour, ()),
        3: Placed(ten + hour, ()),
    }
    assert respected(problem, range(4), second_guest_first)
    assert respected(problem, range(4), _ordered(problem, list(range(4)), second_guest_first))


@settings(max_examples=60)
@given(houses(3), others(), preferences(), st.integers(2, 4))
def test_a_valid_placement_stays_valid_when_alike_guests_change_places(
    house: Catalog, busy: tuple[Held, ...], wishes: list[GuestWishes], guests: int
) -> None:
    case = case_of(ask(house, party(house, guests, wishes=wishes), held=busy))
    prepared = _prepared(case)
    if not all(task.starts for task in prepared.problem.tasks):
        return
    placement: Placement = {}
    for part in parts(prepared.problem):
        found = decide_part(prepared.problem, part, 10, tries=0).placement
        if found is None:
            return
        placement |= _ordered(prepared.problem, part, found)
    assert violations(case, named(prepared, placement)) == ()


def _prepared(case: Case) -> Prepared:
    return prepare(situation_of(case), case)


def _ordered(problem: Problem, part: list[int], placement: Placement) -> Placement:
    return in_order(placement, keep_alike_guests_in_order(model(problem, part)))
