"""The smallest venues, packages and visits, in few words; nothing here reaches a database.

Times are wall-clock texts of the venue: `10:00` is on SATURDAY, others carry their date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace
from ortools.sat.python import cp_model

from booking.adjust import new_line, with_components
from booking.assemble import assemble
from booking.case import Asked, Case, case_of
from booking.check import Violation, unforgiven, violations
from booking.expand import expand
from booking.fit import Fit, Placing, fit, situation_of
from booking.lines import Booking, Line
from booking.occupancy import Held
from booking.placement.parts import parts
from booking.placement.problem import Problem
from booking.placement.solver import model
from booking.prepare import prepare
from booking.requests import ComponentRequest, GuestWishes
from catalog.base import new_id
from catalog.specs import Catalog, Component, Need, ProductSpec, ResourceSpec, as_sold
from catalog.times import Interval, clock_text, read_start, wall_of, zone

STOCKHOLM = "Europe/Stockholm"
SATURDAY = "2026-12-05"
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECONDS = 10.0


def hours(*texts: str, days: Sequence[str] = EVERY_DAY) -> list[dict[str, Any]]:
    """Opening as plain values: `hours("09:00-12:00", "13:00-18:00")`, every day."""
    return [{"days": days, "from": text[:5], "to": text[6:]} for text in texts]


def closed(date: str) -> dict[str, Any]:
    return {"date": date, "closed": True}


def only(date: str, *texts: str) -> dict[str, Any]:
    """Other hours on a date."""
    return {"date": date, "hours": [{"from": t[:5], "to": t[6:]} for t in texts]}


def venue(
    *things: ResourceSpec | ProductSpec, zone: str = STOCKHOLM, grid: int = 5, **fields: Any
) -> Catalog:
    """A venue that is always open, unless it has `hours`."""
    given = {"hours": hours("00:00-24:00")} | fields
    data = {"time_zone": zone, "currency": "SEK", "grid_minutes": grid} | given
    return msgspec.convert(
        {
            "venue": data,
            "resources": [msgspec.to_builtins(t) for t in things if isinstance(t, ResourceSpec)],
            "products": [msgspec.to_builtins(t) for t in things if isinstance(t, ProductSpec)],
        },
        Catalog,
    )


def resource(key: str, kind: str, pool: str | Sequence[str], **fields: Any) -> ResourceSpec:
    pools = (pool,) if isinstance(pool, str) else tuple(pool)
    return msgspec.convert({"key": key, "kind": kind, "pools": pools} | fields, ResourceSpec)


def room(key: str, capacity: int = 1, pool: str | Sequence[str] = "rooms", **fields: Any) -> ResourceSpec:
    return resource(key, "room", pool, capacity=capacity, **fields)


def therapist(
    key: str,
    pool: str | Sequence[str] = "therapists",
    attributes: Mapping[str, str] | None = None,
    **fields: Any,
) -> ResourceSpec:
    return resource(key, "staff", pool, attributes=dict(attributes or {}), **fields)


def need(pool: str, use: str = "exclusive", **fields: Any) -> Need:
    return msgspec.convert({"pool": pool, "use": use} | fields, Need)


THERAPIST = need("therapists")
SAUNA = need("saunas", "shared")


def service(key: str, minutes: int | None, *needs: Need, **fields: Any) -> ProductSpec:
    return ProductSpec(key=key, kind="service", duration_minutes=minutes, needs=needs, **fields)


def goods(key: str) -> ProductSpec:
    return ProductSpec(key=key, kind="item")


def component(product: str, quantity: Any = "one_per_participant", **fields: Any) -> Component:
    """For each participant, unless it says `one`; its key is the product's."""
    given = {"key": product} | fields
    if "choices" not in fields:
        given["product"] = product
    return msgspec.convert({"quantity": quantity} | given, Component)


def package(*components: Component, **fields: Any) -> ProductSpec:
    """The package `day`."""
    return ProductSpec(key="day", kind="package", components=components, **fields)


def at(text: str, zone_name: str = STOCKHOLM) -> int:
    """The instant, in minutes since the epoch."""
    return read_start(zone(zone_name), text if "T" in text else f"{SATURDAY}T{text}")


def between(start: str, end: str, zone_name: str = STOCKHOLM) -> Interval:
    return at(start, zone_name), at(end, zone_name)


def held(resource: str, start: str, end: str, use: str = "exclusive", places: int = 1) -> Held:
    """What somebody else has booked."""
    return Held(resource, use, places, at(start), at(end), "another")


def guest(**wishes: Any) -> GuestWishes:
    return GuestWishes(**wishes)


def party(
    catalog: Catalog,
    guests: int = 1,
    start: str = "10:00",
    *,
    product: str = "day",
    wishes: Sequence[GuestWishes] = (),
    components: Sequence[Mapping[str, Any]] = (),
) -> Line:
    """An order line for so many guests; `components` as in the body of an order."""
    sold = as_sold(catalog, product)
    assert sold is not None
    tz = zone(catalog.venue.time_zone)
    line = new_line(new_id(), 0, sold, at(start, tz.key), guests, wishes)
    requests = [msgspec.convert(dict(c), ComponentRequest) for c in components]
    return with_components(line, tz, requests, catalog.venue.grid_minutes)


