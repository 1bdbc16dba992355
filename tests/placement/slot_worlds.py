"""Random venues for the search of slots, wider than `worlds`: overlapping pools, halls, shared rooms, groups,
buffers off the grid, nights, changes of the clocks, wishes, what is served at another place.
"""

import random
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from booking.case import Asked
from booking.expand import expand
from booking.occupancy import Held
from catalog.opening import Blocks
from catalog.specs import Catalog, Component, Need, ProductSpec, ResourceSpec
from catalog.times import starts_on, wall, zone
from tests.building import (
    ask,
    component,
    guest,
    hours,
    need,
    only,
    package,
    party,
    room,
    service,
    therapist,
    venue,
)

ZONES = {
    "Europe/Stockholm": (date(2026, 12, 4), date(2027, 3, 27), date(2027, 10, 30)),
    "Australia/Lord_Howe": (date(2026, 12, 4), date(2027, 4, 3)),
    "Asia/Kathmandu": (date(2026, 12, 4),),
}
SKILLS = ("massage", "facial", "wrap")


def question(chance: random.Random) -> tuple[Asked, list[int]]:
    """What somebody asks of a venue, and the starts that he asks about: those of one or two days."""
    name = chance.choice([*ZONES, "Europe/Stockholm"])
    first = chance.choice(ZONES[name])
    grid = chance.choice([15, 15, 30, 60])
    catalog = house(chance, name, grid, first)
    guests = chance.choice([1, 1, 2, 3])
    wishes = [guest(required={"gender": "female"})] if chance.random() < 0.2 else []
    tz = zone(name)
    days = [first + timedelta(days=n) for n in range(chance.choice([1, 2]))]
    starts = [s for day in days for s in starts_on(tz, day, max(60, grid))]
    line = replace(party(catalog, guests, "2026-12-05T10:00", wishes=wishes), start=starts[0])
    midnight = wall(tz, first, 0)
    asked = ask(catalog, line, held=busy(chance, catalog, midnight), blocks=blocks(chance, catalog, midnight))
    if chance.random() < 0.15:
        used = {n.pool for s in expand(line, tz).sessions for n in s.needs}
        rows = [r.key for r in catalog.resources if used & set(r.pools)]
        if rows:
            asked = replace(asked, resource={0: chance.choice(rows)})
    return asked, starts


def house(chance: random.Random, name: str, grid: int, first: date) -> Catalog:
    products = services(chance)
    parts = components(chance, grid)
    wait = chance.choice([None, None, 0, 30, 60, 120])
    gap = chance.choice([0, 0, 5, 30]) if wait != 0 else 0
    closing = chance.choice(["14:00", "16:00", "01:00", "24:00"])
    exceptions = [only(f"{first}", "11:00-15:00")] if chance.random() < 0.2 else []
    return venue(
        *staff(chance),
        *rooms(chance),
        *products,
        package(*parts, max_waiting_minutes=wait, min_gap_minutes=gap),
        zone=name,
        grid=grid,
        hours=hours(f"{chance.choice(['08:00', '09:00', '00:00'])}-{closing}"),
        exceptions=exceptions,
    )


def staff(chance: random.Random) -> list[ResourceSpec]:
    out = []
    for n in range(chance.randint(1, 4)):
        fields: dict[str, Any] = {"attributes": {"gender": chance.choice(["female", "male"])}}
        if chance.random() < 0.5:
            fields["hours"] = hours(
                *chance.choice([["09:00-13:00"], ["08:00-11:00", "12:00-16:00"], ["22:00-03:00"]])
            )
        out.append(therapist(f"t{n}", chance.sample(SKILLS, chance.choice([1, 2, 3])), **fields))
    return out


def rooms(chance: random.Random) -> list[ResourceSpec]:
    out = [room(f"r{n}", chance.choice([1, 2])) for n in range(chance.randint(1, 3))]
    out += [room(f"sauna{n}", chance.choice([1, 2, 3]), "saunas") for n in range(chance.choice([1, 1, 2]))]
    out += [room("a", 1, ["halls", "rooms"][: chance.choice([1, 2])]), room("b", 2, "halls")]
    out.append(room("hall", 3, "halls", parts=["a", "b"]))
    return out


