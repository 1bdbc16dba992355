"""What a catalog document must satisfy beyond its structure: one function for each rule, listed in RULES.

Every rule looks at a Draft and yields a Problem for each fault. A Draft may lack entries that could not be
read; their keys are known nevertheless, so that one fault is not reported again wherever it is referred to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from catalog import times
from catalog.currencies import decimals
from catalog.errors import Problem
from catalog.specs import (
    CancellationTerm,
    Catalog,
    DateException,
    DayHours,
    Hours,
    InstallmentPlanSpec,
    PriceListSpec,
    ProductSpec,
    ResourceSpec,
    SettingsSpec,
    TaxSpec,
    VenueSpec,
)
from catalog.wording import nearest

S = TypeVar("S")
DEEPEST_PARTS = 5
Entries = tuple[tuple[str, S], ...]
"""Each entry of a list of the document with its path, as in `resources[2]`."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A document that may not be right yet. `keys`: by kind, of all entries; `pools`: of all resources."""

    venue: VenueSpec | None
    settings: SettingsSpec | None
    resources: Entries[ResourceSpec]
    taxes: Entries[TaxSpec]
    products: Entries[ProductSpec]
    price_lists: Entries[PriceListSpec]
    installment_plans: Entries[InstallmentPlanSpec]
    keys: Mapping[str, frozenset[str]]
    pools: frozenset[str]

    @property
    def grid(self) -> int:
        """The venue's, or 1 where it has none that can be used."""
        return self.venue.grid_minutes if self.venue and 60 % self.venue.grid_minutes == 0 else 1

    @cached_property
    def product(self) -> dict[str, ProductSpec]:
        return {p.key: p for _, p in self.products}

    @cached_property
    def members(self) -> dict[str, list[ResourceSpec]]:
        """The resources of each pool."""
        out: dict[str, list[ResourceSpec]] = {}
        for _, resource in self.resources:
            for pool in resource.pools:
                out.setdefault(pool, []).append(resource)
        return out


def numbered(kind: str, specs: Iterable[S]) -> Entries[S]:
    return tuple((f"{kind}[{i}]", spec) for i, spec in enumerate(specs))


def draft_of(catalog: Catalog) -> Draft:
    """The draft of a document of which every entry could be read."""
    lists = {kind: getattr(catalog, kind) for kind in KINDS}
    return Draft(
        venue=catalog.venue,
        settings=catalog.settings,
        keys={kind: frozenset(spec.key for spec in specs) for kind, specs in lists.items()},
        pools=frozenset(pool for r in catalog.resources for pool in r.pools),
        **{kind: numbered(kind, specs) for kind, specs in lists.items()},
    )


KINDS: dict[str, type[Struct]] = {
    "resources": ResourceSpec,
    "taxes": TaxSpec,
    "products": ProductSpec,
    "price_lists": PriceListSpec,
    "installment_plans": InstallmentPlanSpec,
}
"""The lists of the document, in its order, and what their entries are."""


# --- what several rules need


def unknown(draft: Draft, kind: str, path: str, key: str | None) -> Iterator[Problem]:
    """A reference to something that the document does not have."""
    known = draft.keys[kind]
    if key is not None and key not in known:
        yield Problem(path, f"there is no `{key}` among the {kind.replace('_', ' ')}{nearest(key, known)}")


def in_a_circle(links: Mapping[str, Iterable[str]]) -> set[str]:
    """The nodes on a circle of links, or on the way from one to another."""
    backwards: dict[str, set[str]] = {node: set() for node in links}
    for node, ends in links.items():
        for end in ends:
            backwards.setdefault(end, set()).add(node)
    return _endless(links, backwards) & _endless(backwards, links)


def _endless(links: Mapping[str, Iterable[str]], backwards: Mapping[str, Iterable[str]]) -> set[str]:
    """The nodes from which one can go on for ever: those left when there is no end left to take away."""
    left = {node: len(set(ends)) for node, ends in links.items()}
    ends = [node for node in {*links, *backwards} if not left.get(node)]
    while ends:
        for node in set(backwards.get(ends.pop(), ())):
            left[node] -= 1
            if not left[node]:
                ends.append(node)
    return {node for node, number in left.items() if number}


def bad_amount(draft: Draft, path: str, amount: Decimal | None) -> Iterator[Problem]:
    if amount is None:
        return
    if amount < 0:
        yield Problem(path, f"an amount is not below 0: {amount}")
    places = decimals(draft.venue.currency) if draft.venue else 6
    if -int(amount.as_tuple().exponent) > places and draft.venue:
        yield Problem(path, f"{draft.venue.currency} has {places} decimals: {amount}")


def bad_percent(path: str, percent: Decimal | None) -> Iterator[Problem]:
    if percent is not None and not 0 <= percent <= 100:
        yield Problem(path, f"a percentage lies between 0 and 100: {percent}")


# --- the rules


def keys_are_unique(draft: Draft) -> Iterator[Problem]:
    for kind in KINDS:
        seen: dict[str, str] = {}
        for path, spec in getattr(draft, kind):
            if spec.key in seen:
                yield Problem(f"{path}.key", f"`{spec.key}` is the key of {seen[spec.key]} already")
            seen.setdefault(spec.key, path)


