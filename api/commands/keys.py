"""`sojourn key create`."""

from typing import Any

from api.auth import create_key
from api.commands.catalog import in_the_database
from api.settings import Settings


def create(settings: Settings, role: str, **narrowed: Any) -> str:
    """The new key; raises ClickException where what it is narrowed to does not exist."""
    return in_the_database(settings, lambda session: create_key(session, role, **narrowed))
