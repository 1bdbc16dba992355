"""What it costs to cancel (S3-33), by the days that are left."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from catalog.specs import CancellationTerm
from pricing.fees import Fee, cancellation_fee
from tests.pricing.builders import FOOD, SERVICE

START = date(2026, 12, 5)
TERMS = (
    CancellationTerm(days_before=14, percent=Decimal("25"), tax="food"),
    CancellationTerm(days_before=1, percent=Decimal("100")),
    CancellationTerm(days_before=7, percent=Decimal("50.0"), tax="service"),
)


def fee(days: int, price: str = "1000.00", terms: tuple[CancellationTerm, ...] = TERMS) -> Fee | None:
    """Of a cancellation so many days before the start."""
    return cancellation_fee(
        terms,
        0,
        Decimal(price),
        start=START,
        today=START - timedelta(days=days),
        taxes=(SERVICE, FOOD),
        currency="SEK",
    )


@pytest.mark.parametrize(
    ("days", "amount"),
    [
        (15, None),
        (14, "250.00"),
        (8, "250.00"),
        (7, "500.00"),
        (2, "500.00"),
        (1, "1000.00"),
        (-3, "1000.00"),
    ],
)
def test_of_the_terms_that_have_begun_the_one_nearest_to_the_start_holds(
    days: int, amount: str | None
) -> None:
    found = fee(days)
    assert (None if found is None else str(found.amount)) == amount


def test_where_there_are_no_terms_cancelling_is_free() -> None:
    assert fee(0, terms=()) is None


def test_cancelling_what_costs_nothing_is_free() -> None:
    assert fee(0, price="0.00") is None


def test_half_a_cent_of_a_fee_is_rounded_up() -> None:
    assert fee(7, price="0.01").amount == Decimal("0.01")  # type: ignore[union-attr]


def test_a_fee_is_taxed_at_its_own_rate_of_the_day_of_the_cancellation() -> None:
    later, sooner = fee(7), fee(14)
    assert later is not None
    assert sooner is not None
    assert [(row.rate, row.tax) for row in later.taxes] == [(Decimal("25"), Decimal("100.00"))]
    assert [(row.rate, row.tax) for row in sooner.taxes] == [(Decimal("6"), Decimal("14.15"))]


def test_a_fee_without_a_tax_is_untaxed() -> None:
    found = fee(1)
    assert found is not None
    assert found.taxes == ()
    assert found.why == "Cancelled 1 day before the start: 100 % of 1000.00 from 1 days before it on."


def test_a_fee_is_due_on_the_day_of_the_cancellation() -> None:
    found = fee(7)
    assert found is not None
    assert found.on == START - timedelta(days=7)
