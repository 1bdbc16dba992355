"""The slots of one service, cold from intervals, against cal.com's slot functions: the same starts."""

import random
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from booking.index.days import Days
from booking.index.free import Occupied
from booking.index.held import occupied
from booking.index.rows import Fit, Hold, Rows, Want
from booking.occupancy import Held
from catalog.specs import Catalog
from catalog.times import wall, zone
from tests.bench.houses import ALL, FIRST
from tests.bench.peers import answer, library, node
from tests.bench.telling import Row

ZONE = "Europe/Stockholm"
DAYS, LENGTH, GRID, TIMES = 30, 50, 15, 5


def rows() -> Iterator[Row]:
    """Of 9 and of 90 therapists, half of the day booked, a month on a grid of 15 minutes."""
    for hosts in (9, 90):
        catalog, held = service(hosts)
        intervals = occupied(held)  # as arrays, as the peer is given them as its own objects
        ours = set(_cold(catalog, intervals).tolist())
        took = _timed(catalog, intervals)
        peer = answer([node(), Path(__file__).with_name("peer_calcom.mjs"), library()], _given(catalog, held))
        assert ours == set(peer["slots"]), (len(ours), len(peer["slots"]))
        assert ours
        took += _timed(catalog, intervals)  # before and behind: the processor does not always go at one pace
        yield Row(f"slots-service-cold-{hosts}", statistics.median(took), "ms", peer["ms"], "cal.com")


def service(hosts: int) -> tuple[Catalog, list[Held]]:
    """A massage that any of the therapists may give; what is booked begins and ends on the grid."""
    document = {
        "venue": {
            "time_zone": ZONE,
            "currency": "SEK",
            "grid_minutes": GRID,
            "hours": [{"days": ALL, "from": "08:00", "to": "20:00"}],
        },
        "resources": [
            {
                "key": f"t{n}",
                "kind": "staff",
                "pools": ["massage"],
                "hours": [{"days": ALL, "from": ("08:00", "10:00")[n % 2], "to": ("16:00", "20:00")[n % 2]}],
            }
            for n in range(hosts)
        ],
    }
    catalog = msgspec.convert(document, Catalog)
    chance, held = random.Random(hosts), []
    for resource in catalog.resources:
        for day in range(DAYS):
            at = wall(zone(ZONE), FIRST + timedelta(days=day), 480)
            end = at + 720
            while at < end:
                length = chance.choice((30, 45, 60))
                if chance.random() < 1 - 0.5 / hosts**0.5:  # so that some starts are free and some are not
                    held.append(Held(resource.key, "exclusive", 1, at, at + length, "booked"))
                at += length
    return catalog, held


def _timed(catalog: Catalog, held: Mapping[str, Occupied]) -> list[float]:
    took = []
    for _ in range(20 * TIMES):
        began = time.perf_counter()
        _cold(catalog, held)
        took.append((time.perf_counter() - began) * 1000)
    return took


def _cold(catalog: Catalog, held: Mapping[str, Occupied]) -> NDArray[np.int64]:
    """Every start at which one of them is free for so long, from an index made for the question."""
    days = Days(zone(ZONE), FIRST, DAYS, GRID)
    massage = Hold(Want("massage", 0, 0), units=1, points=0, lead=0, length=LENGTH, whole=True)
    fitting = Rows(catalog, days, {}, held).fitting(Fit(LENGTH, (massage,)))
    return days.base + np.flatnonzero(fitting) * GRID


def _given(catalog: Catalog, held: list[Held]) -> dict[str, Any]:
    tz = zone(ZONE)
    hosts = []
    for resource in catalog.resources:
        (hours,) = resource.hours or ()
        start, end = (int(t[:2]) * 60 + int(t[3:]) for t in (hours.from_, hours.to))
        busy = [(h.start, h.end) for h in held if h.resource == resource.key]
        hosts.append({"from": start, "to": end, "busy": busy})
    return {
        "timeZone": ZONE,
        "first": wall(tz, FIRST, 0),
        "last": wall(tz, FIRST + timedelta(days=DAYS), 0) - 1,
        "hosts": hosts,
        "frequency": GRID,
        "length": LENGTH,
        "times": TIMES,
    }