def the_venue_has_a_zone_and_a_grid(draft: Draft) -> Iterator[Problem]:
    if draft.venue is None:
        return
    try:
        times.zone(draft.venue.time_zone)
    except ValueError as unknown_zone:
        yield Problem("venue.time_zone", f"{unknown_zone}, such as Europe/Stockholm")
    if 60 % draft.venue.grid_minutes:
        yield Problem("venue.grid_minutes", f"60 is not a multiple of {draft.venue.grid_minutes}")


def opening_hours_make_sense(draft: Draft) -> Iterator[Problem]:
    if draft.venue is not None:
        yield from _hours("venue", draft.venue.hours, draft.venue.exceptions)
    for path, resource in draft.resources:
        yield from _hours(path, resource.hours or (), resource.exceptions)


def _hours(path: str, hours: tuple[Hours, ...], exceptions: tuple[DateException, ...]) -> Iterator[Problem]:
    rows: list[tuple[str, Hours | DayHours]] = list(numbered(f"{path}.hours", hours))
    seen = set()
    for i, exception in enumerate(exceptions):
        at = f"{path}.exceptions[{i}]"
        rows += numbered(f"{at}.hours", exception.hours)
        if exception.closed and exception.hours:
            yield Problem(f"{at}.hours", "a date is closed or has hours, not both")
        if not exception.closed and not exception.hours:
            yield Problem(at, "say `closed = true`, or give the hours of that date")
        if exception.date in seen:
            yield Problem(f"{at}.date", f"{exception.date} has an exception already")
        seen.add(exception.date)
    for at, row in rows:
        if row.from_ == "24:00":
            yield Problem(f"{at}.from", "24:00 is an end; what begins at midnight begins at 00:00")


def parts_lead_down_to_other_resources(draft: Draft) -> Iterator[Problem]:
    parts = {r.key: r.parts for _, r in draft.resources}
    circular = in_a_circle(parts)
    for path, resource in draft.resources:
        for i, part in enumerate(resource.parts):
            yield from unknown(draft, "resources", f"{path}.parts[{i}]", part)
        if resource.key in circular:
            yield Problem(f"{path}.parts", f"`{resource.key}` is a part of itself")
        elif too_deep := _deeper(resource.key, parts, DEEPEST_PARTS):
            yield Problem(f"{path}.parts", f"parts go {DEEPEST_PARTS} levels down at most, to `{too_deep}`")


def _deeper(key: str, parts: Mapping[str, tuple[str, ...]], levels: int) -> str | None:
    """A resource so many levels below this one that has parts still."""
    level = {key}
    for _ in range(levels):
        level = {part for above in level for part in parts.get(above, ())}
    return next((below for below in sorted(level) if parts.get(below)), None)


def tax_rates_follow_each_other(draft: Draft) -> Iterator[Problem]:
    for path, tax in draft.taxes:
        seen = set()
        for i, rate in enumerate(tax.rates):
            yield from bad_percent(f"{path}.rates[{i}].percent", rate.percent)
            if rate.from_ in seen:
                yield Problem(f"{path}.rates[{i}].from", f"there is a rate from {rate.from_} already")
            seen.add(rate.from_)


def price_lists_price_products(draft: Draft) -> Iterator[Problem]:
    for path, prices in draft.price_lists:
        for key, amount in prices.prices.items():
            yield from unknown(draft, "products", f"{path}.prices.{key}", key)
            yield from bad_amount(draft, f"{path}.prices.{key}", amount)
        if prices.valid_from and prices.valid_until and prices.valid_until < prices.valid_from:
            yield Problem(f"{path}.valid_until", f"it ends before it begins on {prices.valid_from}")


def installments_add_up(draft: Draft) -> Iterator[Problem]:
    for path, plan in draft.installment_plans:
        for i, part in enumerate(plan.parts):
            yield from bad_percent(f"{path}.parts[{i}].percent", part.percent)
            if (part.due is None) == (part.days_before_start is None):
                yield Problem(f"{path}.parts[{i}]", 'give either `due = "booking"` or `days_before_start`')
        total = sum(part.percent for part in plan.parts)
        if total != 100:
            yield Problem(f"{path}.parts", f"the parts add up to {total} %, not to 100 %")


def cancelling_has_terms_that_make_sense(draft: Draft) -> Iterator[Problem]:
    if draft.settings is not None:
        yield from _terms(draft, "settings.cancellation", draft.settings.cancellation)
    for path, product in draft.products:
        yield from _terms(draft, f"{path}.cancellation", product.cancellation or ())


def _terms(draft: Draft, path: str, terms: tuple[CancellationTerm, ...]) -> Iterator[Problem]:
    seen = set()
    for i, term in enumerate(terms):
        yield from bad_percent(f"{path}[{i}].percent", term.percent)
        yield from unknown(draft, "taxes", f"{path}[{i}].tax", term.tax)
        if term.days_before in seen:
            yield Problem(f"{path}[{i}].days_before", f"there is a term from {term.days_before} days already")
        seen.add(term.days_before)


RULES = (
    keys_are_unique,
    the_venue_has_a_zone_and_a_grid,
    opening_hours_make_sense,
    parts_lead_down_to_other_resources,
    tax_rates_follow_each_other,
    price_lists_price_products,
    installments_add_up,
    cancelling_has_terms_that_make_sense,
)
