"""The documents that a venue was given: each one that changed it, whole, with who gave it and from where."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import ForeignKey, Index, Text, cast, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, defer, mapped_column

from catalog.actors import SYSTEM, Actor
from catalog.base import Base, to_stored
from catalog.errors import NotFound
from catalog.specs import Catalog

LISTS = ("resources", "taxes", "products", "price_lists", "installment_plans")
_DECODER = msgspec.json.Decoder(Catalog)


class CatalogVersion(Base):
    """What the catalog was from `at` on, whole, and who made it so. Only ever added.

    `digest`: SHA-256 of the document as compact JSON. `changes`: what differs from the version before.
    """

    __tablename__ = "catalog_version"
    __table_args__ = (
        Index("ix_catalog_version_addressed", "at", postgresql_where=text("actor_address <> ''")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_key: Mapped[uuid.UUID | None]
    actor_role: Mapped[str]
    actor_name: Mapped[str]
    actor_address: Mapped[str] = mapped_column(server_default="")
    digest: Mapped[str]
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CatalogChange(Struct, frozen=True):
    """One definition that differs: in which list of the document, by its key.

    `venue` and `settings` are lists of one, and `order` stands for definitions that only changed places.
    """

    list: str
    key: str
    change: Literal["added", "changed", "removed", "order"]


def catalog_changes(before: Catalog | None, after: Catalog) -> Iterator[CatalogChange]:
    """What of the document is not what it was, in its order; of a new venue, everything."""
    for name in ("venue", "settings"):
        if before is None or getattr(before, name) != getattr(after, name):
            yield CatalogChange(name, "", "added" if before is None else "changed")
    for name in LISTS:
        old = {it.key: it for it in getattr(before, name)} if before is not None else {}
        new = {it.key: it for it in getattr(after, name)}
        for key, spec in new.items():
            if key not in old:
                yield CatalogChange(name, key, "added")
            elif old[key] != spec:
                yield CatalogChange(name, key, "changed")
        yield from (CatalogChange(name, key, "removed") for key in old if key not in new)
        if old.keys() == new.keys() and list(old) != list(new):
            yield CatalogChange(name, "", "order")


async def keep_version(
    session: AsyncSession,
    venue_id: uuid.UUID,
    version: int,
    before: Catalog | None,
    after: Catalog,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """The version, with what it changed. A venue that was there before versions were kept gets the one that
    it had, by nobody."""
    rows = [_row(venue_id, version, before, after, now, actor)]
    if before is not None and not await _is_kept(session, venue_id, version - 1):
        rows.insert(0, _row(venue_id, version - 1, before, before, now, SYSTEM))
    await session.execute(insert(CatalogVersion), rows)


async def catalog_versions(
    session: AsyncSession, venue_id: uuid.UUID, *, limit: int, before: int | None
) -> tuple[list[CatalogVersion], int | None]:
    """The newest first, without their documents; and where the next page begins."""
    wanted = select(CatalogVersion).where(CatalogVersion.venue_id == venue_id)
    if before is not None:
        wanted = wanted.where(CatalogVersion.version < before)
    found = wanted.order_by(CatalogVersion.version.desc()).limit(limit + 1)
    rows = list(await session.scalars(found.options(defer(CatalogVersion.document, raiseload=True))))
    return rows[:limit], rows[limit - 1].version if len(rows) > limit else None


async def catalog_at(session: AsyncSession, venue_id: uuid.UUID, version: int) -> Catalog:
    """The document of that version; raises NotFound."""
    value = await session.scalar(
        select(cast(CatalogVersion.document, Text)).where(
            CatalogVersion.venue_id == venue_id, CatalogVersion.version == version
        )
    )
    if value is None:
        raise NotFound("There is no such version of the catalog.")
    return _DECODER.decode(value)


async def _is_kept(session: AsyncSession, venue_id: uuid.UUID, version: int) -> bool:
    kept = select(CatalogVersion.version).where(
        CatalogVersion.venue_id == venue_id, CatalogVersion.version == version
    )
    return await session.scalar(kept) is not None


def _row(
    venue_id: uuid.UUID, version: int, before: Catalog | None, after: Catalog, now: datetime, actor: Actor
) -> dict[str, object]:
    return {
        "venue_id": venue_id,
        "version": version,
        "at": now,
        "actor_key": actor.key,
        "actor_role": actor.role,
        "actor_name": actor.name,
        "actor_address": actor.address,
        "digest": hashlib.sha256(msgspec.json.encode(after)).hexdigest(),
        "changes": to_stored(list(catalog_changes(before, after))),
        "document": to_stored(after),
    }
