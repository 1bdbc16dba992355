"""P3: a service lies within one opening interval of the venue."""

import pytest

from tests.building import closed, component, fits, hours, package, plan, service, venue

MASSAGE = service("massage", 60)
AT_START = package(component("massage", relative_start_minutes=0))


@pytest.mark.parametrize(
    ("start", "open_"), [("08:55", False), ("09:00", True), ("17:00", True), ("17:05", False)]
)
def test_the_whole_service_lies_within_the_hours(start: str, open_: bool) -> None:
    assert fits(venue(MASSAGE, AT_START, hours=hours("09:00-18:00")), start=start) == open_


def test_a_service_does_not_span_the_hour_of_lunch() -> None:
    house = venue(MASSAGE, AT_START, hours=hours("09:00-12:00", "12:05-18:00"))
    assert not fits(house, start="11:30")


def test_intervals_that_touch_are_one() -> None:
    house = venue(MASSAGE, AT_START, hours=hours("09:00-12:00", "12:00-18:00"))
    assert fits(house, start="11:30")


def test_a_night_that_runs_past_midnight_is_one_interval() -> None:
    house = venue(MASSAGE, AT_START, hours=hours("20:00-02:00"))
    assert fits(house, start="23:30")
    assert fits(house, start="2026-12-06T01:00")
    assert not fits(house, start="2026-12-06T01:05")


def test_a_venue_without_hours_is_never_open() -> None:
    assert not fits(venue(MASSAGE, AT_START, hours=[]))


def test_a_flexible_session_waits_until_the_house_opens() -> None:
    house = venue(MASSAGE, package(component("massage")), hours=hours("09:00-18:00"))
    assert plan(house, start="07:00").starts("massage") == ["09:00"]


def test_nothing_takes_place_on_a_day_on_which_the_house_is_closed() -> None:
    house = venue(MASSAGE, AT_START, exceptions=[closed("2026-12-05")])
    assert not fits(house)
    assert fits(house, start="2026-12-06T10:00")


def test_a_bedroom_lies_outside_the_hours() -> None:
    bed = service("bed", None, outside_venue_hours=True)
    night = package(component("bed", fixed_start="22:00", fixed_end="08:00", end_day=2))
    assert fits(venue(bed, night, hours=hours("09:00-23:00")))
    inside = service("bed", None)
    assert not fits(venue(inside, night, hours=hours("09:00-23:00")))


def test_staff_may_book_outside_the_hours() -> None:
    house = venue(MASSAGE, AT_START, hours=hours("09:00-18:00"))
    assert fits(house, start="19:00", overrides=("venue_hours",))
    assert not fits(house, start="19:00", overrides=("resource_hours",))


def test_the_check_sees_a_service_that_outlasts_the_day() -> None:
    found = plan(venue(MASSAGE, package(component("massage")), hours=hours("09:00-18:00")))
    (fault,) = found.faults("massage", start="17:30")
    assert (fault.rule, fault.override) == ("P3", "venue_hours")
