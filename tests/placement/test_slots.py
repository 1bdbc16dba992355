"""Slots are exact (placement.md, 6), and what is refused has a reason and a way out (7)."""

import time
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from booking.alternatives import waiting
from booking.case import Asked, case_of
from booking.computing import decided, explained, refusal, searched
from booking.explain import without_order, without_wishes
from booking.fit import fit
from booking.occupancy import Held
from booking.refusals import Code
from booking.requests import GuestWishes
from booking.slots import Found, Memory
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    at,
    component,
    goods,
    held,
    hours,
    package,
    party,
    room,
    service,
    therapist,
    venue,
)
from tests.placement.worlds import every_placement, houses, others, preferences

MASSAGE, BATH = service("massage", 60, THERAPIST), service("bath", 60)
AT_START = package(component("massage", relative_start_minutes=0))
DATES = ("2026-12-05", "2026-12-06")


def starts(*texts: str) -> list[int]:
    return [at(text) for text in texts]


def hourly(first: int, last: int, step: int = 60) -> list[int]:
    return list(range(at(f"{first:02d}:00"), at(f"{last:02d}:00"), step))


def offered(asked: Asked, among: list[int]) -> list[int]:
    found = searched(asked, among, 10)
    assert found.unknown_from is None
    return [slot.start for slot in found.slots]


def tried(asked: Asked, among: list[int]) -> list[int]:
    """The starts that can be booked: each tried by itself."""
    return [s for s in among if fit(case_of(asked, s), 10).placings is not None]


def test_a_slot_is_a_start_that_fits() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", hours=hours("09:00-12:00")))
    asked = ask(house, party(house), held=(held("anna", "10:00", "10:30"),))
    assert offered(asked, hourly(8, 13, 30)) == starts("09:00", "10:30", "11:00")


def test_a_slot_has_an_end_where_every_placement_has_the_same() -> None:
    fixed = package(component("massage"), component("bath", fixed_start="15:00"))
    asked = ask(venue(MASSAGE, BATH, fixed, therapist("anna")), party(venue(MASSAGE, BATH, fixed), 1))
    (slot,) = searched(asked, starts("10:00"), 10).slots
    assert slot.end is None  # the massage may come after the bath
    house = venue(MASSAGE, AT_START, therapist("anna"))
    (slot,) = searched(ask(house, party(house)), starts("10:00"), 10).slots
    assert slot.end == at("11:00")


@pytest.mark.parametrize("found", [searched, decided])
def test_the_end_is_known_where_what_is_flexible_has_to_come_before(found: Callable[..., Found]) -> None:
    """By the index and by the solver: the massage may be late in the day, but not after the bath."""
    visit = package(component("massage"), component("bath", fixed_start="15:00", after=["massage"]))
    house = venue(MASSAGE, BATH, visit, therapist("anna"))
    (slot,) = found(ask(house, party(house)), starts("10:00"), 10).slots
    assert slot.end == at("16:00")


@settings(max_examples=20)
@given(houses(2, days=1), others(DATES), st.integers(1, 2))
def test_an_end_that_is_told_is_that_of_every_placement(
    house: Catalog, busy: tuple[Held, ...], guests: int
) -> None:
    asked = ask(house, party(house, guests), held=busy)
    for found in (searched, decided):
        for slot in found(asked, hourly(9, 15, 180), 10).slots:
            case = case_of(asked, slot.start)
            if slot.end is not None and len(case.sessions) < 4:
                assert {max(p.end for p in placings) for placings in every_placement(case)} == {slot.end}


def test_goods_can_be_had_at_any_time() -> None:
    house = venue(goods("coffee"), package(component("coffee", relative_start_minutes=0)))
    assert offered(ask(house, party(house)), hourly(8, 12)) == hourly(8, 12)


def test_without_time_nothing_is_claimed() -> None:
    each = package(component("massage"))
    house = venue(MASSAGE, each, therapist("anna"))
    found = searched(ask(house, party(house, 2)), hourly(8, 12), 0)
    assert (found.slots, found.unknown_from) == ((), at("08:00"))


def test_a_refusal_says_nothing_about_more_sessions_or_other_starts() -> None:
    memory = Memory()
    massage, facial, bath = ((0, name, (1,)) for name in ("massage", "facial", "bath"))
    memory.keep_refusal({massage: 0b0110, facial: 0b0011})
    assert memory.fails({massage: 0b0110, facial: 0b0011})
    assert memory.fails({massage: 0b0100, facial: 0b0001})
    assert not memory.fails({massage: 0b1110, facial: 0b0011})
    assert not memory.fails({massage: 0b0110, facial: 0b0011, bath: 0b0001})
    assert not memory.fails({massage: 0b0110})


