"""What is to be placed, and all that bears on it: the questions that the engine answers."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from booking.expand import Session, expand
from booking.lines import Guest, Line
from booking.occupancy import Held
from booking.placement.problem import Party
from catalog.errors import Invalid
from catalog.opening import Blocks
from catalog.specs import Catalog, Need
from catalog.times import Interval, wall, wall_of, zone


class Case(Struct, frozen=True, kw_only=True):
    """What is to be placed and all that bears on it: sessions, the venue, and what others hold there.

    `arrivals`, `guests` and `parties` are by line position; a session's overrides are those of its booking
    and of the request. `require`: by index of the session, resources it has to use; `keep`: by index, needs
    that keep the resources they hold; `shift`: by index, the start that counts as unchanged (placement.md,
    5); `not_before`: where a time is chosen, it is none before this.
    """

    catalog: Catalog
    blocks: Blocks
    held: tuple[Held, ...]
    sessions: tuple[Session, ...]
    arrivals: dict[int, int]
    guests: dict[int, tuple[Guest, ...]]
    parties: dict[int, Party]
    overrides: tuple[str, ...] = ()
    require: dict[int, tuple[str, ...]] = {}
    keep: dict[int, tuple[int, ...]] = {}
    shift: dict[int, int] = {}
    not_before: int | None = None

    def span(self) -> tuple[date, date]:
        """The first and last dates that the sessions can touch, buffers included."""
        return dates_of(self.catalog, self.sessions)


class Asked(Struct, frozen=True, kw_only=True):
    """Lines as they should be, and the state of the venue that they meet. Small enough to send to a solver.

    `resource`: by line position, the calendar row on which the booking was begun (P12). `require` and `keep`:
    by booking, the resources it has to use and the needs that keep what they hold; `pin`: bookings that keep
    their start; `moved`: the one whose start is asked for. `previous`: by line position, the start that the
    line had before this change.
    """

    catalog: Catalog
    blocks: Blocks
    held: tuple[Held, ...]
    lines: tuple[Line, ...]
    overrides: tuple[str, ...] = ()
    resource: dict[int, str] = {}
    require: dict[uuid.UUID, tuple[str, ...]] = {}
    keep: dict[uuid.UUID, tuple[int, ...]] = {}
    pin: tuple[uuid.UUID, ...] = ()
    moved: uuid.UUID | None = None
    previous: dict[int, int] = {}
    not_before: int | None = None

    def __reduce__(self) -> "tuple[Callable[..., Asked], tuple[Any, ...]]":
        """How it is sent: what is held column by column, for row by row takes five times as long."""
        rest = {name: getattr(self, name) for name in self.__struct_fields__ if name != "held"}
        return _sent, (rest, tuple(zip(*self.held, strict=True)))


def _sent(rest: dict[str, Any], held: Sequence[Sequence[Any]]) -> Asked:
    return Asked(held=tuple(map(Held._make, zip(*held, strict=True))), **rest)


MOST_AT_ONCE = 20_000
"""Sessions, if every guest of every line attended every component: what can be looked through in a moment."""


def case_of(asked: Asked, start: int | None = None) -> Case:
    """The case of what is asked; with `start`, as if the (only) line began then.

    Raises Invalid where no component uses the resource asked for, and for more than is placed at once.
    """
    most = sum(len(line.guests) * len(line.sold.package.components) for line in asked.lines)
    if most > MOST_AT_ONCE:
        raise Invalid(f"That is up to {most} sessions, more than the {MOST_AT_ONCE} that are placed at once.")
    tz = zone(asked.catalog.venue.time_zone)
    lines = asked.lines if start is None else tuple(replace(line, start=start) for line in asked.lines)
    sessions: list[Session] = []
    for line in lines:
        sessions += (_pinned(session, asked.pin) for session in expand(line, tz).sessions)
    require, keep, shift = {}, {}, {}
    for i, session in enumerate(sessions):
        if session.was is None:
            continue
        if session.was.id in asked.require:
            require[i] = asked.require[session.was.id]
        if session.was.id in asked.keep:
            keep[i] = asked.keep[session.was.id]
        if session.was.start is not None:
            line = next(one for one in lines if one.position == session.line)
            before = asked.previous.get(session.line, line.start)
            shift[i] = shifted_start(tz, session.was.start, before, line.start)
    for position, key in asked.resource.items():
        index = first_using(asked.catalog, sessions, position, key)
        require[index] = (*require.get(index, ()), key)
    return Case(
        catalog=asked.catalog,
        blocks=asked.blocks,
        held=asked.held,
        sessions=tuple(sessions),
        arrivals={line.position: line.start for line in lines},
        guests={line.position: line.guests for line in lines},
        parties={
            line.position: Party(line.sold.package.min_gap_minutes, line.sold.package.max_waiting_minutes)
            for line in lines
        },
        overrides=asked.overrides,
        require=require,
        keep=keep,
        shift=shift,
        not_before=asked.not_before,
    )


def _pinned(session: Session, pin: Sequence[uuid.UUID]) -> Session:
    if session.was is None or session.was.id not in pin or session.was.start is None:
        return session
    return replace(session, start=session.was.start, window=None)


def shifted_start(tz: ZoneInfo, start: int, before: int, after: int) -> int:
    """A start moved by the same days and minutes on the wall as the line's start was (placement.md, 5)."""
    if before == after:
        return start
    (day, minutes), (old, a), (new, b) = wall_of(tz, start), wall_of(tz, before), wall_of(tz, after)
    return wall(tz, day + (new - old), minutes + b - a)


