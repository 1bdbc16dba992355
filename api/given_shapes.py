"""The shapes of what orders and sales hand over: tickets, and lots of credits."""

import uuid
from datetime import date as Date  # noqa: N812 - as in pricing.quote
from datetime import datetime
from decimal import Decimal

from api.shape import View


class TicketView(View, frozen=True, kw_only=True):
    """The right to enter: its code, as text and as what the QR code says. `day`: that it is for."""

    id: uuid.UUID
    line: uuid.UUID
    product: str
    name: str
    component: str | None
    code: str
    day: Date | None
    used_at: datetime | None


class TicketPage(View, frozen=True, kw_only=True):
    """All tickets of a sale or an order."""

    items: list[TicketView]
    next: None


class GivenView(View, frozen=True, kw_only=True):
    """A lot of credits that an order gave: times of any of `products`, or without any, money."""

    lot: uuid.UUID
    line: uuid.UUID | None
    component: str | None
    products: tuple[str, ...]
    quantity: int | Decimal
    remaining: int | Decimal
    price: Decimal
    valid_until: datetime | None
