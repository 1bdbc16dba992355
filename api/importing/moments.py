"""The times of an event as it says them: moments by some wall, lengths by calendar and clock."""

import re
from datetime import UTC, date, datetime, time, tzinfo

from msgspec import Struct

from api.importing.errors import Unreadable
from api.importing.lines import Component, Property
from api.importing.zones import Zones

_TIME = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?\Z", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,4})W|(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)\Z", re.ASCII
)


class Moment(Struct, frozen=True):
    """What the wall shows, and where; `day`: a date without a time."""

    wall: datetime
    tz: tzinfo
    day: bool

    def at(self, wall: datetime) -> datetime:
        """The instant at which it shows another time."""
        return wall.replace(tzinfo=self.tz).astimezone(UTC)

    @property
    def instant(self) -> datetime:
        return self.at(self.wall)


class Length(Struct, frozen=True):
    """Days by the calendar, then seconds by the clock."""

    days: int
    seconds: int


def length_of(event: Component, zones: Zones) -> Length:
    start = moment_of(event, "DTSTART", zones)
    if event.first("DTEND") is not None:
        end = moment_of(event, "DTEND", zones)
        if start.day:
            return Length(max((end.wall.date() - start.wall.date()).days, 1), 0)
        return Length(0, int((end.instant - start.instant).total_seconds()))
    duration = event.first("DURATION")
    if duration is None:
        return Length(int(start.day), 0)
    match = _DURATION.match(duration.value.strip())
    if match is None:
        raise Unreadable(f"{title_of(event)} has a length that cannot be read: {duration.value[:40]!r}.")
    weeks, days, hours, minutes, seconds = (int(group or 0) for group in match.groups()[1:])
    sign = -1 if match[1] == "-" else 1
    return Length(sign * (7 * weeks + days), sign * (3600 * hours + 60 * minutes + seconds))


def moment_of(event: Component, name: str, zones: Zones) -> Moment:
    found = event.first(name)
    if found is None:
        raise Unreadable(f"{title_of(event)} has no {name}.")
    return read_moment(event, found, found.value, zones)


def read_moment(event: Component, given: Property, text: str, zones: Zones | None) -> Moment:
    """One value; without `zones`, a time without a zone is read as UTC."""
    match = _TIME.match(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        day = date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))
        clock = match[2] or "000000"
        second = min(int(clock[4:]), 59)
        wall = datetime.combine(day, time(int(clock[:2]), int(clock[2:4]), second))
        if not 2 <= wall.year <= 9998:
            raise ValueError(text)
    except ValueError:
        raise Unreadable(f"{title_of(event)} has a {given.name} that is no time: {text[:40]!r}.") from None
    tz: tzinfo = UTC
    if not match[3] and zones is not None:
        tzid = given.parameters.get("TZID", "")
        tz = zones.of(tzid) if tzid and match[2] else zones.floating
    return Moment(wall, tz, match[2] is None)


def title_of(event: Component) -> str:
    found = event.first("SUMMARY")
    said = " ".join(found.text.split())[:60] if found is not None else ""
    return f"The event {said!r}" if said else "An event"
