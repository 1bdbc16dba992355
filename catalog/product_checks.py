"""The rules of a catalog document about products and packages; see catalog.checks."""

from collections.abc import Iterator

from catalog.checks import Draft, bad_amount, bad_percent, in_a_circle, unknown
from catalog.errors import Problem
from catalog.specs import Component, ProductKind, ProductSpec
from catalog.times import DAY, clock

FIELDS_OF_KIND: dict[ProductKind, tuple[str, ...]] = {
    "service": ("duration_minutes", "group_size", "outside_venue_hours", "needs"),
    "stock_item": ("stock",),
    "value_card": ("value_card",),
    "package": (
        "fulfilment",
        "pricing",
        "price_list",
        "max_waiting_minutes",
        "min_gap_minutes",
        "installment_plan",
        "offer_until",
        "cancellation",
        "components",
    ),
}
"""Fields that mean nothing for any other kind of product."""


def fields_belong_to_the_kind(draft: Draft) -> Iterator[Problem]:
    for path, product in draft.products:
        blank = ProductSpec(key=product.key, kind=product.kind)
        for kind, fields in FIELDS_OF_KIND.items():
            if kind == product.kind:
                continue
            for field in fields:
                if getattr(product, field) != getattr(blank, field):
                    yield Problem(
                        f"{path}.{field}",
                        f"belongs to a {_said(kind)}; `{product.key}` is a {_said(product.kind)}",
                    )
        if product.series and product.kind in ("package", "value_card"):
            yield Problem(f"{path}.series", f"a {_said(product.kind)} is not sold as a series")


def products_have_sound_prices(draft: Draft) -> Iterator[Problem]:
    for path, product in draft.products:
        yield from bad_amount(draft, f"{path}.price", product.price)
        yield from bad_amount(draft, f"{path}.cost", product.cost)
        yield from unknown(draft, "taxes", f"{path}.tax", product.tax)
        yield from unknown(draft, "price_lists", f"{path}.price_list", product.price_list)
        yield from unknown(draft, "installment_plans", f"{path}.installment_plan", product.installment_plan)
        if product.pricing == "fixed" and product.price is None:
            yield Problem(f"{path}.price", "is missing: the pricing is fixed")


def credits_name_what_they_cover(draft: Draft) -> Iterator[Problem]:
    for path, product in draft.products:
        if product.series:
            yield from _bad_cover(draft, product, f"{path}.series.product", product.series.product)
        card, at = product.value_card, f"{path}.value_card"
        if card is None:
            continue
        yield from _bad_cover(draft, product, f"{at}.product", card.product)
        yield from bad_amount(draft, f"{at}.amount", card.amount)
        if card.amount is not None and card.amount == 0:
            yield Problem(f"{at}.amount", "a gift card holds more than nothing")
        wanted = ("amount",) if card.kind == "gift" else ("product", "quantity")
        for field in ("amount", "product", "quantity"):
            given = getattr(card, field) is not None
            if given and field not in wanted:
                yield Problem(f"{at}.{field}", f"a {card.kind} card has none")
            if not given and field in wanted:
                yield Problem(f"{at}.{field}", f"is missing: it is a {card.kind} card")


def _bad_cover(draft: Draft, seller: ProductSpec, path: str, key: str | None) -> Iterator[Problem]:
    """A credit is for one thing at a time: nothing that gives credits itself, but for the series itself."""
    yield from unknown(draft, "products", path, key)
    covered = draft.product.get(key or "")
    if covered is None or covered.key == seller.key:
        return
    if covered.series or covered.kind == "value_card" or covered.fulfilment == "customer_stock":
        yield Problem(path, f"`{covered.key}` gives credits itself, and no credit pays for credits")


def services_last(draft: Draft) -> Iterator[Problem]:
    """A service has a duration, unless it is only used where a component sets its end (a stay)."""
    uses_of: dict[str, list[Component]] = {}
    for _, _, component in _components(draft):
        for key in component.products:
            uses_of.setdefault(key, []).append(component)
    for path, product in draft.products:
        if product.kind != "service" or product.duration_minutes is not None:
            continue
        uses = uses_of.get(product.key, [])
        endless = next((c for c in uses if c.fixed_end is None), None)
        if not uses:
            yield Problem(f"{path}.duration_minutes", "is missing: a service has a length")
        elif endless:
            yield Problem(
                f"{path}.duration_minutes",
                f"is missing: the component `{endless.key}` has no `fixed_end` to end it",
            )


def needs_can_be_held(draft: Draft) -> Iterator[Problem]:
    for path, product in draft.products:
        for i, need in enumerate(product.needs):
            at = f"{path}.needs[{i}]"
            if need.pool not in draft.pools:
                yield Problem(f"{at}.pool", f"no resource is in the pool `{need.pool}`")
            if need.use == "shared" and need.count > 1:
                yield Problem(f"{at}.count", "a shared need has one resource; its places are the guests")
            divisible = next((r for r in draft.members.get(need.pool, ()) if r.parts), None)
            if need.use == "shared" and divisible:
                yield Problem(
                    f"{at}.use", f"`{divisible.key}` of the pool `{need.pool}` has parts and is never shared"
                )
            first, last = need.from_minutes or 0, need.until_minutes
            length = product.duration_minutes
            if last is not None and length is not None and last > length:
                yield Problem(f"{at}.until_minutes", f"the service ends after {length} minutes")
            if last is not None and first >= last:
                yield Problem(f"{at}.until_minutes", f"the need ends before it begins, {first} minutes in")
            elif last is None and length is not None and first >= length:
                yield Problem(f"{at}.from_minutes", f"the service ends after {length} minutes")


