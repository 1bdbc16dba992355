"""What an order costs: every intermediate amount has a name, every cent a line (S3-3, S3-19 … S3-23).

amount    = unit_price · quantity · count · multiplier - discount        of a portion
total     = Σ amount        = Σ installments
tax       = rounded once per rate, on Σ gross at that rate               (docs/explanation/rounding.md)
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812 - `date` is a field's name
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from catalog.specs import AsSold, Component, ProductSpec
from pricing.discounts import Discount, DiscountTaken, taken_off
from pricing.installments import Installment, installments
from pricing.money import as_text, plain, rounded, share
from pricing.taxes import TaxRow, by_rate, tax_rows
from pricing.unit_prices import UnitPrice, set_by_a_manager, unit_price


class Portion(Struct, frozen=True, kw_only=True):
    """A component of a line, or one of its choices, on one date.

    `quantity`: the guests or portions of a `one_per_participant` component; 1, or what staff made of it, of a
    `one` component. `multiplier`: 1, and the participants for `one` (S3-22, S3-23). `date`: local. `lot`: the
    credits that pay for it; `count` is 1 where a part of the units is paid by credits.
    """

    component: str
    product: str
    quantity: int
    multiplier: int = 1
    date: Date
    count: int | None = None
    lot: uuid.UUID | None = None


class LineToPrice(Struct, frozen=True, kw_only=True):
    """A line of an order: the package as sold, for so many, from this local date on. `line`: its position.

    `prices`: the unit prices that a manager set, by component; `discount`: off this line alone.
    """

    line: int
    sold: AsSold
    participants: int
    start: Date
    portions: tuple[Portion, ...]
    prices: Mapping[str, Decimal] = {}
    discount: Discount | None = None


class PriceLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The price of one portion. `discount`: its shares of its line's and the order's; `taxes`: of the rows.
    `lot`: the credits that paid for it, where they did.

    In a package of fixed price `unit_price` is the portion's share by unit, rounded; `amount` is exact.
    """

    line: int
    component: str
    product: str
    quantity: int
    count: int
    multiplier: int
    unit_price: Decimal
    discount: Decimal
    amount: Decimal
    price_list: str | None
    why: str
    taxes: tuple[TaxRow, ...]
    lot: uuid.UUID | None = None


class LineDiscount(DiscountTaken, frozen=True, kw_only=True):
    """What a discount took off one line, before that of the order. `line`: its position."""

    line: int


class Price(Struct, frozen=True, kw_only=True):
    """A price as it is sent and stored: msgspec writes every amount and rate as it is to be shown."""

    total: Decimal
    lines: tuple[PriceLine, ...]
    discount: DiscountTaken | None
    taxes: tuple[TaxRow, ...]
    installments: tuple[Installment, ...]
    line_discounts: tuple[LineDiscount, ...] = ()


class _Charge(Struct, frozen=True, kw_only=True):
    """A portion with its price, before discounts; `off`: its share of its line's.

    `weighed`: the unit price that a tax split refers to.
    """

    line: LineToPrice
    portion: Portion
    component: Component
    product: ProductSpec
    price: UnitPrice
    weighed: Decimal
    amount: Decimal
    off: Decimal = Decimal(0)

    @property
    def units(self) -> int:
        return self.portion.quantity * self.count * self.portion.multiplier

    @property
    def count(self) -> int:
        return self.component.count if self.portion.count is None else self.portion.count


def quote(
    lines: Sequence[LineToPrice],
    *,
    currency: str,
    tier: str | None = None,
    discount: Discount | None = None,
    booked_on: Date,
) -> Price:
    """The price of an order for a customer of `tier`; `booked_on`: the venue's local date of the booking.

    Raises Unpriced, PriceRefused, DiscountRefused, NoTaxRate and TaxSplitTooLarge, all of them Invalid. An
    order with nothing left on it costs 0 and has no discount. The discounts of lines come first; the order's
    is taken off what they leave.
    """
    charges: list[_Charge] = []
    line_discounts: list[LineDiscount] = []
    for line in lines:
        charged, lowered = _discounted(line, _charges(line, tier, currency), currency)
        charges += charged
        line_discounts += lowered
    before = sum((charge.amount - charge.off for charge in charges), rounded(Decimal(0), currency))
    taken = rounded(Decimal(0), currency)
    if discount is not None and charges:
        taken = taken_off(discount, before, currency)
    of_order = share(taken, [charge.amount - charge.off for charge in charges], currency)
    shares = [charge.off + off for charge, off in zip(charges, of_order, strict=True)]
    amounts = [charge.amount - off for charge, off in zip(charges, shares, strict=True)]
    rows, rows_of_lines = tax_rows(
        [
            by_rate(
                amount,
                tax=charge.product.tax,
                split=charge.component.tax_split,
                unit_price=charge.weighed,
                taxes=charge.line.sold.taxes,
                day=charge.portion.date,
                currency=currency,
            )
            for charge, amount in zip(charges, amounts, strict=True)
        ],
        currency,
    )
    by_line: dict[int, Decimal] = defaultdict(Decimal)
    for charge, amount in zip(charges, amounts, strict=True):
        by_line[charge.line.line] += amount
    return Price(
        total=before - taken,
        lines=tuple(
            PriceLine(
                line=charge.line.line,
                component=charge.component.key,
                product=charge.product.key,
                quantity=charge.portion.quantity,
                count=charge.count,
                multiplier=charge.portion.multiplier,
                unit_price=charge.price.amount,
                discount=off,
                amount=amount,
                price_list=charge.price.price_list,
                why=charge.price.why,
                taxes=taxes,
                lot=charge.portion.lot,
            )
            for charge, off, amount, taxes in zip(charges, shares, amounts, rows_of_lines, strict=True)
        ),
        discount=_as_taken(discount, taken) if discount is not None and charges else None,
        taxes=rows,
        installments=installments(
            [(line.sold.installment_plan, line.start, by_line[line.line]) for line in lines],
            booked_on=booked_on,
            currency=currency,
        ),
        line_discounts=tuple(line_discounts),
    )


