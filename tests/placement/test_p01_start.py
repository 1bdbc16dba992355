"""P1: a session starts at its fixed, relative or adjusted time; a flexible one on the grid, in its window."""

import pytest

from tests.building import at, component, fits, goods, package, plan, service, venue

MASSAGE = service("massage", 60)
SPRING, AUTUMN = "2026-03-29", "2026-10-25"


def test_a_fixed_start_is_that_time_on_the_wall() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="12:00")))
    assert plan(house).starts("massage") == ["12:00"]


def test_a_relative_start_is_an_offset_from_the_start_asked_for() -> None:
    house = venue(MASSAGE, package(component("massage", relative_start_minutes=30)))
    assert plan(house, start="10:15").starts("massage") == ["10:45"]


def test_a_flexible_session_has_to_lie_within_its_window() -> None:
    house = venue(MASSAGE, package(component("massage", window=["13:00", "14:00"])))
    assert plan(house).starts("massage") == ["13:00"]


def test_there_is_no_start_where_the_window_has_passed() -> None:
    house = venue(MASSAGE, package(component("massage", window=["13:00", "14:00"])))
    assert not fits(house, start="13:05")


def test_two_sessions_of_a_guest_do_not_fit_in_a_window_for_one() -> None:
    window = ["13:00", "14:55"]
    twice = package(component("massage", window=window), component("massage", key="again", window=window))
    assert not fits(venue(MASSAGE, twice))


def test_an_adjusted_start_replaces_a_fixed_one() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="12:00")))
    assert plan(house, components=[{"component": "massage", "start": "12:40"}]).starts("massage") == ["12:40"]


def test_an_adjusted_start_replaces_the_window() -> None:
    house = venue(MASSAGE, package(component("massage", window=["13:00", "14:00"])))
    assert plan(house, components=[{"component": "massage", "start": "16:00"}]).starts("massage") == ["16:00"]


@pytest.mark.parametrize(("grid", "first"), [(5, "10:05"), (15, "10:15"), (60, "11:00")])
def test_a_flexible_start_lies_on_the_grid(grid: int, first: str) -> None:
    """P10 lets the second begin at 10:05; the grid decides when it does."""
    short = service("short", 5)
    house = venue(
        short,
        MASSAGE,
        package(component("short", relative_start_minutes=0), component("massage", after=["short"])),
        grid=grid,
    )
    assert plan(house).starts("massage") == [first]


def test_a_day_number_counts_calendar_days_not_24_hours() -> None:
    """S3-13, S3-15: the night between has 25 hours; the offset is added to 10:00 on the wall."""
    house = venue(MASSAGE, package(component("massage", day=2, relative_start_minutes=60)))
    found = plan(house, start="2026-10-24T10:00")
    assert found.starts("massage") == ["11:00"]
    assert found.of("massage")[0].start - at("2026-10-24T10:00") == 26 * 60


def test_an_offset_is_elapsed_time() -> None:
    house = venue(MASSAGE, package(component("massage", relative_start_minutes=120)))
    assert plan(house, start=f"{SPRING}T01:00").starts("massage") == ["04:00"]


def test_in_spring_the_grid_has_no_start_in_the_hour_that_is_skipped() -> None:
    house = venue(MASSAGE, package(component("massage", window=["01:30", "04:30"])), grid=60)
    assert plan(house, start=f"{SPRING}T00:00").starts("massage") == ["03:00"]


def test_in_autumn_the_hour_that_comes_twice_has_its_starts_twice() -> None:
    window = ["02:00", "03:00"]
    twice = package(component("massage", window=window), component("massage", key="again", window=window))
    found = plan(venue(MASSAGE, twice, grid=60), start=f"{AUTUMN}T00:00")
    assert found.starts("massage") + found.starts("again") == ["02:00", "02:00"]
    assert {found.of("massage")[0].start, found.of("again")[0].start} == {
        at(f"{AUTUMN}T02:00+02:00"),
        at(f"{AUTUMN}T02:00+01:00"),
    }


def test_lord_howe_puts_its_clocks_back_by_half_an_hour() -> None:
    half = service("half", 30)
    window = ["01:30", "02:00"]
    thrice = [component("half", key=key, window=window) for key in ("a", "b")]
    house = venue(half, package(*thrice), zone="Australia/Lord_Howe", grid=30)
    found = plan(house, start="2026-04-05T00:00")
    assert found.starts("a") + found.starts("b") == ["01:30", "01:30"]
    assert not fits(house, start="2026-04-12T00:00")


def test_a_fixed_start_in_the_gap_becomes_the_first_instant_after_it() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="02:30")))
    assert plan(house, start=f"{SPRING}T00:00").starts("massage") == ["03:00"]
    assert plan(house, start="2026-03-28T00:00").starts("massage") == ["02:30"]


def test_lord_howes_gap_ends_at_half_past_two() -> None:
    house = venue(
        MASSAGE, package(component("massage", fixed_start="02:15")), zone="Australia/Lord_Howe", grid=15
    )
    assert plan(house, start="2026-10-04T00:00").starts("massage") == ["02:30"]


def test_a_fixed_start_that_comes_twice_is_the_first_of_the_two() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="02:30")))
    assert plan(house, start=f"{AUTUMN}T00:00").of("massage")[0].start == at(f"{AUTUMN}T02:30+02:00")


def test_a_request_with_an_offset_means_the_second_of_two() -> None:
    house = venue(MASSAGE, package(component("massage", relative_start_minutes=0)))
    assert plan(house, start=f"{AUTUMN}T02:30+01:00").of("massage")[0].start == at(f"{AUTUMN}T02:30+01:00")


def test_a_length_is_elapsed_time() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="01:30")))
    assert plan(house, start=f"{SPRING}T00:00").ends("massage") == ["03:30"]


def test_a_stay_ends_by_the_wall_nine_hours_later_in_the_autumn_night() -> None:
    night = package(component("bed", fixed_start="22:00", fixed_end="06:00", end_day=2))
    house = venue(service("bed", None), night)
    for start, length in (("2026-10-24T12:00", 9), ("2026-10-25T12:00", 8), ("2026-03-28T12:00", 7)):
        found = plan(house, start=start)
        (stay,) = found.of("bed")
        assert found.ends("bed") == ["06:00"]
        assert stay.end - stay.start == length * 60


def test_goods_with_a_start_are_a_moment_and_hold_nothing() -> None:
    house = venue(goods("coffee"), package(component("coffee", fixed_start="10:00")))
    found = plan(house)
    assert found.placings == ()
    (booking,) = found.booked()[0].bookings
    assert (booking.start, booking.end, booking.allocations) == (at("10:00"), None, ())


def test_the_check_sees_a_start_other_than_the_fixed_one() -> None:
    found = plan(venue(MASSAGE, package(component("massage", fixed_start="12:00"))))
    assert found.broken_by("massage", start="12:05") == {"P1"}


def test_the_check_sees_a_session_that_is_too_short() -> None:
    found = plan(venue(MASSAGE, package(component("massage", fixed_start="12:00"))))
    assert found.broken_by("massage", end="12:50") == {"P1"}


@pytest.mark.parametrize("start", ["13:07", "2026-12-06T13:10", "12:55", "14:35"])
def test_the_check_sees_a_flexible_start_off_the_grid_the_day_or_the_window(start: str) -> None:
    found = plan(venue(MASSAGE, package(component("massage", window=["13:00", "15:30"]))))
    assert found.broken_by("massage", start=start) == {"P1"}
