"""Tickets: how many are in force, and which of those printed before they are (S3-24, S3-27).

Nothing is read or written here.
"""

import uuid
from collections.abc import Iterator, Sequence
from datetime import date as Date  # noqa: N812 - as in pricing.quote

from msgspec import Struct

from catalog.errors import Conflict


class TicketsWanted(Struct, frozen=True, kw_only=True):
    """So many tickets of a line for one product. `component`: of its package; `day`: that they are for."""

    line: uuid.UUID
    product: str
    name: str
    component: str | None = None
    day: Date | None = None
    count: int

    @property
    def what(self) -> tuple[object, ...]:
        return self.line, self.component, self.product


class Printed(Struct, frozen=True, kw_only=True):
    """A ticket that was printed. Not `in_force`: it opens nothing; `is_used`: somebody came in with it."""

    id: uuid.UUID
    line: uuid.UUID
    component: str | None
    product: str
    name: str
    code: str
    day: Date | None
    position: int
    in_force: bool
    is_used: bool


class TicketUsed(Conflict):
    """Somebody has come in with the ticket."""

    code = "ticket_used"


class Tickets(Struct, frozen=True):
    """What becomes of tickets: those in force, each with its day; those void from now on; those to print."""

    stay: tuple[tuple[Printed, TicketsWanted], ...]
    void: tuple[Printed, ...]
    new: tuple[TicketsWanted, ...]


def tickets_as_wanted(
    there: Sequence[Printed], wanted: Sequence[TicketsWanted], *, may_void_used: bool
) -> Tickets:
    """Of a line's tickets for one product the used ones stay first, then those in force, then the others,
    which count again: what a guest holds on paper opens the gate. Raises TicketUsed.
    """
    known: dict[tuple[object, ...], list[Printed]] = {}
    for ticket in there:
        known.setdefault((ticket.line, ticket.component, ticket.product), []).append(ticket)
    stay: list[tuple[Printed, TicketsWanted]] = []
    gone: list[Printed] = []
    new: list[TicketsWanted] = []
    for want in wanted:
        mine = sorted(known.pop(want.what, []), key=lambda t: (not t.is_used, not t.in_force, t.position))
        stay += [(ticket, want) for ticket in mine[: want.count]]
        gone += mine[want.count :]
        new += [want] * (want.count - len(mine))
    gone += [ticket for mine in known.values() for ticket in mine]
    return Tickets(tuple(stay), tuple(_void(gone, may_void_used)), tuple(new))


def _void(gone: Sequence[Printed], may_void_used: bool) -> Iterator[Printed]:
    for ticket in gone:
        if ticket.in_force and ticket.is_used and not may_void_used:
            raise TicketUsed(
                f"The ticket {spelled(ticket.code)} for “{ticket.name}” cannot be taken back: "
                "somebody has come in with it."
            )
        if ticket.in_force:
            yield ticket


def spelled(code: str) -> str:
    """The code in groups of four, as it stands on paper."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))
