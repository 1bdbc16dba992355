"""Wall clocks and instants. The one place where local time becomes UTC (placement.md, 1).

Inside the engine an instant is an `int`: whole minutes since 1970-01-01T00:00Z. An interval is a
pair (start, end), half-open. At the borders instants are zone-aware `datetime`s.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

Interval = tuple[int, int]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DATE_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d)(?P<rest>:\d\d(\.\d{1,9})?)?"
    r"(?P<offset>[Zz]|[+-]\d\d:\d\d)?\Z",
    re.ASCII,
)


class NonexistentLocalTime(ValueError):
    """The clocks are put forward over this wall-clock time."""


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(n for n in available_timezones() if n not in ("localtime", "posixrules", "Factory"))


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name; ValueError for any other."""
    if name not in _zone_names():
        raise ValueError(f"{name!r} is not a time zone of the IANA database")
    return ZoneInfo(name)


def minute(at: datetime) -> int:
    """The instant as minutes since the epoch, rounded down; a naive datetime is refused."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (at - _EPOCH) // _MINUTE


def instant(at: int) -> datetime:
    """The zone-aware instant, in UTC."""
    return _EPOCH + timedelta(minutes=at)


@lru_cache(maxsize=65536)
def local(tz: ZoneInfo, at: int) -> datetime:
    """What the wall shows at this instant, with its offset."""
    return instant(at).astimezone(tz)


@lru_cache(maxsize=4096)
def clock(text: str) -> int:
    """Minutes after midnight of `HH:MM`; `24:00` is 1440."""
    return int(text[:2]) * 60 + int(text[3:5])


def clock_text(minutes: int) -> str:
    """`HH:MM` of minutes after midnight, 0 … 1440."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=65536)
def wall(tz: ZoneInfo, day: date, minutes: int, second: bool = False) -> int:
    """The instant at which the wall shows `minutes` after midnight of `day`.

    Minutes outside 0 … 1439 run into the neighbouring days. A time that is skipped gives the first
    instant after the gap, one that comes twice the first of the two, or the `second` (placement.md, 1).
    """
    if not 0 <= minutes < DAY:
        day, minutes = day + timedelta(days=minutes // DAY), minutes % DAY
    naive = datetime.combine(day, time(minutes // 60, minutes % 60))
    early, late = naive.replace(tzinfo=tz, fold=0), naive.replace(tzinfo=tz, fold=1)
    at = minute(early)
    if early.utcoffset() == late.utcoffset():
        return at
    if local(tz, at).replace(tzinfo=None) == naive:
        return minute(late) if second else at
    # In a gap: fold=1 reads it by the offset after, which is an instant before the change.
    before = minute(late)
    after_offset = late.utcoffset()
    while at - before > 1:
        middle = (at + before) // 2
        if local(tz, middle).utcoffset() == after_offset:
            at = middle
        else:
            before = middle
    return at


def wall_of(tz: ZoneInfo, at: int) -> tuple[date, int]:
    """The local date and the minutes after midnight that the wall shows at this instant."""
    shown = local(tz, at)
    return shown.date(), shown.hour * 60 + shown.minute


def asked(tz: ZoneInfo, day: date, minutes: int) -> int:
    """As `wall`, for a time that somebody asked for: a skipped one raises NonexistentLocalTime."""
    at = wall(tz, day, minutes)
    if wall_of(tz, at) != (day + timedelta(days=minutes // DAY), minutes % DAY):
        raise NonexistentLocalTime(
            f"There is no {clock_text(minutes % DAY)} on {day.isoformat()} in {tz.key}: "
            "the clocks are put forward over it."
        )
    return at


def read_start(tz: ZoneInfo, text: str) -> int:
    """The instant that a request means: with an offset that instant, without one the venue's wall clock.

    Raises NonexistentLocalTime, and ValueError for anything that is not a date and time to the minute in
    a year that the calendar reaches.
    """
    match = _DATE_TIME.match(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not a date and time such as 2026-12-05T10:00 or 2026-12-05T10:00+01:00"
        )
    if match["rest"] and match["rest"].strip(":.0"):
        raise ValueError("a start has no seconds")
    try:
        given = datetime.fromisoformat(match["day"] + "T" + match["time"] + (match["offset"] or "").upper())
    except ValueError:
        raise ValueError(f"{text!r} is not a date and time of the calendar") from None
    if not 1971 <= given.year <= 2900:
        raise ValueError(f"the year {given.year} is out of reach")
    if given.tzinfo is not None:
        return minute(given)
    return asked(tz, given.date(), given.hour * 60 + given.minute)


def on_grid(tz: ZoneInfo, at: int, grid: int) -> bool:
    """Whether the wall shows a multiple of `grid` minutes after midnight."""
    return wall_of(tz, at)[1] % grid == 0


@lru_cache(maxsize=8192)
def starts_on(tz: ZoneInfo, day: date, step: int) -> tuple[int, ...]:
    """Every instant of the local date at which the wall shows a multiple of `step`, in order.

    An hour that comes twice counts twice; one that is skipped has none.
    """
    first, last = wall(tz, day, 0), wall(tz, day + timedelta(days=1), 0)
    if last - first == DAY and local(tz, first).utcoffset() == local(tz, last - 1).utcoffset():
        return tuple(range(first, last, step))
    return tuple(at for at in range(first, last) if on_grid(tz, at, step) and wall_of(tz, at)[0] == day)


def date_span(tz: ZoneInfo, start: int, end: int) -> tuple[date, date]:
    """The first and last local dates that the interval touches."""
    return wall_of(tz, start)[0], wall_of(tz, max(start, end - 1))[0]
