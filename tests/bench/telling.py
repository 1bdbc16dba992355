"""Rows of figures: one JSON object a line, `ratio` above 1 where ours is the better."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """`peer`: the peer's figure in the same run, or a limit; small is good for times, large for rates."""

    name: str
    ours: float
    unit: str
    peer: float | None = None
    against: str = ""

    @property
    def ratio(self) -> float | None:
        if self.peer is None or not self.ours:
            return None
        better = self.ours / self.peer if self.unit.startswith("a ") else self.peer / self.ours
        return round(better, 2)

    def tell(self) -> None:
        row = {"name": self.name, "ours": round(self.ours, 2), "peer": self.peer and round(self.peer, 2)}
        row |= {"ratio": self.ratio, "unit": self.unit, "against": self.against}
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


def median(times: int, work: Callable[[], T]) -> tuple[float, T]:
    """The median of so many runs in milliseconds, and the answer, which is the same each time."""
    work()  # not counted: imports, caches
    took, answer = [], None
    for _ in range(times):
        began = time.perf_counter()
        answer = work()
        took.append((time.perf_counter() - began) * 1000)
    assert answer is not None
    return statistics.median(took), answer
