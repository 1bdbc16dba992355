"""A month of slots, by the hour, exact, in a house of the demo's size that is half booked."""

import time
from collections.abc import Iterator
from datetime import date, timedelta

from booking.computing import searched
from catalog.times import starts_on, zone
from tests.bench.houses import FIRST, house, wanted
from tests.bench.telling import Row, median

DAYS = 30
LIMITS = {"slots-staggered-30-days": (4, 300.0)}


def rows() -> Iterator[Row]:
    """Milliseconds of one process for the whole month, against the limit set for it."""
    catalog, held = house(60, booked=0.35, days=DAYS + 2)
    tz = zone(catalog.venue.time_zone)
    starts = [
        start
        for offset in range(DAYS)
        for start in starts_on(tz, date.fromordinal((FIRST + timedelta(days=offset)).toordinal()), 60)
    ]
    weeks = [starts[n : n + 7 * 24] for n in range(0, len(starts), 7 * 24)]
    for name, (guests, limit) in LIMITS.items():
        asked = wanted(catalog, held, guests)

        def month(asked=asked) -> int:  # type: ignore[no-untyped-def]  # the order above
            found = [searched(asked, week, 60.0) for week in weeks]
            assert all(part.unknown_from is None for part in found)
            return sum(len(part.slots) for part in found)

        took, slots = median(1, month)
        assert slots
        yield Row(name, took, "ms", limit, "limit")


if __name__ == "__main__":
    began = time.perf_counter()
    for row in rows():
        row.tell()
