"""Houses to measure at: therapists with two skills each, rooms wet and dry, a part of the day booked."""

import random
from datetime import date
from itertools import permutations
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from booking.case import Asked
from booking.lines import Guest, Line
from booking.occupancy import Held
from catalog.base import new_id
from catalog.specs import Catalog, as_sold
from catalog.times import wall, zone

ALL = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SKILLS = {"massage": (50, "wet"), "facial": (60, "dry"), "wrap": (40, "wet"), "nails": (45, "dry")}
FIRST = date(2027, 6, 5)
CHAINS = (("massage", "facial", "wrap"), ("nails", "massage", "facial"))
"""The treatments of day 1 and day 2, each after the one before: six components."""
DAYS = tuple(permutations(SKILLS, 3))
"""Every package of three treatments on one day, each after the one before."""


def house(
    resources: int, *, booked: float = 0.5, days_booked: int = 3, seed: int = 1
) -> tuple[Catalog, list[Held]]:
    """A house of so many therapists and rooms (half of each), with bookings on its first days."""
    chance = random.Random(seed)
    names = list(SKILLS)
    staff = [
        {
            "key": f"t{i}",
            "kind": "staff",
            "pools": [names[i % 4], names[(i + 1) % 4]],
            "hours": [{"days": ALL, "from": ("08:00", "11:00")[i % 2], "to": ("17:00", "20:00")[i % 2]}],
        }
        for i in range(resources // 2)
    ]
    rooms = [
        {"key": f"r{j}", "kind": "room", "pools": [("wet", "dry")[j % 2]]}
        for j in range(resources - resources // 2)
    ]
    services = [
        {
            "key": name,
            "kind": "service",
            "price": "1.00",
            "duration_minutes": minutes,
            "needs": [{"pool": name}, {"pool": kind, "use": "seated"}],
        }
        for name, (minutes, kind) in SKILLS.items()
    ]
    components = [
        {
            "key": f"{name}-{day}",
            "product": name,
            "quantity": "one_per_participant",
            "day": day,
            "after": [f"{chain[n - 1]}-{day}"] if n else [],
        }
        for day, chain in enumerate(CHAINS, start=1)
        for n, name in enumerate(chain)
    ]
    weekend = {"key": "weekend", "kind": "package", "components": components}
    days = [
        {
            "key": f"day-{n}",
            "kind": "package",
            "components": [
                {
                    "key": name,
                    "product": name,
                    "quantity": "one_per_participant",
                    "after": list(chain[m - 1 : m]),
                }
                for m, name in enumerate(chain)
            ],
        }
        for n, chain in enumerate(DAYS)
    ]
    document = {
        "venue": {
            "time_zone": "Europe/Stockholm",
            "currency": "SEK",
            "hours": [{"days": ALL, "from": "08:00", "to": "21:00"}],
        },
        "resources": [*staff, *rooms],
        "products": [*services, weekend, *days],
    }
    catalog = msgspec.convert(document, Catalog)
    return catalog, list(_bookings(chance, catalog, booked, days_booked))


def _bookings(chance: random.Random, catalog: Catalog, booked: float, days: int) -> list[Held]:
    tz, held = ZoneInfo("Europe/Stockholm"), []
    for offset in range(days):
        midnight = wall(tz, date.fromordinal(FIRST.toordinal() + offset), 0)
        for resource in catalog.resources:
            at = 480
            while at < 1200:
                length = chance.choice([50, 60, 70])
                if chance.random() < booked:
                    start = midnight + at
                    held.append(Held(resource.key, "exclusive", 1, start, start + length, "booked"))
                    at += length
                else:
                    at += chance.choice([15, 30, 45])
    return held


def wanted(catalog: Catalog, held: list[Held], guests: int, key: str = "weekend", hour: int = 8) -> Asked:
    """An order of the package for so many, on the first day."""
    sold = as_sold(catalog, key)
    assert sold is not None
    start = wall(zone(catalog.venue.time_zone), FIRST, hour * 60)
    party = tuple(Guest(number=n) for n in range(1, guests + 1))
    line = Line(id=new_id(), position=0, sold=sold, start=start, guests=party, next_guest=guests + 1)
    return Asked(catalog=catalog, blocks={}, held=tuple(held), lines=(line,))


def whole_day(resources: int, guests: int, *, booked: float = 0.2, seed: int = 1) -> Asked:
    """So many orders of one guest and three treatments each, of whom some arrive later than others."""
    return whole_days(1, resources, guests, booked=booked, seed=seed)


def whole_days(days: int, resources: int, guests: int, *, booked: float = 0.2, seed: int = 1) -> Asked:
    """As many on each of these days."""
    catalog, held = house(resources, booked=booked, days_booked=days, seed=seed)
    chance = random.Random(seed)
    lines = []
    for n in range(days * guests):
        hour, key = chance.choice((8, 8, 9, 10, 11, 12)), f"day-{chance.randrange(len(DAYS))}"
        line = wanted(catalog, held, 1, key, hour).lines[0]
        lines.append(replace(line, position=n, start=line.start + n // guests * 1440))
    return Asked(catalog=catalog, blocks={}, held=tuple(held), lines=tuple(lines))
