"""In which parts an order is paid (S3-10)."""

from datetime import date
from decimal import Decimal

from catalog.specs import InstallmentPart, InstallmentPlanSpec
from pricing.installments import installments
from tests.pricing.builders import line, price_of, product, sold

DEPOSIT = InstallmentPlanSpec(
    key="deposit-30",
    parts=(
        InstallmentPart(percent=Decimal("30"), due="booking"),
        InstallmentPart(percent=Decimal("70"), days_before_start=14),
    ),
)
START, BOOKED = date(2026, 12, 5), date(2026, 11, 1)


def parts(
    *lines: tuple[InstallmentPlanSpec | None, date, str], booked_on: date = BOOKED
) -> list[tuple[str, str]]:
    due = installments(
        [(plan, start, Decimal(amount)) for plan, start, amount in lines], booked_on=booked_on, currency="SEK"
    )
    return [(part.due.isoformat(), str(part.amount)) for part in due]


def test_a_part_is_due_at_the_booking_and_the_rest_before_the_start() -> None:
    assert parts((DEPOSIT, START, "1000.00")) == [("2026-11-01", "300.00"), ("2026-11-21", "700.00")]


def test_the_cents_of_the_parts_sum_to_the_total_ties_to_the_earlier() -> None:
    thirds = InstallmentPlanSpec(
        key="thirds",
        parts=tuple(InstallmentPart(percent=Decimal("33.3333"), days_before_start=n) for n in (3, 2, 1)),
    )
    assert [amount for _, amount in parts((thirds, START, "100.00"))] == ["33.34", "33.33", "33.33"]


def test_a_date_already_past_becomes_the_date_of_the_booking() -> None:
    assert parts((DEPOSIT, START, "1000.00"), booked_on=date(2026, 12, 1)) == [("2026-12-01", "1000.00")]


def test_without_a_plan_all_is_due_at_the_booking() -> None:
    assert parts((None, START, "1000.00")) == [("2026-11-01", "1000.00")]


def test_lines_with_different_plans_are_merged_by_due_date() -> None:
    assert parts((DEPOSIT, START, "1000.00"), (None, START, "50.00")) == [
        ("2026-11-01", "350.00"),
        ("2026-11-21", "700.00"),
    ]


def test_lines_that_fall_due_together_are_shared_as_one_amount() -> None:
    """0.05 and 0.05 alone would make 0.02 + 0.02 now; 30 % of 0.10 is 0.03."""
    assert parts((DEPOSIT, START, "0.05"), (DEPOSIT, START, "0.05")) == [
        ("2026-11-01", "0.03"),
        ("2026-11-21", "0.07"),
    ]


def test_a_package_is_paid_by_its_plan() -> None:
    price = price_of(line(sold(product("massage", "950"), installment_plan=DEPOSIT), 2))
    assert [str(part.amount) for part in price.installments] == ["570.00", "1330.00"]


def test_nothing_is_due_for_what_is_free() -> None:
    assert parts((DEPOSIT, START, "0.00")) == []
