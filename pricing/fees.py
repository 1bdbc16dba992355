"""What it costs to cancel: a percentage of the price, by the days that are left."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from catalog.specs import CancellationTerm, TaxSpec
from pricing.money import as_text, plain, rounded
from pricing.taxes import TaxRow, rate_on, tax_within


class Fee(Struct, frozen=True, kw_only=True):
    """An amount owed from the day `on`, though what it was for is cancelled. `line`: the line's position."""

    line: int
    on: date
    percent: Decimal
    of: Decimal
    amount: Decimal
    taxes: tuple[TaxRow, ...] = ()
    why: str


def term_on(terms: Iterable[CancellationTerm], start: date, today: date) -> CancellationTerm | None:
    """The term that holds so long before the start: of those whose days have begun, the one nearest to it."""
    begun = [term for term in terms if (start - today).days <= term.days_before]
    return min(begun, key=lambda term: term.days_before, default=None)


def cancellation_fee(
    terms: Sequence[CancellationTerm],
    line: int,
    price: Decimal,
    *,
    start: date,
    today: date,
    taxes: Iterable[TaxSpec],
    currency: str,
) -> Fee | None:
    """What cancelling a line of this price costs today; None where it is free.

    The fee has a tax of its own, at the rate of the day of the cancellation, or none. Raises NoTaxRate.
    """
    term = term_on(terms, start, today)
    amount = rounded(Fraction(price) * Fraction(term.percent) / 100, currency) if term else Decimal(0)
    if term is None or not amount:
        return None
    rows: tuple[TaxRow, ...] = ()
    if term.tax is not None:
        rate = rate_on(taxes, term.tax, today)
        tax = tax_within(amount, rate, currency)
        rows = (TaxRow(rate=rate, net=amount - tax, tax=tax, gross=amount),)
    left = (start - today).days
    when = f"{left} day{'' if left == 1 else 's'} before the start" if left >= 0 else "after the start"
    return Fee(
        line=line,
        on=today,
        percent=plain(term.percent),
        of=price,
        amount=amount,
        taxes=rows,
        why=f"Cancelled {when}: {plain(term.percent)} % of {as_text(price, currency)}"
        f" from {term.days_before} days before it on.",
    )
