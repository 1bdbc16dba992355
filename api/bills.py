"""What an order owes and what was paid for it, as sent."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from api.shapes import DueView, FeeView, PaymentView, View
from booking.billing import owed, payable
from booking.lines import Order
from booking.order_history import Charge
from pricing.installments import paid_off
from pricing.payments import Payment
from pricing.taxes import TaxRow


class ChargeView(View, frozen=True, kw_only=True):
    """An entry of what an order owes, and the version of the order that made it."""

    id: uuid.UUID
    version: int
    at: datetime
    kind: str
    amount: Decimal
    taxes: tuple[TaxRow, ...]
    what: str
    by: str


class ChargesView(View, frozen=True, kw_only=True):
    """Every charge of an order, in order. They sum to its price and fees."""

    items: list[ChargeView]
    next: None


def bill(order: Order, payments: Sequence[Payment], tz: ZoneInfo, today: date) -> dict[str, Any]:
    """The fields of an order's view about its money; every amount with the currency's decimals."""
    nothing = order.total * 0
    whole = nothing + owed(order).amount
    paid = sum((payment.amount for payment in payments), nothing)
    parts = paid_off(payable(order), paid, today)
    late = (part.amount - part.paid for part in parts if part.overdue)
    return {
        "fees": [msgspec.convert(fee, FeeView, from_attributes=True) for fee in order.fees],
        "owed": whole,
        "paid": paid,
        "due": whole - paid,
        "overdue": sum(late, nothing),
        "installments": [msgspec.convert(part, DueView, from_attributes=True) for part in parts],
        "payments": [payment_view(payment, tz) for payment in payments],
    }


def payment_view(payment: Payment, tz: ZoneInfo) -> PaymentView:
    return PaymentView(
        id=payment.id,
        amount=payment.amount,
        method=payment.method,
        reference=payment.reference,
        at=payment.at.astimezone(tz),
        by=payment.actor_name,
    )


def charges_view(charges: Iterable[Charge], tz: ZoneInfo) -> list[ChargeView]:
    return [
        ChargeView(
            id=charge.id,
            version=charge.version,
            at=charge.at.astimezone(tz),
            kind=charge.kind,
            amount=charge.amount,
            taxes=charge.taxes,
            what=charge.what,
            by=charge.by,
        )
        for charge in charges
    ]
