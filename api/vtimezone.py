"""A VTIMEZONE with recurrence rules, derived from the zone data itself (RFC 5545, 3.6.5).

Calendars apply a rule literally, so every onset is written as the wall-clock time before the change, and a
rule is written only where it gives every change of the years ahead. Where the changes follow no rule that a
calendar can express (Morocco's follow the moon), each is written by itself.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur
from msgspec import Struct

YEARS_AHEAD = 12
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = timedelta(days=1)


class Onset(Struct, frozen=True):
    """A change of the clocks: what the wall would show without it, the offsets, and the name after it."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def kind(self) -> tuple[timedelta, timedelta, str]:
        return self.before, self.after, self.name


@lru_cache(maxsize=512)
def timezone_text(tz: ZoneInfo, first_year: int, last_year: int) -> str:
    """The definition as lines, without the break at its end."""
    written: bytes = timezone(tz, first_year, last_year).to_ical()
    return written.decode().rstrip("\r\n")


def timezone(tz: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """The definition of the zone for instants of these years; later ones as far as its rules go."""
    zone = Timezone()
    zone.add("tzid", tz.key)
    begin = datetime(first_year - 1, 1, 1, tzinfo=UTC)
    end = datetime(last_year + YEARS_AHEAD, 1, 1, tzinfo=UTC)
    onsets = tuple(_onsets(tz, begin, end))
    at = begin.astimezone(tz)
    offset = at.utcoffset() or timedelta()
    first = Onset(at.replace(tzinfo=None), offset, offset, at.tzname() or tz.key)
    zone.add_component(_observance(first, None))
    for kind in dict.fromkeys(o.kind for o in onsets):
        group = [o for o in onsets if o.kind == kind]
        rule = _rule(group, end.year - begin.year)
        if rule is not None:
            zone.add_component(_observance(group[0], rule))
        else:
            for onset in group:
                zone.add_component(_observance(onset, None))
    return zone


def _onsets(tz: ZoneInfo, begin: datetime, end: datetime) -> Iterable[Onset]:
    at, last = begin, _state(tz, begin)
    while at < end:
        following = at + _DAY
        state = _state(tz, following)
        if state != last:
            low, high = at, following  # the state is `last` at low and another at high
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if _state(tz, middle) == last else (low, middle)
            offset, name = _state(tz, high)
            yield Onset((high + last[0]).replace(tzinfo=None), last[0], offset, name)
            following, last = high, (offset, name)
        at = following


def _state(tz: ZoneInfo, at: datetime) -> tuple[timedelta, str]:
    shown = at.astimezone(tz)
    return shown.utcoffset() or timedelta(), shown.tzname() or tz.key


def _rule(group: list[Onset], years: int) -> vRecur | None:
    """The yearly rule that gives these onsets, one in each of the years; None where there is none."""
    walls = [o.wall for o in group]
    months, weekdays = {w.month for w in walls}, {w.weekday() for w in walls}
    if len(walls) != years or len({w.year for w in walls}) != years:
        return None
    if len(months) != 1 or len({w.time() for w in walls}) != 1:
        return None
    rule = {"FREQ": "YEARLY", "BYMONTH": walls[0].month}
    days = [w.day for w in walls]
    if len(set(days)) == 1:
        return vRecur(rule | {"BYMONTHDAY": days[0]})
    if len(weekdays) != 1:
        return None
    weekday = _WEEKDAYS[walls[0].weekday()]
    if all(w.day + 7 > monthrange(w.year, w.month)[1] for w in walls):
        return vRecur(rule | {"BYDAY": f"-1{weekday}"})
    if len({(day - 1) // 7 for day in days}) == 1:
        return vRecur(rule | {"BYDAY": f"{(days[0] - 1) // 7 + 1}{weekday}"})
    if max(days) - min(days) <= 6:  # the Friday before the last Sunday, and its like
        return vRecur(rule | {"BYDAY": weekday, "BYMONTHDAY": list(range(min(days), min(days) + 7))})
    return None


def _observance(onset: Onset, rule: vRecur | None) -> TimezoneDaylight | TimezoneStandard:
    # By the offsets, not by what the zone data calls summer: Dublin's winter counts as such there.
    part = TimezoneDaylight() if onset.after > onset.before else TimezoneStandard()
    part.add("dtstart", onset.wall)
    part.add("tzoffsetfrom", onset.before)
    part.add("tzoffsetto", onset.after)
    part.add("tzname", onset.name)
    if rule is not None:
        part.add("rrule", rule)
    return part
