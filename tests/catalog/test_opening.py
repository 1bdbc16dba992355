"""When venues and resources are open (placement.md, 3)."""

from datetime import date
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.opening import (
    blocked,
    common,
    leaves,
    merged,
    resource_hours,
    venue_opening,
    without,
)
from catalog.specs import Catalog
from catalog.times import Interval, clock_text, wall_of, zone
from tests.building import closed, hours, only, room, venue

TZ = zone("Europe/Stockholm")
FRIDAY, SATURDAY = date(2026, 12, 4), date(2026, 12, 5)


def shown(intervals: tuple[Interval, ...], tz: Any = TZ) -> list[str]:
    """`5 09:00-12:00`: the day of the month and the wall's clock."""
    out = []
    for start, end in intervals:
        day, minutes = wall_of(tz, start)
        out.append(f"{day.day} {clock_text(minutes)}-{clock_text(wall_of(tz, end)[1])}")
    return out


def on_saturday(catalog: Catalog) -> list[str]:
    return shown(venue_opening(catalog, TZ, SATURDAY, SATURDAY))


def test_a_day_has_its_hours_and_the_night_before() -> None:
    assert on_saturday(venue(hours=hours("09:00-12:00", "13:00-18:00", days=["sat"]))) == [
        "5 09:00-12:00",
        "5 13:00-18:00",
    ]
    assert on_saturday(venue(hours=hours("20:00-02:00", days=["fri"]))) == ["4 20:00-02:00"]


def test_a_to_that_is_not_after_its_from_runs_past_midnight() -> None:
    assert on_saturday(venue(hours=hours("09:00-09:00", days=["sat"]))) == ["5 09:00-09:00"]
    (whole,) = venue_opening(venue(hours=hours("09:00-09:00", days=["sat"])), TZ, SATURDAY, SATURDAY)
    assert whole[1] - whole[0] == 1440


def test_intervals_that_touch_or_overlap_are_one() -> None:
    house = venue(hours=hours("09:00-12:00", "12:00-14:00", "13:00-18:00", days=["sat"]))
    assert on_saturday(house) == ["5 09:00-18:00"]
    always = venue_opening(venue(hours=hours("00:00-24:00")), TZ, FRIDAY, SATURDAY)
    assert len(always) == 1


def test_an_exception_replaces_what_begins_on_its_date_and_nothing_else() -> None:
    nights = venue(hours=hours("20:00-02:00"), exceptions=[closed("2026-12-05")])
    assert on_saturday(nights) == ["4 20:00-02:00"]
    other = venue(hours=hours("20:00-02:00"), exceptions=[only("2026-12-05", "10:00-11:00")])
    assert on_saturday(other) == ["4 20:00-02:00", "5 10:00-11:00"]


def test_an_exception_without_hours_is_a_day_without_opening() -> None:
    assert on_saturday(venue(hours=hours("09:00-10:00"), exceptions=[only("2026-12-05")]))[-1:] == [
        "4 09:00-10:00"
    ]


def test_hours_are_those_of_the_wall_when_clocks_change() -> None:
    house = venue(hours=hours("00:00-24:00"))
    for day, length in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        from_, to = venue_opening(house, TZ, day, day)[0]
        assert (to - from_) == (24 + length) * 60


def test_without_hours_of_its_own_a_resource_has_the_venue_s_and_its_own_exceptions_come_first() -> None:
    away = room("away", exceptions=[closed("2026-12-05")])
    here = room("here", exceptions=[only("2026-12-05", "10:00-11:00")])
    late = venue(away, here, hours=hours("09:00-18:00"), exceptions=[only("2026-12-05", "12:00-20:00")])
    shut = venue(away, here, hours=hours("09:00-18:00"), exceptions=[closed("2026-12-05")])
    for house in (late, shut):
        assert shown(resource_hours(house, TZ, away, SATURDAY, SATURDAY)) == ["4 09:00-18:00"]
        assert shown(resource_hours(house, TZ, here, SATURDAY, SATURDAY))[1:] == ["5 10:00-11:00"]


def test_a_hall_is_open_when_all_its_parts_are() -> None:
    a, b = room("a", hours=hours("09:00-15:00")), room("b", hours=hours("12:00-18:00"))
    hall = room("hall", parts=["a", "b"], hours=hours("10:00-20:00"))
    house = venue(a, b, hall)
    assert shown(resource_hours(house, TZ, hall, SATURDAY, SATURDAY))[-1] == "5 12:00-15:00"


def test_a_hall_of_halls_holds_the_smallest_parts() -> None:
    house = venue(
        room("a"), room("b"), room("c"), room("ab", parts=["a", "b"]), room("all", parts=["ab", "c", "a"])
    )
    assert leaves(house, "all") == ("a", "b", "c")
    assert leaves(house, "a") == ("a",)
    assert leaves(house, "unknown") == ("unknown",)


def test_a_hall_is_blocked_when_a_part_of_a_part_is() -> None:
    house = venue(room("a"), room("b"), room("ab", parts=["a"]), room("all", parts=["ab", "b"]))
    whole = house.resource("all")
    assert whole is not None
    assert blocked(house, whole, {"a": [(10, 20)], "b": [(15, 30)], "all": [(40, 50)]}) == (
        (10, 30),
        (40, 50),
    )


def test_a_piece_beside_a_hole_is_not_joined_over_it() -> None:
    assert without(((0, 10),), [(4, 6)]) == ((0, 4), (6, 10))
    assert without(((0, 10),), [(0, 10)]) == ()
    assert without(((0, 10),), [(10, 12), (-5, 0)]) == ((0, 10),)


INTERVALS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda p: (min(p), max(p))), max_size=8
)


def points(intervals: Any) -> set[int]:
    return {at for a, b in intervals for at in range(a, b)}


@given(INTERVALS, INTERVALS)
def test_intervals_are_sets_of_instants(left: list[Interval], right: list[Interval]) -> None:
    one, other = merged(left), merged(right)
    assert points(one) == points(left)
    assert all(a[1] < b[0] for a, b in pairwise(one))
    assert points(common(one, other)) == points(one) & points(other)
    assert points(without(one, right)) == points(one) - points(right)
