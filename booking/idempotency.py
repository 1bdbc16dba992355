"""The answers kept for requests that may be sent again (contract.md, Conventions), as stored."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

STATES = ("running", "done")


class IdempotencyRow(Base):
    """One request by the caller's key and the key it sent; `route` names method and path.

    `instance` is the server process that runs it, so that what a crash left running can be told.
    """

    __tablename__ = "idempotency"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_idempotency_created_at", "created_at"),
    )

    key_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    state: Mapped[str]
    instance: Mapped[uuid.UUID]
    status: Mapped[int | None]
    body: Mapped[bytes | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
