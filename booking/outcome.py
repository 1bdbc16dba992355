"""What an action answers: the orders as they are (or would be) after it, and what changed."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from booking.difference import BookingChange as BookingChange
from booking.lines import Order


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
