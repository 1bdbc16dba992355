"""The record of what was done that has no history of its own: with rights, personal data, blocks, calendars,
links, mails. Written in the transaction of what was done.

Orders, sales, credits, stock, payments and the catalog have histories, in which who did it stands with it.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.people.stored import AuditRow
from catalog.base import new_id, utc_now

What = Literal[
    "signed_in",
    "sign_in_failed",
    "sign_in_locked",
    "signed_out",
    "password_changed",
    "user_created",
    "user_changed",
    "user_disabled",
    "user_enabled",
    "sessions_ended",
    "key_created",
    "key_revoked",
    "customer_exported",
    "customer_erased",
    "forgotten",
    "customer_created",
    "block_made",
    "block_removed",
    "calendar_imported",
    "import_changed",
    "import_read",
    "import_removed",
    "feed_made",
    "feed_revoked",
    "link_made",
    "links_ended",
    "mail_written",
    "mail_sent_again",
    "wording_changed",
    "wording_removed",
    "ticket_used",
    "plan_asked",
    "plan_cancelled",
]


class Who(Struct, frozen=True, kw_only=True):
    """Who does something: the key or user (None: the server or its commands), and from where."""

    by: uuid.UUID | None = None
    role: str = "system"
    name: str = ""
    address: str = ""


COMMAND_LINE = Who(name="command line")
THE_SERVER = Who(name="Sojourn")


def record(
    session: AsyncSession,
    what: What,
    who: Who,
    organisation: uuid.UUID | None,
    subject: uuid.UUID | None = None,
    /,
    **details: Any,
) -> None:
    """Adds an entry in the caller's transaction. `details` hold no secret and no name of a customer."""
    session.add(
        AuditRow(
            id=new_id(),
            organisation_id=organisation,
            at=utc_now(),
            what=what,
            by=who.by,
            role=who.role,
            name=who.name,
            address=who.address,
            subject=subject,
            details=details,
        )
    )


async def entries(
    session: AsyncSession,
    organisation: uuid.UUID,
    *,
    what: What | None,
    subject: uuid.UUID | None,
    limit: int,
    before: uuid.UUID | None,
) -> tuple[Sequence[AuditRow], uuid.UUID | None]:
    """The newest first, and where the next page begins."""
    wanted = select(AuditRow).where(AuditRow.organisation_id == organisation)
    if what is not None:
        wanted = wanted.where(AuditRow.what == what)
    if subject is not None:
        wanted = wanted.where((AuditRow.subject == subject) | (AuditRow.by == subject))
    if before is not None:
        wanted = wanted.where(AuditRow.id < before)
    rows = (await session.scalars(wanted.order_by(AuditRow.id.desc()).limit(limit + 1))).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


async def forget_entries(session: AsyncSession, now: datetime, days: int) -> None:
    """The retention of the record itself: the one thing that ever takes an entry away."""
    await session.execute(delete(AuditRow).where(AuditRow.at < now - timedelta(days=days)))
