"""What changed between two values of an order, booking by booking."""

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from booking.lines import Allocation, Booking, Order

ChangeKind = Literal["added", "moved", "reassigned", "resized", "cancelled"]


class BookingChange(Struct, frozen=True, kw_only=True):
    """What was and what is of one booking. A change of time tells more than one of resources or of size."""

    kind: ChangeKind
    booking: uuid.UUID
    was: Booking | None
    now: Booking | None


def changes(before: Order | None, after: Order) -> tuple[BookingChange, ...]:
    """Every booking added, moved, reassigned, resized or cancelled, in the order of the lines."""
    was = {b.id: b for b in before.bookings} if before is not None else {}
    return tuple(_changes(was, after))


def _changes(was: dict, after: Order) -> Iterator[BookingChange]:  # type: ignore[type-arg]
    for booking in after.bookings:
        old = was.get(booking.id)
        kind = _kind(old, booking)
        if kind is not None:
            yield BookingChange(kind=kind, booking=booking.id, was=old, now=booking)


def _kind(old: Booking | None, new: Booking) -> ChangeKind | None:
    if old is None or not old.active:
        return "added" if new.active else None
    if not new.active:
        return "cancelled"
    if (old.start, old.end) != (new.start, new.end):
        return "moved"
    if _resources(old.allocations) != _resources(new.allocations) or old.place != new.place:
        return "reassigned"
    if old.quantity != new.quantity or old.guests != new.guests:
        return "resized"
    return None


def _resources(allocations: tuple[Allocation, ...]) -> set[tuple[int, str]]:
    return {(a.need, a.resource) for a in allocations}


def price_difference(before: Order | None, after: Order) -> Decimal:
    """What the change costs more; less where it is negative."""
    return after.total - (before.total if before is not None else Decimal(0))