def packages_hold_products(draft: Draft) -> Iterator[Problem]:
    """S3-1, S3-2: at least one component, each a product or a choice of products, none of them a package."""
    for path, package in draft.products:
        if package.kind == "package" and not package.components:
            yield Problem(f"{path}.components", "a package holds one product or more")
        if package.max_waiting_minutes is not None and package.max_waiting_minutes < package.min_gap_minutes:
            yield Problem(
                f"{path}.max_waiting_minutes",
                f"is less than the {package.min_gap_minutes} minutes that must lie between",
            )
    for at, _, component in _components(draft):
        if bool(component.product) == bool(component.choices):
            yield Problem(at, "give either `product` or `choices`")
        named = [(f"{at}.product", component.product)] if component.product else []
        named += [(f"{at}.choices[{i}]", key) for i, key in enumerate(component.choices)]
        for where, key in named:
            yield from unknown(draft, "products", where, key)
            product = draft.product.get(key)
            if product and product.kind == "package":
                yield Problem(where, f"`{key}` is a package, and a package holds none")


def components_refer_to_their_siblings(draft: Draft) -> Iterator[Problem]:
    for path, package in draft.products:
        keys = {c.key for c in package.components}
        seen: set[str] = set()
        late = in_a_circle({c.key: c.after for c in package.components})
        hosts = {c.key: (c.associated_with,) for c in package.components if c.associated_with}
        hosted = in_a_circle(hosts)
        for i, component in enumerate(package.components):
            at = f"{path}.components[{i}]"
            if component.key in seen:
                yield Problem(f"{at}.key", f"`{component.key}` is used twice; give each a `key` of its own")
            seen.add(component.key)
            names = [(f"{at}.after[{j}]", key) for j, key in enumerate(component.after)]
            if component.associated_with:
                names.append((f"{at}.associated_with", component.associated_with))
            for where, key in names:
                if key not in keys:
                    yield Problem(where, f"`{package.key}` has no component `{key}`")
            if component.key in late:
                yield Problem(f"{at}.after", f"`{component.key}` comes after itself")
            if component.key in hosted:
                yield Problem(f"{at}.associated_with", f"`{component.key}` is associated with itself")


def components_start_in_one_way(draft: Draft) -> Iterator[Problem]:
    """S3-16, and the grid (placement.md, 1)."""
    for at, _, component in _components(draft):
        fixed, offset = component.fixed_start, component.relative_start_minutes
        if fixed is not None and offset is not None:
            yield Problem(f"{at}.relative_start_minutes", "a start is fixed or relative, not both")
        if fixed == "24:00":
            yield Problem(f"{at}.fixed_start", "24:00 is an end; midnight is 00:00 of the next day")
        elif fixed is not None and clock(fixed) % draft.grid:
            yield Problem(f"{at}.fixed_start", f"{fixed} is off the grid of {draft.grid} minutes")
        if offset is not None and offset % draft.grid:
            yield Problem(f"{at}.relative_start_minutes", f"{offset} is off the grid of {draft.grid} minutes")


def windows_have_room(draft: Draft) -> Iterator[Problem]:
    for at, _, component in _components(draft):
        if component.window is None:
            continue
        length = clock(component.window[1]) - clock(component.window[0])
        lasting = [p.duration_minutes or 0 for key in component.products if (p := draft.product.get(key))]
        if length <= 0:
            yield Problem(f"{at}.window", "the window ends before it begins")
        elif lasting and component.fixed_end is None and length < min(lasting):
            yield Problem(f"{at}.window", f"is {length} minutes long; the service takes {min(lasting)}")


def stays_end_after_they_begin(draft: Draft) -> Iterator[Problem]:
    for at, _, component in _components(draft):
        if component.fixed_end is None:
            if component.end_day is not None:
                yield Problem(f"{at}.end_day", "needs a `fixed_end`")
            continue
        if component.fixed_start is None and component.relative_start_minutes is None:
            yield Problem(f"{at}.fixed_end", "a stay needs a fixed or relative start")
        days = (component.end_day or component.day) - component.day
        end = clock(component.fixed_end) + days * DAY
        if days < 0 or (component.fixed_start is not None and end <= clock(component.fixed_start)):
            field = "fixed_end" if component.end_day is None else "end_day"
            yield Problem(
                f"{at}.{field}", "the stay ends before it begins; a night ends on a later `end_day`"
            )


def tax_splits_divide_a_price(draft: Draft) -> Iterator[Problem]:
    """S3-9: an amount or a percentage, E ≤ P."""
    for path, _, component in _components(draft):
        split, at = component.tax_split, f"{path}.tax_split"
        if split is None:
            continue
        yield from unknown(draft, "taxes", f"{at}.tax", split.tax)
        yield from bad_amount(draft, f"{at}.amount", split.amount)
        yield from bad_percent(f"{at}.percent", split.percent)
        if (split.amount is None) == (split.percent is None):
            yield Problem(at, "give either `amount` or `percent`")
        product = draft.product.get(component.products[0]) if component.products else None
        price = product.price if product else None
        if price is not None and split.amount is not None and split.amount > price:
            yield Problem(f"{at}.amount", f"is more than the price of the product, {price}")


def _components(draft: Draft) -> Iterator[tuple[str, ProductSpec, Component]]:
    for path, package in draft.products:
        for i, component in enumerate(package.components):
            yield f"{path}.components[{i}]", package, component


def _said(kind: str) -> str:
    return kind.replace("_", " ")


RULES = (
    fields_belong_to_the_kind,
    products_have_sound_prices,
    credits_name_what_they_cover,
    services_last,
    needs_can_be_held,
    packages_hold_products,
    components_refer_to_their_siblings,
    components_start_in_one_way,
    windows_have_room,
    stays_end_after_they_begin,
    tax_splits_divide_a_price,
)
