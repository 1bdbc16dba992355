"""What would fit instead: another time of that day, another day, a rule relaxed (placement.md, 7).

Each is found by the same engine that books: what is offered can be booked.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from msgspec.structs import replace

from booking.associated import moved
from booking.case import Asked, Case, case_of
from booking.expand import expand
from booking.explain import Refused, fits, without_order, without_wishes
from booking.lines import DayTime
from booking.occupancy import Situation
from booking.refusals import Alternative
from catalog.times import DAY, clock_text, on_grid, wall, wall_of, zone

NEAR_DAYS = 7
LONGEST_WAIT = 600
"""Minutes up to which a longer wait is tried as a way out."""


def instead(
    asked: Asked, refused: Refused, step: int, earliest: int, seconds: float
) -> tuple[Alternative, ...]:
    """Up to three ways out: another time of that day, another day, a rule relaxed. `asked` spans those days.

    `earliest` is the present: nothing before it is offered.
    """
    if len(asked.lines) != 1:
        return ()
    deadline = time.monotonic() + seconds
    line = asked.lines[0]
    span = [case_of(asked, line.start + days * DAY).span() for days in (-NEAR_DAYS, 0, NEAR_DAYS)]
    situation = Situation(
        asked.catalog, asked.blocks, asked.held, min(s[0] for s in span), max(s[1] for s in span)
    )

    def offer(starts: Iterator[int]) -> int | None:
        for start in starts:
            if time.monotonic() > deadline:
                return None
            if start >= earliest and fits(situation, _at(asked, start), deadline):
                return start
        return None

    out = []
    tz = situation.tz
    around = _wanted(asked)
    for kind, starts in (
        ("same_day", _same_day(situation, around, step)),
        ("other_day", _other_days(situation, around)),
    ):
        start = offer(starts)
        if start is not None:
            day, minutes = wall_of(tz, start)
            sentence = f"It fits on {day:%a} {day.day} {day:%b} at {clock_text(minutes)}."
            out.append(Alternative(kind=kind, sentence=sentence, start=start))  # type: ignore[arg-type]
    relaxed = _relaxed(situation, asked, refused, deadline)
    return (*out, relaxed) if relaxed is not None else tuple(out)


def _wanted(asked: Asked) -> int:
    """The start that was refused: of the line, or of the booking that is moved."""
    line = asked.lines[0]
    booking = next((b for b in line.bookings if b.id == asked.moved), None)
    if booking is None:
        return line.start
    sessions = expand(line, zone(asked.catalog.venue.time_zone)).sessions
    own = next((s.start for s in sessions if s.was is not None and s.was.id == booking.id), None)
    return own if own is not None else line.start


def _at(asked: Asked, start: int) -> Case:
    """The case with another start: of the line, or of the booking that is moved and what follows it."""
    line = asked.lines[0]
    if all(b.id != asked.moved for b in line.bookings) or asked.moved is None:
        return case_of(asked, start)
    tz = zone(asked.catalog.venue.time_zone)
    day, minutes = wall_of(tz, start)
    to = DayTime((day - wall_of(tz, line.start)[0]).days + 1, minutes)
    return case_of(replace(asked, lines=(moved(line, tz, asked.moved, to),)))


def _same_day(situation: Situation, start: int, step: int) -> Iterator[int]:
    """Other starts of that date, the nearest first."""
    day = wall_of(situation.tz, start)[0]
    begin, end = wall(situation.tz, day, 0), wall(situation.tz, day + timedelta(days=1), 0)
    grid = situation.catalog.venue.grid_minutes
    for distance in range(step, 1440, step):
        for other in (start - distance, start + distance):
            if begin <= other < end and on_grid(situation.tz, other, grid):
                yield other


def _other_days(situation: Situation, start: int) -> Iterator[int]:
    """The same time on the days around, the nearest first."""
    day, minutes = wall_of(situation.tz, start)
    for distance in range(1, NEAR_DAYS + 1):
        for days in (distance, -distance):
            yield wall(situation.tz, day + timedelta(days=days), minutes)


def _relaxed(situation: Situation, asked: Asked, refused: Refused, deadline: float) -> Alternative | None:
    """A named rule relaxed: the least longer wait, other wishes."""
    codes = {reason.code for reason in refused.reasons}
    case = case_of(asked)
    if "waiting_too_long" in codes:
        wait = _least_wait(lambda w: fits(situation, waiting(case, w), deadline) is True, case, deadline)
        if wait is not None:
            sentence = f"It fits if guests may wait {wait} minutes."
            return Alternative(kind="relaxed", sentence=sentence, rule="waiting", value=wait)
    if "wish_unmet" in codes and fits(situation, without_wishes(case), deadline):
        sentence = "It fits if the wishes for therapists need not be met."
        return Alternative(kind="relaxed", sentence=sentence, rule="wishes")
    if "order_impossible" in codes and fits(situation, without_order(case), deadline):
        sentence = "It fits if the order of the treatments may change."
        return Alternative(kind="relaxed", sentence=sentence, rule="order")
    return None


def waiting(case: Case, minutes: int) -> Case:
    """As if every party might wait so long."""
    parties = {
        line: party._replace(wait=None if party.wait is None else max(party.wait, minutes))
        for line, party in case.parties.items()
    }
    return replace(case, parties=parties)


def _least_wait(enough: Callable[[int], bool], case: Case, deadline: float) -> int | None:
    """The least wait, in steps of five minutes, that makes room."""
    low = max(party.wait or 0 for party in case.parties.values())
    high = LONGEST_WAIT
    if not enough(high):
        return None
    while high - low > 5 and time.monotonic() < deadline:
        middle = (low + high) // 10 * 5
        if middle <= low:
            break
        if enough(middle):
            high = middle
        else:
            low = middle
    return high
