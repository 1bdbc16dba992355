"""Tickets on paper: a page each, with the code as text and as a QR code."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import msgspec
import segno
import typst

from catalog.queries import StoredVenue
from pricing.sale import Sale
from pricing.sales import Ticket


def tickets_pdf(venue: StoredVenue, sale: Sale, tickets: Sequence[Ticket]) -> bytes:
    """The tickets, in their order. It computes: call it in a thread."""
    names = {line.id: line.description for line in sale.lines}
    data = {
        "venue": venue.catalog.venue.name or venue.key,
        "sold": sale.sold_at.astimezone(venue.tz).date().isoformat(),
        "tickets": [
            {
                "name": ticket.name,
                "of": names.get(ticket.line_id) if ticket.component is not None else None,
                "code": "-".join(ticket.code[i : i + 4] for i in range(0, len(ticket.code), 4)),
                "qr": qr_svg(ticket.code),
            }
            for ticket in tickets
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
