"""A spa of the demo's size, for groups whose guests go each in their own time: 18 therapists of two skills in
two shifts, 16 rooms, 4 meeting rooms, 2 restaurants, a part of each day booked.
"""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from booking.occupancy import Held
from catalog.specs import Catalog
from catalog.times import wall, zone
from tests.bench.houses import ALL, FIRST

SKILLS = {"massage": (50, "wet"), "facial": (60, "dry"), "wrap": (40, "wet"), "nails": (45, "dry")}
SHIFTS = (("08:00", "17:00"), ("13:00", "22:00"))
ZONE = "Europe/Stockholm"


def spa(booked: float, days: int) -> tuple[Catalog, list[Held]]:
    """With so much of the working time booked on its first days, and the package `visit`."""
    catalog = msgspec.convert(_document(), Catalog)
    return catalog, list(_bookings(random.Random(1), catalog, booked, days))


def share(catalog: Catalog, held: list[Held], days: int) -> float:
    """The part of the working time of therapists and rooms that is booked on these days."""
    end = wall(zone(ZONE), FIRST + timedelta(days=days), 0)
    used = sum(h.end - h.start for h in held if h.use == "exclusive" and h.start < end)
    shifts = sum(_minutes(r.hours[0].to) - _minutes(r.hours[0].from_) for r in catalog.resources if r.hours)
    rooms = sum(840 for r in catalog.resources if not r.hours and not r.key.startswith("c"))
    return used / (days * (shifts + rooms))


def _document() -> dict[str, Any]:
    names = list(SKILLS)
    staff = [
        {
            "key": f"t{n}",
            "kind": "staff",
            "pools": [names[n % 4], names[(n + 1) % 4]],
            "hours": [{"days": ALL, "from": SHIFTS[n % 2][0], "to": SHIFTS[n % 2][1]}],
        }
        for n in range(18)
    ]
    rooms = [{"key": f"r{n}", "kind": "room", "pools": [("wet", "dry")[n % 2]]} for n in range(16)]
    rooms += [{"key": f"m{n}", "kind": "room", "pools": ["meeting"], "capacity": 30} for n in range(4)]
    rooms += [{"key": f"c{n}", "kind": "room", "pools": ["rest"], "capacity": 60} for n in range(2)]
    services = [
        {
            "key": name,
            "kind": "service",
            "price": "1.00",
            "duration_minutes": minutes,
            "needs": [
                {"pool": name, "after_minutes": 10},
                {"pool": kind, "use": "seated", "after_minutes": 10},
            ],
        }
        for name, (minutes, kind) in SKILLS.items()
    ]
    parts = [("massage", 1, []), ("facial", 1, ["massage"]), ("wrap", 2, []), ("nails", 2, ["wrap"])]
    components = [
        {"key": name, "product": name, "quantity": "one_per_participant", "day": day, "after": after}
        for name, day, after in parts
    ]
    rules = {"max_waiting_minutes": 30, "min_gap_minutes": 5}
    return {
        "venue": {
            "time_zone": ZONE,
            "currency": "SEK",
            "hours": [{"days": ALL, "from": "08:00", "to": "22:00"}],
        },
        "resources": [*staff, *rooms],
        "products": [*services, {"key": "visit", "kind": "package", "components": components, **rules}],
    }


def _bookings(chance: random.Random, catalog: Catalog, booked: float, days: int) -> Iterator[Held]:
    for day in range(days):
        midnight = wall(zone(ZONE), FIRST + timedelta(days=day), 0)
        for resource in catalog.resources:
            (hours,) = resource.hours or catalog.venue.hours
            at, end = midnight + _minutes(hours.from_), midnight + _minutes(hours.to)
            if resource.key.startswith("c"):
                for _ in range(12):
                    start = at + 5 * chance.randrange((end - at) // 5 - 12)
                    yield Held(resource.key, "shared", chance.randrange(1, 6), start, start + 60, "booked")
                continue
            while at < end:
                length = chance.choice([50, 60, 70, 90])
                for _ in range(chance.randint(1, 3)):
                    if at + length > end:
                        break
                    yield Held(resource.key, "exclusive", 1, at, at + length, "booked")
                    at += length
                at += max(5, int(length * chance.uniform(0.3, 2.4) * (1 - booked) / booked * 1.45) // 5 * 5)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
