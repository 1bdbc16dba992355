"""Tickets as sent, and on paper: a page each, with the code as text and as a QR code."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import segno
import typst
from msgspec import Struct

from api.given_shapes import TicketView
from catalog.queries import StoredVenue
from pricing.ticket_store import Ticket
from pricing.tickets import spelled


class Paper(Struct, frozen=True):
    """A ticket to be printed. `of`: the package that it came with; `day`: that it is for, or of the sale."""

    ticket: Ticket
    of: str | None
    day: date


def ticket_view(ticket: Ticket, tz: ZoneInfo) -> TicketView:
    return TicketView(
        id=ticket.id,
        line=ticket.line_id,
        product=ticket.product,
        name=ticket.name,
        component=ticket.component,
        code=ticket.code,
        day=ticket.day,
        used_at=None if ticket.used_at is None else ticket.used_at.astimezone(tz),
    )


def tickets_pdf(venue: StoredVenue, papers: Sequence[Paper]) -> bytes:
    """The tickets, in their order. It computes: call it in a thread."""
    data = {
        "venue": venue.catalog.venue.name or venue.key,
        "tickets": [
            {
                "name": paper.ticket.name,
                "day": paper.day.isoformat(),
                "of": paper.of,
                "code": spelled(paper.ticket.code),
                "qr": qr_svg(paper.ticket.code),
            }
            for paper in papers
        ],
    }
    made = typst.compile(_template(), format="pdf", sys_inputs={"data": msgspec.json.encode(data).decode()})
    assert isinstance(made, bytes)  # noqa: S101 - one document, as asked
    return made


def qr_svg(code: str) -> str:
    """The code as what the gate's scanner reads: the text itself, no address."""
    out = BytesIO()
    segno.make(code, error="m", micro=False).save(out, kind="svg", border=2, scale=4)
    return out.getvalue().decode()


@cache
def _template() -> bytes:
    return Path(__file__).with_name("tickets.typ").read_bytes()
