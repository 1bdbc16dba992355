"""Tables as documents: JSON for programs, CSV for spreadsheets, PDF for people."""

import csv
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import typst
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.queries import StoredVenue
from pricing.money import as_text

CSV, PDF, JSON = "text/csv", "application/pdf", "application/json"
MEDIA = (JSON, CSV, PDF)
Row = Mapping[str, Any]
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # wide ones too: spreadsheets narrow them


class Column(NamedTuple):
    """A column: `amount` is money, `number` anything else that is added up or compared."""

    key: str
    label: str
    kind: Literal["text", "number", "amount"] = "text"


class Table(Struct, frozen=True, kw_only=True):
    """Rows by the keys of the columns. `totals`: the columns that are added up."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Sequence[str] = ()


class Report(NamedTuple):
    """A table about a range of time [first, last), by the name in its address."""

    key: str
    title: str
    make: Callable[[AsyncSession, StoredVenue, int, int, datetime], Awaitable[Table]]


class Heading(Struct, frozen=True, kw_only=True):
    """What stands over a table."""

    report: str
    title: str
    venue: str
    currency: str
    first: datetime
    last: datetime


class ReportView(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as JSON: every row has every column. `totals`: sums of columns."""

    report: str
    venue: str
    currency: str
    from_: datetime = msgspec.field(name="from")
    to: datetime
    columns: list[dict[str, str]]
    rows: list[dict[str, Any]]
    totals: dict[str, Any]


def as_json(table: Table, about: Heading) -> ReportView:
    """Amounts as they are everywhere: texts with the currency's decimals."""
    shown = [{c.key: _plain(row[c.key], c, about.currency) for c in table.columns} for row in table.rows]
    return ReportView(
        report=about.report,
        venue=about.venue,
        currency=about.currency,
        from_=about.first,
        to=about.last,
        columns=[{"key": c.key, "label": c.label, "kind": c.kind} for c in table.columns],
        rows=shown,
        totals=_totals(table, about.currency),
    )


def as_csv(table: Table, about: Heading) -> bytes:
    """RFC 4180, in UTF-8, the keys of the columns first. No cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.key for c in table.columns])
    for row in table.rows:
        writer.writerow([_cell(_plain(row[c.key], c, about.currency), c) for c in table.columns])
    return out.getvalue().encode()


def as_pdf(table: Table, about: Heading) -> bytes:
    """A4, landscape where there are many columns. It computes: call it in a thread."""
    shown = as_json(table, about)
    data = {
        "title": about.title,
        "venue": about.venue,
        "range": f"{about.first:%Y-%m-%d %H:%M} – {about.last:%Y-%m-%d %H:%M}",
        "columns": shown.columns,
        "rows": [[_said(row[c.key]) for c in table.columns] for row in shown.rows],
        "totals": [_said(shown.totals.get(c.key)) for c in table.columns] if shown.totals else [],
    }
    given = {"data": msgspec.json.encode(data).decode()}  # as data: nothing in it is read as markup
    made = typst.compile(_template(), format="pdf", sys_inputs=given)
    assert isinstance(made, bytes)  # noqa: S101 - one document, as asked
    return made


@cache
def _template() -> bytes:
    return Path(__file__).with_name("report.typ").read_bytes()


def preferred(accept: str | None) -> str:
    """The media type of the three that the client likes best; JSON where it does not say."""
    wanted = []
    for position, part in enumerate((accept or "").lower().split(",")):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((_weight(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
        if weight > 0:
            wanted.append((-weight, position, kind))
    for _, _, kind in sorted(wanted):
        for media in MEDIA:
            if kind in (media, "*/*", media.partition("/")[0] + "/*"):
                return media
    return JSON


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _plain(value: Any, column: Column, currency: str) -> Any:
    if isinstance(value, Decimal):
        return as_text(value, currency) if column.kind == "amount" else str(value)
    return value


def _totals(table: Table, currency: str) -> dict[str, Any]:
    by_key = {c.key: c for c in table.columns}
    return {
        key: _plain(sum((row[key] for row in table.rows), Decimal(0)), by_key[key], currency)
        for key in table.totals
    }


def _cell(value: Any, column: Column) -> str:
    """A text that a spreadsheet would compute gets an apostrophe in front; numbers stay numbers."""
    text = _said(value)
    if column.kind == "text" and (text.lstrip().startswith(_FORMULA) or text[:1] in ("\t", "\r", "\n")):
        return "'" + text
    return text


def _said(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