def ask(catalog: Catalog, *lines: Line, **fields: Any) -> Asked:
    """The question: these lines, in a venue where nobody else has booked unless `held` says so."""
    numbered = tuple(replace(line, position=i) for i, line in enumerate(lines))
    given: dict[str, Any] = {"blocks": {}, "held": ()} | fields
    return Asked(catalog=catalog, lines=numbered, **given)


@dataclass(frozen=True)
class Plan:
    """A case and the solver's answer to it, which booking.check has judged."""

    asked: Asked
    case: Case
    fit: Fit

    @property
    def placings(self) -> tuple[Placing, ...]:
        assert self.fit.placings is not None, "there is no placement"
        return self.fit.placings

    @property
    def exists(self) -> bool:
        return self.fit.placings is not None

    def of(self, component: str) -> list[Placing]:
        return [p for s, p in zip(self.case.sessions, self.placings, strict=True) if s.component == component]

    def starts(self, component: str) -> list[str]:
        """What the wall shows when the component's sessions begin."""
        return [self.shown(p.start) for p in self.of(component)]

    def ends(self, component: str) -> list[str]:
        return [self.shown(p.end) for p in self.of(component)]

    def uses(self, component: str) -> list[str]:
        """The resources of the component's sessions: `anna room-1`."""
        return [" ".join(key for keys in p.resources for key in keys) for p in self.of(component)]

    def shown(self, instant: int) -> str:
        return clock_text(wall_of(zone(self.asked.catalog.venue.time_zone), instant)[1])

    def broken_by(self, component: str, index: int = 0, **changes: Any) -> set[str]:
        """The rules that the plain check finds broken once one placing is changed: what it cannot find it
        does not check. `start` (a text) keeps the length; `resources` is a text for each need."""
        return {v.rule for v in self.faults(component, index, **changes)}

    def faults(self, component: str, index: int = 0, **changes: Any) -> tuple[Violation, ...]:
        which = [i for i, s in enumerate(self.case.sessions) if s.component == component][index]
        placing = self.placings[which]
        if "start" in changes:
            start = at(changes["start"], self.asked.catalog.venue.time_zone)
            placing = replace(placing, start=start, end=self.case.sessions[which].end_at(start))
        if "end" in changes:
            placing = replace(placing, end=at(changes["end"], self.asked.catalog.venue.time_zone))
        if "resources" in changes:
            placing = replace(placing, resources=tuple(tuple(text.split()) for text in changes["resources"]))
        placings = (*self.placings[:which], placing, *self.placings[which + 1 :])
        return violations(self.case, placings)

    def booked(self) -> tuple[Line, ...]:
        """The lines with their bookings, as they would be stored."""
        tz = zone(self.asked.catalog.venue.time_zone)
        rest = list(self.placings)
        lines = []
        for line in self.asked.lines:
            desired = expand(line, tz)
            mine, rest = rest[: len(desired.sessions)], rest[len(desired.sessions) :]
            lines.append(assemble(line, desired, mine, {}))
        return tuple(lines)


def judged(asked: Asked, seconds: float = SECONDS) -> Plan:
    """The solver's answer, proven; a placement that breaks a rule nobody overrode fails the test."""
    case = case_of(asked)
    answer = fit(case, seconds)
    assert answer.decided
    assert solvable(case, seconds) == (answer.placings is not None)
    if answer.placings is not None:
        assert unforgiven(case, violations(case, answer.placings)) == ()
        assert answer.optimal
    return Plan(asked, case, answer)


def solvable(case: Case, seconds: float = SECONDS) -> bool:
    """Whether the model alone has a placement: no quick attempt, no quick proof."""
    if not case.sessions:
        return True
    problem = prepare(situation_of(case), case, relaxed=frozenset(case.overrides)).problem
    if any(not task.starts for task in problem.tasks):
        return False
    return all(model_fits(problem, part, seconds) for part in parts(problem))


def model_fits(problem: Problem, part: Sequence[int], seconds: float = SECONDS) -> bool:
    """Whether the model of the part has a placement."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    status = solver.solve(model(problem, part).model)
    assert status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.INFEASIBLE), solver.status_name(status)
    return status != cp_model.INFEASIBLE


def plan(catalog: Catalog, guests: int = 1, start: str = "10:00", **fields: Any) -> Plan:
    """The package `day` for so many guests from this start; what remains is for `party` and `ask`."""
    of_the_party = {k: fields.pop(k) for k in ("product", "wishes", "components") if k in fields}
    return judged(ask(catalog, party(catalog, guests, start, **of_the_party), **fields))


def fits(catalog: Catalog, guests: int = 1, start: str = "10:00", **fields: Any) -> bool:
    return plan(catalog, guests, start, **fields).exists


def booking_of(line: Line, component: str, index: int = 0) -> Booking:
    """The active booking of a component."""
    return [b for b in line.bookings if b.component == component and b.active][index]
