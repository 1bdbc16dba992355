"""In which parts an order is paid, and when each is due (S3-10)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from catalog.specs import InstallmentPlanSpec
from pricing.money import share

_Schedule = tuple[tuple[date, Decimal], ...]


class Installment(Struct, frozen=True, kw_only=True):
    """An amount and the local date on which it is due."""

    due: date
    amount: Decimal


class Due(Installment, frozen=True, kw_only=True):
    """An installment and what of it is paid; `overdue`: its day is over and it is not paid whole."""

    paid: Decimal
    overdue: bool


def installments(
    lines: Iterable[tuple[InstallmentPlanSpec | None, date, Decimal]], *, booked_on: date, currency: str
) -> tuple[Installment, ...]:
    """What is due when, earliest first, for lines of (plan, date of the start, amount).

    They sum to the amounts exactly. Without a plan all is due at the booking. Lines that fall due together
    are shared as one amount. Nothing is due before the booking; parts of 0 are left out.
    """
    by_schedule: dict[_Schedule, Decimal] = defaultdict(Decimal)
    for plan, start, amount in lines:
        by_schedule[_schedule(plan, start, booked_on)] += amount
    by_date: dict[date, Decimal] = defaultdict(Decimal)
    for schedule, amount in by_schedule.items():
        for (due, _), part in zip(
            schedule, share(amount, [percent for _, percent in schedule], currency), strict=True
        ):
            by_date[due] += part
    return tuple(Installment(due=due, amount=by_date[due]) for due in sorted(by_date) if by_date[due])


def replanned(
    before: Sequence[Installment], planned: Sequence[Installment], *, today: date, currency: str
) -> tuple[Installment, ...]:
    """The installments after a change: what was due by today stays, the rest is planned anew.

    `planned`: those of the new price, as if it were booked today. What is not yet due is shared over the
    dates of the plan that are still ahead, in the plan's proportions; where none is ahead it is due today.
    Where less is owed than was due already, the last of that is lowered.
    """
    if not before:
        return tuple(planned)
    left = sum((part.amount for part in planned), Decimal(0))
    by_date: dict[date, Decimal] = defaultdict(Decimal)
    for part in before:
        if part.due <= today:
            by_date[part.due] = min(part.amount, left)
            left -= by_date[part.due]
    ahead = [part for part in planned if part.due > today] or [Installment(due=today, amount=left)]
    for part, amount in zip(ahead, share(left, [part.amount for part in ahead], currency), strict=True):
        by_date[part.due] += amount
    return tuple(Installment(due=due, amount=by_date[due]) for due in sorted(by_date) if by_date[due])


def paid_off(parts: Iterable[Installment], paid: Decimal, today: date) -> tuple[Due, ...]:
    """Which installments have been paid: what came in pays the earliest first."""
    out = []
    for part in parts:
        mine = min(part.amount, max(paid, part.amount * 0))
        paid -= mine
        overdue = part.due < today and mine < part.amount
        out.append(Due(due=part.due, amount=part.amount, paid=mine, overdue=overdue))
    return tuple(out)


def _schedule(plan: InstallmentPlanSpec | None, start: date, booked_on: date) -> _Schedule:
    """Due dates and weights, in the order of the plan's parts."""
    if plan is None:
        return ((booked_on, Decimal(100)),)
    return tuple(
        (
            booked_on
            if part.days_before_start is None
            else max(booked_on, start - timedelta(days=part.days_before_start)),
            part.percent,
        )
        for part in plan.parts
    )
