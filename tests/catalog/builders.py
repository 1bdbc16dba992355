"""The smallest catalog documents, as plain values."""

import copy
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from catalog import document
from catalog.base import new_id
from catalog.errors import Invalid
from catalog.organisations import Organisation
from catalog.service import ImportResult, read_in

Plain = dict[str, Any]
HARBOUR_SPA = (Path(__file__).parent / "harbour-spa.toml").read_text()
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VENUE: Plain = {"time_zone": "Europe/Stockholm", "currency": "SEK"}
ROOM: Plain = {"key": "room", "kind": "room", "pools": ["rooms"]}
MASSAGE: Plain = {
    "key": "massage",
    "kind": "service",
    "price": "900.00",
    "duration_minutes": 50,
    "needs": [{"pool": "rooms"}],
}
COFFEE: Plain = {"key": "coffee", "kind": "item", "price": "30.00"}


def doc(*products: Plain, **lists: Any) -> Plain:
    """A venue with one room, a massage in it, coffee, and these products besides."""
    base = {"venue": VENUE, "resources": [ROOM], "products": [MASSAGE, COFFEE, *products]}
    return copy.deepcopy(base | lists)


def package(*components: Plain, **fields: Any) -> Plain:
    return {"key": "day", "kind": "package", "components": list(components)} | fields


def one(product: str = "massage", **fields: Any) -> Plain:
    """A component of a package, for each participant."""
    return {"product": product, "quantity": "one_per_participant"} | fields


def faults(data: object) -> dict[str, str]:
    """The sentences by their paths; nothing for a document that is accepted."""
    try:
        document.from_data(data)
    except Invalid as refusal:
        return {p.path: p.message for p in refusal.problems}
    return {}


async def organisation(session: AsyncSession, key: str = "harbour") -> uuid.UUID:
    row = Organisation(id=new_id(), key=key, name=key, created_at=NOW)
    session.add(row)
    await session.flush()
    return row.id


async def store(session: AsyncSession, owner: uuid.UUID, data: Plain, key: str = "spa") -> ImportResult:
    return await read_in(session, owner, key, document.from_data(data), NOW)
