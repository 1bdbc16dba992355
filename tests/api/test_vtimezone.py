"""What a calendar that knows nothing but our VTIMEZONE takes the offset to be, against the zone data."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Timezone

from api.vtimezone import timezone

ZONES = (
    *(
        "Europe/Stockholm",
        "Europe/Dublin",
        "Europe/London",
        "Europe/Lisbon",
        "Europe/Athens",
        "Europe/Moscow",
    ),
    *("Europe/Istanbul", "Europe/Kyiv", "Europe/Chisinau", "Atlantic/Azores", "Atlantic/Reykjavik"),
    *("America/New_York", "America/Los_Angeles", "America/Phoenix", "America/St_Johns", "America/Sao_Paulo"),
    *("America/Santiago", "America/Asuncion", "America/Nuuk", "America/Havana", "America/Caracas"),
    *("America/Mexico_City", "America/Scoresbysund", "America/Miquelon", "Antarctica/Troll"),
    *("Asia/Jerusalem", "Asia/Gaza", "Asia/Beirut", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Asia/Tokyo", "Asia/Almaty", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Cairo", "Africa/Lagos"),
    *("Australia/Lord_Howe", "Australia/Sydney", "Australia/Eucla", "Pacific/Auckland", "Pacific/Chatham"),
    *("Pacific/Norfolk", "Pacific/Easter", "Pacific/Apia", "Pacific/Kiritimati", "Etc/GMT+5"),
)


def onsets(zone: Timezone, until: int) -> list[tuple[datetime, timedelta]]:
    """Every onset in UTC with the offset after it, by the letter of RFC 5545, 3.6.5."""
    found = []
    for part in zone.walk():
        if part.name not in ("STANDARD", "DAYLIGHT"):
            continue
        first, before = part["DTSTART"].dt, part["TZOFFSETFROM"].td
        walls = [first]
        if "RRULE" in part:
            rule = rrulestr(part["RRULE"].to_ical().decode(), dtstart=first)
            walls = list(rule.between(first, first.replace(year=until, month=12), inc=True))
        found += [((wall - before).replace(tzinfo=UTC), part["TZOFFSETTO"].td) for wall in walls]
    return sorted(found)


@pytest.mark.parametrize("name", ZONES)
def test_a_calendar_reads_every_hour_of_two_years_as_the_zone_data_does(name: str) -> None:
    tz = ZoneInfo(name)
    zone = Timezone.from_ical(timezone(tz, 2026, 2027).to_ical())
    assert isinstance(zone, Timezone)
    changes = onsets(zone, 2028)
    at, offset, wrong = datetime(2026, 1, 1, tzinfo=UTC), timedelta(), []
    while at < datetime(2028, 1, 1, tzinfo=UTC):
        while changes and changes[0][0] <= at:
            offset = changes.pop(0)[1]
        if at.astimezone(tz).utcoffset() != offset:
            wrong.append(at)
        at += timedelta(minutes=30)
    assert not wrong


def test_a_zone_with_rules_is_written_with_rules() -> None:
    written = timezone(ZoneInfo("Europe/Stockholm"), 2026, 2026).to_ical().decode()
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in written
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in written


def test_a_zone_whose_changes_follow_the_moon_is_written_change_by_change() -> None:
    written = timezone(ZoneInfo("Africa/Casablanca"), 2026, 2026).to_ical().decode()
    assert "RRULE" not in written
    assert written.count("BEGIN:DAYLIGHT") > 5
