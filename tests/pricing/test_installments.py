"""In which parts an order is paid (S3-10)."""

from datetime import date
from decimal import Decimal

from catalog.specs import InstallmentPart, InstallmentPlanSpec
from pricing.installments import Installment, installments, paid_off, replanned
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


def again(
    before: list[tuple[int, str]], planned: list[tuple[int, str]], *, today: int
) -> list[tuple[int, str]]:
    """The installments after a change, by the day of November."""
    was, wanted = (
        [Installment(due=date(2026, 11, day), amount=Decimal(amount)) for day, amount in parts]
        for parts in (before, planned)
    )
    now = replanned(was, wanted, today=date(2026, 11, today), currency="SEK")
    return [(part.due.day, str(part.amount)) for part in now]


def test_after_a_change_what_was_due_stays_and_the_rest_is_shared_over_the_dates_ahead() -> None:
    before = [(1, "300.00"), (20, "700.00")]
    assert again(before, [(5, "600.00"), (20, "1400.00")], today=5) == [(1, "300.00"), (20, "1700.00")]
    thirds = [(5, "60.00"), (15, "60.00"), (20, "60.00")]
    assert again(before, thirds, today=5) == [(1, "180.00")]
    assert again([(1, "30.00"), (15, "70.00")], thirds, today=5) == [
        (1, "30.00"),
        (15, "75.00"),
        (20, "75.00"),
    ]


def test_what_is_due_on_the_day_of_the_change_is_due() -> None:
    assert again([(5, "300.00"), (20, "700.00")], [(5, "30.00"), (20, "70.00")], today=5) == [(5, "100.00")]


def test_where_no_date_is_ahead_the_rest_is_due_at_once() -> None:
    assert again([(1, "100.00")], [(5, "150.00")], today=5) == [(1, "100.00"), (5, "50.00")]


def test_where_less_is_owed_than_was_due_the_last_of_it_is_lowered() -> None:
    before = [(1, "300.00"), (3, "300.00"), (20, "400.00")]
    assert again(before, [(5, "150.00"), (20, "250.00")], today=5) == [(1, "300.00"), (3, "100.00")]
    assert again(before, [], today=5) == []


def test_what_had_no_installments_gets_those_of_its_plan() -> None:
    assert again([], [(5, "30.00"), (20, "70.00")], today=5) == [(5, "30.00"), (20, "70.00")]


def test_payments_pay_the_earliest_installment_first_and_what_is_late_says_so() -> None:
    due = [Installment(due=date(2026, 11, day), amount=Decimal(100)) for day in (1, 5, 20)]
    shown = paid_off(due, Decimal(150), date(2026, 11, 6))
    assert [(part.paid, part.overdue) for part in shown] == [(100, False), (50, True), (0, False)]
    assert not any(part.overdue for part in paid_off(due[1:], Decimal(0), date(2026, 11, 5)))
    assert [part.paid for part in paid_off(due, Decimal(999), date(2026, 11, 6))] == [100, 100, 100]
