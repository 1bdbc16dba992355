"""Which starts are slots, which are not, and which are left to be decided one by one."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from booking.index.answers import Answer, Ends, answer
from booking.index.lines import Mask
from booking.index.plan import Plan
from booking.index.rows import Rows
from booking.slots import Slot
from catalog.times import DAY, starts_on, wall_of

Instants = NDArray[np.int64]
NONE = np.zeros(0, np.int64)
MOST_KEPT = 100
"""Answers kept with the rows at most: some hundred kilobytes each."""


class Sifted(NamedTuple):
    """Of the starts asked about those that are slots, with their ends (0: not the same for every placement),
    and those that may be; each in order.
    """

    starts: Instants
    ends: Instants
    open: list[int]

    @property
    def slots(self) -> list[Slot]:
        both = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [Slot(start, end or None) for start, end in both]


def sift(plan: Plan, rows: Rows, first: int, last: int, step: int) -> Sifted:
    """The starts in [first, last) on the step, which is a multiple of the grid."""
    days = rows.days
    if first >= last:
        return Sifted(NONE, NONE, [])
    a = days.number(wall_of(days.tz, first)[0])
    b = days.number(wall_of(days.tz, last - 1)[0]) + 1
    slots, ends = [NONE], [NONE]
    undecided: list[int] = []
    known = a
    for low, high in days.spells(a, b + plan.days - 1):
        low, high = max(low, a), min(high - plan.days + 1, b)
        found = _answer(plan, rows, low, high - low) if low < high else None
        if found is None:
            continue
        undecided += _starts(rows, known, low, step)
        known = high
        yes, maybe, until = _told(plan, rows, found, step)
        slots.append(yes)
        ends.append(until)
        undecided += maybe.tolist()
    undecided += _starts(rows, known, b, step)
    starts = np.concatenate(slots)
    asked = slice(starts.searchsorted(first), starts.searchsorted(last))
    return Sifted(
        starts[asked], np.concatenate(ends)[asked], [start for start in undecided if first <= start < last]
    )


def _answer(plan: Plan, rows: Rows, first: int, count: int) -> Answer | None:
    """The answer for these dates, kept with the rows until they change."""
    key = (id(plan), first, count)
    if key not in rows.kept:
        if len(rows.kept) >= MOST_KEPT:
            rows.kept.clear()
        rows.kept[key] = (plan, answer(plan, rows, first, count))  # with the plan, or its id would be reused
    found: Answer | None = rows.kept[key][1]
    return found


def _starts(rows: Rows, a: int, b: int, step: int) -> Iterable[int]:
    """Every start of the dates [a, b)."""
    for n in range(a, b):
        yield from starts_on(rows.days.tz, rows.days.on(n), step)


def _told(plan: Plan, rows: Rows, found: Answer, step: int) -> tuple[Instants, Instants, Instants]:
    """The slots, the starts that are left open, and the ends of the slots (0: not the same for all)."""
    midnight, every = rows.days.midnights[found.first], step // rows.days.step
    possible, doubts = found.possible(every), found.doubts(every)
    left = None if plan.exact else possible
    if left is None and found.unsure.any():
        left = possible & found.unsure[:, None]
    if doubts is not None:
        left = doubts if left is None else doubts | left
    yes = _instants(possible if left is None else possible & ~left, midnight, step)
    maybe = NONE if left is None else _instants(left, midnight, step)
    return yes, maybe, np.zeros_like(yes) if found.ends is None else _ends(found.ends, midnight, yes)


def _instants(mask: Mask, midnight: int, step: int) -> Instants:
    """The times that are true: a line is a date from that midnight on, a column so many minutes of it."""
    count = mask.shape[1]
    at = np.flatnonzero(mask)
    out: Instants = at * step + midnight
    if count * step != DAY:  # the last column is less than a step before midnight
        out += at // count * (DAY - count * step)
    return out


def _ends(of: Ends, midnight: int, yes: Instants) -> Instants:
    """Of slots on dates from that midnight on."""
    lines = (yes - midnight) // DAY
    at = midnight + lines * DAY
    fixed = of.fixed[lines]
    ends = np.maximum(yes + of.after if of.after >= 0 else 0, np.where(fixed >= 0, at + fixed, 0))
    ends[ends < at + of.latest[lines]] = 0
    return ends
