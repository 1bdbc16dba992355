"""What is best without a solver: each guest's own best day, where all of them fit at once."""

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from booking.bits import minutes
from booking.case import case_of
from booking.check import violations
from booking.fit import named, situation_of
from booking.occupancy import Held
from booking.placement.ideal import STEPS, Wanted, best_day, ideal
from booking.placement.parts import parts
from booking.placement.problem import Placement
from booking.placement.solve import place
from booking.placement.wishes import AIMS
from booking.prepare import Prepared, prepare
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    component,
    guest,
    held,
    need,
    package,
    party,
    plan,
    room,
    service,
    therapist,
    venue,
)
from tests.placement.worlds import MAN, WOMAN, houses, others, worth

MASSAGE, BATH = service("massage", 60, THERAPIST), service("bath", 60, need("saunas", "shared"))
DAY = package(component("massage"), component("bath"), component("massage", fixed_start="14:00", key="again"))
HOUSE = (MASSAGE, BATH, DAY, room("sauna", 9, "saunas"))
ANNA, CARL = therapist("anna", attributes=WOMAN), therapist("carl", attributes=MAN)


def _ideal(prepared: Prepared) -> Placement | None:
    found: Placement = {}
    for part in parts(prepared.problem):
        best = ideal(prepared.problem, part)
        if best is None:
            return None
        found |= best
    return found


def _prepared(house: Catalog, guests: int, **asked: object) -> Prepared:
    case = case_of(ask(house, party(house, guests, wishes=asked.pop("wishes", ())), **asked))
    return prepare(situation_of(case), case)


@pytest.mark.parametrize("guests", [1, 2])
def test_guests_who_are_in_nobodys_way_are_placed_at_once(guests: int) -> None:
    house = venue(*HOUSE, ANNA, CARL)
    assert _ideal(_prepared(house, guests)) is not None
    found = plan(house, guests)
    assert (found.starts("massage"), found.starts("bath")) == (["12:00"] * guests, ["13:00"] * guests)
    assert found.fit.optimal


def test_where_two_want_the_same_it_is_left_to_the_solver() -> None:
    assert _ideal(_prepared(venue(*HOUSE, ANNA), 2)) is None


def test_where_something_is_preferred_it_is_left_to_the_solver() -> None:
    wishes = [guest(preferred=WOMAN)]
    assert _ideal(_prepared(venue(*HOUSE, ANNA, CARL), 1, wishes=wishes)) is None


def test_what_is_booked_stays_where_it_is_if_it_can() -> None:
    """11:00 would be earlier; and with anna ill it is for the solver to say who changes least."""
    house = venue(MASSAGE, package(component("massage")), ANNA, CARL)
    line = plan(house, held=(held("anna", "10:00", "13:00"), held("carl", "10:00", "18:00"))).booked()[0]
    for busy, stays in (((), True), ((held("anna", "13:30", "14:00"),), False)):
        case = case_of(ask(house, line, held=busy))
        prepared = prepare(situation_of(case), case)
        found = _ideal(prepared)
        assert (found is not None) == stays
        if found is not None:
            assert named(prepared, found)[0].resources == (("anna",),)


def test_a_day_of_too_many_orders_is_left_to_the_solver() -> None:
    anything = Wanted((1 << 600) - 1 - (1 << 200), 60, ())
    assert best_day([anything] * 3, 0) == [0, 60, 120]
    apart = [Wanted(anything.starts & ~((1 << 60 * n) - 1), 45 + n, ()) for n in range(8)]
    assert STEPS < 8 * 7 * 6 * 5
    assert best_day(apart, 7) is None


@st.composite
def _days(draw: st.DrawFn) -> tuple[list[Wanted], int]:
    count = draw(st.integers(1, 4))
    after = [draw(st.sets(st.integers(0, k - 1))) if k else set() for k in range(count)]
    starts = st.integers(1, 2**14 - 1)
    return [Wanted(draw(starts), draw(st.integers(1, 4)), tuple(after[k])) for k in range(count)], draw(
        st.integers(0, 2)
    )


@settings(max_examples=150)
@given(_days())
def test_nothing_is_better_than_the_best_day(day: tuple[list[Wanted], int]) -> None:
    """Against all starts that there are."""
    wanted, gap = day
    possible = []
    for starts in product(*(list(minutes(w.starts)) for w in wanted)):
        ends = [s + w.length for s, w in zip(starts, wanted, strict=True)]
        each = range(len(wanted))
        apart = all(
            ends[i] + gap <= starts[j] or ends[j] + gap <= starts[i] for i in each for j in each if i < j
        )
        if apart and all(ends[i] <= starts[j] for j in each for i in wanted[j].after):
            possible.append((max(ends) - min(starts), sum(starts)))
    found = best_day(wanted, gap)
    assert (found is None) == (not possible)
    if found is not None:
        ends = [s + w.length for s, w in zip(found, wanted, strict=True)]
        assert (max(ends) - min(found), sum(found)) == min(possible)


@settings(max_examples=80)
@given(houses(3), others(), st.integers(1, 4))
def test_the_solver_finds_nothing_better(house: Catalog, busy: tuple[Held, ...], guests: int) -> None:
    prepared = _prepared(house, guests, held=busy)
    solved = place(prepared.problem, 10, [*AIMS])  # aims of one's own are for the solver
    assume(solved.placement is not None)
    assert solved.placement is not None
    assert solved.optimal
    found = dict(solved.placement)
    for part in parts(prepared.problem):
        found |= ideal(prepared.problem, part) or {}
    case = case_of(ask(house, party(house, guests), held=busy))
    assert violations(case, named(prepared, found)) == ()
    assert worth(case, named(prepared, found)) == worth(case, named(prepared, solved.placement))
