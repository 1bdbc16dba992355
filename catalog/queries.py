"""Reading venues, their catalogs and blocks."""

import uuid
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import Executable, Row, bindparam, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.calendars import Block
from catalog.errors import NotFound
from catalog.organisations import Organisation
from catalog.products import InstallmentPlan, PriceList, Product, Tax
from catalog.resources import Resource
from catalog.specs import (
    Catalog,
    InstallmentPlanSpec,
    PriceListSpec,
    ProductSpec,
    ResourceSpec,
    TaxSpec,
)
from catalog.times import Interval, instant, minute, zone
from catalog.venues import Definition, Venue

DEFINITIONS: dict[str, tuple[type[Definition], type[Struct]]] = {
    "resources": (Resource, ResourceSpec),
    "taxes": (Tax, TaxSpec),
    "products": (Product, ProductSpec),
    "price_lists": (PriceList, PriceListSpec),
    "installment_plans": (InstallmentPlan, InstallmentPlanSpec),
}
"""By the name of its list in the document: where a definition is stored, and what it is."""

_REMEMBERED = 500
_known: OrderedDict[uuid.UUID, tuple[tuple[int, datetime], "StoredVenue"]] = OrderedDict()
"""Catalogs by venue, with the version and the instant that each was true of: by its number alone, a version
that was rolled back would pass for the next one."""


@dataclass(frozen=True)
class StoredVenue:
    """A venue with its active definitions. `resource_ids` and `resource_keys` know the retired ones too."""

    id: uuid.UUID
    organisation_id: uuid.UUID
    key: str
    version: int
    catalog: Catalog
    tz: ZoneInfo
    resource_ids: dict[str, uuid.UUID]
    resource_keys: dict[uuid.UUID, str]
    retired: dict[str, ResourceSpec]


class StoredBlock(Struct, frozen=True, kw_only=True):
    """A resource, by its key, out of use in [start, end); `calendar`: the imported one that says so."""

    id: uuid.UUID
    resource: str
    start: int
    end: int
    note: str
    calendar: uuid.UUID | None = None


async def find_organisation(session: AsyncSession, key: str) -> uuid.UUID:
    """The id of the organisation of that key; raises NotFound."""
    found = await session.scalar(select(Organisation.id).where(Organisation.key == key))
    if found is None:
        raise NotFound(f"There is no organisation '{key}'.")
    return found


async def load_venue(session: AsyncSession, organisation_id: uuid.UUID, key: str) -> StoredVenue:
    """The venue of that key; raises NotFound. Usually one small query: catalogs are remembered by version."""
    return (await load_venue_with(session, organisation_id, key, BY_KEY, {}))[0]


async def load_venue_with(
    session: AsyncSession, organisation_id: uuid.UUID, key: str, query: Executable, given: dict[str, object]
) -> tuple[StoredVenue, Row[Any]]:
    """The same, with more that one query finds: `BY_KEY` and further columns. `given`: what these take."""
    sentence = f"There is no venue '{key}'."
    if not key.isascii() or "\0" in key:
        raise NotFound(sentence)
    return await _load(session, sentence, query, {"organisation": organisation_id, "key": key, **given})


async def load_venue_by_id(session: AsyncSession, venue_id: uuid.UUID) -> StoredVenue:
    """The venue of that id, of whatever organisation: the caller checks whose it is. Raises NotFound."""
    return (await _load(session, "There is no such venue.", _BY_ID, {"id": venue_id}))[0]


async def lock_venue(session: AsyncSession, organisation_id: uuid.UUID, key: str) -> StoredVenue | None:
    """The venue as it is until the transaction ends: nobody else reads a document in meanwhile."""
    row = select(Venue.id).where(Venue.organisation_id == organisation_id, Venue.key == key)
    venue_id = await session.scalar(row.with_for_update(key_share=True))
    return None if venue_id is None else await load_venue_by_id(session, venue_id)


# Made once: every request asks one of them.
_STAMP = select(Venue.id, Venue.organisation_id, Venue.key, Venue.catalog_version, Venue.changed_at)
BY_KEY = _STAMP.where(Venue.organisation_id == bindparam("organisation"), Venue.key == bindparam("key"))
_BY_ID = _STAMP.where(Venue.id == bindparam("id"))


