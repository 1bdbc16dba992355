from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.currencies import decimals
from pricing.money import as_text, is_exact, plain, quantum, rounded, share

CURRENCIES = st.sampled_from(["SEK", "JPY", "KWD", "CLF"])


@pytest.mark.parametrize(("currency", "places"), [("SEK", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_an_amount_has_as_many_decimals_as_iso_4217_gives_its_currency(currency: str, places: int) -> None:
    assert decimals(currency) == places
    assert quantum(currency) == Decimal(10) ** -places


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("1250", "SEK", "1250.00"), ("1250.0", "JPY", "1250"), ("1.5", "KWD", "1.500"), ("0", "CLF", "0.0000")],
)
def test_money_is_written_with_the_decimals_of_its_currency(amount: str, currency: str, text: str) -> None:
    assert as_text(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("exact", "to"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(1, 201), "0.00"),
        (Fraction(-1, 200), "-0.01"),
        (Decimal("2.675"), "2.68"),
        (Decimal("0.005"), "0.01"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("-0.004"), "0.00"),
        (Decimal("123456789012345678901234567.895"), "123456789012345678901234567.90"),
    ],
)
def test_half_a_cent_is_rounded_up(exact: Fraction | Decimal, to: str) -> None:
    assert str(rounded(exact, "SEK")) == to


@pytest.mark.parametrize(("rate", "text"), [("12.0", "12"), ("2.50", "2.5"), ("100", "100"), ("0.00", "0")])
def test_a_rate_is_written_without_trailing_zeros(rate: str, text: str) -> None:
    assert str(plain(Decimal(rate))) == text


def test_the_cent_left_over_goes_to_the_largest_remainder() -> None:
    assert share(Decimal("1.00"), [1, 5], "SEK") == [Decimal("0.17"), Decimal("0.83")]


def test_among_equal_remainders_the_earlier_part_gets_the_cent() -> None:
    assert share(Decimal("0.02"), [1, 1, 1], "SEK") == [Decimal("0.01"), Decimal("0.01"), Decimal("0.00")]


def test_weights_that_are_all_zero_count_as_equal() -> None:
    assert share(Decimal("0.03"), [0, 0], "SEK") == [Decimal("0.02"), Decimal("0.01")]


def test_what_has_no_weight_gets_nothing() -> None:
    assert share(Decimal("0.05"), [0, 1, 1], "SEK") == [Decimal("0.00"), Decimal("0.03"), Decimal("0.02")]


def test_a_refund_is_shared_as_the_payment_was() -> None:
    assert share(Decimal("-0.05"), [1, 1], "SEK") == [Decimal("-0.03"), Decimal("-0.02")]


@pytest.mark.parametrize(("amount", "weights"), [("0.005", [1]), ("1.00", []), ("1.00", [2, -1])])
def test_what_cannot_be_shared_is_refused(amount: str, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot be shared"):
        share(Decimal(amount), weights, "SEK")


@given(
    units=st.integers(-(10**12), 10**12),
    weights=st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=20),
    currency=CURRENCIES,
)
def test_parts_sum_to_what_was_shared_and_lie_within_a_quantum_of_their_proportion(
    units: int, weights: list[Decimal], currency: str
) -> None:
    amount = units * quantum(currency)
    parts = share(amount, weights, currency)
    assert sum(parts) == amount
    assert all(is_exact(part, currency) for part in parts)
    if whole := sum(weights):
        for part, weight in zip(parts, weights, strict=True):
            assert abs(Fraction(part) - Fraction(amount) * Fraction(weight) / Fraction(whole)) < quantum(
                currency
            )
