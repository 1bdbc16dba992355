"""Keys: made, listed, revoked. Shown once, when they are made; what is kept is their digest."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.digests import digest_of
from api.people.audit import THE_SERVER, Who, record
from catalog.base import new_id, utc_now
from catalog.errors import Invalid, NotFound
from catalog.organisations import ROLES, ApiKey
from catalog.queries import find_organisation, load_venue
from catalog.service import ensure_organisation

DEFAULT_ORGANISATION = "default"


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
            _add(session, admin_key, organisation, "admin", "first administrator", THE_SERVER)
        else:
            known.organisation_id, known.role = organisation, "admin"
            known.revoked_at = known.expires_at = known.venue_id = None
    else:
        admin = select(ApiKey.id).where(ApiKey.role == "admin", ApiKey.revoked_at.is_(None)).limit(1)
        if await session.scalar(admin) is None:
            made = secrets.token_urlsafe(32)
            _add(session, made, organisation, "admin", "first administrator", THE_SERVER)
    await session.commit()
    return made


async def create_key(
    session: AsyncSession,
    role: str,
    *,
    who: Who,
    organisation: str | uuid.UUID = DEFAULT_ORGANISATION,
    venue: str | None = None,
    resource: str | None = None,
    customer: uuid.UUID | None = None,
    name: str = "",
    days: int | None = None,
) -> tuple[ApiKey, str]:
    """A new key and what is shown of it this once, in the caller's transaction. `venue`, `resource`: keys.

    `days`: until it expires. Raises Invalid where the role needs more, NotFound for what does not exist.
    """
    if role not in ROLES:
        raise Invalid(f"There is no role {role!r}; the roles are {', '.join(ROLES)}.")
    if role == "staff" and not (venue and resource):
        raise Invalid("A staff key needs the venue and the resource whose calendar it shows.")
    if role == "customer" and customer is None:
        raise Invalid("A customer's key needs the customer.")
    if isinstance(organisation, uuid.UUID):
        owner = organisation
    elif role == "admin":  # the first one of a new organisation
        owner = await ensure_organisation(session, organisation, utc_now())
    else:
        owner = await find_organisation(session, organisation)
    at = None
    if venue is not None:
        at = await load_venue(session, owner, venue)
        if resource is not None and resource not in at.resource_ids:
            raise NotFound(f"The venue {venue!r} has no resource {resource!r}.")
    made = secrets.token_urlsafe(32)
    row = _add(session, made, owner, role, name or role, who)
    row.venue_id = None if at is None else at.id
    row.resource_key, row.customer_id = resource, customer
    row.expires_at = None if days is None else utc_now() + timedelta(days=days)
    await session.flush()
    return row, made


async def find_key(session: AsyncSession, organisation: uuid.UUID, key: uuid.UUID) -> ApiKey:
    """By its id; raises NotFound."""
    found = await session.scalar(
        select(ApiKey).where(ApiKey.id == key, ApiKey.organisation_id == organisation).with_for_update()
    )
    if found is None:
        raise NotFound("There is no such key.")
    return found


def revoke(session: AsyncSession, key: ApiKey, who: Who) -> None:
    """Ends a key, in the caller's transaction; every server forgets it within seconds."""
    if key.revoked_at is None:
        key.revoked_at = utc_now()
        record(session, "key_revoked", who, key.organisation_id, key.id, role=key.role)


async def list_keys(
    session: AsyncSession,
    organisation: uuid.UUID,
    *,
    venue: uuid.UUID | None = None,
    revoked: bool = False,
    limit: int,
    after: uuid.UUID | None = None,
) -> tuple[Sequence[ApiKey], uuid.UUID | None]:
    """The oldest first, and where the next page begins. `venue`: those for it alone. `revoked`: these too."""
    wanted = select(ApiKey).where(ApiKey.organisation_id == organisation)
    if not revoked:
        wanted = wanted.where(ApiKey.revoked_at.is_(None))
    if venue is not None:
        wanted = wanted.where(ApiKey.venue_id == venue)
    if after is not None:
        wanted = wanted.where(ApiKey.id > after)
    rows = (await session.scalars(wanted.order_by(ApiKey.id).limit(limit + 1))).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def _add(session: AsyncSession, key: str, organisation: uuid.UUID, role: str, name: str, who: Who) -> ApiKey:
    row = ApiKey(
        id=new_id(),
        organisation_id=organisation,
        role=role,
        digest=digest_of(key),
        name=name,
        created_at=utc_now(),
    )
    session.add(row)
    shown = "" if role == "customer" else name  # which may be that of a person who is to be forgotten
    record(session, "key_created", who, organisation, row.id, role=role, key=shown)
    return row
