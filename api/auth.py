"""Who is calling: keys, what is known of them, and the roles."""

import hashlib
import secrets
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from litestar import Request
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.errors import NoKey
from booking.apply import Actor
from catalog.base import new_id, utc_now
from catalog.errors import Invalid, NotAllowed, NotFound
from catalog.organisations import ROLES, ApiKey
from catalog.queries import find_organisation, load_venue
from catalog.service import ensure_organisation

Role = Literal["admin", "manager", "reception", "staff", "customer"]

# The circles of people that an address answers to. Every endpoint names one.
MANAGERS: frozenset[Role] = frozenset(("admin", "manager"))
DESK: frozenset[Role] = MANAGERS | {"reception"}
CREW: frozenset[Role] = DESK | {"staff"}
DESK_AND_CUSTOMER: frozenset[Role] = DESK | {"customer"}

DEFAULT_ORGANISATION = "default"
REVOKED_WITHIN_SECONDS = 2.0
_USED_EVERY = timedelta(minutes=1)
_REMEMBERED = 4096


@dataclass(frozen=True)
class Caller:
    """A key that is valid now, and whom it stands for. The last three narrow what it can see."""

    key: uuid.UUID
    organisation: uuid.UUID
    role: Role
    name: str
    expires_at: datetime | None
    venue: uuid.UUID | None = None
    resource: str | None = None
    customer: uuid.UUID | None = None

    @property
    def actor(self) -> Actor:
        return Actor(key=self.key, role=self.role, name=self.name)

    @property
    def is_staff(self) -> bool:
        return self.role != "customer"


class Keys:
    """Looks callers up by their key and remembers them for a moment, so that a revoked key dies within it."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._known: OrderedDict[str, tuple[float, Caller | None]] = OrderedDict()

    async def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """The caller by the `Authorization` header; raises NoKey."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            raise NoKey("This address needs a key: send it as `Authorization: Bearer KEY`.")
        digest = digest_of(key)
        moment = time.monotonic()
        until, caller = self._known.get(digest, (0.0, None))
        if until <= moment:
            caller = await self._look_up(digest)
            self._known[digest] = (moment + REVOKED_WITHIN_SECONDS, caller)
            self._known.move_to_end(digest)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if caller is None or (caller.expires_at is not None and caller.expires_at <= utc_now()):
            raise NoKey("This key is not valid, or not any more.")
        return caller

    async def _look_up(self, digest: str) -> Caller | None:
        now = utc_now()
        async with self._sessions.begin() as session:
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


def admit(caller: Caller, roles: frozenset[Role]) -> None:
    """Raises NotAllowed unless the caller has one of the roles."""
    if caller.role not in roles:
        needed = " or ".join(role for role in ROLES if role in roles)
        raise NotAllowed(f"A key with the role {caller.role} may not do this; it takes {needed}.")


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


async def ensure_admin_key(session: AsyncSession, admin_key: str | None) -> str | None:
    """Makes sure that an administrator can get in; commits.

    The default organisation is created where there is none. With `admin_key`, that key is made valid for it
    as an admin's. Without, one is made where no admin's key exists, and returned to be shown once.
    """
    organisation = await ensure_organisation(session, DEFAULT_ORGANISATION, utc_now())
    made = None
    if admin_key:
        known = await session.scalar(select(ApiKey).where(ApiKey.digest == digest_of(admin_key)))
        if known is None:
            session.add(_key(admin_key, organisation, "admin", "first administrator"))
        else:
            known.organisation_id, known.role = organisation, "admin"
            known.revoked_at = known.expires_at = known.venue_id = None
    else:
        admin = select(ApiKey.id).where(ApiKey.role == "admin", ApiKey.revoked_at.is_(None)).limit(1)
        if await session.scalar(admin) is None:
            made = secrets.token_urlsafe(32)
            session.add(_key(made, organisation, "admin", "first administrator"))
    await session.commit()
    return made


async def create_key(
    session: AsyncSession,
    role: str,
    *,
    organisation: str = DEFAULT_ORGANISATION,
    venue: str | None = None,
    resource: str | None = None,
    customer: uuid.UUID | None = None,
    name: str = "",
    days: int | None = None,
) -> str:
    """A new key, shown this once, in the caller's transaction. `venue` and `resource` are keys.

    `days`: until it expires. Raises Invalid where the role needs more, NotFound for what does not exist.
    """
    if role not in ROLES:
        raise Invalid(f"There is no role {role!r}; the roles are {', '.join(ROLES)}.")
    if role == "staff" and not (venue and resource):
        raise Invalid("A staff key needs the venue and the resource whose calendar it shows.")
    if role == "customer" and customer is None:
        raise Invalid("A customer's key needs the customer.")
    if role == "admin":  # the first one of a new organisation
        owner = await ensure_organisation(session, organisation, utc_now())
    else:
        owner = await find_organisation(session, organisation)
    row = _key("", owner, role, name or role)
    if venue is not None:
        at = await load_venue(session, owner, venue)
        if resource is not None and resource not in at.resource_ids:
            raise NotFound(f"The venue {venue!r} has no resource {resource!r}.")
        row.venue_id = at.id
    row.resource_key, row.customer_id = resource, customer
    row.expires_at = None if days is None else utc_now() + timedelta(days=days)
    made = secrets.token_urlsafe(32)
    row.digest = digest_of(made)
    session.add(row)
    await session.flush()
    return made


async def revoke_key(session: AsyncSession, key: uuid.UUID) -> None:
    """Ends a key; every server forgets it within REVOKED_WITHIN_SECONDS. Commits."""
    await session.execute(
        update(ApiKey).where(ApiKey.id == key, ApiKey.revoked_at.is_(None)).values(revoked_at=utc_now())
    )
    await session.commit()


def _key(key: str, organisation: uuid.UUID, role: str, name: str) -> ApiKey:
    return ApiKey(
        id=new_id(),
        organisation_id=organisation,
        role=role,
        digest=digest_of(key),
        name=name,
        created_at=utc_now(),
    )
