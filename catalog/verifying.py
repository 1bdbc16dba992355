"""What may never be, looked for in what is stored: statements that find it, with the keys of what is amiss.

`sojourn verify` asks them of a running house; the tests of faults ask them after every crash.
"""

import uuid
from collections.abc import AsyncIterator, Mapping

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Amiss(Struct, frozen=True):
    """Something that may not be. `key`: of the order, sale, lot … that it is about."""

    what: str
    key: str


async def found_by(
    session: AsyncSession, venue_id: uuid.UUID, statements: Mapping[str, str]
) -> AsyncIterator[Amiss]:
    """What the statements find in the venue, by what it is; each selects keys, for `:venue`."""
    for what, statement in statements.items():
        for key in await session.scalars(text(statement), {"venue": venue_id}):
            yield Amiss(what, str(key))


async def catalog_amiss(session: AsyncSession, venue_id: uuid.UUID) -> AsyncIterator[Amiss]:
    """Of the venue itself and its documents. Versions are kept from some number on, then every one."""
    async for one in found_by(session, venue_id, _STATEMENTS):
        yield one


_STATEMENTS = {
    "a version of the catalog is missing": """
        select venue_id from catalog_version where venue_id = :venue
        group by venue_id having max(version) - min(version) + 1 <> count(*)""",
    "the catalog is not its last version": """
        select v.key from venue v
        join catalog_version c on c.venue_id = v.id and c.version = v.catalog_version
        where v.id = :venue and (v.spec <> c.document -> 'venue' or (
            select coalesce(jsonb_agg(p.spec order by p.position), '[]') from product p
            where p.venue_id = v.id and p.retired_at is null
        ) <> coalesce(c.document -> 'products', '[]'))""",
}
