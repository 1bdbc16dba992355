"""What the reports say of credits and commissions, as rows (S1-7, S1-13, S2-20). Nothing is read here."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pricing.handover import constituents
from pricing.lots import Account, Lot
from pricing.redeem import in_order
from pricing.sale import Sale

Row = dict[str, Any]
OWED: tuple[Account, ...] = ("remaining", "reserved")


def package_balances(
    lots: Iterable[Lot], names: Mapping[uuid.UUID, str], tz: ZoneInfo, now: datetime
) -> Iterator[Row]:
    """What remains of each active package, the first bought first (S1-13)."""
    for lot in in_order(lots, "first_bought"):
        if lot.status(now) == "active":
            yield {
                "customer": _name(lot, names),
                "sold_as": lot.sold_as,
                "name": lot.sold_name,
                "products": ", ".join(lot.products) or "money",
                "bought": lot.bought_at.astimezone(tz).date(),
                "last_day": _last_day(lot, tz),
                "quantity": lot.quantity,
                "remaining": lot.remaining,
                "reserved": lot.reserved,
            }


def liability(
    lots: Iterable[Lot], names: Mapping[uuid.UUID, str], tz: ZoneInfo, until: datetime
) -> Iterator[Row]:
    """What unused credits were bought for, as the ledger stood at `until`: to be delivered.

    What had expired by then is not owed, though the task that says so had not run yet. What is reserved is.
    """
    for lot in in_order(lots, "first_bought"):
        then = tuple(entry for entry in lot.entries if entry.at < until)
        is_over = bool(then) and (end := then[-1].valid_until) is not None and end <= until
        owed = ("reserved",) if is_over else OWED
        value = sum((e.value * ((e.target in owed) - (e.source in owed)) for e in then), Decimal(0))
        left = sum((e.quantity * ((e.target in owed) - (e.source in owed)) for e in then), Decimal(0))
        if left:
            yield {
                "customer": _name(lot, names),
                "sold_as": lot.sold_as,
                "name": lot.sold_name,
                "bought": lot.bought_at.astimezone(tz).date(),
                "last_day": _last_day(lot, tz),
                "unused": left,
                "value": value,
            }


def customer_stock(
    sales: Iterable[Sale], lots: Iterable[Lot], tz: ZoneInfo, first: datetime, last: datetime
) -> Iterator[Row]:
    """By day: packages of customer stock sold with their constituents, and what was used of any (S2-20).

    Of `lots` what was used in [first, last).

    A package is a row with its amount, each constituent one with the units credited; uses have no amount.
    """
    sold: dict[tuple[date, str, str, str], tuple[int, Decimal]] = {}
    for sale in sales:
        day = sale.sold_at.astimezone(tz).date()
        for line in sale.lines:
            product = sale.product_of(line)
            if line.lot is not None or product.fulfilment != "customer_stock":
                continue
            _add(sold, (day, product.key, "", "sold"), line.quantity, line.amount)
            for part, units in constituents(sale, line):
                _add(sold, (day, product.key, part, "credited"), units, Decimal(0))
    for lot in lots:
        for entry in lot.entries:
            day = entry.at.astimezone(tz).date()
            if entry.product and "used" in (entry.source, entry.target) and first <= entry.at < last:
                units = int(entry.quantity) * (1 if entry.target == "used" else -1)
                _add(sold, (day, lot.sold_as, entry.product, "used"), units, Decimal(0))
    for (day, package, part, what), (units, amount) in sorted(sold.items()):
        yield {
            "date": day,
            "package": package,
            "product": part,
            "what": what,
            "quantity": units,
            "amount": amount,
        }


def commissions(sales: Iterable[Sale], tz: ZoneInfo) -> Iterator[Row]:
    """What commissions are reckoned from, line by line; the rate is the house's own (S1-6, S1-7)."""
    for sale in sorted(sales, key=lambda s: (s.sold_at, s.id)):
        for line in sale.lines:
            if line.commission is not None and line.staff is not None:
                yield {
                    "date": sale.sold_at.astimezone(tz).date(),
                    "staff": line.staff,
                    "product": line.product,
                    "quantity": line.quantity,
                    "basis": line.basis,
                    "base": line.commission,
                    "sale": str(sale.id),
                }


def _add(
    into: dict[tuple[date, str, str, str], tuple[int, Decimal]],
    key: tuple[date, str, str, str],
    units: int,
    amount: Decimal,
) -> None:
    before = into.get(key, (0, Decimal(0)))
    into[key] = before[0] + units, before[1] + amount


def _name(lot: Lot, names: Mapping[uuid.UUID, str]) -> str:
    return "" if lot.customer is None else names.get(lot.customer, "")


def _last_day(lot: Lot, tz: ZoneInfo) -> date | None:
    """The local date of the last moment before the exclusive end."""
    if lot.valid_until is None:
        return None
    return date.fromordinal(lot.valid_until.astimezone(tz).date().toordinal() - 1)
