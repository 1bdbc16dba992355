"""A calendar of a thousand events as text, beside icalendar's; both say the same events at the same times."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import icalendar

from api.ical import Event, calendar
from catalog.times import instant, minute
from tests.bench.telling import Row, median

EVENTS = 1000
AT = datetime(2027, 6, 5, 9, tzinfo=UTC)
TZ = ZoneInfo("Europe/Stockholm")


def rows() -> Iterator[Row]:
    """A reference, not a contest: icalendar does far more than write."""
    events = [
        Event(
            uid=f"{n}@sojourn",
            changed_at=AT,
            sequence=0,
            start=minute(AT) + 30 * n,
            end=minute(AT) + 30 * n + 50,
            status="CONFIRMED",
            summary=f"Massage {n}",
            location=f"Room {n % 40}",
        )
        for n in range(EVENTS)
    ]
    ours, text = median(5, lambda: calendar(events, name="Spa", tz=TZ, changed_at=AT))
    peer, theirs = median(3, lambda: _by_icalendar(events))
    assert _times(text) == _times(theirs)
    yield Row("feed-1000", ours, "ms", peer, "icalendar")


def _by_icalendar(events: list[Event]) -> bytes:
    made = icalendar.Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//bench//EN")
    for event in events:
        one = icalendar.Event()
        one.add("uid", event.uid)
        one.add("dtstamp", event.changed_at)
        one.add("sequence", event.sequence)
        one.add("dtstart", instant(event.start).astimezone(TZ))
        one.add("dtend", instant(event.end or event.start).astimezone(TZ))
        one.add("status", event.status)
        one.add("summary", event.summary)
        one.add("location", event.location)
        made.add_component(one)
    return made.to_ical()


def _times(text: bytes) -> list[tuple[str, datetime, datetime]]:
    found = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return [(str(e["uid"]), e["dtstart"].dt, e["dtend"].dt) for e in found]
