"""Credits as stored: lots of rights bought earlier, and an immutable ledger of what became of them.

A balance is never written by itself. Every entry moves so many credits from one account of the lot to another
and carries the balances after it, numbered without a gap: the constraints below refuse a balance below zero,
and two entries that both believe to be the next one. docs/explanation/credits.md
"""

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

KINDS = ("issue", "reserve", "use", "return", "expire", "adjust")
ACCOUNTS = ("outside", "remaining", "reserved", "used", "expired")


class CreditLot(Base):
    """What was bought at once: times of one of `products`, or money (`is_money`). It does not change.

    `price`: what was paid for the whole lot. `position`: its place among the lots of one sale or order. Only
    `open_until` follows the entries: when what remains ends, None where nothing does (for the periodic task).
    Customer and price of a lot that an order gave (`order_line_id`, `component`) follow the order, with an
    entry that says so, while nothing of it is used (pricing.rights).
    """

    __tablename__ = "credit_lot"
    __table_args__ = (
        ForeignKeyConstraint(
            ["venue_id", "customer_id"],
            ["customer.venue_id", "customer.id"],
            deferrable=True,  # a customer made in the same transaction may be written after the lot
            initially="DEFERRED",
        ),
        CheckConstraint("is_money = (cardinality(products) = 0)", name="products"),
        CheckConstraint("quantity > 0 AND price >= 0", name="amounts"),
        Index("ix_credit_lot_venue_id_customer_id", "venue_id", "customer_id"),
        Index("ix_credit_lot_venue_id_sale_id", "venue_id", "sale_id"),
        Index("ix_credit_lot_venue_id_order_id", "venue_id", "order_id"),
        Index("ix_credit_lot_open_until", "open_until", postgresql_where=text("open_until IS NOT NULL")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[uuid.UUID | None]
    sold_as: Mapped[str]
    sold_name: Mapped[str]
    products: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_money: Mapped[bool]
    quantity: Mapped[Decimal]
    price: Mapped[Decimal]
    commission_base: Mapped[str]
    bought_at: Mapped[datetime]
    position: Mapped[int]
    sale_id: Mapped[uuid.UUID | None]
    sale_line_id: Mapped[uuid.UUID | None]
    order_id: Mapped[uuid.UUID | None]
    order_line_id: Mapped[uuid.UUID | None]
    component: Mapped[str | None]
    open_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CreditEntry(Base):
    """`quantity` credits (`units`: which ones, counted from 1) went from one account to another.

    `at`: as of when, which is earlier than `recorded_at` for a sale that is dated back.
    `value`: what they were bought for. After it: the balances, and the exclusive end of the validity. What it
    was done for: a line of a sale or of an order, or a payment.
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "lot_id"], ["credit_lot.venue_id", "credit_lot.id"]),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"source IN {ACCOUNTS} AND target IN {ACCOUNTS}", name="accounts"),
        CheckConstraint("quantity >= 0 AND seq >= 1", name="quantity"),
        CheckConstraint(
            "remaining >= 0 AND reserved >= 0 AND used >= 0 AND expired >= 0", name="never_negative"
        ),
        Index("ix_credit_entry_venue_id_sale_id", "venue_id", "sale_id"),
        Index("ix_credit_entry_venue_id_order_id", "venue_id", "order_id"),
        Index("ix_credit_entry_venue_id_at", "venue_id", "at"),
        Index("ix_credit_entry_addressed", "recorded_at", postgresql_where=text("actor_address <> ''")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    kind: Mapped[str]
    source: Mapped[str]
    target: Mapped[str]
    quantity: Mapped[Decimal]
    units: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    value: Mapped[Decimal]
    remaining: Mapped[Decimal]
    reserved: Mapped[Decimal]
    used: Mapped[Decimal]
    expired: Mapped[Decimal]
    valid_until: Mapped[datetime | None]
    product: Mapped[str | None]
    sale_id: Mapped[uuid.UUID | None]
    order_id: Mapped[uuid.UUID | None]
    line_id: Mapped[uuid.UUID | None]
    payment_id: Mapped[uuid.UUID | None]
    reason: Mapped[str]
    actor_key: Mapped[uuid.UUID | None]
    actor_role: Mapped[str]
    actor_name: Mapped[str]
    actor_address: Mapped[str] = mapped_column(server_default="")
