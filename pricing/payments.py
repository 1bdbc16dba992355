"""Payments: what was paid for an order or a sale, and what was paid back. Only ever added."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Payment(Base):
    """Money that changed hands; a negative `amount` was paid back. There is no card number in it (S3).

    `taxes`: what it settles of each tax rate (pricing.paying), as it was worked out when it was recorded, so
    that the takings of a day never change afterwards.
    """

    __tablename__ = "payment"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "order_id"], ["orders.venue_id", "orders.id"]),
        CheckConstraint("num_nonnulls(order_id, sale_id) = 1", name="one_subject"),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_payment_venue_id_order_id", "venue_id", "order_id"),
        Index("ix_payment_venue_id_sale_id", "venue_id", "sale_id"),
        Index("ix_payment_venue_id_at", "venue_id", "at"),
        Index("ix_payment_addressed", "at", postgresql_where=text("actor_address <> ''")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID | None]
    sale_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    amount: Mapped[Decimal]
    method: Mapped[str]
    reference: Mapped[str]
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    actor_key: Mapped[uuid.UUID | None]
    actor_role: Mapped[str]
    actor_name: Mapped[str]
    actor_address: Mapped[str] = mapped_column(server_default="")
