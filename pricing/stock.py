"""The stock of goods: an append-only list of movements for each stock item, with the level after each."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class StockItem(Base):
    """A product whose stock is counted, by its key; the row is what writers lock."""

    __tablename__ = "stock_item"

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)


class StockMovement(Base):
    """So many came (or went: negative), and the `level` after it. Below zero is what orders were promised
    beyond what is on the shelf; no sale takes it there.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "product"], ["stock_item.venue_id", "stock_item.product"]),
        CheckConstraint(
            "level >= 0 OR change > 0 OR order_id IS NOT NULL", name="nothing_sold_that_is_not_there"
        ),
        Index("ix_stock_movement_venue_id_sale_id", "venue_id", "sale_id"),
        Index("ix_stock_movement_venue_id_order_id", "venue_id", "order_id"),
        Index("ix_stock_movement_addressed", "at", postgresql_where=text("actor_address <> ''")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    product: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    change: Mapped[int]
    level: Mapped[int]
    reason: Mapped[str]
    sale_id: Mapped[uuid.UUID | None]
    order_id: Mapped[uuid.UUID | None]
    actor_key: Mapped[uuid.UUID | None]
    actor_role: Mapped[str]
    actor_name: Mapped[str]
    actor_address: Mapped[str] = mapped_column(server_default="")
