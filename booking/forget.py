"""Taking a person out of what is kept of orders. What was booked, charged and changed stays as it is.

The one writer that touches a version that was written: names, addresses, notes and messages become empty,
and nothing else. So every sum, every interval and the order of versions are what they were.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import BookingRow
from booking.feeds import FeedRow
from booking.orders import OrderRow, OrderVersionRow

PERSONAL = {"name": "", "email": "", "note": ""}


async def orders_of(session: AsyncSession, venue_id: uuid.UUID, customer: uuid.UUID) -> list[uuid.UUID]:
    """The orders that are the customer's, or were in one of their versions."""
    now = select(OrderRow.id).where(OrderRow.venue_id == venue_id, OrderRow.customer_id == customer)
    once = select(OrderVersionRow.order_id).where(
        OrderVersionRow.venue_id == venue_id, OrderVersionRow.value["customer"].astext == str(customer)
    )
    return sorted(set((await session.scalars(now.union(once))).all()))


async def ends_last(session: AsyncSession, venue_id: uuid.UUID, customer: uuid.UUID) -> datetime | None:
    """When the last of the customer's orders that hold something is over."""
    last: datetime | None = await session.scalar(
        select(OrderRow.ends_at)
        .where(
            OrderRow.venue_id == venue_id, OrderRow.customer_id == customer, OrderRow.status != "cancelled"
        )
        .order_by(OrderRow.ends_at.desc())
        .limit(1)
    )
    return last


async def forget_in_orders(
    session: AsyncSession, venue_id: uuid.UUID, customer: uuid.UUID, now: datetime
) -> list[uuid.UUID]:
    """Takes the person out of every version made for this customer, in the caller's transaction."""
    orders = await orders_of(session, venue_id, customer)
    mine = (OrderVersionRow.venue_id == venue_id) & OrderVersionRow.order_id.in_(orders)
    versions = await session.execute(
        select(OrderVersionRow.order_id, OrderVersionRow.version, OrderVersionRow.value)
        .where(mine, OrderVersionRow.value["customer"].astext == str(customer))
        .order_by(OrderVersionRow.order_id, OrderVersionRow.version)
        .with_for_update()
    )
    emptied = [
        {"of_order": order, "of_version": version, "emptied": anonymous(value)}
        for order, version, value in versions
    ]
    if emptied:
        table = OrderVersionRow.__table__
        await session.execute(
            update(table)  # type: ignore[arg-type]  # a Table, of one entity
            .where(
                table.c.venue_id == venue_id,
                table.c.order_id == bindparam("of_order"),
                table.c.version == bindparam("of_version"),
            )
            .values(value=bindparam("emptied", type_=table.c.value.type)),
            emptied,
        )
    await session.execute(
        update(OrderVersionRow)
        .where(mine, OrderVersionRow.actor_role == "customer")
        .values(actor_name="", actor_address="")
    )
    present = select(OrderRow.id).where(OrderRow.venue_id == venue_id, OrderRow.customer_id == customer)
    bookings = update(BookingRow).where(BookingRow.venue_id == venue_id, BookingRow.order_id.in_(present))
    await session.execute(bookings.values(message="", names=[]))
    await _end_feeds(session, venue_id, customer, orders, now)
    return orders


def anonymous(value: dict[str, Any]) -> dict[str, Any]:
    """The stored order with nothing in it that names or describes a person; what it does not have it does
    not get.
    """
    return _without(value, ("note",)) | {"lines": [_anonymous_line(line) for line in value["lines"]]}


def _anonymous_line(line: dict[str, Any]) -> dict[str, Any]:
    emptied = {
        "guests": [_without(guest, tuple(PERSONAL)) for guest in line["guests"]],
        "bookings": [_without(booking, ("message",)) for booking in line.get("bookings", ())],
        "adjustments": {
            component: _without(made, ("message",)) for component, made in line.get("adjustments", {}).items()
        },
    }
    return line | {name: part for name, part in emptied.items() if name in line}


def _without(value: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: "" if name in names else part for name, part in value.items()}


async def _end_feeds(
    session: AsyncSession, venue_id: uuid.UUID, customer: uuid.UUID, orders: list[uuid.UUID], now: datetime
) -> None:
    theirs = or_(FeedRow.subject == customer, FeedRow.order_id.in_(orders))
    still = update(FeedRow).where(FeedRow.venue_id == venue_id, theirs, FeedRow.revoked_at.is_(None))
    await session.execute(still.values(revoked_at=now))
