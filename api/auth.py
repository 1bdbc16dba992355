"""Who is calling: keys, what is known of them, and the roles."""

import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from litestar import Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.digests import digest_of
from api.errors import NoKey
from api.people.browsers import SAFE, Browsers
from api.people.sessions import find_session
from api.people.stored import SessionRow, UserRow
from catalog.base import utc_now
from catalog.errors import NotAllowed
from catalog.organisations import ROLES, ApiKey

Role = Literal["admin", "manager", "reception", "staff", "customer"]

# The circles of people that an address answers to. Every endpoint names one.
ADMINS: frozenset[Role] = frozenset(("admin",))
MANAGERS: frozenset[Role] = frozenset(("admin", "manager"))
DESK: frozenset[Role] = MANAGERS | {"reception"}
CREW: frozenset[Role] = DESK | {"staff"}
DESK_AND_CUSTOMER: frozenset[Role] = DESK | {"customer"}

REVOKED_WITHIN_SECONDS = 2.0
_USED_EVERY = timedelta(minutes=1)
_REMEMBERED = 4096


@dataclass(frozen=True)
class Caller:
    """A key or a session that is valid now, and whom it stands for. The last four narrow what it can see.

    `key`: the id of the key, or of the user who is signed in by `session`.
    """

    key: uuid.UUID
    organisation: uuid.UUID
    role: Role
    name: str
    expires_at: datetime | None
    venue: uuid.UUID | None = None
    resource: str | None = None
    customer: uuid.UUID | None = None
    session: uuid.UUID | None = None
    email: str | None = None

    @property
    def is_staff(self) -> bool:
        return self.role != "customer"


class Callers:
    """Looks up who calls and remembers it for a moment, so that what was revoked dies within it."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], browsers: Browsers) -> None:
        self._sessions, self._browsers = sessions, browsers
        self._known: OrderedDict[str, tuple[float, Caller | None]] = OrderedDict()

    async def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """By the `Authorization` header, else by the cookie; raises NoKey; NotAllowed if forged."""
        header = request.headers.get("authorization")
        if header is None:
            token = self._browsers.token(request)
            if token is None:
                raise NoKey("This address needs a key, as `Authorization: Bearer KEY`, or a sign-in.")
            if request.method not in SAFE:
                self._browsers.check_same_origin(request)
            caller = await self._remembered(digest_of(token), self._by_cookie)
            if caller is None:
                raise NoKey("You are not signed in, or not any more.")
            return caller
        scheme, _, key = header.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise NoKey("This address needs a key: send it as `Authorization: Bearer KEY`.")
        caller = await self._remembered(digest_of(key), self._by_key)
        if caller is None:
            raise NoKey("This key is not valid, or not any more.")
        return caller

    def forget(self) -> None:
        """Ask anew about everybody: somebody's rights were changed here."""
        self._known.clear()

    async def _remembered(
        self, digest: str, look_up: Callable[[str, AsyncSession], Awaitable[Caller | None]]
    ) -> Caller | None:
        moment, subject = time.monotonic(), f"{look_up.__name__} {digest}"
        until, caller = self._known.get(subject, (0.0, None))
        if until <= moment:
            async with self._sessions.begin() as session:
                caller = await look_up(digest, session)
            self._known[subject] = (moment + REVOKED_WITHIN_SECONDS, caller)
            self._known.move_to_end(subject)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        is_over = caller is None or (caller.expires_at is not None and caller.expires_at <= utc_now())
        return None if is_over else caller

    async def _by_key(self, digest: str, session: AsyncSession) -> Caller | None:
        now = utc_now()
        found = await session.scalar(
            select(ApiKey).where(ApiKey.digest == digest, ApiKey.revoked_at.is_(None))
        )
        if found is None:
            return None
        if found.last_used_at is None or found.last_used_at < now - _USED_EVERY:
            found.last_used_at = now
        return Caller(
            key=found.id,
            organisation=found.organisation_id,
            role=found.role,  # type: ignore[arg-type]  # the table's CHECK admits the roles alone
            name=found.name,
            expires_at=found.expires_at,
            venue=found.venue_id,
            resource=found.resource_key,
            customer=found.customer_id,
        )

    async def _by_cookie(self, digest: str, session: AsyncSession) -> Caller | None:
        found = await find_session(session, digest, utc_now(), self._browsers.hours)
        if found is None:
            return None
        signed_in, user = found
        return caller_of(user, signed_in)


def caller_of(user: UserRow, signed_in: SessionRow) -> Caller:
    """The user, signed in."""
    return Caller(
        key=user.id,
        organisation=user.organisation_id,
        role=user.role,  # type: ignore[arg-type]  # as above
        name=user.name,
        expires_at=signed_in.expires_at,
        venue=user.venue_id,
        resource=user.resource_key,
        session=signed_in.id,
        email=user.email,
    )


def admit(caller: Caller, roles: frozenset[Role]) -> None:
    """Raises NotAllowed unless the caller has one of the roles."""
    if caller.role not in roles:
        needed = " or ".join(role for role in ROLES if role in roles)
        raise NotAllowed(f"The role {caller.role} may not do this; it takes {needed}.")
