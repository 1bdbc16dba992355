"""What the words of a request mean."""

import pytest

from api.inputs import NEVER, OrdersQuery, SlotsQuery, read_if_match, read_query, read_range, read_when
from booking.desk import Limits
from catalog.errors import Invalid
from catalog.times import read_start, zone

STOCKHOLM = zone("Europe/Stockholm")
MIDNIGHT = read_start(STOCKHOLM, "2026-12-05T00:00+01:00")


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (None, None),
        ("*", None),
        ('"3"', 3),
        ('W/"3"', 3),
        ("3", 3),
        (' "3" ', 3),
        ('"x"', NEVER),
        ("", NEVER),
        ('"1", "2"', NEVER),
    ],
)
def test_a_condition_names_a_version(header: str | None, version: int | None) -> None:
    assert read_if_match(header) == version


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-05",
        "2026-12-05T00:00",
        "2026-12-05T00:00:00+01:00",
        "2026-12-04T23:00Z",
        "2026-12-05T00:00 01:00",  # whose plus was lost on the way
        "2026-12-04T23:59:30.5+01:00",
    ],
)
def test_an_end_of_a_range_is_an_instant_a_wall_clock_time_or_a_date(text: str) -> None:
    assert read_when(STOCKHOLM, text, "from") == MIDNIGHT


def test_a_date_whose_midnight_is_skipped_begins_after_the_gap() -> None:
    cairo = zone("Africa/Cairo")
    assert read_when(cairo, "2027-04-30", "from") == read_start(cairo, "2027-04-30T01:00")


@pytest.mark.parametrize(
    "text", ["", "today", "5", "2026-02-30", "2026-12-05T25:00", "9999-12-31", "0001-01-01"]
)
def test_anything_else_is_refused_by_the_name_of_the_parameter(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_when(STOCKHOLM, text, "from")
    assert refusal.value.problems[0].path == "from"


def test_both_ends_of_a_range_are_judged_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        read_range(STOCKHOLM, "x", "y", most_days=400)
    assert [p.path for p in refusal.value.problems] == ["from", "to"]


def test_a_range_has_a_longest_length_and_a_horizon() -> None:
    read_range(STOCKHOLM, "2026-01-01", "2027-02-05", most_days=400)
    for first, last in (("2026-01-01", "2027-02-06"), ("2026-01-02", "2026-01-01")):
        with pytest.raises(Invalid):
            read_range(STOCKHOLM, first, last, most_days=400)
    with pytest.raises(Invalid, match="800 days ahead"):
        read_range(STOCKHOLM, "2029-06-01", "2029-06-02", most_days=400, limits=Limits(), now=MIDNIGHT)


def test_the_longest_number_that_a_query_may_have_is_a_number() -> None:
    assert read_query(b"from=2026-12-05&to=2026-12-06&participants=9223372036854775807", SlotsQuery)
    with pytest.raises(Invalid, match="out of reach"):
        read_query(b"from=2026-12-05&to=2026-12-06&participants=9223372036854775808", SlotsQuery)


def test_a_query_is_read_by_its_types_and_all_its_faults_are_told() -> None:
    asked = read_query(b"from=2026-12-05&to=2026-12-06&participants=4&explain=true", SlotsQuery)
    assert (asked.from_, asked.participants, asked.explain) == ("2026-12-05", 4, True)
    with pytest.raises(Invalid) as refusal:
        read_query(b"participants=x&explain=perhaps&colour=red", SlotsQuery)
    assert {p.path for p in refusal.value.problems} == {"participants", "explain", "colour", "from", "to"}
    with pytest.raises(Invalid) as refusal:
        read_query(b"status=lost&limit=99999999999999999999", OrdersQuery)
    assert {p.path for p in refusal.value.problems} == {"status", "limit"}
