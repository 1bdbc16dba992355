"""Bookings, the resources they hold, and the rows that writers lock, as stored."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, TSTZRANGE, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from booking.orders import STATUSES
from catalog.base import Base

GUARD = "allocation_guard"
"""The constraint by which no resource is ever held twice (P5, P6). Migrations do not notice its absence."""


class BookingRow(Base):
    """One session or one delivery; `position` is its place among those of its line.

    `names` are those of its guests, here so that `updated_at` is the last change of all that calendars show.
    """

    __tablename__ = "booking"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "line_id"], ["order_line.venue_id", "order_line.id"]),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("start_at < end_at", name="not_empty"),
        Index("ix_booking_order_id", "order_id"),
        Index("ix_booking_line_id", "line_id"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    position: Mapped[int]
    component: Mapped[str]
    product: Mapped[str]
    goods: Mapped[bool]
    guests: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    quantity: Mapped[int]
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    status: Mapped[str]
    message: Mapped[str]
    locked: Mapped[bool]
    place: Mapped[str | None]
    overrides: Mapped[list[str]] = mapped_column(ARRAY(Text))
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sequence: Mapped[int]
    names: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    updated_at: Mapped[datetime]


class AllocationRow(Base):
    """An indivisible resource held by a booking, for as long as the row exists: what is released is deleted.

    `chosen_id` is the resource that was chosen, `resource_id` what it holds: itself, or one leaf of a
    divisible hall. `places` are the numbers taken of 1 … `capacity`, as many as `quantity`; an exclusive
    or seated use takes every number, so that one constraint refuses every kind of collision.

    `doubled`: since a hall was divided, somebody else holds the same at that time. Such a row has the numbers
    that the others leave it, perhaps none, so that nobody new comes in (booking/crowding.py).
    """

    __tablename__ = "allocation"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "booking_id"], ["booking.venue_id", "booking.id"]),
        # None to `resource`: the days locked before have it, and here it would cost as much as the guard.
        # IS TRUE: a bound that is absent is NULL, which a CHECK would let pass.
        CheckConstraint(
            "(isfinite(lower(during)) AND isfinite(upper(during))) IS TRUE"
            " AND lower_inc(during) AND NOT upper_inc(during)",
            name="during",
        ),
        CheckConstraint(
            "doubled OR CASE WHEN use = 'shared'"
            " THEN (lower(places) >= 1 AND upper(places) <= capacity + 1) IS TRUE AND quantity >= 1"
            " ELSE use IN ('exclusive', 'seated') AND places = '{[1,)}' AND quantity = 1 END",
            name="places",
        ),
        ExcludeConstraint(
            ("venue_id", "="),
            ("resource_id", "="),
            ("during", "&&"),  # before `places`: it separates more
            ("places", "&&"),
            using="gist",
            name=GUARD,
            deferrable=True,  # so that one UPDATE may number all guests of a room anew
            initially="IMMEDIATE",
        ),
        Index("ix_allocation_order_id", "order_id"),
        Index("ix_allocation_booking_id", "booking_id"),
        Index("ix_allocation_doubled", "venue_id", postgresql_where=text("doubled")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    booking_id: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID]
    resource_id: Mapped[uuid.UUID]
    chosen_id: Mapped[uuid.UUID]
    pool: Mapped[str]
    need: Mapped[int]
    use: Mapped[str]
    quantity: Mapped[int]
    capacity: Mapped[int]
    places: Mapped[Any] = mapped_column(INT4MULTIRANGE)
    during: Mapped[Any] = mapped_column(TSTZRANGE)
    doubled: Mapped[bool] = mapped_column(server_default=false())


class ResourceDay(Base):
    """A resource on a UTC day: the row that every writer locks, freeing too, before it reads what is taken.

    The guard alone would be right, but competing writers would deadlock in it. The other columns say what
    all rows of `allocation` come to on that day (booking/day_rows.py); `version` rises whenever they change.
    """

    __tablename__ = "resource_day"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "resource_id"], ["resource.venue_id", "resource.id"]),
        Index("ix_resource_day_venue_id_day", "venue_id", "day", "resource_id"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    busy: Mapped[bytes] = mapped_column(server_default="")
    load: Mapped[bytes] = mapped_column(server_default="")
    crowded: Mapped[bool] = mapped_column(server_default=false())
    version: Mapped[int] = mapped_column(BigInteger, server_default="0")
