"""Calendars as text (RFC 5545, 7986, 9253), for subscribing and for downloading.

A writer of our own, for speed: a thousand events take milliseconds. No METHOD: that belongs in mails. A
calendar is made of what it contains and of nothing else, so that the same content is the same bytes.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from api.vtimezone import timezone_text
from catalog.times import Interval, instant, local, minute

MEDIA_TYPE = "text/calendar"  # sent as UTF-8, and said so
PRODUCT = "-//Sojourn//Sojourn//EN"
REFRESH = "PT15M"
OCTETS = 75  # of a line, at most (3.1)

_SPECIAL = re.compile("\r\n|[\\\\;,\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
_INSTEAD = {"\\": "\\\\", ";": "\\;", ",": "\\,"} | dict.fromkeys(
    ("\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"),
    "\\n",  # each is a new line to some reader
)
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\\")  # and nothing is cut behind a backslash, which escapes


class Event(Struct, frozen=True, kw_only=True):
    """A VEVENT. `end` None: a moment, which takes no time from anybody (3.6.1). `changed_at`: of this event.

    `uid` is for life; `sequence` counts changes of time and place, and the cancelling. `parent`: the UID of
    what it is associated with.
    """

    uid: str
    changed_at: datetime
    sequence: int
    start: int
    end: int | None
    status: Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
    summary: str
    location: str = ""
    description: str = ""
    parent: str = ""


def calendar(events: Sequence[Event], *, name: str, tz: ZoneInfo, changed_at: datetime) -> bytes:
    """The calendar of these events; `changed_at`: the last change of anything in it."""
    starts = [event.start for event in events] or [minute(changed_at)]
    years = local(tz, min(starts)).year, local(tz, max(starts)).year
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        text_line("NAME", name),
        text_line("X-WR-CALNAME", name),
        f"X-WR-TIMEZONE:{tz.key}",
        f"LAST-MODIFIED:{utc(changed_at)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        timezone_text(tz, *years),
    ]
    for event in events:
        lines += event_lines(event, tz)
    lines.append("END:VCALENDAR\r\n")
    return "\r\n".join(lines).encode()


def event_lines(event: Event, tz: ZoneInfo, more: Iterable[str] = ()) -> list[str]:
    """The VEVENT by the clock of `tz`, line by line; `more`: further properties of it, folded already."""
    changed = utc(event.changed_at)
    takes_time = event.end is not None and event.status != "CANCELLED"
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{event.sequence}",
        "DTSTART" + _at(tz, event.start),
    ]
    if event.end is not None:
        lines.append("DTEND" + _at(tz, event.end))
    lines.append(f"STATUS:{event.status}")
    lines.append("TRANSP:OPAQUE" if takes_time else "TRANSP:TRANSPARENT")
    lines.append(text_line("SUMMARY", event.summary))
    if event.location:
        lines.append(text_line("LOCATION", event.location))
    if event.description:
        lines.append(text_line("DESCRIPTION", event.description))
    if event.parent:
        lines.append(f"RELATED-TO:{event.parent}")
    lines += more
    lines.append("END:VEVENT")
    return lines


def free_busy(
    uid: str, span: Interval, periods: Iterable[tuple[int, int, str]], *, name: str, changed_at: datetime
) -> bytes:
    """A VFREEBUSY for the interval (3.6.4): of each period its start, its end and its FBTYPE."""
    first, last = span
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        text_line("NAME", name),
        text_line("X-WR-CALNAME", name),
        "BEGIN:VFREEBUSY",
        f"UID:{uid}",
        f"DTSTAMP:{utc(changed_at)}",
        f"DTSTART:{utc(instant(first))}",
        f"DTEND:{utc(instant(last))}",
    ]
    for start, end, kind in periods:
        lines.append(f"FREEBUSY;FBTYPE={kind}:{utc(instant(start))}/{utc(instant(end))}")
    lines += ["END:VFREEBUSY", "END:VCALENDAR\r\n"]
    return "\r\n".join(lines).encode()


@lru_cache(maxsize=4096)  # places and products come again and again
def text_line(name: str, value: str) -> str:
    """The property with a text for its value, escaped and folded."""
    return folded(f"{name}:{escaped(value)}")


def escaped(value: str) -> str:
    """The text as a value (3.3.11): every line break is a new line, control characters are left out."""
    return _SPECIAL.sub(lambda found: _INSTEAD.get(found[0], ""), value)


def folded(line: str) -> str:
    """The line in pieces of at most 75 octets (3.1), cut between characters as people see them, no blank at
    a cut: some readers strip what ends a line.
    """
    pieces: list[str] = []
    room = OCTETS
    while len(octets := line.encode()) > room:
        fits = len(octets[:room].decode(errors="ignore"))
        cut = next((at for at in range(fits, fits // 2, -1) if not _belong(line[at - 1], line[at])), fits)
        pieces.append(line[:cut])
        line, room = line[cut:], OCTETS - 1
    return "\r\n ".join((*pieces, line)) if pieces else line


def _belong(left: str, right: str) -> bool:
    return (
        left in _JOINERS
        or right in _JOINERS
        or left.isspace()
        or right.isspace()
        or unicodedata.category(right)[0] == "M"  # a combining mark
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # the tone of a skin
        or ("\U0001f1e6" <= left <= "\U0001f1ff" and "\U0001f1e6" <= right <= "\U0001f1ff")  # a flag
    )


def utc(at: datetime) -> str:
    """The instant in the form with a Z, its seconds cut off behind the point."""
    at = at.astimezone(UTC)
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}Z"


@lru_cache(maxsize=65536)
def _at(tz: ZoneInfo, at: int) -> str:
    """By the wall where the wall says it clearly; in UTC in the hour that comes twice (3.3.5)."""
    shown = local(tz, at)
    if shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset():
        return ":" + utc(shown)
    return f";TZID={tz.key}:{shown:%Y%m%dT%H%M%S}"
