"""Tax contained in gross prices: by the date of the component, rounded once per rate, never per line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from catalog.errors import Invalid
from catalog.specs import TaxSpec, TaxSplit
from pricing.money import plain, rounded, share

Grosses = Mapping[Decimal, Decimal]
"""Gross amounts by rate. What is untaxed is not in it; what is taxed at 0 % is."""


class TaxRow(Struct, frozen=True, kw_only=True):
    """The tax within a gross amount at one rate: net + tax == gross."""

    rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


class NoTaxRate(Invalid):
    """A tax says nothing about the date of the component."""

    code = "no_tax_rate"


class TaxSplitTooLarge(Invalid):
    """A tax split takes more of each unit than the unit costs (S3-9: E ≤ P)."""

    code = "tax_split_too_large"


def rate_on(taxes: Iterable[TaxSpec], key: str, day: date) -> Decimal:
    """The percentage of the tax `key` on this date; raises NoTaxRate where it has none yet."""
    rates = [rate for tax in taxes if tax.key == key for rate in tax.rates if rate.from_ <= day]
    if not rates:
        raise NoTaxRate(
            f"The tax “{key}” has no rate on {day.isoformat()}: give it one that holds from then or earlier."
        )
    return plain(max(rates, key=lambda rate: rate.from_).percent)


def by_rate(
    gross: Decimal,
    *,
    tax: str | None,
    split: TaxSplit | None,
    unit_price: Decimal,
    taxes: Iterable[TaxSpec],
    day: date,
    currency: str,
) -> Grosses:
    """The gross amount of a line by rate; None as `tax` is untaxed.

    A split takes E of each unit of `unit_price` P (S3-9): `gross` is shared in the proportion E : P - E, so
    that a discount lessens both alike. Raises TaxSplitTooLarge and NoTaxRate.
    """
    if not gross:
        return {}
    parts = [(tax, gross)]
    if split is not None:
        of_each = split.amount if split.amount is not None else unit_price * (split.percent or 0) / 100
        if of_each > unit_price:
            raise TaxSplitTooLarge(
                f"The split to the tax “{split.tax}” takes {of_each} of each unit, more than its price of"
                f" {unit_price}: lower the split or raise the price."
            )
        at_split, at_own = share(gross, (of_each, unit_price - of_each), currency)
        parts = [(split.tax, at_split), (tax, at_own)]
    taxes = tuple(taxes)
    grosses: dict[Decimal, Decimal] = {}
    for key, amount in parts:
        if key is not None and amount:
            rate = rate_on(taxes, key, day)
            grosses[rate] = grosses.get(rate, Decimal(0)) + amount
    return grosses


def tax_within(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """The tax contained in a gross amount: round half up of gross · rate / (100 + rate)."""
    return rounded(Fraction(gross) * Fraction(rate) / (100 + Fraction(rate)), currency)


def tax_rows(
    lines: Sequence[Grosses], currency: str
) -> tuple[tuple[TaxRow, ...], tuple[tuple[TaxRow, ...], ...]]:
    """The rows of the whole, one per rate and lowest first, and for each line its share of them.

    The tax of a rate is rounded once, on the sum of all lines; then it is shared over them by largest
    remainder, so that the rows of the lines add up to those of the whole, to the cent.
    """
    whole: list[TaxRow] = []
    of_lines: list[list[TaxRow]] = [[] for _ in lines]
    for rate in sorted({rate for line in lines for rate in line}):
        grosses = [line.get(rate, Decimal(0)) for line in lines]
        tax = tax_within(gross := sum(grosses, Decimal(0)), rate, currency)
        whole.append(TaxRow(rate=rate, net=gross - tax, tax=tax, gross=gross))
        for rows, line, part, its_tax in zip(
            of_lines, lines, grosses, share(tax, grosses, currency), strict=True
        ):
            if rate in line:
                rows.append(TaxRow(rate=rate, net=part - its_tax, tax=its_tax, gross=part))
    return tuple(whole), tuple(tuple(rows) for rows in of_lines)
