"""From sales and lots to what is answered: instants by the venue's clock, credits as numbers or amounts."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET

from api.bills import payment_view
from api.given_shapes import GivenView
from api.sale_shapes import (
    BalanceView,
    CommissionView,
    CreditEntryView,
    LotView,
    SaleChangeView,
    SaleLineView,
    SaleView,
)
from api.tickets import ticket_view
from pricing.lots import Account, Entry, Lot
from pricing.money import rounded
from pricing.payments import Payment
from pricing.sale import Sale, SaleLine
from pricing.ticket_store import Ticket
from pricing.till import owed


def sale_view(
    sale: Sale, tz: ZoneInfo, currency: str, *, payments: Iterable[Payment], tickets: Sequence[Ticket]
) -> SaleView:
    """The sale as sent."""
    payments = tuple(payments)
    paid = sum((p.amount for p in payments), rounded(Decimal(0), currency))
    kept = paid if sale.status == "refunded" else owed(sale, currency).amount
    return SaleView(
        id=sale.id,
        version=sale.version,
        status=sale.status,
        customer=sale.customer,
        sold_at=sale.sold_at.astimezone(tz),
        use_credits=sale.use_credits,
        lines=[line_view(line) for line in sale.lines],
        total=sale.total,
        taxes=sale.taxes,
        paid=paid,
        due=kept - paid,
        payments=[payment_view(payment, tz) for payment in payments],
        tickets=[ticket_view(ticket, tz) for ticket in tickets],
        commissions=[
            CommissionView(
                line=line.id,
                staff=line.staff,
                product=line.product,
                quantity=line.quantity,
                basis=line.basis,
                base=line.commission,
            )
            for line in sale.lines
            if line.commission is not None and line.staff is not None
        ],
    )


def line_view(line: SaleLine) -> SaleLineView:
    names = SaleLineView.__struct_fields__
    return SaleLineView(**{name: getattr(line, name) for name in names})


def changes_of(entries: Iterable[tuple[Lot, Entry]]) -> list[SaleChangeView]:
    """What a change did to lots, in its order."""
    return [
        SaleChangeView(
            lot=lot.id,
            sold_as=lot.sold_as,
            kind=entry.kind,
            quantity=_number(lot, entry.quantity),
            line=entry.cause.line,
        )
        for lot, entry in entries
    ]


def lot_view(lot: Lot, tz: ZoneInfo, now: datetime) -> LotView:
    """A lot with its entries."""
    status = lot.status(now)
    covers: dict[str, Any] = {}
    if len(lot.products) == 1:
        covers = {"product": lot.products[0]}
    elif lot.products:
        covers = {"products": lot.products}
    return LotView(
        id=lot.id,
        product=covers.get("product", UNSET),
        products=covers.get("products", UNSET),
        kind="money" if lot.is_money else "times",
        sold_as=lot.sold_as,
        name=lot.sold_name,
        customer=lot.customer,
        sale=lot.sale,
        order=lot.order,
        quantity=_number(lot, lot.quantity),
        remaining=_number(lot, lot.remaining),
        reserved=_number(lot, lot.reserved),
        used=_number(lot, lot.used),
        price=rounded(lot.price, lot.currency),
        bought_at=lot.bought_at.astimezone(tz),
        valid_until=None if lot.valid_until is None else lot.valid_until.astimezone(tz),
        status=status,
        label="Package" if status == "active" else None,
        entries=[_entry(lot, entry, tz) for entry in lot.entries],
    )


def balances(lots: Sequence[Lot], now: datetime) -> list[BalanceView]:
    """By product, over the lots that are for it; what has expired is not remaining."""

    def count(product: str, *accounts: Account) -> int:
        return sum(len(lot.units_in(*accounts)) for lot in lots if product in lot.products)

    products = sorted({product for lot in lots for product in lot.products})
    return [
        BalanceView(
            product=product,
            bought=count(product, "remaining", "reserved", "used", "expired"),
            remaining=sum(
                len(lot.units_in("remaining"))
                for lot in lots
                if product in lot.products and lot.status(now) == "active"
            ),
            reserved=count(product, "reserved"),
            used=count(product, "used"),
        )
        for product in products
    ]


def _entry(lot: Lot, entry: Entry, tz: ZoneInfo) -> CreditEntryView:
    def change(account: Account) -> int | Decimal:
        return _number(lot, entry.quantity * ((entry.target == account) - (entry.source == account)))

    cause = entry.cause
    return CreditEntryView(
        seq=entry.seq,
        at=entry.at.astimezone(tz),
        kind=entry.kind,
        quantity=_number(lot, entry.quantity),
        remaining_change=change("remaining"),
        reserved_change=change("reserved"),
        remaining=_number(lot, entry.remaining),
        reserved=_number(lot, entry.reserved),
        value=rounded(entry.value, lot.currency),
        valid_until=None if entry.valid_until is None else entry.valid_until.astimezone(tz),
        product=entry.product,
        sale=cause.sale,
        order=cause.order,
        line=cause.line,
        payment=cause.payment,
        reason=entry.reason,
        role=entry.actor.role,
        by=entry.actor.name,
    )


def given_view(lot: Lot, tz: ZoneInfo) -> GivenView:
    """A lot as the order shows it that gave it."""
    return GivenView(
        lot=lot.id,
        line=lot.order_line,
        component=lot.component,
        products=lot.products,
        quantity=_number(lot, lot.quantity),
        remaining=_number(lot, lot.remaining),
        price=rounded(lot.price, lot.currency),
        valid_until=None if lot.valid_until is None else lot.valid_until.astimezone(tz),
    )


def _number(lot: Lot, quantity: Decimal) -> int | Decimal:
    return rounded(quantity, lot.currency) if lot.is_money else int(quantity)
