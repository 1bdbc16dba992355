"""What a TZID means: a name of the IANA data, of Windows or of a vendor, or what the calendar defines."""

import io
from collections.abc import Iterable
from datetime import tzinfo

from dateutil.tz import tzical

from api.importing.errors import Unreadable
from api.importing.lines import Component
from catalog.times import zone


class Zones:
    """The zones of one calendar. `floating`: what a time without a zone is read by."""

    def __init__(self, calendar: Component, venue: tzinfo) -> None:
        self._defined = {
            tzid.value.strip(): part
            for part in calendar.parts
            if part.name == "VTIMEZONE" and (tzid := part.first("TZID")) is not None
        }
        self._known: dict[str, tzinfo] = {}
        said = calendar.first("X-WR-TIMEZONE")
        self.floating = (said is not None and _named(said.value.strip())) or venue

    def of(self, tzid: str) -> tzinfo:
        """The zone; raises Unreadable for one that nobody knows."""
        if tzid not in self._known:
            found = _named(tzid) or self._by_definition(tzid)
            if found is None:
                raise Unreadable(f"The calendar uses the time zone {tzid[:100]!r}, and does not define it.")
            self._known[tzid] = found
        return self._known[tzid]

    def _by_definition(self, tzid: str) -> tzinfo | None:
        part = self._defined.get(tzid.strip())
        if part is None:
            return None
        where = part.first("X-LIC-LOCATION")
        if where is not None and (found := _named(where.value.strip())):
            return found
        try:
            made: tzinfo | None = tzical(io.StringIO("\n".join(_written(part)))).get(tzid.strip())
            return made
        except (ValueError, IndexError, KeyError, OverflowError):
            raise Unreadable(
                f"The calendar defines the time zone {tzid[:100]!r} in a way that makes no sense."
            ) from None


def _named(name: str) -> tzinfo | None:
    """The zone by its name, by what Windows calls it, or by the end of a vendor's path."""
    parts = name.strip("/ ").split("/")
    for candidate in (name, *("/".join(parts[-n:]) for n in (3, 2, 1) if len(parts) > n)):
        try:
            return zone(candidate)
        except ValueError:
            continue
    if name in ("Z", "UTC+0", "tzone://Microsoft/Utc"):
        return zone("UTC")
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # here: slow to import, seldom needed

    windows = WINDOWS_TO_OLSON.get(name.strip())
    return None if windows is None else zone(windows)


def _written(part: Component) -> Iterable[str]:
    """The definition as text again, of what counts in it."""
    yield "BEGIN:VTIMEZONE"
    yield from (f"TZID:{p.value.strip()}" for p in part.all("TZID"))
    for rules in part.parts:
        if rules.name not in ("STANDARD", "DAYLIGHT"):
            continue
        yield f"BEGIN:{rules.name}"
        for p in rules.properties:
            if p.name == "RRULE" and "FREQ=YEARLY" not in p.value.upper():
                raise Unreadable("The calendar defines a time zone that changes more often than every year.")
            if p.name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE", "RDATE"):
                yield f"{p.name}:{p.value.strip()}"
        yield f"END:{rules.name}"
    yield "END:VTIMEZONE"
