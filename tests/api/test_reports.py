"""Reports: takings by day, method and tax rate, and the function sheet; as JSON, CSV and PDF."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from api.documents import Column, Heading, Table, as_csv, as_pdf, preferred
from tests.api.money import DAY, TODAY, book, pay, settle_venue

PATH = "/v1/venues/money/reports"
TODAYS = {"from": str(TODAY), "to": str(TODAY + timedelta(days=1))}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ABOUT = Heading(
    report="r", title="R", venue="Harbour Spa", currency="SEK", first=NOW, last=NOW + timedelta(days=1)
)


@pytest.fixture
async def till(admin: httpx.AsyncClient) -> httpx.AsyncClient:
    await settle_venue(admin)
    return admin


def taken(answer: httpx.Response) -> list[tuple[str, str | None, str, str, str]]:
    assert answer.status_code == 200, answer.text
    return [tuple(row[k] for k in ("method", "rate", "net", "tax", "gross")) for row in answer.json()["rows"]]


async def test_takings_tell_what_was_paid_by_method_and_rate(till: httpx.AsyncClient) -> None:
    # 200.00 of the ritual is taxed at 6 %, 800.00 at 25 %; the facial of `glow` (80.00) is untaxed
    ritual, glow = await book(till, "ritual"), await book(till, "glow")
    await pay(till, ritual, "500.00", "card_terminal")
    await pay(till, ritual, "500.00", "cash")
    await pay(till, glow, "80.00", "cash")
    answer = await till.get(f"{PATH}/takings", params=TODAYS)
    assert taken(answer) == [
        ("card_terminal", "6", "94.34", "5.66", "100.00"),
        ("card_terminal", "25", "320.00", "80.00", "400.00"),
        ("cash", None, "80.00", "0.00", "80.00"),
        ("cash", "6", "94.34", "5.66", "100.00"),
        ("cash", "25", "320.00", "80.00", "400.00"),
    ]
    assert answer.json()["totals"] == {"net": "908.68", "tax": "171.32", "gross": "1080.00"}
    assert {row["date"] for row in answer.json()["rows"]} == {str(TODAY)}
    assert answer.json() == (await till.get(f"{PATH}/takings")).json()
    yesterday = {"from": str(TODAY - timedelta(days=1)), "to": str(TODAY)}
    assert taken(await till.get(f"{PATH}/takings", params=yesterday)) == []


async def test_what_is_paid_back_is_taken_from_the_rates_it_was_paid_for(till: httpx.AsyncClient) -> None:
    order = await book(till, "stay")
    await pay(till, order, "1000.00")
    cancelled = (await till.post(f"/v1/orders/{order['id']}/cancel")).json()
    assert cancelled["due"] == "-750.00"  # the fee is 25 %, taxed at 6 %
    await pay(till, order, "-750.00", "transfer")
    answer = await till.get(f"{PATH}/takings", params=TODAYS)
    assert taken(answer) == [
        ("cash", "25", "800.00", "200.00", "1000.00"),
        ("transfer", "6", "235.85", "14.15", "250.00"),
        ("transfer", "25", "-800.00", "-200.00", "-1000.00"),
    ]


async def test_the_function_sheet_tells_what_has_to_be_ready_when_and_where(till: httpx.AsyncClient) -> None:
    components = [{"component": "coffee", "quantity": 3, "start": "10:30", "message": "=no milk"}]
    customer = {"name": "Ada Berg"}
    order = await book(till, "conference", 4, components=components, customer=customer)
    day = {"from": str(DAY), "to": str(DAY + timedelta(days=1))}
    rows = (await till.get(f"{PATH}/function-sheet", params=day)).json()["rows"]
    shown = [(r["time"], r["end"], r["place"], r["what"], r["quantity"], r["message"]) for r in rows]
    assert shown in (
        [("10:00", "11:00", hall, "room", 1, ""), ("10:30", "", "", "coffee", 3, "=no milk")]
        for hall in ("hall", "annex")
    )
    assert {(r["order"], r["customer"], r["participants"]) for r in rows} == {
        (order["number"], "Ada Berg", 4)
    }
    as_text = await till.get(f"{PATH}/function-sheet", params=day, headers={"Accept": "text/csv"})
    assert as_text.headers["content-type"].startswith("text/csv")
    assert "attachment" in as_text.headers["content-disposition"]
    (room, coffee) = csv.DictReader(io.StringIO(as_text.text))
    assert (room["time"], coffee["quantity"], coffee["message"]) == ("10:00", "3", "'=no milk")
    pdf = await till.get(f"{PATH}/function-sheet", params=day, headers={"Accept": "application/pdf"})
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    await till.post(f"/v1/orders/{order['id']}/cancel")
    assert (await till.get(f"{PATH}/function-sheet", params=day)).json()["rows"] == []


@pytest.mark.parametrize(
    ("report", "query", "status"),
    [
        ("nothing", TODAYS, 404),
        ("takings", {"from": str(TODAY)}, 422),
        ("takings", {"from": str(TODAY), "to": str(TODAY)}, 422),
        ("takings", {"from": "2020-01-01", "to": "2026-01-01"}, 422),
        ("takings", {"from": "x", "to": "y"}, 422),
    ],
)
async def test_what_is_no_report_is_refused(
    till: httpx.AsyncClient, report: str, query: dict[str, str], status: int
) -> None:
    assert (await till.get(f"{PATH}/{report}", params=query)).status_code == status


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "\r=1"])
def test_no_text_is_a_formula_to_a_spreadsheet(text: str) -> None:
    table = Table(columns=(Column("name", "Name"),), rows=[{"name": text}])
    (row,) = csv.DictReader(io.StringIO(as_csv(table, ABOUT).decode(), newline=""))
    assert row["name"] == "'" + text


def test_a_negative_amount_stays_a_number() -> None:
    columns = (Column("name", "Name"), Column("gross", "Gross", "amount"))
    table = Table(columns=columns, rows=[{"name": 'a "b", c', "gross": Decimal("-5")}])
    assert as_csv(table, ABOUT) == b'name,gross\r\n"a ""b"", c",-5.00\r\n'


def test_nothing_in_a_pdf_is_read_as_markup() -> None:
    odd = '#panic("no") $x$ *a* _b_ <c> @d `e` \\ "f" [g] åäö 日本'
    table = Table(columns=(Column("name", odd),), rows=[{"name": odd}] * 200)
    assert as_pdf(table, ABOUT).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "application/json"), ("*/*", "application/json"), ("text/html", "application/json"),
        ("text/csv", "text/csv"), ("text/*", "text/csv"),
        ("application/pdf;q=0.9, text/csv;q=0.1", "application/pdf"),
        ("text/csv;q=0, */*", "application/json"), ("application/PDF", "application/pdf"),
    ],
)  # fmt: skip
def test_the_media_type_is_the_one_that_is_liked_best(accept: str | None, media: str) -> None:
    assert preferred(accept) == media
