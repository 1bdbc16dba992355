"""Signing in and out: the check of a password, and the session that comes of it."""

import ipaddress
import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.errors import NoKey
from api.limits import Allowance, Throttle
from api.people.audit import Who, record
from api.people.browsers import LONGEST_DAYS
from api.people.passwords import Passwords
from api.people.stored import SessionRow, UserRow
from catalog.base import new_id
from catalog.organisations import Organisation

_OFTEN = "That is too many attempts to sign in; wait, and try again then."
HERE = Allowance(10, 90.0, _OFTEN)
"""Of one e-mail address from one address of the network: ten, then one in 90 seconds."""
ANYWHERE = Allowance(60, 60.0, _OFTEN)
"""Of one e-mail address, from wherever."""
ANYBODY = Allowance(60, 2.0, _OFTEN)
"""From one address of the network, for whomever: one may try one password on many people."""
_USED_EVERY = timedelta(minutes=1)
_WRONG = "The e-mail address or the password is not right."


def network_of(address: str) -> str:
    """What one who asks cannot change at will: the address, of IPv6 its /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else address


async def check_sign_in(
    sessions: async_sessionmaker[AsyncSession],
    throttle: Throttle,
    passwords: Passwords,
    who: Who,
    *,
    organisation: str,
    email: str,
    password: str,
) -> UserRow:
    """The user whose password it is; raises NoKey, the same for every reason, and TooMany.

    Each attempt is counted before it is checked, so that attempts at once cannot all be the last one.
    """
    network = network_of(who.address)
    here = f"sign-in {network} {organisation} {email}"
    await throttle.admit(f"sign-in {network}", ANYBODY)
    await throttle.admit(f"sign-in {organisation} {email}", ANYWHERE)
    left = await throttle.admit(here, HERE)
    async with sessions() as session:
        owner, user = await _find(session, organisation, email)
    is_right = await passwords.matches(user.password if user is not None else None, password)
    async with sessions.begin() as session:
        if user is not None and is_right:
            await throttle.forgive(session, here)
            return user
        subject = None if user is None else user.id  # the e-mail address is not kept: it may be a password
        record(session, "sign_in_failed", who, owner, subject)
        if left == 0:
            record(session, "sign_in_locked", who, owner, subject)
    raise NoKey(_WRONG, code="wrong_sign_in")


async def _find(
    session: AsyncSession, organisation: str, email: str
) -> tuple[uuid.UUID | None, UserRow | None]:
    """The organisation and its user, as far as there are such; one statement whatever there is."""
    theirs = (
        (UserRow.organisation_id == Organisation.id)
        & (UserRow.email == email)
        & UserRow.disabled_at.is_(None)
    )
    found = await session.execute(
        select(Organisation.id, UserRow).outerjoin(UserRow, theirs).where(Organisation.key == organisation)
    )
    row = found.one_or_none()
    return (None, None) if row is None else (row[0], row[1])


def new_session(session: AsyncSession, user: UserRow, digest: str, now: datetime, hours: int) -> SessionRow:
    """In the caller's transaction."""
    row = SessionRow(
        id=new_id(),
        user_id=user.id,
        digest=digest,
        created_at=now,
        expires_at=now + timedelta(hours=hours),
        last_used_at=now,
        revoked_at=None,
    )
    session.add(row)
    return row


async def find_session(
    session: AsyncSession, digest: str, now: datetime, hours: int
) -> tuple[SessionRow, UserRow] | None:
    """The session that the cookie stands for, as it is now, its end moved ahead by its use."""
    found = await session.execute(
        select(SessionRow, UserRow)
        .join(UserRow, UserRow.id == SessionRow.user_id)
        .where(
            SessionRow.digest == digest,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
            UserRow.disabled_at.is_(None),
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    signed_in, user = row
    if signed_in.last_used_at < now - _USED_EVERY:
        last = signed_in.created_at + timedelta(days=LONGEST_DAYS)
        signed_in.last_used_at = user.last_seen_at = now
        signed_in.expires_at = min(last, now + timedelta(hours=hours))
    return signed_in, user


async def end_sessions(
    session: AsyncSession, user: uuid.UUID, now: datetime, *, but: uuid.UUID | None = None
) -> None:
    """Everywhere, but for one."""
    mine = update(SessionRow).where(SessionRow.user_id == user, SessionRow.revoked_at.is_(None))
    if but is not None:
        mine = mine.where(SessionRow.id != but)
    await session.execute(mine.values(revoked_at=now))


async def end_session(session: AsyncSession, digest: str, now: datetime) -> UserRow | None:
    """The session of that cookie; whose it was, where it was one."""
    ended = (
        update(SessionRow)
        .where(SessionRow.digest == digest, SessionRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(SessionRow.user_id)
    )
    user = await session.scalar(ended)
    return None if user is None else await session.get(UserRow, user)
