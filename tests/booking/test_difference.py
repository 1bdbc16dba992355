"""What changed between two values of an order, booking by booking."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from booking.difference import changes, price_difference
from booking.lines import Allocation, Booking, Line, Order
from catalog.ids import new_id
from catalog.specs import AsSold
from tests.building import at, package

HELD = Allocation(
    resource="r1", pool="rooms", need=0, use="seated", places=1, start=at("10:00"), end=at("11:00")
)
BOOKING = Booking(
    id=new_id(),
    component="massage",
    product="massage",
    guests=(1, 2),
    quantity=2,
    start=at("10:00"),
    end=at("11:00"),
    place="r1",
    allocations=(HELD,),
)
SOLD = AsSold(package=package(), products={})
LINE = Line(id=new_id(), position=0, sold=SOLD, start=at("10:00"), guests=(), next_guest=1)


def order(*bookings: Booking, total: str = "100.00") -> Order:
    return Order(id=LINE.id, lines=(replace(LINE, bookings=bookings),), price={}, total=Decimal(total))


def kinds(before: Booking | None, after: Booking) -> list[str]:
    was = order(*([before] if before else []))
    return [change.kind for change in changes(was, order(after))]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, []),
        ({"message": "no nuts", "locked": True, "sequence": 4}, []),
        ({"start": at("10:05")}, ["moved"]),
        ({"end": at("11:05")}, ["moved"]),
        ({"place": "r2"}, ["reassigned"]),
        ({"allocations": ()}, ["reassigned"]),
        ({"quantity": 3}, ["resized"]),
        ({"guests": (1, 3)}, ["resized"]),
        ({"status": "cancelled"}, ["cancelled"]),
        ({"status": "held"}, []),
        ({"start": at("10:05"), "quantity": 3, "place": "r2"}, ["moved"]),
    ],
)
def test_a_booking_changes_in_one_way(fields: dict[str, Any], kind: list[str]) -> None:
    """A change of time tells more than one of resources, and that more than one of size."""
    assert kinds(BOOKING, replace(BOOKING, **fields)) == kind


def test_what_is_new_is_added_and_what_came_back_too() -> None:
    cancelled = replace(BOOKING, status="cancelled")
    assert kinds(None, BOOKING) == ["added"]
    assert kinds(cancelled, BOOKING) == ["added"]
    assert kinds(cancelled, cancelled) == []
    assert kinds(None, cancelled) == []


def test_a_first_booking_is_all_addition() -> None:
    (change,) = changes(None, order(BOOKING))
    assert (change.kind, change.was, change.now) == ("added", None, BOOKING)


def test_the_price_difference_is_what_the_change_costs_more() -> None:
    dearer = order(total="130.00")
    assert price_difference(order(), dearer) == Decimal("30.00")
    assert price_difference(dearer, order()) == Decimal("-30.00")
    assert price_difference(None, dearer) == Decimal("130.00")
