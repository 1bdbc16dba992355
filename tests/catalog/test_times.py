"""Wall clocks and instants (placement.md, 1): gaps, hours that come twice, days of other lengths."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.times import (
    NonexistentLocalTime,
    asked,
    clock,
    clock_text,
    date_span,
    instant,
    local,
    minute,
    on_grid,
    read_start,
    starts_on,
    wall,
    wall_of,
    zone,
)

STOCKHOLM, LORD_HOWE, CAIRO = zone("Europe/Stockholm"), zone("Australia/Lord_Howe"), zone("Africa/Cairo")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
ZONES = ("Europe/Stockholm", "Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns", "Pacific/Apia", "UTC")


def utc(text: str) -> int:
    return minute(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_a_wall_clock_time_is_an_instant_by_the_offset_of_that_day() -> None:
    assert wall(STOCKHOLM, date(2026, 1, 15), 600) == utc("2026-01-15T09:00")
    assert wall(STOCKHOLM, date(2026, 7, 15), 600) == utc("2026-07-15T08:00")


def test_a_time_that_is_skipped_becomes_the_first_instant_after_the_gap() -> None:
    for minutes in (120, 150, 179):
        assert wall(STOCKHOLM, SPRING, minutes) == utc("2026-03-29T01:00")
    assert wall(LORD_HOWE, date(2026, 10, 4), 135) == utc("2026-10-03T15:30")


def test_a_midnight_that_is_skipped_begins_the_day_an_hour_later() -> None:
    """In Cairo clocks go forward at midnight."""
    day = date(2026, 4, 24)
    assert wall_of(CAIRO, wall(CAIRO, day, 0)) == (day, 60)
    assert starts_on(CAIRO, day, 60)[0] == wall(CAIRO, day, 0)
    assert len(starts_on(CAIRO, day, 60)) == 23


def test_a_time_that_comes_twice_is_the_first_of_the_two() -> None:
    assert wall(STOCKHOLM, AUTUMN, 150) == utc("2026-10-25T00:30")
    assert wall(LORD_HOWE, date(2026, 4, 5), 105) == utc("2026-04-04T14:45")


def test_minutes_beyond_a_day_run_into_its_neighbours() -> None:
    day = date(2026, 12, 5)
    assert wall(STOCKHOLM, day, 1440) == wall(STOCKHOLM, date(2026, 12, 6), 0)
    assert wall(STOCKHOLM, day, -60) == wall(STOCKHOLM, date(2026, 12, 4), 1380)


def test_a_skipped_time_that_somebody_asks_for_is_refused() -> None:
    with pytest.raises(NonexistentLocalTime, match="02:30 on 2026-03-29"):
        asked(STOCKHOLM, SPRING, 150)
    assert asked(STOCKHOLM, SPRING, 180) == utc("2026-03-29T01:00")


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2026-12-05T10:00", "2026-12-05T09:00"),
        ("2026-12-05T10:00:00.000", "2026-12-05T09:00"),
        ("2026-12-05t10:00z", "2026-12-05T10:00"),
        ("2026-12-05 10:00+05:30", "2026-12-05T04:30"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30"),
        ("2026-10-25T02:30+01:00", "2026-10-25T01:30"),
    ],
)
def test_a_start_is_read_as_the_venues_wall_clock_or_by_its_offset(text: str, means: str) -> None:
    assert read_start(STOCKHOLM, text) == utc(means)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10:00",
        "2026-12-05",
        "2026-13-05T10:00",
        "2026-02-29T10:00",
        "2026-12-05T24:00",
        "2026-12-05T10:00:30",
        "2026-12-05T10:00+25:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59+14:00",
        "2026-12-05T10:00 ",
        "２０２６-12-05T10:00",
        "2026-03-29T02:30",
    ],
)
def test_what_is_no_start_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_start(STOCKHOLM, text)


def test_odd_names_are_no_zones() -> None:
    for name in ("localtime", "posixrules", "Factory", "../etc/passwd", "Europe/Atlantis", ""):
        with pytest.raises(ValueError, match="time zone"):
            zone(name)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        minute(datetime(2026, 12, 5))  # noqa: DTZ001 - that is the point


def test_seconds_are_rounded_down() -> None:
    assert minute(datetime(1970, 1, 1, 0, 1, 59, tzinfo=UTC)) == 1
    assert minute(datetime(1969, 12, 31, 23, 59, 1, tzinfo=UTC)) == -1


def test_the_grid_is_that_of_the_wall() -> None:
    """Nepal is 5:45 ahead: its full hours are no full hours of UTC."""
    nepal = zone("Asia/Kathmandu")
    assert on_grid(nepal, wall(nepal, date(2026, 12, 5), 600), 60)
    assert wall(nepal, date(2026, 12, 5), 600) % 60 == 15


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 12, 5), 24)])
def test_a_day_has_the_starts_that_its_wall_shows(day: date, hours: int) -> None:
    starts = starts_on(STOCKHOLM, day, 60)
    assert len(starts) == hours
    assert all(on_grid(STOCKHOLM, s, 60) and wall_of(STOCKHOLM, s)[0] == day for s in starts)


def test_lord_howe_has_half_an_hour_twice() -> None:
    shown = [wall_of(LORD_HOWE, s)[1] for s in starts_on(LORD_HOWE, date(2026, 4, 5), 30)]
    assert shown[:6] == [0, 30, 60, 90, 90, 120]
    assert 120 not in [wall_of(LORD_HOWE, s)[1] for s in starts_on(LORD_HOWE, date(2026, 10, 4), 30)]


def test_every_hour_begins_at_the_full_hour_where_clocks_change_by_half_of_one() -> None:
    hours = list(range(0, 1440, 60))
    assert [wall_of(LORD_HOWE, s)[1] for s in starts_on(LORD_HOWE, date(2026, 4, 5), 60)] == hours
    skipped = [wall_of(LORD_HOWE, s)[1] for s in starts_on(LORD_HOWE, date(2026, 10, 4), 60)]
    assert skipped == [minutes for minutes in hours if minutes != 120]


def test_a_step_that_does_not_divide_the_day_begins_anew_each_day() -> None:
    shown = [clock_text(wall_of(STOCKHOLM, s)[1]) for s in starts_on(STOCKHOLM, date(2026, 12, 5), 500)]
    assert shown == ["00:00", "08:20", "16:40"]


def test_an_interval_that_ends_at_midnight_does_not_touch_the_next_day() -> None:
    day, next_day = date(2026, 12, 5), date(2026, 12, 6)
    midnight = wall(STOCKHOLM, next_day, 0)
    assert date_span(STOCKHOLM, midnight - 60, midnight) == (day, day)
    assert date_span(STOCKHOLM, midnight - 60, midnight + 1) == (day, next_day)


@given(st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2035, 12, 31)), st.integers(0, 1439))
def test_the_wall_shows_what_was_asked_for_or_the_end_of_a_gap(name: str, day: date, minutes: int) -> None:
    tz = zone(name)
    at = wall(tz, day, minutes)
    shown = wall_of(tz, at)
    if shown == (day, minutes):
        assert wall_of(tz, at - 60) != shown
        assert wall_of(tz, at - 30) != shown
    else:
        assert shown > (day, minutes)
        assert wall_of(tz, at - 1) < (day, minutes)
        assert local(tz, at).utcoffset() != local(tz, at - 1).utcoffset()


@given(st.sampled_from(ZONES), st.dates(date(2005, 1, 1), date(2035, 12, 31)), st.sampled_from([5, 15, 60]))
def test_the_starts_of_a_day_are_all_the_instants_at_which_its_wall_is_on_the_grid(
    name: str, day: date, step: int
) -> None:
    tz = zone(name)
    noon = wall(tz, day, 720)
    every = range(noon - 1440, noon + 1440)
    wanted = [s for s in every if wall_of(tz, s)[0] == day and wall_of(tz, s)[1] % step == 0]
    if wall_of(tz, noon)[0] == day:  # Apia has a date that does not exist
        assert list(starts_on(tz, day, step)) == wanted


def test_minutes_are_written_as_a_clock() -> None:
    assert [clock("00:00"), clock("09:05"), clock("24:00")] == [0, 545, 1440]
    assert [clock_text(0), clock_text(545), clock_text(1440)] == ["00:00", "09:05", "24:00"]
    assert instant(0) == datetime(1970, 1, 1, tzinfo=UTC)
