"""Writing definitions and blocks. The caller owns the transaction."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_if_new
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.actors import SYSTEM, Actor
from catalog.base import new_id, to_stored
from catalog.calendars import Block
from catalog.convert import convert
from catalog.errors import Conflict, NotFound
from catalog.organisations import Organisation
from catalog.queries import DEFINITIONS, StoredVenue, find_organisation, load_venue_by_id
from catalog.specs import Catalog, Key, VenueSpec
from catalog.times import instant
from catalog.venues import Definition, Venue, VenueCounter
from catalog.versions import keep_version


class Counts(Struct, frozen=True, kw_only=True):
    """What reading in did to one list of definitions. What came back counts as changed."""

    created: int = 0
    changed: int = 0
    retired: int = 0


class ImportResult(Struct, frozen=True, kw_only=True):
    """`changed`: whether anything did. `affected`: bookings that no longer fit, filled in by `booking`."""

    venue_id: uuid.UUID
    venue: str
    version: int
    is_new: bool
    changed: bool
    counts: dict[str, Counts]
    affected: tuple[dict[str, Any], ...] = ()


async def ensure_organisation(session: AsyncSession, key: str, now: datetime) -> uuid.UUID:
    """The id of the organisation of that key, which is created where there is none."""
    await session.execute(
        insert_if_new(Organisation)
        .values(id=new_id(), key=key, name=key.capitalize(), created_at=now)
        .on_conflict_do_nothing(index_elements=[Organisation.key])
    )
    return await find_organisation(session, key)


async def read_in(
    session: AsyncSession,
    organisation_id: uuid.UUID,
    venue_key: str,
    catalog: Catalog,
    now: datetime,
    actor: Actor = SYSTEM,
) -> ImportResult:
    """Make the venue what the checked document says, by key; the same document again changes nothing.

    A document that changes something is kept as a version (catalog.versions). What is gone from the document
    is retired, what returns is revived with its id. Raises Conflict for another currency once there are
    orders, whose amounts do not say theirs. Another time zone is accepted: instants stay what they are.
    """
    key = convert(venue_key, Key)
    venue, is_new = await _locked_venue(session, organisation_id, key, catalog, now)
    before = None if is_new else (await load_venue_by_id(session, venue.id)).catalog
    await _keep_the_currency(session, venue, catalog)
    spec, settings = to_stored(catalog.venue), to_stored(catalog.settings)
    changed = is_new or msgspec.convert(venue.spec, VenueSpec) != catalog.venue or venue.settings != settings
    counts = {}
    for name, (entity, kind) in DEFINITIONS.items():
        counts[name], touched = await _write_list(
            session, venue.id, entity, kind, getattr(catalog, name), now
        )
        changed = changed or touched
    if changed:
        venue.spec, venue.settings = spec, settings  # type: ignore[assignment]  # a Struct becomes a dict
        venue.catalog_version += 1
        venue.changed_at = now
        await session.flush()
        await keep_version(session, venue.id, venue.catalog_version, before, catalog, now=now, actor=actor)
    return ImportResult(
        venue_id=venue.id,
        venue=key,
        version=venue.catalog_version,
        is_new=is_new,
        changed=changed,
        counts=counts,
    )


async def _locked_venue(
    session: AsyncSession, organisation_id: uuid.UUID, key: str, catalog: Catalog, now: datetime
) -> tuple[Venue, bool]:
    """The venue's row, created where it is missing, locked against another document at the same time."""
    made = await session.scalar(
        insert_if_new(Venue)
        .values(
            id=new_id(),
            organisation_id=organisation_id,
            key=key,
            spec=to_stored(catalog.venue),
            settings=to_stored(catalog.settings),
            catalog_version=0,
            created_at=now,
            changed_at=now,
        )
        .on_conflict_do_nothing(index_elements=[Venue.organisation_id, Venue.key])
        .returning(Venue.id)
    )
    if made is not None:
        await session.execute(insert(VenueCounter).values(venue_id=made, last_order=0, last_event=0))
    row = select(Venue).where(Venue.organisation_id == organisation_id, Venue.key == key)
    locked = row.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(locked)).scalar_one(), made is not None