def test_what_refuses_two_sessions_may_fit_three() -> None:
    """P9: from the massage to the bath is too long, unless the walk lies between them. At 09:30 it does not,
    being on the next date; what that start teaches says nothing of 00:30."""
    walk = service("walk", 60)
    visit = package(
        component("massage", fixed_start="14:00"),
        component("bath", fixed_start="18:00"),
        component("walk", relative_start_minutes=900),
        max_waiting_minutes=120,
    )
    house = venue(MASSAGE, BATH, walk, visit, therapist("anna"))
    asked = ask(house, party(house))
    among = starts("00:30", "09:30", "10:00")
    assert tried(asked, among) == starts("00:30")
    assert offered(asked, among) == starts("00:30")


@settings(max_examples=60)
@given(
    houses(3, days=2), others(DATES), preferences(), st.integers(1, 3), st.sampled_from([None, "anna", "r2"])
)
def test_slots_are_what_can_be_booked(
    house: Catalog, busy: tuple[Held, ...], wishes: list[GuestWishes], guests: int, row: str
) -> None:
    asked = ask(house, party(house, guests, wishes=wishes), held=busy)
    key = house.resource(row)
    used = {need.pool for s in case_of(asked).sessions for need in s.needs}
    if key is not None and used & set(key.pools):
        asked = replace(asked, resource={0: key.key})
    among = hourly(7, 15)
    assert offered(asked, among) == tried(asked, among)


@settings(max_examples=40)
@given(houses(3, days=2), others(DATES), preferences(), st.integers(1, 3))
def test_what_is_not_offered_has_a_reason_and_the_ways_out_lead_out(
    house: Catalog, busy: tuple[Held, ...], wishes: list[GuestWishes], guests: int
) -> None:
    asked = ask(house, party(house, guests, wishes=wishes), held=busy)
    among = hourly(8, 15)
    refused = [s for s in among if s not in offered(asked, among)]
    reasons = explained(asked, refused, 20)
    assert list(reasons) == refused
    for answer in reasons.values():
        assert answer.reasons
        for reason in answer.reasons:
            assert reason.code in get_args(Code)
            assert reason.sentence.endswith(".")
            assert reason.sentence[0].isupper() or reason.sentence[0].isalnum()
    for start in refused[:2]:
        there = replace(asked, lines=(replace(asked.lines[0], start=start),))
        assert_ways_out(there)


def assert_ways_out(asked: Asked) -> None:
    """Each alternative really fits, and none lies in the past."""
    line = asked.lines[0]
    earliest = line.start - 120
    alternatives = refusal(asked, 30, earliest, 8).alternatives
    assert len({a.kind for a in alternatives}) == len(alternatives)
    for way in alternatives:
        case = case_of(asked, way.start if way.start is not None else line.start)
        if way.kind != "relaxed":
            assert way.start is not None
            assert way.start >= earliest
            assert way.start != line.start
        elif way.rule == "waiting":
            assert way.value is not None
            assert fit(waiting(case, way.value - 5), 10).placings is None
            case = waiting(case, way.value)
        else:
            case = without_wishes(case) if way.rule == "wishes" else without_order(case)
        assert fit(case, 10).placings is not None


def test_a_week_of_slots_is_found_while_one_waits() -> None:
    """Not a benchmark: that it is minutes apart from what a guest would wait for."""
    visit = package(component("massage"), component("bath", after=["massage"]), max_waiting_minutes=60)
    house = venue(MASSAGE, BATH, visit, *(therapist(f"t{i}") for i in range(4)), hours=hours("08:00-20:00"))
    began = time.monotonic()
    assert len(offered(ask(house, party(house, 3)), hourly(8, 20, 30))) == 21
    assert time.monotonic() - began < 10


def test_a_room_of_many_pools_is_one_room() -> None:
    both = service("both", 60, THERAPIST)
    house = venue(
        both,
        package(component("both", relative_start_minutes=0)),
        room("r", 1, ["therapists", "rooms"], hours=hours("09:00-11:00")),
    )
    assert offered(ask(house, party(house)), hourly(8, 12)) == starts("09:00", "10:00")