async def _load(
    session: AsyncSession, otherwise: str, stamp: Executable, wanted: dict[str, object]
) -> tuple[StoredVenue, Row[Any]]:
    row = (await session.execute(stamp, wanted)).one_or_none()
    if row is None:
        raise NotFound(otherwise)
    state, known = _known.get(row.id, (None, None))
    if known is None or state != (row.catalog_version, row.changed_at):
        state, known = await _read(session, row)
        _known[row.id] = state, known
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    _known.move_to_end(row.id)
    return known, row


async def _read(session: AsyncSession, venue: Any) -> tuple[tuple[int, datetime], StoredVenue]:
    """Everything in one statement, which sees the document before or after a change, never in between."""
    of_the_venue = [
        select(
            literal(name).label("list"),
            Venue.id,
            Venue.key,
            Venue.catalog_version.label("position"),
            spec.label("spec"),
            Venue.changed_at.label("at"),
        ).where(Venue.id == venue.id)
        for name, spec in (("venue", Venue.spec), ("settings", Venue.settings))
    ]
    lists = [
        select(literal(name), entity.id, entity.key, entity.position, entity.spec, entity.retired_at).where(
            entity.venue_id == venue.id
        )
        for name, (entity, _) in DEFINITIONS.items()
    ]
    rows = (await session.execute(union_all(*of_the_venue, *lists))).all()
    by_list: dict[str, list[Row[Any]]] = {}
    for row in sorted(rows, key=lambda r: r.position):
        by_list.setdefault(row.list, []).append(row)
    (itself,), (settings,) = by_list["venue"], by_list["settings"]
    resources = by_list.get("resources", ())
    active = {name: [r.spec for r in by_list.get(name, ()) if r.at is None] for name in DEFINITIONS}
    catalog = msgspec.convert({"venue": itself.spec, "settings": settings.spec, **active}, Catalog)
    stored = StoredVenue(
        id=venue.id,
        organisation_id=venue.organisation_id,
        key=venue.key,
        version=itself.position,
        catalog=catalog,
        tz=zone(catalog.venue.time_zone),
        resource_ids={r.key: r.id for r in resources},
        resource_keys={r.id: r.key for r in resources},
        retired={r.key: msgspec.convert(r.spec, ResourceSpec) for r in resources if r.at is not None},
    )
    return (itself.position, itself.at), stored


async def list_blocks(
    session: AsyncSession, venue_id: uuid.UUID, first: int, last: int
) -> tuple[StoredBlock, ...]:
    """The blocks that meet the interval (minutes since the epoch), by their start."""
    given = {"venue": venue_id, "first": instant(first), "last": instant(last)}
    found = await session.execute(_BLOCKS, given)
    return tuple(
        StoredBlock(id=id_, resource=key, start=minute(start), end=minute(end), note=note, calendar=calendar)
        for id_, key, start, end, note, calendar in found
    )


_BLOCKS = text("""
    SELECT b.id, r.key, b.starts_at, b.ends_at, b.note, b.calendar_id
    FROM block b JOIN resource r ON r.venue_id = b.venue_id AND r.id = b.resource_id
    WHERE b.venue_id = :venue AND b.removed_at IS NULL AND b.starts_at < :last AND b.ends_at > :first
    ORDER BY b.starts_at, b.id
""")


async def load_blocks(
    session: AsyncSession, venue_id: uuid.UUID, first: int, last: int
) -> dict[str, tuple[Interval, ...]]:
    """When which resources, by key, are out of use; each interval whole, also where it reaches further."""
    out: dict[str, tuple[Interval, ...]] = {}
    for block in await list_blocks(session, venue_id, first, last):
        out[block.resource] = (*out.get(block.resource, ()), (block.start, block.end))
    return out


async def find_block(session: AsyncSession, organisation_id: uuid.UUID, block_id: uuid.UUID) -> Block:
    """A block that is in force, of any venue of the organisation; raises NotFound."""
    found = await session.scalar(
        select(Block)
        .join(Venue, Venue.id == Block.venue_id)
        .where(Block.id == block_id, Block.removed_at.is_(None), Venue.organisation_id == organisation_id)
    )
    if found is None:
        raise NotFound("There is no such block.")
    return found
