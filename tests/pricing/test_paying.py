"""What is no payment, and what a payment settles of each tax rate."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import Invalid
from pricing.paying import (
    Owed,
    PaymentRequest,
    RefundTooLarge,
    check_payment,
    difference,
    looks_like_a_card,
    settles,
    summed,
)
from pricing.taxes import TaxRow, tax_within

RATES = (Decimal("6"), Decimal("25"))


def taxed(rate: Decimal | int, gross: Decimal | str) -> TaxRow:
    amount = Decimal(gross)
    tax = tax_within(amount, Decimal(rate), "SEK")
    return TaxRow(rate=Decimal(rate), net=amount - tax, tax=tax, gross=amount)


def owing(untaxed: str = "0.00", **by_rate: str) -> Owed:
    """`owing("10.00", r25="100.00")`: 110.00, of which 100.00 at 25 %."""
    rows = tuple(taxed(int(rate[1:]), gross) for rate, gross in by_rate.items())
    return Owed(amount=Decimal(untaxed) + sum((row.gross for row in rows), Decimal(0)), taxes=rows)


NOTHING = Owed(amount=Decimal("0.00"))


def parts(owed: Owed, paid: Owed, amount: str) -> list[tuple[str, str, str]]:
    return [(str(r.rate), str(r.gross), str(r.tax)) for r in settles(owed, paid, Decimal(amount), "SEK")]


def after(owed: Owed, paid: Owed, amount: Decimal) -> Owed:
    more = Owed(amount=amount, taxes=settles(owed, paid, amount, "SEK"))
    return summed([paid, more])


def test_a_payment_is_shared_over_the_rates_as_what_is_owed_is() -> None:
    owed = owing("100.00", r6="200.00", r25="700.00")
    assert parts(owed, NOTHING, "100.00") == [("6", "20.00", "1.13"), ("25", "70.00", "14.00")]


def test_the_last_payment_settles_what_is_left_of_every_rate_to_the_cent() -> None:
    owed = owing(r6="0.05", r25="0.06")
    first = after(owed, NOTHING, Decimal("0.03"))
    assert after(owed, first, Decimal("0.08")) == owed


def test_what_is_paid_back_in_full_leaves_nothing_at_any_rate() -> None:
    paid = after(owing(r6="200.00", r25="800.00"), NOTHING, Decimal("300.00"))
    assert after(NOTHING, paid, Decimal("-300.00")).taxes == ()


def test_a_refund_leaves_what_is_paid_shared_as_what_is_owed_then() -> None:
    """Of 1000.00 at 25 % a fee of 250.00 at 6 % is left: the tax goes with it."""
    paid = owing(r25="1000.00")
    assert after(owing(r6="250.00"), paid, Decimal("-750.00")) == owing(r6="250.00")


def test_what_was_rounded_apart_is_settled_as_it_was_rounded() -> None:
    """A price and a fee of 0.02 at 25 % hold no tax each; 0.04 would hold 0.01."""
    owed = summed([owing(r25="0.02"), owing(r25="0.02")])
    assert after(owed, NOTHING, Decimal("0.04")) == owed
    assert after(owed, after(owed, NOTHING, Decimal("0.03")), Decimal("0.01")) == owed


def test_what_is_paid_too_much_is_shared_like_the_rest() -> None:
    assert parts(owing(r25="100.00"), NOTHING, "125.00") == [("25", "125.00", "25.00")]


@given(
    st.lists(st.integers(0, 500), min_size=3, max_size=3),
    st.lists(st.integers(-300, 500).filter(bool), max_size=6),
)
def test_however_it_is_paid_no_cent_is_lost_at_any_rate(cents: list[int], payments: list[int]) -> None:
    untaxed, *grosses = (Decimal(n) / 100 for n in cents)
    rows = tuple(taxed(rate, gross) for rate, gross in zip(RATES, grosses, strict=True) if gross)
    owed = Owed(amount=untaxed + sum(grosses), taxes=rows)
    paid = NOTHING
    for payment in payments:
        amount = Decimal(payment) / 100
        if paid.amount + amount < 0:
            continue
        paid = after(owed, paid, amount)
        assert all(row.net + row.tax == row.gross for row in paid.taxes)
        assert sum(row.gross for row in paid.taxes) <= paid.amount
    if owed.amount:
        assert after(owed, paid, owed.amount - paid.amount).taxes == owed.taxes


def test_a_difference_added_to_what_was_owed_makes_what_is_owed() -> None:
    before, now = owing("5.00", r6="10.00"), owing(r25="7.00")
    assert summed([before, difference(before, now)]) == now


@pytest.mark.parametrize("amount", ["0", "0.001", "-0.005"])
def test_what_is_no_amount_is_no_payment(amount: str) -> None:
    with pytest.raises(Invalid):
        check_payment(PaymentRequest(amount=Decimal(amount), method="cash"), Decimal(100), "SEK")


def test_no_more_is_paid_back_than_was_paid() -> None:
    check_payment(PaymentRequest(amount=Decimal("-100"), method="cash"), Decimal(100), "SEK")
    with pytest.raises(
        RefundTooLarge, match=r"100\.01 SEK cannot be paid back: 100\.00 SEK have been paid\."
    ):
        check_payment(PaymentRequest(amount=Decimal("-100.01"), method="cash"), Decimal(100), "SEK")


@pytest.mark.parametrize(
    "text",
    ["4111111111111111", "4111 1111 1111 1111", "card 5500-0000-0000-0004, Ada", "378282246310005"],
)  # fmt: skip
def test_the_number_of_a_card_is_seen_however_it_is_written(text: str) -> None:
    assert looks_like_a_card(text)


@pytest.mark.parametrize(
    "text", ["", "receipt 4711", "4111111111111112", "2026-12-05 10:30", "SE35 5000 0000 0549 1000 0003 11"]
)
def test_other_numbers_are_not_taken_for_a_card(text: str) -> None:
    assert not looks_like_a_card(text)
