"""P9: between a guest's sessions of one local date lies at most the longest wait of the package."""

from typing import Any

from msgspec.structs import replace

from booking.case import Asked
from catalog.specs import Catalog
from tests.building import ask, component, fits, judged, package, plan, service, venue

MASSAGE, FACIAL, BATH = service("massage", 60), service("facial", 60), service("bath", 60)


def visit(second: str, *more: Any, wait: int | None = 30, day: int = 1, **fields: Any) -> Catalog:
    """A massage at 10:00 and a facial later."""
    return venue(
        MASSAGE,
        FACIAL,
        BATH,
        package(
            component("massage", fixed_start="10:00"),
            component("facial", fixed_start=second, day=day),
            *more,
            max_waiting_minutes=wait,
            **fields,
        ),
    )


def test_a_guest_may_wait_as_long_as_the_package_says() -> None:
    assert fits(visit("11:30"))
    assert not fits(visit("11:35"))


def test_without_a_longest_wait_guests_may_wait_all_day() -> None:
    assert fits(visit("22:00", wait=None))


def test_no_wait_at_all_is_a_wait_of_zero() -> None:
    assert fits(visit("11:00", wait=0))
    assert not fits(visit("11:05", wait=0))


def test_a_night_is_not_a_wait() -> None:
    assert fits(visit("10:00", day=2))


def test_a_night_is_not_a_wait_where_one_day_depends_on_the_other() -> None:
    """`after` makes one problem of both days."""
    two_days = package(
        component("massage", fixed_start="10:00"),
        component("facial", day=2, window=["09:00", "11:00"], after=["massage"]),
        max_waiting_minutes=30,
    )
    assert plan(venue(MASSAGE, FACIAL, two_days)).starts("facial") == ["09:00"]


def test_the_date_is_that_of_the_start_even_if_a_session_runs_past_midnight() -> None:
    """From 00:30 to 02:30 on the second date would be too long; the first belongs to the evening before."""
    late = package(
        component("massage", fixed_start="23:30"),
        component("facial", fixed_start="02:30", day=2),
        max_waiting_minutes=30,
    )
    assert fits(venue(MASSAGE, FACIAL, late), start="23:00")


def test_local_dates_count_not_those_of_utc() -> None:
    """In Honolulu 13:00 and 15:30 are two dates of UTC and one of the house."""
    visit_there = package(
        component("massage", fixed_start="13:00"),
        component("facial", fixed_start="15:30"),
        max_waiting_minutes=60,
    )
    assert not fits(venue(MASSAGE, FACIAL, visit_there, zone="Pacific/Honolulu"))


def test_something_between_shortens_the_wait() -> None:
    assert not fits(visit("12:20"))
    assert plan(visit("12:20", component("bath"))).starts("bath") in (["11:00"], ["11:10"], ["11:20"])


def test_what_nobody_attends_shortens_no_wait() -> None:
    assert not fits(visit("12:20", component("bath", attended=False)))


def test_each_guest_waits_for_himself() -> None:
    """Guest 1 has a bath between; guest 2 has not."""
    house = visit("12:20", component("bath"))
    assert fits(house, 2)
    assert not fits(house, 2, components=[{"component": "bath", "guests": [1]}])


def test_a_gap_and_a_wait_leave_little_choice() -> None:
    assert not fits(visit("11:05", min_gap_minutes=10))
    assert fits(visit("11:10", wait=10, min_gap_minutes=10))


def test_staff_may_let_guests_wait() -> None:
    assert fits(visit("15:00"), overrides=("waiting",))


def test_the_check_sees_a_wait_and_says_how_it_may_be_allowed() -> None:
    flexible = package(component("massage", fixed_start="10:00"), component("facial"), max_waiting_minutes=30)
    found = plan(venue(MASSAGE, FACIAL, flexible))
    assert found.broken_by("facial", start="11:30") == set()
    (fault,) = found.faults("facial", start="11:35")
    assert (fault.rule, fault.override) == ("P9", "waiting")
    assert "35 minutes" in fault.sentence


def overridden(component_key: str) -> Asked:
    """Booked with a long wait that staff allowed; the warning stands on one of the two."""
    house = visit("15:00")
    (line,) = plan(house, overrides=("waiting",)).booked()
    allow = {component_key: ("waiting",)}
    bookings = tuple(replace(b, overrides=allow.get(b.component, ())) for b in line.bookings)
    return ask(house, replace(line, bookings=bookings))


def test_a_wait_once_allowed_is_accepted_again_before_that_booking() -> None:
    assert judged(overridden("facial")).exists


def test_a_wait_allowed_before_one_booking_is_not_allowed_behind_it() -> None:
    """Before the massage guests may wait; here they wait after it, before the facial."""
    assert not judged(overridden("massage")).exists
