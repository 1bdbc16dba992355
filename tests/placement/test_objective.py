"""The best placement (placement.md, 5): each aim before the next, proven, and the same every time."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from booking.adjust import with_participants
from booking.case import case_of
from booking.check import violations
from booking.fit import fit
from booking.occupancy import Held
from booking.requests import GuestWishes
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    at,
    booking_of,
    component,
    guest,
    held,
    judged,
    need,
    package,
    party,
    plan,
    room,
    service,
    therapist,
    venue,
)
from tests.placement.worlds import MAN, WOMAN, every_placement, houses, others, preferences, worth

MASSAGE, BATH = service("massage", 60, THERAPIST), service("bath", 60, need("saunas", "shared"))
SAUNA = room("sauna", 9, "saunas")
ANNA, CARL = therapist("anna", attributes=WOMAN), therapist("carl", attributes=MAN)


def test_unmet_wishes_come_before_waiting() -> None:
    """Carl is free after the bath; the guest prefers anna, though he has to wait two hours for her."""
    house = venue(
        MASSAGE,
        BATH,
        package(component("massage"), component("bath", fixed_start="10:00")),
        ANNA,
        CARL,
        SAUNA,
    )
    busy = (held("anna", "11:00", "13:00"),)
    assert plan(house, held=busy).uses("massage") == ["carl"]
    found = plan(house, held=busy, wishes=[guest(preferred=WOMAN)])
    assert (found.uses("massage"), found.starts("massage")) == (["anna"], ["13:00"])


def test_waiting_comes_before_an_early_start() -> None:
    """The massage could be at 10:00, with a wait of three hours; at 13:00 there is none."""
    house = venue(
        MASSAGE, BATH, package(component("massage"), component("bath", fixed_start="14:00")), ANNA, SAUNA
    )
    assert plan(house).starts("massage") == ["13:00"]


def test_else_everything_is_as_early_as_it_can_be() -> None:
    house = venue(MASSAGE, BATH, package(component("massage"), component("bath")), ANNA, SAUNA)
    found = plan(house, 2)
    assert sorted(found.starts("massage")) == ["10:00", "11:00"]
    assert sorted(found.starts("bath")) == ["10:00", "11:00"]


def test_early_is_counted_by_guest() -> None:
    """A session for three goes before the session of one that would be in its way."""
    one, all_ = service("one", 60, need("rooms")), service("all", 60, need("rooms"), group_size="all")
    house = venue(one, all_, package(component("one", "one", attended=False), component("all")), room("r"))
    assert plan(house, 3).starts("all") == ["10:00"]


def test_useless_gaps_are_avoided() -> None:
    """Anna would be left with ten minutes before her next session; carl is free all day."""
    house = venue(MASSAGE, package(component("massage")), ANNA, CARL, smallest_useful_gap_minutes=30)
    assert plan(house, held=(held("anna", "11:10", "12:00"),)).uses("massage") == ["carl"]


def test_work_is_shared_among_staff() -> None:
    house = venue(MASSAGE, package(component("massage")), ANNA, CARL)
    assert plan(house, held=(held("anna", "13:00", "14:00"),)).uses("massage") == ["carl"]
    assert plan(house, held=(held("carl", "13:00", "14:00"),)).uses("massage") == ["anna"]


def test_a_change_keeps_sessions_where_they_are_in_time() -> None:
    """11:00 has become free, which would be earlier; the massage stays at 13:00 all the same."""
    house = venue(MASSAGE, package(component("massage")), ANNA)
    line = plan(house, held=(held("anna", "10:00", "13:00"),)).booked()[0]
    assert judged(ask(house, line)).starts("massage") == ["13:00"]


def test_time_is_kept_before_resources() -> None:
    """Anna fell ill: carl takes over at that time rather than anna at another."""
    house = venue(MASSAGE, package(component("massage")), ANNA, CARL)
    line = plan(house, resource={0: "anna"}).booked()[0]
    found = judged(ask(house, line, held=(held("anna", "10:30", "11:00"),)))
    assert (found.starts("massage"), found.uses("massage")) == (["10:00"], ["carl"])


def test_resources_are_kept_before_wishes() -> None:
    house = venue(MASSAGE, package(component("massage")), ANNA, CARL)
    line = plan(house, resource={0: "carl"}).booked()[0]
    wishing = replace(line, guests=(replace(line.guests[0], preferred=WOMAN),))
    assert judged(ask(house, wishing)).uses("massage") == ["carl"]


def test_where_the_start_moves_times_are_compared_after_the_shift() -> None:
    """Booked at 12:00 for a start at 10:00: an hour later means 13:00, though 11:00 would be earlier."""
    house = venue(MASSAGE, package(component("massage")), ANNA)
    line = plan(house, held=(held("anna", "10:00", "12:00"),)).booked()[0]
    later = replace(line, start=at("11:00"))
    assert judged(ask(house, later, previous={0: at("10:00")})).starts("massage") == ["13:00"]
    next_day = replace(line, start=at("2026-12-06T10:00"))
    found = judged(ask(house, next_day, previous={0: at("10:00")}))
    assert found.of("massage")[0].start == at("2026-12-06T12:00")


def test_newcomers_disturb_nobody() -> None:
    house = venue(MASSAGE, package(component("massage")), ANNA)
    line = plan(house, held=(held("anna", "10:00", "12:00"),)).booked()[0]
    found = judged(ask(house, with_participants(line, 2)))
    assert found.starts("massage") == ["12:00", "10:00"]
    assert booking_of(found.booked()[0], "massage").id == booking_of(line, "massage").id


def test_an_answer_that_is_not_proven_says_so() -> None:
    """Thirty guests in the twinkling of an eye: valid, and not claimed to be the best."""
    therapists = [therapist(f"t{i}") for i in range(9)]
    house = venue(MASSAGE, BATH, package(component("massage"), component("bath")), *therapists, SAUNA)
    case = case_of(ask(house, party(house, 30)))
    answer = fit(case, 0.05)
    if answer.placings is not None:
        assert violations(case, answer.placings) == ()
        assert not answer.optimal


@settings(max_examples=25)
@given(houses(3), others(), preferences(), st.integers(1, 3))
def test_the_same_request_gives_the_same_answer(
    house: Catalog, busy: tuple[Held, ...], wishes: list[GuestWishes], guests: int
) -> None:
    asked = ask(house, party(house, guests, wishes=wishes), held=busy)
    once, again = judged(asked), judged(asked)
    assert once.fit == again.fit


@settings(max_examples=60)
@given(houses(2), others(), preferences(), st.integers(1, 2))
def test_nothing_is_better_than_what_is_said_to_be_best(
    house: Catalog, busy: tuple[Held, ...], wishes: list[GuestWishes], guests: int
) -> None:
    """Against every placement there is."""
    found = judged(ask(house, party(house, guests, wishes=wishes), held=busy))
    possible = [worth(found.case, placings) for placings in every_placement(found.case)]
    assert found.exists == bool(possible)
    if possible:
        assert worth(found.case, found.placings) == min(possible)


@settings(max_examples=60)
@given(
    houses(2), others(), others(), preferences(), st.sampled_from([1, 2, 3]), st.sampled_from([0, 60, -60])
)
def test_nothing_changes_less_than_a_change(
    house: Catalog,
    before: tuple[Held, ...],
    after: tuple[Held, ...],
    wishes: list[GuestWishes],
    guests: int,
    shift: int,
) -> None:
    """Booked for two; then so many, an hour earlier or later, while others hold something else."""
    booked = plan(house, 2, wishes=wishes, held=before)
    assume(booked.exists)
    (line,) = booked.booked()
    wanted = replace(with_participants(line, guests), start=line.start + shift)
    found = judged(ask(house, wanted, held=after, previous={0: line.start}))
    assume(len(found.case.sessions) <= 5)  # else there is too much to try
    possible = [worth(found.case, placings) for placings in every_placement(found.case)]
    assert found.exists == bool(possible)
    if possible:
        assert worth(found.case, found.placings) == min(possible)
