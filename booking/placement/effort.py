"""What a search may cost, in the solver's own units of work: so a busy machine finds what an idle one does.

Seconds are the last resort.
"""

import time
from math import inf

SESSION = 0.0003
"""Units that making and reading a model cost for each of its sessions, beside what the solver counts."""


class Effort:
    """So many `units` are left of it (one is some ten seconds of an idle processor), and nothing is once the
    monotonic clock shows `until`.
    """

    def __init__(self, until: float, units: float = inf) -> None:
        self.until, self.units = until, units

    @property
    def seconds(self) -> float:
        """How long it may take at most."""
        return self.until - time.monotonic()

    @property
    def is_spent(self) -> bool:
        return self.units <= 0 or self.seconds <= 0

    def spend(self, units: float, sessions: int) -> None:
        """A model of so many sessions cost the solver so many units."""
        self.units -= units + SESSION * sessions


def lasting(seconds: float, units: float = inf) -> Effort:
    """An effort that begins now and is over after so many seconds at the latest."""
    return Effort(time.monotonic() + seconds, units)
