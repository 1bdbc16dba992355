"""Who makes a change: what every history and ledger keeps of the caller."""

import uuid

from msgspec import Struct


class Actor(Struct, frozen=True, kw_only=True):
    """Who made a change, for the history, and from where.

    `key`: the caller's API key. `address`: of the network, "" where no request came from one; it is personal
    data, and is forgotten after a while (docs/decisions/0032-a-record-that-is-kept.md).
    """

    key: uuid.UUID | None = None
    role: str
    name: str = ""
    address: str = ""

    @property
    def is_manager(self) -> bool:
        """Whether it may set prices, waive fees and book into the past."""
        return self.role in ("admin", "manager", "system")


SYSTEM = Actor(role="system")
COMMAND_LINE = Actor(role="system", name="command line")