def services(chance: random.Random) -> list[ProductSpec]:
    def some(pool: str, use: str = "exclusive", **more: Any) -> Need:
        buffers = {
            "before_minutes": chance.choice([0, 0, 0, 7, 15]),
            "after_minutes": chance.choice([0, 0, 10, 15, 20]),
        }
        if use == "exclusive" and chance.random() < 0.15:
            more |= {"from_minutes": chance.choice([0, 10]), "until_minutes": chance.choice([20, 30])}
        return need(pool, use, **buffers, **more)

    size = chance.choice([1, 1, 1, 2, "all"])
    return [
        *(service(s, chance.choice([30, 50, 60]), some(s), some("rooms", "seated")) for s in SKILLS[:2]),
        service("wrap", 45, some("wrap"), group_size=size),
        service("couple", 60, need("massage", count=2), some("rooms", "seated"), group_size=2),
        service("duo", 45, need("massage"), need("facial")),
        service("bath", 60, need("saunas", "shared"), group_size=chance.choice([1, "all"])),
        service("talk", 60, some("halls", "seated"), group_size="all"),
        service("walk", 30),
        service("mask", 15, need("rooms", "seated")),
    ]


def components(chance: random.Random, grid: int) -> list[Component]:
    kinds = ["massage", "facial", "wrap", "couple", "duo", "bath", "talk", "walk"]
    chosen = chance.sample(kinds, chance.choice([1, 2, 2, 3]))
    out: list[Component] = []
    for n, kind in enumerate(chosen):
        fields = timing(chance, grid)
        if n and chance.random() < 0.4:
            fields["after"] = [chosen[n - 1]]
        if chance.random() < 0.15:
            fields["attended"] = chance.random() < 0.5
        quantity = "one" if kind in ("talk", "walk") and chance.random() < 0.5 else "one_per_participant"
        out.append(component(kind, quantity, **fields))
    if chance.random() < 0.15:
        out.append(component("mask", associated_with=chosen[0]))
    return out


def timing(chance: random.Random, grid: int) -> dict[str, Any]:
    kind = chance.choice(["flexible", "flexible", "window", "fixed", "relative", "relative"])
    day = {"day": chance.choice([1, 1, 1, 2])}
    if kind == "window":
        start = chance.randint(8, 12)
        return {**day, "window": [f"{start:02d}:00", f"{start + chance.choice([1, 2, 4]):02d}:00"]}
    if kind == "fixed":
        return {**day, "fixed_start": f"{chance.randint(9, 14):02d}:00"}
    if kind == "relative":
        return {**day, "relative_start_minutes": grid * chance.choice([0, 0, 1, 2, 4, -1])}
    return day


def busy(chance: random.Random, catalog: Catalog, midnight: int) -> tuple[Held, ...]:
    """What others hold on the first three dates, each half hour once; of shared rooms one place."""
    keys = [r.key for r in catalog.resources if not r.parts]
    taken = set()
    for _ in range(chance.choice([0, 4, 10, 20])):
        taken.add((chance.choice(keys), chance.randrange(14, 3 * 48)))
    out = []
    for key, half in sorted(taken):
        use = "shared" if key.startswith("sauna") else "exclusive"
        start = midnight + 30 * half + chance.choice([0, 0, 3])
        out.append(
            Held(key, use, 1, start, start + chance.choice([25, 30]) - (3 if start % 30 else 0), "another")
        )
    return tuple(out)


def blocks(chance: random.Random, catalog: Catalog, midnight: int) -> Blocks:
    if chance.random() < 0.7:
        return {}
    start = midnight + 60 * chance.randint(8, 40)
    return {chance.choice(catalog.resources).key: ((start, start + chance.choice([45, 120])),)}
