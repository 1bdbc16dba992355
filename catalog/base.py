"""The base of every stored noun: explicit composite keys, `venue_id` first (docs/decisions)."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import DateTime, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from catalog.ids import new_id as new_id

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """An entity. Instants are zone-aware; plain values are kept whole as JSONB."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: DateTime(timezone=True),
        dict: JSONB,
        list: JSONB,
    }


def utc_now() -> datetime:
    """The present instant. Computing modules take it as a parameter instead."""
    return datetime.now(UTC)


def to_stored(value: object) -> object:
    """A Struct as plain JSON values, ready for a JSONB column."""
    return msgspec.to_builtins(value)
