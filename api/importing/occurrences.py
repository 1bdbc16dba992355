"""When a calendar says that somebody is busy: its events, those that recur with every time they do.

Bounded in everything: a rule that a person would not make is refused, with the event that has it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

from dateutil.rrule import rrulestr
from msgspec import Struct

from api.importing.errors import Unreadable
from api.importing.lines import Component, Property
from api.importing.moments import Length, Moment, length_of, moment_of, read_moment, title_of
from api.importing.zones import Zones
from catalog.opening import merged
from catalog.times import Interval

MOST_BUSY = 5_000
"""Busy times in all, those that touch counted as one."""
_MOST_STEPS = 200_000
_MOST_COUNT = 100_000
_OLDEST = 1970
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_PARTS = frozenset(
    (
        *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY"),
        *("BYWEEKNO", "BYSETPOS", "BYHOUR", "BYMINUTE", "BYSECOND"),
    )
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REACH = (365 * 1440, 930 * 365 * 1440)  # from 1971 on, and far into the future


class Change(Struct, frozen=True):
    """What an override makes of the time that it replaces, and of all later ones where it says so."""

    original: Moment
    later_too: bool
    shift: timedelta
    length: Length
    busy: bool


class Found(Struct, frozen=True):
    """`busy`: minutes since the epoch, in order and merged. `sojourn`: the same of events that a server like
    this one wrote, by their UIDs: they may be its own.
    """

    busy: tuple[Interval, ...]
    sojourn: dict[str, tuple[Interval, ...]]


class _Steps:
    """Counts what is done for the whole calendar."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def one(self, event: Component) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unreadable(
                f"The calendar recurs too often to be worked out: {title_of(event)} among others."
            )


def busy_times(calendars: Iterable[Component], tz: tzinfo, window: Interval) -> Found:
    """What the calendars have between the two minutes; raises Unreadable. `tz`: of times without a zone."""
    steps = _Steps()
    all_of: list[Interval] = []
    sojourn: dict[str, list[Interval]] = {}
    for calendar in calendars:
        zones = Zones(calendar, tz)
        for uid, events in _by_uid(calendar).items():
            mine = sojourn.setdefault(uid, []) if uid.endswith("@sojourn") else all_of
            for start, end in _of_one(events, zones, window, steps):
                mine.append((max(start, _REACH[0]), min(end, _REACH[1])))
                if len(mine) > 4 * MOST_BUSY:
                    mine[:] = merged(mine)
                    _bound(mine)
    busy = merged(all_of)
    _bound(busy)
    return Found(busy, {uid: merged(times) for uid, times in sojourn.items() if times})


def _bound(busy: Iterable[Interval]) -> None:
    if len(tuple(busy)) > MOST_BUSY:
        raise Unreadable(f"The calendar has more than {MOST_BUSY} busy times, the most that is taken.")


def _by_uid(calendar: Component) -> dict[str, list[Component]]:
    """The events by UID; one without stands by itself."""
    out: dict[str, list[Component]] = {}
    for number, event in enumerate(e for e in calendar.parts if e.name == "VEVENT"):
        uid = event.first("UID")
        out.setdefault(uid.value.strip() if uid is not None else f" {number}", []).append(event)
    return out


def _of_one(events: list[Component], zones: Zones, window: Interval, steps: _Steps) -> Iterator[Interval]:
    """The busy times of an event and of what overrides single times of it."""
    masters = [e for e in events if e.first("RECURRENCE-ID") is None and e.first("DTSTART") is not None]
    overrides = [e for e in events if e.first("RECURRENCE-ID") is not None and e.first("DTSTART") is not None]
    changes = []
    for override in sorted(overrides, key=_sequence):
        change = _change(override, zones)
        changes.append(change)
        if change.busy:
            start = moment_of(override, "DTSTART", zones)
            yield from _interval(start, start.wall, change.length, window)
    if not masters:
        return
    master = max(masters, key=_sequence)  # of several, the newest
    if not _is_busy(master) and not any(c.later_too and c.busy for c in changes):
        return
    start, length = moment_of(master, "DTSTART", zones), length_of(master, zones)
    single = {(c.original.instant, c.original.wall.date() if c.original.day else None) for c in changes}
    replaced = {instant for instant, day in single if day is None}
    days = {day for _, day in single if day is not None}
    later = sorted((c for c in changes if c.later_too), key=lambda c: c.original.instant)
    for wall in _walls(master, start, zones, window, steps):
        at = start.at(wall)
        if at in replaced or wall.date() in days:
            continue
        newest = next((c for c in reversed(later) if c.original.instant <= at), None)
        if newest is None:
            if _is_busy(master):
                yield from _interval(start, wall, length, window)
        elif newest.busy:
            yield from _interval(start, wall + newest.shift, newest.length, window)


