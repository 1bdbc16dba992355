"""Orders, their lines and their versions, as stored (docs/decisions/0003-orders-as-values.md).

What an order is, is the value of its present version. The other rows are what the database itself finds,
joins and guards it by; `booking.rows` makes them from the value.
"""

import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

STATUSES = ("held", "confirmed", "cancelled")


class OrderRow(Base):
    """An order, and the interval [starts_at, ends_at) that it reaches over.

    `feed_token` is the secret of the order's calendar address. It is kept readable, because the address is
    shown whenever the order is; a digest beside it would protect nothing. It opens that calendar alone.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("venue_id", "number"),
        UniqueConstraint("venue_id", "feed_token"),
        ForeignKeyConstraint(
            ["venue_id", "customer_id"],
            ["customer.venue_id", "customer.id"],
            deferrable=True,  # a customer made in the same transaction may be written after the order
            initially="DEFERRED",
        ),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        Index("ix_orders_venue_id_starts_at", "venue_id", "starts_at", "id"),
        Index("ix_orders_venue_id_customer_id", "venue_id", "customer_id"),
        Index("ix_orders_held", "venue_id", "held_until", postgresql_where=text("status = 'held'")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    version: Mapped[int]
    status: Mapped[str]
    held_until: Mapped[datetime | None]
    customer_id: Mapped[uuid.UUID | None]
    total: Mapped[Decimal]
    feed_token: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


REACH = func.tstzrange(OrderRow.starts_at, OrderRow.ends_at)
Index("ix_orders_reach", OrderRow.venue_id, REACH, postgresql_using="gist")


class OrderLineRow(Base):
    """One package or single product on an order."""

    __tablename__ = "order_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            deferrable=True,  # the order is written last, when its number has been taken
            initially="DEFERRED",
        ),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index("ix_order_line_order_id", "order_id"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID]
    position: Mapped[int]
    package: Mapped[str]
    start_at: Mapped[datetime]
    participants: Mapped[int]
    status: Mapped[str]


class OrderVersionRow(Base):
    """What the order was from `at` on (`value` is an Order, whole), and who made it so. Only ever added.

    The audit, what undo goes back to, and, the last one, the order as it is.
    """

    __tablename__ = "order_version"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "order_id"], ["orders.venue_id", "orders.id"]),
        Index("ix_order_version_venue_id_at", "venue_id", "at"),  # what changed lately
        Index("ix_order_version_addressed", "at", postgresql_where=text("actor_address <> ''")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_key: Mapped[uuid.UUID | None]
    actor_role: Mapped[str]
    actor_name: Mapped[str]
    actor_address: Mapped[str] = mapped_column(server_default="")
    what: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(JSONB)


def new_feed_token(venue_id: uuid.UUID) -> str:
    """A secret that nobody guesses (208 random bits), behind the venue in which it is to be looked up."""
    return urlsafe_b64encode(venue_id.bytes + secrets.token_bytes(26)).decode()


def venue_of(feed_token: str) -> uuid.UUID | None:
    """The venue of a token; None for anything that cannot be one."""
    try:
        return uuid.UUID(bytes=urlsafe_b64decode(feed_token[:24])[:16])
    except ValueError:
        return None
