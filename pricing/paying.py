"""What may be paid, and what a payment settles of each tax rate."""

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from msgspec import Meta, Struct

from catalog.errors import Conflict, Invalid, Problem
from catalog.specs import Name
from pricing.money import as_text, is_exact, plain, rounded, share
from pricing.taxes import TaxRow, tax_within

Method = Literal["cash", "card", "card_terminal", "transfer", "value_card"]
Reference = Annotated[Name, Meta(description="a receipt, a transfer or a lot; never the number of a card")]
_DIGITS = re.compile(r"\d(?:[ .\-]?\d)+")


class PaymentRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a payment. A negative amount is paid back.

    `card`: by card over a provider's page; `card_terminal`: by card at the desk.
    """

    amount: Decimal
    method: Method
    reference: Reference = ""


class Owed(Struct, frozen=True, kw_only=True):
    """An amount and how it is taxed; what is untaxed of it is in no row."""

    amount: Decimal
    taxes: tuple[TaxRow, ...] = ()

    @property
    def grosses(self) -> dict[Decimal | None, Decimal]:
        """By rate; None for what is untaxed."""
        by_rate: dict[Decimal | None, Decimal] = {None: self.amount}
        for row in self.taxes:
            by_rate[row.rate] = by_rate.get(row.rate, Decimal(0)) + row.gross
            by_rate[None] -= row.gross
        return by_rate

    def tax(self, rate: Decimal) -> Decimal:
        return sum((row.tax for row in self.taxes if row.rate == rate), Decimal(0))


class RefundTooLarge(Conflict):
    """More would be paid back than was paid."""

    code = "refund_too_large"


def summed(parts: Iterable[Owed]) -> Owed:
    """Several amounts as one, with one row for each rate that is left."""
    parts = tuple(parts)
    total = sum((part.amount for part in parts), Decimal(0))
    rows = [row for part in parts for row in part.taxes]
    taxes = (
        TaxRow(
            rate=rate,
            net=sum((r.net for r in rows if r.rate == rate), Decimal(0)),
            tax=sum((r.tax for r in rows if r.rate == rate), Decimal(0)),
            gross=sum((r.gross for r in rows if r.rate == rate), Decimal(0)),
        )
        for rate in sorted({row.rate for row in rows})
    )
    return Owed(amount=total, taxes=tuple(row for row in taxes if row.gross or row.tax))


def difference(before: Owed, after: Owed) -> Owed:
    """What has to be added to `before` to make it `after`."""
    less = tuple(TaxRow(rate=r.rate, net=-r.net, tax=-r.tax, gross=-r.gross) for r in before.taxes)
    return summed([after, Owed(amount=-before.amount, taxes=less)])


def settles(owed: Owed, paid: Owed, amount: Decimal, currency: str) -> tuple[TaxRow, ...]:
    """What a payment of `amount` (negative: a refund) settles of each rate, after `paid` was paid.

    All that was paid, this too, is shared over the rates as what is owed is, by largest remainder; the
    payment settles what that is more than before. So once everything is paid, the payments sum to what is
    owed at every rate, and once everything is paid back, to nothing. Where nothing is owed any more, what is
    left of the payments is shared as they were.
    """
    before = paid.grosses
    weights = owed.grosses if owed.amount else before
    rates: list[Decimal | None] = [None, *sorted(r for r in {*weights, *before} if r is not None)]
    held = [max(Decimal(0), weights.get(rate, Decimal(0))) for rate in rates]
    parts = share(paid.amount + amount, held, currency)
    rows = []
    for rate, gross in zip(rates, parts, strict=True):
        if rate is None:
            continue
        tax = _tax(owed, rate, gross, currency) - paid.tax(rate)
        more = gross - before.get(rate, Decimal(0))
        if more or tax:
            rows.append(TaxRow(rate=plain(rate), net=more - tax, tax=tax, gross=more))
    return tuple(rows)


def _tax(owed: Owed, rate: Decimal, gross: Decimal, currency: str) -> Decimal:
    """In the proportion of what is owed, so that all of it holds all of its tax, however that was rounded."""
    whole = owed.grosses.get(rate)
    if not whole:
        return tax_within(gross, rate, currency)
    return rounded(Fraction(owed.tax(rate)) * Fraction(gross) / Fraction(whole), currency)


def check_payment(asked: PaymentRequest, paid: Decimal, currency: str) -> None:
    """Raises Invalid for what is no payment, and RefundTooLarge."""
    if not asked.amount:
        raise _invalid("amount", "A payment of nothing is none: give an amount, negative for a refund.")
    if not is_exact(asked.amount, currency):
        raise _invalid(
            "amount", f"A payment of {asked.amount} is finer than the smallest amount of {currency}."
        )
    # The reference of a value card is the id of its lot, and nothing else passes its provider.
    if asked.method != "value_card" and looks_like_a_card(asked.reference):
        raise _invalid(
            "reference",
            "This reference looks like the number of a card, and those are not kept here:"
            " give the number of the receipt.",
        )
    if paid + asked.amount < 0:
        raise RefundTooLarge(
            f"{as_text(-asked.amount, currency)} {currency} cannot be paid back:"
            f" {as_text(paid, currency)} {currency} have been paid."
        )


def looks_like_a_card(text: str) -> bool:
    """Whether 13 to 19 digits in it, together or in groups, have the check digit of a card (Luhn)."""
    runs = (re.sub(r"\D", "", run) for run in _DIGITS.findall(text))
    return any(13 <= len(run) <= 19 and _luhn(run) for run in runs)


def _luhn(digits: str) -> bool:
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (doubled + sum(int(d) for d in digits[-1::-2])) % 10 == 0


def _invalid(path: str, sentence: str) -> Invalid:
    return Invalid(sentence, problems=(Problem(path, sentence),))
