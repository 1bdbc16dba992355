"""What an action answers: the orders as they are (or would be) after it, and what changed."""

import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from booking.lines import Booking, Order

ChangeKind = Literal["added", "moved", "reassigned", "resized", "cancelled"]


class BookingChange(Struct, frozen=True, kw_only=True):
    """What was and what is of one booking. A change of time tells more than one of resources or of size."""

    kind: ChangeKind
    booking: uuid.UUID
    was: Booking | None
    now: Booking | None


class Outcome(Struct, frozen=True, kw_only=True):
    """`before` and `orders` stand in the same order; `plan` applies exactly this (given by previews)."""

    orders: tuple[Order, ...]
    before: tuple[Order | None, ...]
    changes: tuple[BookingChange, ...] = ()
    price_difference: Decimal = Decimal(0)
    plan: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def order(self) -> Order:
        """The order, where it is one."""
        return self.orders[0]


Keep = Callable[[AsyncSession, Outcome], Awaitable[None]]
"""Called in the writing transaction just before it commits."""
