"""Users: made, changed, disabled. Each write is in the caller's transaction, with its entry in the record."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.people.audit import Who, record
from api.people.sessions import end_sessions
from api.people.stored import USER_ROLES, UserRow
from catalog.base import new_id
from catalog.errors import Conflict, Invalid, NotFound, Problem
from catalog.queries import load_venue

_EMAIL = re.compile(r"[^@\s<>\x00-\x1f\x7f]+@[^@\s<>\x00-\x1f\x7f]+\Z")
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3


class Rights(Struct, frozen=True, kw_only=True):
    """What a user may do: the role, and what narrows it. `venue` and `resource` are keys."""

    role: str
    venue: str | None = None
    resource: str | None = None


def read_email(text: str) -> str:
    """As it is kept and compared; raises Invalid."""
    email = text.strip().lower()
    if len(email) > LONGEST_EMAIL or not _EMAIL.match(email):
        raise Invalid(problems=(Problem("email", "is not an e-mail address"),))
    return email


async def create_user(
    session: AsyncSession,
    organisation: uuid.UUID,
    who: Who,
    now: datetime,
    *,
    email: str,
    name: str,
    rights: Rights,
    password: str,
) -> UserRow:
    """A new user; `password` is the hash. Raises Invalid, NotFound, and Conflict where there is one."""
    venue = await _venue_id(session, organisation, rights)
    made: UserRow | None = await session.scalar(
        insert(UserRow)
        .values(
            id=new_id(),
            organisation_id=organisation,
            email=email,
            name=name or email,
            role=rights.role,
            venue_id=venue,
            resource_key=rights.resource,
            password=password,
            created_at=now,
            password_at=now,
        )
        .on_conflict_do_nothing(index_elements=[UserRow.organisation_id, UserRow.email])
        .returning(UserRow)
    )
    if made is None:
        raise Conflict(f"There is a user with the e-mail address {email} already.", code="user_exists")
    record(session, "user_created", who, organisation, made.id, role=made.role)
    return made


async def set_rights(
    session: AsyncSession, user: UserRow, rights: Rights, who: Who, *, name: str | None = None
) -> None:
    """Raises Invalid and NotFound."""
    user.venue_id = await _venue_id(session, user.organisation_id, rights)
    user.role, user.resource_key = rights.role, rights.resource
    if name is not None:
        user.name = name
    record(session, "user_changed", who, user.organisation_id, user.id, role=rights.role)


async def set_password(
    session: AsyncSession,
    user: UserRow,
    password: str,
    who: Who,
    now: datetime,
    *,
    session_kept: uuid.UUID | None = None,
) -> None:
    """`password` is the hash. Whoever was signed in with the old one is not any more, but for one session."""
    user.password, user.password_at = password, now
    await end_sessions(session, user.id, now, but=session_kept)
    record(session, "password_changed", who, user.organisation_id, user.id)


async def disable(session: AsyncSession, user: UserRow, who: Who, now: datetime) -> None:
    """Nobody signs in as this user any more, and nobody stays signed in; what was done keeps its name."""
    if user.disabled_at is None:
        user.disabled_at = now
        await end_sessions(session, user.id, now)
        record(session, "user_disabled", who, user.organisation_id, user.id)


def enable(session: AsyncSession, user: UserRow, who: Who) -> None:
    if user.disabled_at is not None:
        user.disabled_at = None
        record(session, "user_enabled", who, user.organisation_id, user.id)


async def find_user(session: AsyncSession, organisation: uuid.UUID, which: uuid.UUID | str) -> UserRow:
    """By id or e-mail address; raises NotFound."""
    mine = select(UserRow).where(UserRow.organisation_id == organisation)
    found = await session.scalar(
        mine.where(UserRow.email == which.strip().lower() if isinstance(which, str) else UserRow.id == which)
    )
    if found is None:
        raise NotFound("There is no such user.")
    return found


async def list_users(
    session: AsyncSession,
    organisation: uuid.UUID,
    *,
    venue: uuid.UUID | None = None,
    limit: int,
    after: uuid.UUID | None = None,
) -> tuple[Sequence[UserRow], uuid.UUID | None]:
    """The oldest first, and where the next page begins; `venue`: those who are narrowed to it alone."""
    wanted = select(UserRow).where(UserRow.organisation_id == organisation)
    if venue is not None:
        wanted = wanted.where(UserRow.venue_id == venue)
    if after is not None:
        wanted = wanted.where(UserRow.id > after)
    rows = (await session.scalars(wanted.order_by(UserRow.id).limit(limit + 1))).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


async def _venue_id(session: AsyncSession, organisation: uuid.UUID, rights: Rights) -> uuid.UUID | None:
    """The venue that the rights are narrowed to; raises Invalid where the role needs more, and NotFound."""
    if rights.role not in USER_ROLES:
        raise Invalid(f"There is no role {rights.role!r} for users; they are {', '.join(USER_ROLES)}.")
    if rights.role == "staff" and not (rights.venue and rights.resource):
        raise Invalid("A user with the role staff needs the venue and the resource whose calendar it sees.")
    if rights.role != "staff" and rights.resource:
        raise Invalid("A resource makes sense for the role staff alone.")
    if rights.venue is None:
        return None
    at = await load_venue(session, organisation, rights.venue)
    if rights.resource is not None and rights.resource not in at.resource_ids:
        raise NotFound(f"The venue {rights.venue!r} has no resource {rights.resource!r}.")
    return at.id
