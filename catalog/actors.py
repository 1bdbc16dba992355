"""Who makes a change: what every history and ledger keeps of the caller."""

import uuid

from msgspec import Struct


class Actor(Struct, frozen=True, kw_only=True):
    """Who made a change, for the history. `key`: the caller's API key."""

    key: uuid.UUID | None = None
    role: str
    name: str = ""

    @property
    def is_manager(self) -> bool:
        """Whether it may set prices, waive fees and book into the past."""
        return self.role in ("admin", "manager", "system")
