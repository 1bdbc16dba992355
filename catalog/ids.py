"""Ids, made here and not by the database, so that what is computed can have them before it is stored."""

import uuid

import uuid_utils


def new_id() -> uuid.UUID:
    """A version 7 UUID: sortable by the time it was made (RFC 9562)."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)
