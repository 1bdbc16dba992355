"""The smallest packages and lines on which a price can be seen."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from catalog.specs import AsSold, Component, PriceListSpec, ProductSpec, TaxRate, TaxSpec, TaxSplit
from pricing.quote import LineToPrice, Portion, Price, quote

SATURDAY = date(2026, 12, 5)
SERVICE = TaxSpec(key="service", rates=(TaxRate(from_=date(2000, 1, 1), percent=Decimal("25")),))
FOOD = TaxSpec(
    key="food",
    rates=(
        TaxRate(from_=date(2000, 1, 1), percent=Decimal("12.0")),
        TaxRate(from_=date(2026, 4, 1), percent=Decimal("6")),
    ),
)


def product(key: str, price: str | None, *, tax: str | None = "service", name: str = "") -> ProductSpec:
    return ProductSpec(
        key=key, name=name, kind="item", price=None if price is None else Decimal(price), tax=tax
    )


def price_list(key: str, prices: Mapping[str, str], **limits: Any) -> PriceListSpec:
    return PriceListSpec(key=key, prices={k: Decimal(v) for k, v in prices.items()}, **limits)


def each(key: str, *, count: int = 1, tax_split: TaxSplit | None = None) -> Component:
    """A component of the product `key`, one per participant."""
    return Component(key=key, product=key, quantity="one_per_participant", count=count, tax_split=tax_split)


def once(key: str) -> Component:
    """A component of the product `key`, sold `one`."""
    return Component(key=key, product=key, quantity="one")


def sold(*products: ProductSpec, components: tuple[Component, ...] = (), **package: Any) -> AsSold:
    """A package of these products, by default one of each per participant.

    The sale's own fields (`price_lists`, `taxes` …) are told from those of the package by their names.
    """
    of_sale: dict[str, Any] = {"taxes": (SERVICE, FOOD)}
    of_sale |= {
        name: package.pop(name)
        for name in ("price_lists", "taxes", "installment_plan", "always_use_package_price_list")
        if name in package
    }
    components = components or tuple(each(p.key) for p in products)
    return AsSold(
        package=ProductSpec(key="package", kind="package", components=components, **package),
        products={p.key: p for p in products},
        **of_sale,
    )


def line(
    as_sold: AsSold,
    participants: int = 1,
    *,
    quantities: Mapping[str, int] | None = None,
    day: date = SATURDAY,
    position: int = 1,
) -> LineToPrice:
    """The package for so many, all on one day; `quantities` are what staff made of its components."""
    adjusted = quantities or {}
    portions = tuple(
        Portion(
            component=c.key,
            product=c.products[0],
            quantity=adjusted.get(c.key, 1 if c.quantity == "one" else participants),
            multiplier=participants if c.quantity == "one" else 1,
            date=day,
        )
        for c in as_sold.package.components
    )
    return LineToPrice(line=position, sold=as_sold, participants=participants, start=day, portions=portions)


def price_of(*lines: LineToPrice, **options: Any) -> Price:
    asked: dict[str, Any] = {"currency": "SEK", "booked_on": date(2026, 11, 1)}
    return quote(lines, **(asked | options))


def amounts(price: Price) -> list[str]:
    return [str(priced.amount) for priced in price.lines]


def rows(price: Price) -> list[tuple[str, str, str, str]]:
    """Each tax row as (rate, net, tax, gross), as it is written."""
    return [(str(row.rate), str(row.net), str(row.tax), str(row.gross)) for row in price.taxes]