def _change(override: Component, zones: Zones) -> Change:
    original = moment_of(override, "RECURRENCE-ID", zones)
    start = moment_of(override, "DTSTART", zones)
    said = override.first("RECURRENCE-ID")
    return Change(
        original=original,
        later_too=said is not None and said.parameters.get("RANGE", "").upper() == "THISANDFUTURE",
        shift=start.instant - original.instant,
        length=length_of(override, zones),
        busy=_is_busy(override),
    )


def _is_busy(event: Component) -> bool:
    return (
        event.value("STATUS") != "CANCELLED"
        and event.value("TRANSP") != "TRANSPARENT"
        and event.value("X-MICROSOFT-CDO-BUSYSTATUS") != "FREE"
    )


def _interval(start: Moment, wall: datetime, length: Length, window: Interval) -> Iterator[Interval]:
    """The whole minutes that it touches, where they meet the window."""
    try:
        first = start.at(wall)
        last = start.at(wall + timedelta(days=length.days)) + timedelta(seconds=length.seconds)
    except OverflowError:
        return
    begin, end = (first - _EPOCH) // timedelta(minutes=1), -((_EPOCH - last) // timedelta(minutes=1))
    if begin < end and begin < window[1] and window[0] < end:
        yield begin, end


def _walls(
    event: Component, start: Moment, zones: Zones, window: Interval, steps: _Steps
) -> Iterator[datetime]:
    """What the wall shows whenever it takes place, as far as the window reaches."""
    last = (_EPOCH + timedelta(minutes=window[1])).astimezone(start.tz).replace(tzinfo=None)
    without = [read_moment(event, p, text, zones) for p in event.all("EXDATE") for text in p.value.split(",")]
    gone = {m.instant for m in without if not m.day}
    gone_days = {m.wall.date() for m in without if m.day}
    for rule in event.all("EXRULE"):
        gone |= {start.at(wall) for wall in _ruled(event, rule, start, last, steps)}
    given = {start.wall}
    for extra in event.all("RDATE"):
        for text in extra.value.split(","):
            moment = read_moment(event, extra, text.partition("/")[0], zones)
            given.add(
                moment.instant.astimezone(start.tz).replace(tzinfo=None) if not moment.day else moment.wall
            )
    for rule in event.all("RRULE"):
        given.update(_ruled(event, rule, start, last, steps))
    for wall in sorted(given):
        if start.at(wall) not in gone and wall.date() not in gone_days:
            yield wall


def _ruled(
    event: Component, rule: Property, start: Moment, last: datetime, steps: _Steps
) -> Iterator[datetime]:
    """What the rule gives up to the end of the window."""
    parts: dict[str, str] = {}
    for part in rule.value.strip().rstrip(";").upper().split(";"):
        name, _, value = part.partition("=")
        parts[name.strip()] = value.strip()
    _check_rule(event, parts, start)
    until = parts.pop("UNTIL", "")
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        made = rrulestr(text, dtstart=start.wall)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise Unreadable(
            f"{title_of(event)} recurs by a rule that makes no sense: {rule.value[:100]}."
        ) from None
    end = last
    if until:
        said = read_moment(event, rule, until, None)
        if said.day:
            end = min(last, datetime.combine(said.wall.date(), time.max))
        elif until.endswith("Z"):
            end = min(last, said.instant.astimezone(start.tz).replace(tzinfo=None))
        else:
            end = min(last, said.wall)
    for wall in made:
        if wall > end:
            return
        steps.one(event)
        yield wall


def _check_rule(event: Component, parts: dict[str, str], start: Moment) -> None:
    """Raises Unreadable for a rule that goes on and on."""
    unknown = parts.keys() - _PARTS
    if unknown:
        raise Unreadable(f"{title_of(event)} recurs by {sorted(unknown)[0][:40]!r}, which is not known here.")
    if parts.get("FREQ") not in _FREQUENCIES:
        how = parts.get("FREQ", "nothing")[:20]
        raise Unreadable(
            f"{title_of(event)} recurs {how}; calendars are read that recur daily or less often."
        )
    for name, most in (("INTERVAL", 100_000), ("COUNT", _MOST_COUNT)):
        value = parts.get(name, "1")
        if not (value.isascii() and value.isdigit() and len(value) < 12 and 1 <= int(value) <= most):
            raise Unreadable(
                f"{title_of(event)} recurs with {name}={value[:20]}; from 1 to {most} can be read."
            )
    times = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= len(parts.get(name, "").split(","))
    if times > 24:
        raise Unreadable(f"{title_of(event)} recurs {times} times a day; calendars are read with at most 24.")
    if start.wall.year < _OLDEST:
        raise Unreadable(
            f"{title_of(event)} has recurred since {start.wall.year}; from {_OLDEST} on can be read."
        )


def _sequence(event: Component) -> int:
    text = event.value("SEQUENCE")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
