"""What one unit of a product costs on a date: the standard price against the price lists, and why."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from catalog.errors import Invalid
from catalog.specs import AsSold, PriceListSpec, ProductSpec
from catalog.times import WEEKDAYS
from pricing.money import as_text, is_exact, rounded


class UnitPrice(Struct, frozen=True, kw_only=True):
    """The price that won, the key of its list (None: the standard price), and a sentence that says why."""

    amount: Decimal
    price_list: str | None
    why: str


class Unpriced(Invalid):
    """No price at all: neither a standard price nor a list that applies (S3-20)."""

    code = "unpriced"

    def __init__(self, product: ProductSpec, day: date, component: str) -> None:
        named = "" if component == product.key else f", as the component “{component}”,"
        super().__init__(
            f"“{product.label}”{named} has no price on {day.isoformat()}: give the product a price, "
            "or a price list that applies then."
        )
        self.product = product.key
        self.component = component


class PriceRefused(Invalid):
    """A price that a manager set is none."""

    code = "price_refused"


def set_by_a_manager(amount: Decimal, currency: str) -> UnitPrice:
    """The price that wins over all others; raises PriceRefused."""
    if amount < 0:
        raise PriceRefused(f"A price is 0 or more: {amount}.")
    if not is_exact(amount, currency):
        raise PriceRefused(f"A price of {amount} is finer than the smallest amount of {currency}.")
    price = rounded(amount, currency)
    return UnitPrice(amount=price, price_list=None, why=f"Set by a manager: {as_text(price, currency)}.")


def applies(price_list: PriceListSpec, tier: str | None, day: date) -> bool:
    """Whether the list holds for a customer of this tier and a component on this date (S0-12).

    The limits that a list states hold for the package's own list too.
    """
    return (
        (price_list.tier is None or price_list.tier == tier)
        and (price_list.valid_from is None or price_list.valid_from <= day)
        and (price_list.valid_until is None or day <= price_list.valid_until)
        and (not price_list.days or WEEKDAYS[day.weekday()] in price_list.days)
    )


def unit_price(
    sold: AsSold,
    product: ProductSpec,
    day: date,
    *,
    tier: str | None,
    currency: str,
    component: str | None = None,
) -> UnitPrice:
    """The lowest of the standard price and the lists that apply; at a tie the standard, then the first list.

    With `always_use_package_price_list` the package's list wins where it applies and prices the product
    (S3-21). Raises Unpriced, naming the component.
    """
    listed = [
        (price_list.key, f"“{price_list.label}”", rounded(price_list.prices[product.key], currency))
        for price_list in sold.price_lists
        if product.key in price_list.prices and applies(price_list, tier, day)
    ]
    standard = [] if product.price is None else [(None, "standard price", rounded(product.price, currency))]
    offers: list[tuple[str | None, str, Decimal]] = [*standard, *listed]
    if not offers:
        raise Unpriced(product, day, component or product.key)

    of_package = [o for o in listed if o[0] == sold.package.price_list]
    always = bool(of_package) and sold.always_use_package_price_list
    winner = of_package[0] if always else min(offers, key=lambda offer: offer[2])
    others = ", ".join(
        f"{name} {as_text(price, currency)}" for key, name, price in offers if key != winner[0]
    )
    why = f"{winner[1][0].upper()}{winner[1][1:]} {as_text(winner[2], currency)}"
    if always:
        why += ": the package's price list is always used" + (
            f", whatever the others say ({others})." if others else "."
        )
    elif others:
        why += f": the lowest of the prices that apply ({others})."
    else:
        why += ": the only price that applies."
    return UnitPrice(amount=winner[2], price_list=winner[0], why=why)
