"""Who works at the reception of the demo venue."""

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from api.demo.bookings import VENUE
from api.people.audit import THE_SERVER
from api.people.keys import DEFAULT_ORGANISATION
from api.people.passwords import hashed
from api.people.users import Rights, create_user, find_user
from catalog.base import utc_now
from catalog.errors import NotFound
from catalog.queries import find_organisation

EMAIL = "reception@demo.example"


async def make_demo_user(session: AsyncSession) -> tuple[str, str]:
    """The e-mail address and a new password, in the caller's transaction. Who is signed in stays so."""
    organisation, now = await find_organisation(session, DEFAULT_ORGANISATION), utc_now()
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    try:
        user = await find_user(session, organisation, EMAIL)
    except NotFound:
        await create_user(
            session,
            organisation,
            THE_SERVER,
            now,
            email=EMAIL,
            name="Reception",
            rights=Rights(role="reception", venue=VENUE),
            password=hashed(password),
        )
    else:
        user.password, user.password_at, user.disabled_at = hashed(password), now, None
    return EMAIL, password
