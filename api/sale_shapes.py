"""The shapes of what is answered about sales and credits (contract.md)."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import UNSET, UnsetType

from api.given_shapes import TicketView
from api.shapes import PaymentView, View
from pricing.lots import EntryKind
from pricing.lots import Status as LotStatus
from pricing.sale import Status
from pricing.taxes import TaxRow


class CreditEntryView(View, frozen=True, kw_only=True):
    """One movement of a lot: what changed, what is left after it, for what, and by whom.

    Times are counted; money is an amount.
    """

    seq: int
    at: datetime
    kind: EntryKind
    quantity: int | Decimal
    remaining_change: int | Decimal
    reserved_change: int | Decimal
    remaining: int | Decimal
    reserved: int | Decimal
    value: Decimal
    valid_until: datetime | None
    product: str | None
    sale: uuid.UUID | None
    order: uuid.UUID | None
    line: uuid.UUID | None
    payment: uuid.UUID | None
    reason: str
    role: str
    by: str


class LotView(View, frozen=True, kw_only=True):
    """Credits bought at once. `products`: any one of these; neither: money. `valid_until`: exclusive."""

    id: uuid.UUID
    product: str | UnsetType = UNSET
    products: tuple[str, ...] | UnsetType = UNSET
    kind: Literal["times", "money"]
    sold_as: str
    name: str
    customer: uuid.UUID | None
    sale: uuid.UUID | None
    order: uuid.UUID | None
    quantity: int | Decimal
    remaining: int | Decimal
    reserved: int | Decimal
    used: int | Decimal
    price: Decimal
    bought_at: datetime
    valid_until: datetime | None
    status: LotStatus
    label: str | None
    entries: list[CreditEntryView]


class BalanceView(View, frozen=True, kw_only=True):
    """What a customer has of a product, over all lots that are for it alone or among others (S1-8, S2-19)."""

    product: str
    bought: int
    remaining: int
    reserved: int
    used: int


class CreditPage(View, frozen=True, kw_only=True):
    """A customer's lots, the first bought first, and what they add up to by product."""

    items: list[LotView]
    balances: list[BalanceView]
    next: str | None


class SaleLineView(View, frozen=True, kw_only=True):
    """A line. `lot`: the credits that pay for it; `locked`: it is deleted and entered again, not edited.

    `label`: “Package” where the customer has a credit for it.
    """

    id: uuid.UUID
    product: str
    description: str
    quantity: int
    unit_price: Decimal
    discount_percent: Decimal
    discount: Decimal
    amount: Decimal
    price_list: str | None
    why: str
    lot: uuid.UUID | None
    locked: bool
    staff: str | None
    label: str | None
    taxes: tuple[TaxRow, ...]


class CommissionView(View, frozen=True, kw_only=True):
    """What a commission is reckoned from: `basis` retail or package price (S1-7)."""

    line: uuid.UUID
    staff: str
    product: str
    quantity: int
    basis: Literal["retail", "package"]
    base: Decimal


class SaleChangeView(View, frozen=True, kw_only=True):
    """What the change did to a lot."""

    lot: uuid.UUID
    sold_as: str
    kind: EntryKind
    quantity: int | Decimal
    line: uuid.UUID | None


class SaleView(View, frozen=True, kw_only=True):
    """A sale, whole."""

    id: uuid.UUID
    version: int
    status: Status
    customer: uuid.UUID | None
    sold_at: datetime
    use_credits: bool
    lines: list[SaleLineView]
    total: Decimal
    taxes: tuple[TaxRow, ...]
    paid: Decimal
    due: Decimal
    payments: list[PaymentView]
    tickets: list[TicketView]
    commissions: list[CommissionView]
    changes: list[SaleChangeView] | UnsetType = UNSET
    price_difference: Decimal | UnsetType = UNSET
    plan: str | UnsetType = UNSET


class SalePage(View, frozen=True, kw_only=True):
    """A page of sales."""

    items: list[SaleView]
    next: str | None


class StockView(View, frozen=True, kw_only=True):
    """How many of a stock item are there."""

    product: str
    level: int


class StockPage(View, frozen=True, kw_only=True):
    """Everything whose stock is counted."""

    items: list[StockView]
    next: None