def first_using(catalog: Catalog, sessions: Sequence[Session], line: int, key: str) -> int:
    """The first session of the line, in catalog order, with a need whose pool holds the resource (P12)."""
    resource = catalog.resource(key)
    pools = resource.pools if resource is not None else ()
    for i, session in enumerate(sessions):
        if session.line == line and any(need.pool in pools for need in session.needs):
            return i
    label = resource.label if resource is not None else repr(key)
    raise Invalid(f"Nothing of what is booked takes place in or with {label}.", code="resource_not_used")


def dates_of(catalog: Catalog, sessions: Sequence[Session]) -> tuple[date, date]:
    """The first and last local dates that the sessions can touch, buffers included."""
    tz = zone(catalog.venue.time_zone)
    ahead = max((-n.held(0, 0)[0] for s in sessions for n in s.needs), default=0)
    behind = max((n.held(0, s.length or 0)[1] for s in sessions for n in s.needs), default=0)
    behind = max(behind, *(s.length or 0 for s in sessions), 0)
    firsts = [s.day for s in sessions]
    lasts = [s.day if s.end is None else wall_of(tz, s.end)[0] for s in sessions]
    return (
        min(firsts) - timedelta(days=1 + max(ahead, 0) // 1440),
        max(lasts) + timedelta(days=2 + behind // 1440),
    )


def reach_of(catalog: Catalog, sessions: Sequence[Session]) -> Interval:
    """The minutes within which they hold anything, wherever on their dates they start."""
    tz = zone(catalog.venue.time_zone)
    ahead = max((-n.held(0, 0)[0] for s in sessions for n in s.needs), default=0)
    behind = max((n.held(0, s.length or 0)[1] for s in sessions for n in s.needs), default=0)
    first, last = min(s.day for s in sessions), max(s.day for s in sessions)
    end = max([wall(tz, last + timedelta(days=1), 0), *(s.end for s in sessions if s.end is not None)])
    return wall(tz, first, 0) - max(ahead, 0), end + max(behind, 0)


def is_locked(session: Session) -> bool:
    """Whether its booking is left alone by every change that does not name it."""
    return session.was is not None and session.was.locked


def place_need(needs: Sequence[Need]) -> int | None:
    """The need whose resource is the place: the first `seated` one, else the first `shared`, else the first
    (P11).
    """
    for use in ("seated", "shared"):
        for i, need in enumerate(needs):
            if need.use == use:
                return i
    return 0 if needs else None


def hosts(sessions: Sequence[Session]) -> list[int | None]:
    """For each session that of the component it is associated with: the one that shares a guest, else the
    first.
    """
    out: list[int | None] = []
    for session in sessions:
        if session.host is None:
            out.append(None)
            continue
        of = [
            i
            for i, other in enumerate(sessions)
            if other.line == session.line and other.component == session.host
        ]
        near = (i for i in of if set(sessions[i].guests) & set(session.guests))
        out.append(next(near, next(iter(of), None)))
    return out
