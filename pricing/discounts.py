"""Discounts on a whole order or on one of its lines: by percent or by amount, with a reason."""

from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from catalog.errors import Invalid, Problem
from pricing.money import as_text, is_exact, rounded

_FINEST_PERCENT = Decimal("0.0001")


class Discount(Struct, frozen=True, kw_only=True):
    """As asked for: exactly one of `percent` and `amount` (of the venue's currency)."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    reason: str = ""


class DiscountTaken(Struct, frozen=True, kw_only=True):
    """What a discount took off. `percent` is None where an amount was asked for."""

    percent: Decimal | None
    amount: Decimal
    reason: str


class DiscountRefused(Invalid):
    """The discount contradicts itself, or takes more than there is."""

    code = "discount_refused"

    def __init__(self, sentence: str, path: str = "discount") -> None:
        super().__init__(sentence, problems=(Problem(path, sentence),))


def taken_off(discount: Discount, total: Decimal, currency: str, what: str = "order") -> Decimal:
    """How much the discount takes off `total` of an order or a line; raises DiscountRefused.

    A percentage is rounded half up.
    """
    if discount.percent is not None and discount.amount is None:
        return _of_percent(discount.percent, total, currency)
    if discount.amount is not None and discount.percent is None:
        return _of_amount(discount.amount, total, currency, what)
    raise DiscountRefused("A discount is either a percentage or an amount: give exactly one of the two.")


def check_percent(percent: Decimal, path: str = "discount") -> None:
    """Raises DiscountRefused for what is no percentage of a price."""
    _refuse_negative(percent, path)
    if percent > 100:
        raise DiscountRefused("A discount of more than 100 % takes off more than there is.", path)
    # Also keeps a percentage such as 1E-999999999 from being computed with exactly.
    if percent != percent.quantize(_FINEST_PERCENT):
        raise DiscountRefused("The percentage of a discount has at most four decimals.", path)


def _of_percent(percent: Decimal, total: Decimal, currency: str) -> Decimal:
    check_percent(percent)
    return rounded(Fraction(total) * Fraction(percent) / 100, currency)


def _of_amount(amount: Decimal, total: Decimal, currency: str, what: str) -> Decimal:
    _refuse_negative(amount)
    if amount > total:
        raise DiscountRefused(
            f"A discount of {amount} {currency} is more than the {what} costs"
            f" ({as_text(total, currency)} {currency}): lower the discount."
        )
    if not is_exact(amount, currency):
        raise DiscountRefused(f"A discount of {amount} is finer than the smallest amount of {currency}.")
    return rounded(amount, currency)


def _refuse_negative(number: Decimal, path: str = "discount") -> None:
    if not number.is_finite() or number < 0:
        raise DiscountRefused("A discount is a number, 0 or more.", path)