def _discounted(
    line: LineToPrice, charges: list[_Charge], currency: str
) -> tuple[list[_Charge], list[LineDiscount]]:
    """The charges of a line with their shares of its discount, and what that took off."""
    if line.discount is None or not charges:
        return charges, []
    whole = sum((charge.amount for charge in charges), Decimal(0))
    taken = taken_off(line.discount, whole, currency, f"line “{line.sold.package.label}”")
    shares = share(taken, [charge.amount for charge in charges], currency)
    lowered = [replace(charge, off=off) for charge, off in zip(charges, shares, strict=True)]
    said = _as_taken(line.discount, taken)
    return lowered, [
        LineDiscount(line=line.line, percent=said.percent, amount=said.amount, reason=said.reason)
    ]


def _as_taken(discount: Discount, taken: Decimal) -> DiscountTaken:
    percent = None if discount.percent is None else plain(discount.percent)
    return DiscountTaken(percent=percent, amount=taken, reason=discount.reason)


def _charges(line: LineToPrice, tier: str | None, currency: str) -> list[_Charge]:
    if line.sold.package.pricing == "fixed":
        return _shares_of_fixed_price(line, tier, currency)
    return [_charge(line, portion, tier, currency) for portion in line.portions]


def _charge(line: LineToPrice, portion: Portion, tier: str | None, currency: str) -> _Charge:
    """At its own price: these sum to the package's (S3-3), whatever its price field says (S3-19)."""
    component = next(c for c in line.sold.package.components if c.key == portion.component)
    product = line.sold.products[portion.product]
    if portion.lot is not None:
        price = UnitPrice(amount=rounded(Decimal(0), currency), price_list=None, why="Paid by credit.")
    elif portion.component in line.prices:
        price = set_by_a_manager(line.prices[portion.component], currency)
    else:
        price = unit_price(
            line.sold, product, portion.date, tier=tier, currency=currency, component=portion.component
        )
    charge = _Charge(
        line=line,
        portion=portion,
        component=component,
        product=product,
        price=price,
        weighed=price.amount,
        amount=price.amount,
    )
    return replace(charge, amount=price.amount * charge.units)


def _shares_of_fixed_price(line: LineToPrice, tier: str | None, currency: str) -> list[_Charge]:
    """The package's own price, once for each participant, shared over what it covers (S2-2).

    The number of packages is the number of participants (S3-23, S3-34), so the price is that of one package
    times the participants. It is an offer as a whole: who takes less of it pays no less. It covers one
    portion of each component for each package, of a `one` component the one portion; what staff added
    beyond that is charged at its own price. Shares are in proportion to the standard prices (a list's where
    there is no standard price), by largest remainder. Where nothing at all is delivered nothing is charged.
    The lists that apply on the first day may price the package itself.
    """
    package = line.sold.package
    price = unit_price(line.sold, package, line.start, tier=tier, currency=currency)
    covered, beyond = _covered_and_beyond(line)
    shared = [_charge(line, portion, tier, currency) for portion in covered]
    weights = [_standard(charge, currency) * charge.units for charge in shared]
    if not any(weights):
        weights = [Decimal(charge.units) for charge in shared]
    whole = price.amount * line.participants if any(weights) else rounded(Decimal(0), currency)
    why = (
        f"Its share of the fixed price {as_text(price.amount, currency)} of “{package.label}” for each of "
        f"{line.participants}, in proportion to the standard prices. {price.why}"
    )
    return [
        _at_share(charge, part, replace(price, why=why), currency)
        for charge, part in zip(shared, share(whole, weights, currency), strict=True)
    ] + [_charge(line, portion, tier, currency) for portion in beyond]


def _covered_and_beyond(line: LineToPrice) -> tuple[list[Portion], list[Portion]]:
    """The portions that the packages cover, and those that staff added to them."""
    left = {c.key: 1 if c.quantity == "one" else line.participants for c in line.sold.package.components}
    covered, beyond = [], []
    for portion in line.portions:
        inside = min(portion.quantity, left[portion.component])
        left[portion.component] -= inside
        if inside or not portion.quantity:
            covered.append(replace(portion, quantity=inside))
        if portion.quantity > inside:
            beyond.append(replace(portion, quantity=portion.quantity - inside))
    return covered, beyond


def _standard(charge: _Charge, currency: str) -> Decimal:
    price = charge.product.price
    return charge.price.amount if price is None else rounded(price, currency)


def _at_share(charge: _Charge, part: Decimal, of_package: UnitPrice, currency: str) -> _Charge:
    each = Fraction(part) / charge.units if charge.units else Fraction(0)
    return replace(
        charge,
        price=replace(of_package, amount=rounded(each, currency)),
        weighed=_standard(charge, currency),
        amount=part,
    )
