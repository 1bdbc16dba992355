"""P4: what is held, buffers included, lies within one opening interval of its resource and meets no block."""

from typing import Any

import pytest

from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    between,
    closed,
    component,
    fits,
    hours,
    need,
    only,
    package,
    plan,
    room,
    service,
    therapist,
    venue,
)

MASSAGE = service("massage", 60, THERAPIST)
AT_START = package(component("massage", relative_start_minutes=0))


def test_a_resource_without_hours_of_its_own_has_the_venues() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"), hours=hours("09:00-18:00"))
    assert fits(house, start="17:00")


@pytest.mark.parametrize(
    ("start", "works"), [("11:55", False), ("12:00", True), ("15:00", True), ("15:05", False)]
)
def test_a_therapist_works_within_her_hours(start: str, works: bool) -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", hours=hours("12:00-16:00")))
    assert fits(house, start=start) == works


@pytest.mark.parametrize(
    ("start", "works"), [("12:05", False), ("12:10", True), ("14:45", True), ("14:50", False)]
)
def test_buffers_have_to_lie_within_the_hours_too(start: str, works: bool) -> None:
    massage = service("massage", 60, need("therapists", before_minutes=10, after_minutes=15))
    house = venue(massage, AT_START, therapist("anna", hours=hours("12:00-16:00")))
    assert fits(house, start=start) == works


def test_a_need_for_a_part_of_the_session_has_to_be_open_for_that_part_only() -> None:
    """A therapist free while the mask sets: held from 09:50 for twenty minutes, ten of them before."""
    mask = service("massage", 60, need("therapists", until_minutes=20, after_minutes=5))
    house = venue(mask, AT_START, therapist("anna", hours=hours("09:00-10:25")))
    assert fits(house, start="10:00")
    assert not fits(house, start="10:05")


def test_a_late_part_is_held_from_its_own_beginning() -> None:
    late = service("massage", 60, need("therapists", from_minutes=40, before_minutes=10))
    house = venue(late, AT_START, therapist("anna", hours=hours("10:30-11:00")))
    assert fits(house, start="10:00")
    assert not fits(house, start="09:55")


def test_hours_that_run_past_midnight_are_one_interval() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", hours=hours("20:00-02:00")))
    assert fits(house, start="23:30")
    assert fits(house, start="2026-12-06T01:00")
    assert not fits(house, start="2026-12-06T01:05")


def test_intervals_that_touch_are_one() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", hours=hours("09:00-12:00", "12:00-18:00")))
    assert fits(house, start="11:30")
    apart = venue(MASSAGE, AT_START, therapist("anna", hours=hours("09:00-12:00", "12:05-18:00")))
    assert not fits(apart, start="11:30")


def test_an_exception_replaces_the_hours_of_its_date() -> None:
    anna = therapist("anna", hours=hours("09:00-18:00"), exceptions=[only("2026-12-05", "18:00-20:00")])
    house = venue(MASSAGE, AT_START, anna)
    assert not fits(house, start="10:00")
    assert fits(house, start="19:00")
    assert fits(house, start="2026-12-06T10:00")


def test_a_day_off_lets_the_night_before_run_on() -> None:
    anna = therapist("anna", hours=hours("20:00-02:00"), exceptions=[closed("2026-12-05")])
    house = venue(MASSAGE, AT_START, anna)
    assert fits(house, start="00:30")
    assert not fits(house, start="20:00")


def test_exceptions_without_hours_change_the_venues_hours() -> None:
    anna = therapist("anna", exceptions=[only("2026-12-05", "18:00-20:00")])
    house = venue(MASSAGE, AT_START, anna)
    assert not fits(house, start="10:00")
    assert fits(house, start="18:30")


@pytest.mark.parametrize(
    ("start", "free"), [("09:00", True), ("09:05", False), ("11:55", False), ("12:00", True)]
)
def test_what_is_held_meets_no_block(start: str, free: bool) -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"))
    assert fits(house, start=start, blocks={"anna": (between("10:00", "12:00"),)}) == free


def test_staff_may_override_hours_but_never_a_block() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", hours=hours("12:00-16:00")))
    assert fits(house, start="09:00", overrides=("resource_hours",))
    blocks = {"anna": (between("09:30", "09:35"),)}
    assert not fits(house, start="09:00", overrides=("resource_hours",), blocks=blocks)


MEETING = service("meeting", 60, need("halls", "seated"))
WHOLE = package(component("meeting", "one", relative_start_minutes=0))


def divisible(**of_a_part: Any) -> Catalog:
    """A hall whose part `a` has hours of its own; only the whole is large enough for two."""
    return venue(
        MEETING,
        WHOLE,
        room("a", pool="halls", **of_a_part),
        room("b", pool="halls"),
        room("hall", 5, "halls", parts=["a", "b"]),
    )


def test_the_hours_of_its_parts_count_for_a_hall() -> None:
    house = divisible(hours=hours("09:00-12:00"))
    assert plan(house, 2, "11:00").uses("meeting") == ["hall"]
    assert not fits(house, 2, "11:05")


def test_the_blocks_of_its_parts_count_for_a_hall() -> None:
    house = divisible()
    assert fits(house, 2)
    assert not fits(house, 2, blocks={"b": (between("10:30", "10:35"),)})


def test_the_check_sees_a_resource_that_does_not_work_then() -> None:
    house = venue(MASSAGE, package(component("massage")), therapist("anna", hours=hours("10:00-16:00")))
    (fault,) = plan(house).faults("massage", start="15:30")
    assert (fault.rule, fault.override) == ("P4", "resource_hours")


def test_the_check_sees_a_block_and_lets_nobody_override_it() -> None:
    house = venue(MASSAGE, package(component("massage")), therapist("anna"))
    found = plan(house, blocks={"anna": (between("12:00", "13:00"),)})
    (fault,) = found.faults("massage", start="11:30")
    assert (fault.rule, fault.override) == ("P4", None)


def test_the_check_sees_the_hours_and_the_blocks_of_parts() -> None:
    found = plan(divisible(hours=hours("09:00-12:00")), 2, blocks={"b": (between("09:00", "09:30"),)})
    wrong = [v.rule for v in found.faults("meeting", start="11:30") if v.rule != "P1"]
    blocked = [v.rule for v in found.faults("meeting", start="09:15") if v.rule != "P1"]
    assert (wrong, blocked) == (["P4"], ["P4"])


def test_the_check_sees_a_resource_that_is_not_there_any_more() -> None:
    found = plan(venue(MASSAGE, AT_START, therapist("anna")))
    assert "P4" in found.broken_by("massage", resources=["zoe"])
