"""Whatever a name is made of, a calendar shows it as written (RFC 5545, 3.1 and 3.3.11)."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import ics
import vobject
from hypothesis import example, given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from api.ical import Event, calendar, folded, text_line
from catalog.times import minute

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2027, 6, 5, 10, tzinfo=UTC)
PARTS = st.sampled_from(
    [
        *("a", " ", ",", ";", ":", '"', "\\", "\\n", "\n", "\r\n", "\r", "\t", "^", "å", "日本", "e\u0301"),
        *(
            "👩\u200d👩\u200d👧",
            "🏊🏽",
            "🇸🇪",
            "❤\ufe0f",
            "\u200f",
            "\u202e",
            "שלום",
            "مرحبا",
            "\u2028",
            "\x85",
        ),
        *("BEGIN:VEVENT", "END:VCALENDAR", "\nATTENDEE:x", "Ada Berg"),
    ]
)
TEXTS = st.one_of(
    st.lists(PARTS, max_size=60).map("".join),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200),
)


def as_read(text: str) -> str:
    """Every kind of line break is one; control characters are none of a text (3.1)."""
    text = re.sub("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return re.sub("[\x00-\x08\x0e-\x1f\x7f]", "", text)


def written(text: str) -> bytes:
    event = Event(
        uid="1@sojourn",
        changed_at=NOON,
        sequence=0,
        start=minute(NOON),
        end=minute(NOON) + 50,
        status="CONFIRMED",
        summary=text,
        location=text,
        description=text,
    )
    return calendar((event,), name="Spa", tz=STOCKHOLM, changed_at=NOON)


@given(TEXTS)
@example("x" * 200)
@example("e" + "\u0301" * 200)
@example("🏊" * 60)
@example("a" * 66 + "\\" * 20)
def test_no_line_is_longer_than_75_octets_and_unfolding_gives_it_back(text: str) -> None:
    line = f"SUMMARY:{as_read(text)}".replace("\n", " ")
    pieces = folded(line).encode().split(b"\r\n ")
    assert all(len(piece) <= 75 for piece in (pieces[0], *(b" " + p for p in pieces[1:])))
    assert b"".join(pieces).decode() == line
    for piece in pieces:
        piece.decode()  # never inside a character


@given(st.lists(st.sampled_from(["e\u0301", "👩\u200d👩\u200d👧", "🏊🏽", "🇸🇪", "ab ", "\\,"]), max_size=60))
def test_what_people_see_as_one_character_is_not_cut(parts: list[str]) -> None:
    pieces = folded("SUMMARY:" + "".join(parts)).split("\r\n ")
    for left, right in pairwise(pieces):
        assert not right.startswith(("\u0301", "\u200d", "🏽", " "))
        assert not left.endswith(("\u200d", "\\", " "))
        assert left.count("🇸") == left.count("🇪")


@given(TEXTS)
def test_nothing_in_a_text_makes_another_line(text: str) -> None:
    lines = text_line("SUMMARY", text).split("\r\n")
    assert all(line.startswith(" ") for line in lines[1:])
    assert len("".join(lines).splitlines()) <= 1


@given(TEXTS)
def test_icalendar_reads_what_was_written(text: str) -> None:
    (event,) = Calendar.from_ical(written(text)).walk("VEVENT")
    for name in ("SUMMARY", "LOCATION", "DESCRIPTION") if as_read(text) else ("SUMMARY",):
        assert str(event[name]) == as_read(text)


@given(TEXTS)
def test_vobject_reads_what_was_written(text: str) -> None:
    event = vobject.readOne(written(text).decode()).vevent
    assert event.summary.value == as_read(text)


@given(TEXTS)
def test_ical_reads_what_was_written(text: str) -> None:
    (event,) = IcsCalendarStream.calendar_from_ics(written(text).decode()).events
    assert (event.summary or "") == as_read(text)


@given(TEXTS.filter(lambda text: "\\" not in text))  # where it takes \\\\n for a line break
def test_ics_reads_what_was_written(text: str) -> None:
    (event,) = ics.Calendar(written(text).decode()).events
    assert (event.name or "") == as_read(text)
