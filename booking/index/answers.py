"""From the rows to the starts at which a plan is possible: comparisons of whole rows, no start by itself.

A date is a line of an array, a column a time on the wall; nothing moves from one line to the next. What is
possible for a start S is told by S's date and column.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from booking.index.lines import Columns, Mask, last_of, within
from booking.index.plan import Chain, Plan, Step
from booking.index.rows import Rows
from catalog.specs import DayHours, Hours
from catalog.times import DAY, clock


class Ends(NamedTuple):
    """By date, in minutes after its midnight: the end of what is at a fixed time, and the latest end of what
    may move; `after`: the end of what is relative, in minutes after the start. -1: there is none.
    """

    fixed: Columns
    latest: Columns
    after: int


class Answer(NamedTuple):
    """By date, of which `first` is the number: the starts that are possible are those up to the column
    `until` that every mask admits. `unsure`: dates of which that is not certain; `doubtful`: starts of which
    nothing is known. `ends`: None where nothing has a time of its own.
    """

    first: int
    until: Columns
    masks: tuple[Mask, ...]
    unsure: Mask
    doubtful: tuple[Mask, ...]
    ends: Ends | None

    width: int

    def possible(self, every: int) -> Mask:
        """Whether the start at every so manieth column is possible; where it is doubtful that is unknown."""
        out: Mask = np.arange(0, self.width, every)[None, :] <= self.until[:, None]
        for mask in self.masks:
            out &= mask[:, ::every]
        return out

    def doubts(self, every: int) -> Mask | None:
        """Whether it is doubtful; None: nothing is."""
        if not self.doubtful:
            return None
        out: Mask = self.doubtful[0][:, ::every].copy()
        for mask in self.doubtful[1:]:
            out |= mask[:, ::every]
        return out


def answer(plan: Plan, rows: Rows, first: int, count: int) -> Answer | None:
    """What is possible on `count` dates from number `first` on, all of one spell and with those that follow
    as far as the plan goes. None: the index does not reach so far.
    """
    try:
        return _Answering(plan, rows, first, count).run()
    except IndexError:
        return None


class _Answering:
    def __init__(self, plan: Plan, rows: Rows, first: int, count: int) -> None:
        self.plan, self.rows, self.first, self.count = plan, rows, first, count
        self.step, self.width = rows.days.step, rows.days.columns
        self.low, self.high = _columns(plan, rows)
        self.until = np.full(count, self.width, np.int64)
        self.unsure: Mask = np.zeros(count, bool)
        self.masks: list[Mask] = []
        self.doubtful: list[Mask] = []
        self.free = [self.starts(step) for step in plan.steps]

    def run(self) -> Answer:
        for i in self.plan.confined:
            self.unsure |= self.strays(i)
        for i in self.plan.alone:
            self.look_at(i)
        for chain in self.plan.chains:
            if any(self.plan.steps[i].relative is not None for i in chain.steps):
                self.follow_start(chain)
            else:
                self.follow(chain)
        return Answer(
            self.first,
            self.until,
            tuple(self.masks),
            self.unsure,
            tuple(self.doubtful),
            self.ends(),
            self.width,
        )

    def starts(self, step: Step) -> Mask:
        """The columns (from `low` on) at which the step fits by itself; of a fixed one only that."""
        row = self.rows.fitting(step.fit)
        begin = self.rows.days.rows[self.first + step.day]
        if begin is None or begin + self.count * self.width > len(row):
            raise IndexError
        lines = row[begin : begin + self.count * self.width].reshape(self.count, self.width)
        if step.fixed is not None:
            return lines[:, step.fixed : step.fixed + 1]
        out: Mask = lines[:, self.low : self.high]
        if step.relative is None and (step.earliest > self.low or step.latest < self.high - 1):
            out = out.copy()
            out[:, : max(0, step.earliest - self.low)] = False
            out[:, max(0, step.latest + 1 - self.low) :] = False
        return out

    def whole(self, i: int) -> Mask:
        """The columns of a step, all of the date."""
        fixed = self.plan.steps[i].fixed
        if fixed is None:
            return self.free[i]
        out: Mask = np.zeros((self.count, self.high - self.low), bool)
        if self.low <= fixed < self.high:
            out[:, fixed - self.low] = self.free[i][:, 0]
        return out

    def strays(self, i: int) -> Mask:
        """The dates on which the step could reach beyond its date."""
        step = self.plan.steps[i]
        ahead = -(step.reach[0] // self.step)
        behind = max(step.reach[1], step.length + self.plan.gap if step.attended else 0)
        last = (DAY - behind) // self.step
        if step.fixed is not None:
            return np.full(self.count, step.fixed < ahead or step.fixed > last)
        mask, low = self.free[i], self.low
        early, late = mask[:, : max(0, ahead - low)], mask[:, max(0, last + 1 - low) :]
        strays: Mask = np.logical_or(early.any(axis=1), late.any(axis=1))
        return strays

    def look_at(self, i: int) -> None:
        """A step that hangs together with no other."""
        step = self.plan.steps[i]
        if step.relative is not None:
            self.masks.append(self.at_start(self.free[i], step.relative))
        elif step.fixed is not None:
            until = step.fixed if step.day == 0 and step.arrives else self.width
            self.limit(np.where(self.free[i][:, 0], until, -1))
        else:
            last = self.last(self.free[i])
            self.limit(last if step.day == 0 else np.where(last < 0, -1, self.width))

    def last(self, mask: Mask) -> Columns:
        """By date the last column that is true; -1: none."""
        found = last_of(mask)
        found[found >= 0] += self.low
        return found

    def limit(self, until: Columns) -> None:
        np.minimum(self.until, until, out=self.until)

    def follow(self, chain: Chain) -> None:
        """A chain that depends on the start by the arrival alone (P2): the later it can begin the better."""
        best = np.full(self.count, -1, np.int64)
        for order in chain.orders:
            found = self.whole(order[-1])
            for i in reversed(order[:-1]):
                found = self.before(found, i)
                np.logical_and(found, self.whole(i), out=found)
            np.maximum(best, self.last(found), out=best)
        self.limit(best if chain.day == 0 else np.where(best < 0, -1, self.width))

    def follow_start(self, chain: Chain) -> None:
        """A chain with something at the start's own time."""
        possible: Mask = np.zeros((self.count, self.width), bool)
        certain: Mask = np.zeros((self.count, self.width), bool)
        for order in chain.orders:
            found, is_exact = self.at_starts(order, chain.day)
            possible |= found
            if is_exact:
                certain |= found
        self.masks.append(possible)
        if not np.array_equal(possible, certain):
            self.doubtful.append(possible & ~certain)

    def at_starts(self, order: Sequence[int], day: int) -> tuple[Mask, bool]:
        """The starts at which these come in this order, and whether that is all that is to be said."""
        later: Mask | None = None  # by column of its own time, or of the start once `at` is known
        at: int | None = None
        exact = True
        for n, i in reversed(list(enumerate(order))):
            step = self.plan.steps[i]
            if step.relative is not None:
                here = self.at_start(self.free[i], step.relative)
                if day == 0 and step.relative < 0:
                    here = np.zeros_like(here)
                if at is not None and exact:
                    least, most = self.distance(i)
                    if not least <= at - step.relative <= (self.width if most is None else most):
                        return np.zeros_like(here), True
                if at is not None and later is not None:
                    here = here & later
                elif later is not None:
                    here = here & self.at_start(self.before(later, i), step.relative)
                later, at = here, step.relative
            elif later is None:
                later = self.whole(i)
            elif at is None:
                later = self.whole(i) & self.before(later, i)
            elif exact:
                later = later & self.between(i, at, day)
                exact = n == 0  # of two before it, each alone is looked at
        assert later is not None  # noqa: S101 - an order has steps
        return later, exact

    def at_start(self, mask: Mask, columns: int) -> Mask:
        """By the start's column what the mask says so many columns later; beyond the date, it is doubtful."""
        out: Mask = np.zeros_like(mask)
        if columns >= 0:
            out[:, : self.width - columns] = mask[:, columns:]
            beyond = slice(max(0, self.width - columns), self.width)
        else:
            out[:, -columns:] = mask[:, :columns]
            beyond = slice(0, -columns)
        if columns:
            doubt: Mask = np.zeros_like(mask)
            doubt[:, beyond] = True
            self.doubtful.append(doubt)
        return out

    def distance(self, i: int) -> tuple[int, int | None]:
        """How many columns after its start a guest's next session may begin (P8, P9)."""
        length, plan = self.plan.steps[i].length, self.plan
        most = None if plan.wait is None else (length + plan.wait) // self.step
        return -(-(length + plan.gap) // self.step), most

    def before(self, later: Mask, i: int) -> Mask:
        """The columns of the step that the next one, at some column of `later`, can follow."""
        least, most = self.distance(i)
        if most is None:
            last = last_of(later) - least
            return np.arange(self.high - self.low)[None, :] <= last[:, None]
        return within(later, least, most)

    def between(self, i: int, at: int, day: int) -> Mask:
        """The starts after which (on the first date) the step fits ahead of what begins at `at`."""
        least, most = self.distance(i)
        free = self.whole(i)
        if day == 0:
            return within(free, max(0, 0 if most is None else at - most), at - least)
        if most is not None:
            return within(free, at - most, at - least)
        first = np.where(free.any(axis=1), free.argmax(axis=1), self.width + self.width)
        return np.arange(self.width)[None, :] + at - least >= first[:, None]

    def ends(self) -> Ends | None:
        if not any(step.pinned for step in self.plan.steps):
            return None
        fixed = np.full(self.count, -1, np.int64)
        latest = np.full(self.count, -1, np.int64)
        after = -1
        for i, (step, mask) in enumerate(zip(self.plan.steps, self.free, strict=True)):
            if step.relative is not None:
                after = max(after, step.day * DAY + step.relative * self.step + step.length)
            elif step.fixed is not None:
                np.maximum(fixed, step.day * DAY + step.fixed * self.step + step.length, out=fixed)
            elif not self.is_followed(i):
                at = self.last(mask)
                np.maximum(latest, step.day * DAY + at * self.step + step.length, out=latest)
        return Ends(fixed, latest, after)

    def is_followed(self, i: int) -> bool:
        """Whether something at a time of its own comes after the step in every order of its guests' days."""
        chains = [chain for chain in self.plan.chains if i in chain.steps]
        return bool(chains) and all(
            any(self.plan.steps[j].pinned for j in order[order.index(i) + 1 :])
            for chain in chains
            for order in chain.orders
        )


def _columns(plan: Plan, rows: Rows) -> tuple[int, int]:
    """The columns outside of which nothing can start: the venue is closed."""
    venue = rows.catalog.venue
    hours: list[Hours | DayHours] = [*venue.hours, *(h for e in venue.exceptions for h in e.hours)]
    wide = (0, rows.days.columns)
    if any(step.relative is not None or not step.in_hours for step in plan.steps):
        return wide
    if not hours or any(clock(h.to) <= clock(h.from_) for h in hours):
        return wide
    step = rows.days.step
    return min(clock(h.from_) for h in hours) // step, max(clock(h.to) for h in hours) // step
