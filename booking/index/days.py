"""The local days that an index covers, laid out so that a day is a row of equal columns."""

from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from catalog.times import DAY, starts_on, wall


class Days:
    """`count` local dates from `first`; column c of a date is the wall-clock minute c · `step`.

    That holds for regular dates: of 24 hours without a change of the clocks, on the grid of the first date.
    The others are nobody's here, and are searched without an index.
    """

    def __init__(self, tz: ZoneInfo, first: date, count: int, step: int) -> None:
        self.tz, self.first, self.count, self.step = tz, first, count, step
        self.columns = DAY // step
        self.base = wall(tz, first, 0)
        self.end = wall(tz, self.last + timedelta(days=1), 0)
        self.points = (self.end - self.base) // step + 1

    @property
    def last(self) -> date:
        return self.on(self.count - 1)

    def on(self, number: int) -> date:
        """The date of that number, which may lie outside."""
        return self.first + timedelta(days=number)

    @cached_property
    def midnights(self) -> list[int]:
        """By date: the instant at which it begins."""
        return [wall(self.tz, self.on(n), 0) for n in range(self.count + 1)]

    @cached_property
    def rows(self) -> list[int | None]:
        """By date: the index of its first column among all points; None where it is not regular."""
        out: list[int | None] = []
        for n, at in enumerate(self.midnights[:-1]):
            grid = starts_on(self.tz, self.on(n), self.step)
            even = len(grid) == self.columns and grid[0] == at and grid[-1] == at + DAY - self.step
            aligned = even and (at - self.base) % self.step == 0
            out.append((at - self.base) // self.step if aligned else None)
        return out

    def number(self, day: date) -> int:
        """Which of the dates it is; outside 0 … count - 1 it is none of them."""
        return (day - self.first).days

    @cached_property
    def _spells(self) -> list[tuple[int, int]]:
        out: list[tuple[int, int]] = []
        for n, row in enumerate(self.rows):
            if row is None:
                continue
            if out and out[-1][1] == n and self.rows[n - 1] == row - self.columns:
                out[-1] = (out[-1][0], n + 1)
            else:
                out.append((n, n + 1))
        return out

    def spells(self, a: int, b: int) -> list[tuple[int, int]]:
        """The regular dates of [a, b) in spells between two changes of the clocks: within one, each date is
        DAY after the one before.
        """
        return [(max(a, low), min(b, high)) for low, high in self._spells if low < b and a < high]
