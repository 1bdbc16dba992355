"""The shapes of what is answered (contract.md): what the answers and their description are made of.

Instants carry the venue's offset, amounts are strings. A booking's version is that of its order.
"""

import uuid
from datetime import date as Date  # noqa: N812 - as in pricing.quote
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import UNSET, UnsetType

from api.given_shapes import GivenView, TicketView
from api.shape import View as View
from booking.lines import Status
from catalog.specs import Use
from pricing.taxes import TaxRow


class CustomerView(View, frozen=True, kw_only=True):
    """Who pays."""

    id: uuid.UUID
    name: str
    email: str
    phone: str
    tier: str | None
    language: str | None


class AllocationView(View, frozen=True, kw_only=True):
    """A resource held, buffers included: the one chosen, not its parts."""

    resource: str
    pool: str
    use: Use
    places: int
    start: datetime
    end: datetime


class BookingView(View, frozen=True, kw_only=True):
    """One session of a service, or one delivery of goods (`end` null)."""

    id: uuid.UUID
    version: int
    order: uuid.UUID
    line: uuid.UUID
    component: str
    product: str
    quantity: int
    guests: tuple[int, ...]
    start: datetime | None
    end: datetime | None
    status: Status
    message: str
    locked: bool
    place: str | None
    warnings: tuple[str, ...]
    allocations: list[AllocationView]


class GuestView(View, frozen=True, kw_only=True):
    """One of the participants of a line, by number. `note`: diet and wishes, in the guest's words."""

    line: uuid.UUID
    number: int
    name: str
    email: str
    note: str
    required: dict[str, str]
    preferred: dict[str, str]
    choices: dict[str, str]


class AdjustedStart(View, frozen=True, kw_only=True):
    """A time that staff gave a component: day 1 is the first date of its line."""

    day: int
    time: str


class AdjustmentView(View, frozen=True, kw_only=True):
    """What staff made of a component: the difference that is kept, and who does not take part."""

    difference: int
    excluded: tuple[int, ...]
    start: AdjustedStart | None
    message: str
    cancelled: bool
    unit_price: Decimal | None
    duration_minutes: int | None


class LineView(View, frozen=True, kw_only=True):
    """One package (or single product) on an order."""

    id: uuid.UUID
    package: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    name: str
    participants: int
    start: datetime
    end: datetime
    status: Status
    discount: dict[str, Any] | None
    adjustments: dict[str, AdjustmentView]


class ChangeView(View, frozen=True, kw_only=True):
    """What became of one booking."""

    kind: Literal["added", "moved", "reassigned", "resized", "cancelled"]
    booking: uuid.UUID
    component: str
    was: BookingView | None
    now: BookingView | None


class FeeView(View, frozen=True, kw_only=True):
    """What it cost to cancel a line (by its position), with its own tax."""

    line: int
    on: Date
    percent: Decimal
    of: Decimal
    amount: Decimal
    taxes: tuple[TaxRow, ...]
    why: str


class DueView(View, frozen=True, kw_only=True):
    """A part of what is owed, fees too: by when, and how much of it has been paid."""

    due: Date
    amount: Decimal
    paid: Decimal
    overdue: bool


class PaymentView(View, frozen=True, kw_only=True):
    """Money that changed hands; a negative amount was paid back."""

    id: uuid.UUID
    amount: Decimal
    method: str
    reference: str
    at: datetime
    by: str


class MailDueView(View, frozen=True, kw_only=True):
    """A mail that goes out with a change."""

    kind: Literal["confirmation", "change", "cancellation"]
    recipient: str


class OrderView(View, frozen=True, kw_only=True):
    """An order, whole. `package` (or `product`), `participants` and `start` where it has a single line.

    `owed` is the price with the fees, `due` what of it is not paid yet (negative: to be paid back), `overdue`
    what should have been paid by yesterday. `tickets` and `credits`: what it gave when it was confirmed.
    `mails`: of a preview, who would be written to.
    """

    id: uuid.UUID
    number: int | None
    version: int
    status: Status
    held_until: datetime | None
    package: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    participants: int | UnsetType = UNSET
    start: datetime | UnsetType = UNSET
    end: datetime
    customer: CustomerView | None
    note: str
    discount: dict[str, Any] | None
    lines: list[LineView]
    guests: list[GuestView]
    bookings: list[BookingView]
    use_credits: bool
    price: dict[str, Any]
    fees: list[FeeView]
    owed: Decimal
    paid: Decimal
    due: Decimal
    overdue: Decimal
    installments: list[DueView]
    payments: list[PaymentView]
    tickets: list[TicketView]
    credits: list[GivenView]
    calendar_url: str | None
    optimal: bool
    changes: list[ChangeView] | UnsetType = UNSET
    price_difference: Decimal | UnsetType = UNSET
    warnings: tuple[str, ...] | UnsetType = UNSET
    mails: list[MailDueView] | UnsetType = UNSET
    plan: str | UnsetType = UNSET


class OrdersView(View, frozen=True, kw_only=True):
    """Several orders changed at once."""

    orders: list[OrderView]
    changes: list[ChangeView]
    price_difference: Decimal
    warnings: tuple[str, ...]
    plan: str | UnsetType = UNSET


class OrderPage(View, frozen=True, kw_only=True):
    """A page of orders."""

    items: list[OrderView]
    next: str | None


class VersionView(View, frozen=True, kw_only=True):
    """One version of an order or a sale: what was done, by whom, from which address of the network.

    `address` is empty where no request made it, and once it is forgotten (`SOJOURN_ADDRESS_DAYS`).
    """

    version: int
    at: datetime
    what: str
    role: str
    by: str
    address: str


class HistoryView(View, frozen=True, kw_only=True):
    """The versions of an order, in order."""

    items: list[VersionView]
    next: None


class CustomerPage(View, frozen=True, kw_only=True):
    """A page of customers."""

    items: list[CustomerView]
    next: str | None


class SlotView(View, frozen=True, kw_only=True):
    """A start; `end` where it is the same for every placement."""

    start: datetime
    end: datetime | None


class SlotsView(View, frozen=True, kw_only=True):
    """Every start that can be booked. Not `complete`: from `unknown_from` on it is not known."""

    slots: list[SlotView]
    complete: bool
    unknown_from: datetime | None
    next: datetime | None
    refused: list[dict[str, Any]] | UnsetType = UNSET
