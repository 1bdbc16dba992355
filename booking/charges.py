"""Charges: what an order owes, entry by entry, each written with its version. Only ever added."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from booking.billing import charged
from booking.lines import Order
from catalog.base import Base, new_id

KINDS = ("booking", "change", "discount", "cancellation", "fee")


class ChargeRow(Base):
    """An amount owed from `at` on, negative where less is owed, and its tax: `rate`, `net`, `tax`, `gross`.

    Those of an order sum to its price and fees at every moment, also while it is held. Who and why: the
    version that made it.
    """

    __tablename__ = "charge"
    __table_args__ = (
        ForeignKeyConstraint(
            ["venue_id", "order_id", "version"],
            ["order_version.venue_id", "order_version.order_id", "order_version.version"],
        ),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_charge_venue_id_order_id", "venue_id", "order_id", "version"),
        Index("ix_charge_venue_id_at", "venue_id", "at"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID]
    version: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str]
    amount: Mapped[Decimal]
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


def charge_rows(
    venue_id: uuid.UUID, before: Order | None, after: Order, at: datetime
) -> list[dict[str, Any]]:
    """The rows of `charge` that make what `before` owed what `after` owes; none where that is the same."""
    return [
        {
            "venue_id": venue_id,
            "id": new_id(),
            "order_id": after.id,
            "version": after.version,
            "at": at,
            "kind": kind,
            "amount": more.amount,
            "taxes": msgspec.to_builtins(more.taxes),
        }
        for kind, more in charged(before, after)
    ]
