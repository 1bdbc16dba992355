"""How often the outside may ask: feeds and customers' links, which need no password to be shared."""

import time
from collections import OrderedDict

from api.errors import TooMany

PER_MINUTE = 120
_REMEMBERED = 10_000


class Throttle:
    """A bucket of `per_minute` requests for each who asks, filled evenly. In this process alone."""

    def __init__(self, per_minute: int = PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, who: str) -> None:
        """Counts one request; raises TooMany where the bucket is empty."""
        now = time.monotonic()
        left, at = self._buckets.pop(who, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * self._per_minute / 60)
        refused = left < 1
        self._buckets[who] = (left if refused else left - 1, now)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        if refused:
            seconds = max(1, round((1 - left) * 60 / self._per_minute))
            raise TooMany(f"That is more than {self._per_minute} requests a minute.", seconds=seconds)
