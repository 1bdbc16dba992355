"""What is surely a mistake in a catalog document, and accepted all the same: said by `sojourn check`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from catalog.checks import draft_of, numbered
from catalog.errors import Problem
from catalog.opening import resource_hours, venue_opening
from catalog.specs import Catalog, Component, Need, ProductSpec, ResourceSpec
from catalog.times import DAY, Interval, clock, wall, zone

_MONDAY = date(2001, 1, 1)
_DAYS = 14
"""An ordinary fortnight, long before any exception."""


def doubts(catalog: Catalog) -> tuple[Problem, ...]:
    """The doubts about a checked catalog, in the order of the document."""
    ordinary = _Fortnight.of(catalog)
    out: list[Problem] = []
    for path, product in numbered("products", catalog.products):
        out += _about_needs(path, product, ordinary)
        out += _about_opening(path, product, ordinary)
        if product.kind == "value_card" and product.value_card is None:
            out.append(Problem(path, "a card without `value_card` is worth nothing"))
        for at, component in numbered(f"{path}.components", product.components):
            out += _about_component(at, component, product, ordinary)
    return tuple(out)


@dataclass(frozen=True)
class _Fortnight:
    """When the venue and the resources of each pool are open in an ordinary fortnight."""

    tz: ZoneInfo
    products: dict[str, ProductSpec]
    members: dict[str, list[ResourceSpec]]
    venue: tuple[Interval, ...]
    resources: dict[str, tuple[Interval, ...]]

    @classmethod
    def of(cls, catalog: Catalog) -> "_Fortnight":
        tz, last = zone(catalog.venue.time_zone), _MONDAY + timedelta(days=_DAYS)
        draft = draft_of(catalog)
        return cls(
            tz=tz,
            products=draft.product,
            members=draft.members,
            venue=venue_opening(catalog, tz, _MONDAY, last),
            resources={r.key: resource_hours(catalog, tz, r, _MONDAY, last) for r in catalog.resources},
        )

    def has_room(self, opening: Sequence[Interval], first: int, last: int, length: int) -> bool:
        """Whether on some day so many minutes lie open between two times of the wall."""
        for day in range(_DAYS):
            start = wall(self.tz, _MONDAY + timedelta(days=day), 0)
            for a, b in opening:
                if min(b, start + last) - max(a, start + first) >= length:
                    return True
        return False


def _about_needs(path: str, product: ProductSpec, ordinary: _Fortnight) -> Iterator[Problem]:
    for at, need in numbered(f"{path}.needs", product.needs):
        members = ordinary.members[need.pool]
        if need.count > len(members):
            yield Problem(f"{at}.count", f"the pool `{need.pool}` has {len(members)}: there will be no slots")
        largest = max(r.capacity for r in members)
        if need.use == "seated" and isinstance(product.group_size, int) and product.group_size > largest:
            yield Problem(at, f"nothing in `{need.pool}` takes a group of {product.group_size}")


def _about_opening(path: str, product: ProductSpec, ordinary: _Fortnight) -> Iterator[Problem]:
    if product.kind == "service" and product.duration_minutes is not None:
        for fault in _closed(product, 0, 2 * DAY, ordinary):
            yield Problem(path, f"{fault} for the {product.duration_minutes} minutes it takes")


def _about_component(
    at: str, component: Component, package: ProductSpec, ordinary: _Fortnight
) -> Iterator[Problem]:
    timed = component.fixed_start is not None or component.relative_start_minutes is not None
    if timed and component.window:
        yield Problem(f"{at}.window", "has no effect beside a fixed or relative start")
    host = next((c for c in package.components if c.key == component.associated_with), None)
    if host and all(ordinary.products[key].is_goods for key in host.products):
        yield Problem(f"{at}.associated_with", f"`{host.key}` is goods and takes place nowhere")
    used = [ordinary.products[key] for key in component.products]
    if component.fixed_end is not None and all(product.is_goods for product in used):
        yield Problem(f"{at}.fixed_end", "goods have no end")
    for product in used:
        length = product.duration_minutes
        if product.kind != "service" or length is None or component.fixed_end is not None:
            continue
        if component.fixed_start is not None:
            first, last = clock(component.fixed_start), clock(component.fixed_start) + length
        elif component.window and not timed:
            first, last = clock(component.window[0]), clock(component.window[1])
        else:
            continue
        for fault in _closed(product, first, last, ordinary):
            yield Problem(at, f"{fault} at the time of `{component.key}`, on any day of the week")


def _closed(product: ProductSpec, first: int, last: int, ordinary: _Fortnight) -> Iterator[str]:
    length = product.duration_minutes or 0
    if not product.outside_venue_hours and not ordinary.has_room(ordinary.venue, first, last, length):
        yield "the venue is never open"
    for need in product.needs:
        opening = [ordinary.resources[r.key] for r in ordinary.members[need.pool]]
        before, after = _reach(need, length)
        held = length + before + after
        free = sum(ordinary.has_room(o, first - before, last + after, held) for o in opening)
        if free < min(need.count, len(opening)):
            yield f"too few of `{need.pool}` are open"


def _reach(need: Need, length: int) -> tuple[int, int]:
    """How far the need is held ahead of the session and behind it; less than 0 for a part of it."""
    start, end = need.held(0, length)
    return -start, end - length