async def _keep_the_currency(session: AsyncSession, venue: Venue, catalog: Catalog) -> None:
    before, after = venue.spec["currency"], catalog.venue.currency
    if before == after:
        return
    orders = select(VenueCounter.last_order).where(VenueCounter.venue_id == venue.id)
    if await session.scalar(orders):
        raise Conflict(
            f"'{venue.key}' has orders in {before}, so its currency cannot become {after}: "
            "make a venue with another key for that."
        )


async def _write_list(
    session: AsyncSession,
    venue_id: uuid.UUID,
    entity: type[Definition],
    kind: type[Struct],
    specs: tuple[Any, ...],
    now: datetime,
) -> tuple[Counts, bool]:
    """What happened to the definitions, and whether anything did: a mere change of order is not counted."""
    rows = await session.execute(
        select(entity.id, entity.key, entity.position, entity.spec, entity.retired_at).where(
            entity.venue_id == venue_id
        )
    )
    stored = {row.key: row for row in rows}
    created, updated, changed = [], [], 0
    for position, spec in enumerate(specs):
        values = {
            "venue_id": venue_id,
            "key": spec.key,
            "position": position,
            "spec": to_stored(spec),
            "retired_at": None,
        }
        row = stored.pop(spec.key, None)
        if row is None:
            created.append(values | {"id": new_id()})
            continue
        differs = row.retired_at is not None or msgspec.convert(row.spec, kind) != spec
        if differs or row.position != position:
            updated.append(values | {"id": row.id})
        changed += differs
    gone = [row.id for row in stored.values() if row.retired_at is None]
    if created:
        await session.execute(insert(entity), created)
    if updated:
        await session.execute(update(entity), updated)
    if gone:
        await session.execute(
            update(entity).where(entity.venue_id == venue_id, entity.id.in_(gone)).values(retired_at=now)
        )
    return (
        Counts(created=len(created), changed=changed, retired=len(gone)),
        bool(created or updated or gone),
    )


async def create_block(
    session: AsyncSession, venue: StoredVenue, resource: str, start: int, end: int, note: str, now: datetime
) -> uuid.UUID:
    """Take a resource out of use in [start, end) and give the block's id. Raises NotFound for another key.

    Whether bookings stand there is not judged here.
    """
    if venue.catalog.resource(resource) is None:
        raise NotFound(f"'{venue.key}' has no resource '{resource}'.")
    block = Block(
        venue_id=venue.id,
        id=new_id(),
        resource_id=venue.resource_ids[resource],
        starts_at=instant(start),
        ends_at=instant(end),
        note=note,
        created_at=now,
    )
    session.add(block)
    await session.flush()
    return block.id


async def exchange_blocks(
    session: AsyncSession,
    venue_id: uuid.UUID,
    gone: Collection[uuid.UUID],
    new: Sequence[Mapping[str, object]],
    now: datetime,
) -> None:
    """Remove some blocks and store others (rows of Block) in their stead."""
    if gone:
        these = (Block.venue_id == venue_id, Block.id.in_(gone))
        await session.execute(update(Block).where(*these).values(removed_at=now))
    if new:
        await session.execute(insert(Block), new)


async def remove_block(
    session: AsyncSession, venue_id: uuid.UUID, block_id: uuid.UUID, now: datetime
) -> None:
    """Put the resource back into use. Raises NotFound, also for a block removed before."""
    removed = await session.scalar(
        update(Block)
        .where(Block.venue_id == venue_id, Block.id == block_id, Block.removed_at.is_(None))
        .values(removed_at=now)
        .returning(Block.id)
    )
    if removed is None:
        raise NotFound("There is no such block.")
