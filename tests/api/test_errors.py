"""Whatever is sent, the answer is a problem document, and never a 500."""

import uuid
from collections import defaultdict

import httpx
import pytest
from litestar import Litestar

from api.errors import Malformed, NoKey, TooMany, Unavailable, refused, status_of
from api.openapi import described
from booking.refusals import Alternative, NotPlaceable, Reason
from catalog.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Refusal, Stale, Undecided
from catalog.times import zone

BUSY = Reason(
    code="resource_busy",
    sentence="Anna is busy.",
    component="massage",
    start=29_800_000,
    end=29_800_050,
    held_by=("b1",),
)
OTHER = Alternative(kind="same_day", sentence="11:00 would fit.", start=29_800_060)


def is_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= document.keys()
    assert document["status"] == status
    return dict(document)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Malformed("?"), 400),
        (Invalid("?", code="malformed"), 400),
        (NoKey("?"), 401),
        (NotAllowed("?"), 403),
        (NotFound("?"), 404),
        (Conflict("?"), 409),
        (NotPlaceable((BUSY,), taken=True), 409),
        (NotPlaceable((BUSY,), taken=False), 422),
        (Stale("?"), 412),
        (Invalid("?"), 422),
        (TooMany("?", seconds=3), 429),
        (Undecided("?"), 503),
        (Unavailable("?"), 503),
    ],
)
def test_each_refusal_has_its_status(refusal: Refusal, status: int) -> None:
    assert status_of(refusal) == status


def test_to_ask_again_later_says_when() -> None:
    for refusal in (Undecided("?"), TooMany("?", seconds=3)):
        assert int(refused(refusal, tz=zone("UTC"), staff=True).headers["Retry-After"]) > 0


def test_reasons_are_told_by_the_venue_s_clock_and_what_holds_a_resource_to_staff_alone() -> None:
    refusal = NotPlaceable((BUSY,), (OTHER,), taken=True)
    for staff in (True, False):
        told = httpx.Response(
            200, content=refused(refusal, tz=zone("Europe/Stockholm"), staff=staff).content
        ).json()
        assert told["code"] == "resource_busy"
        assert told["detail"] == "Anna is busy."
        assert told["reasons"][0]["start"] == "2026-08-29T12:40:00+02:00"
        assert ("held_by" in told["reasons"][0]) is staff
        assert told["alternatives"] == [
            {"kind": "same_day", "sentence": "11:00 would fit.", "start": "2026-08-29T13:40:00+02:00"}
        ]


def test_every_fault_is_told_by_its_path() -> None:
    refusal = Invalid(problems=(Problem("a.b[1]", "is wrong"), Problem("c", "is missing")))
    told = httpx.Response(200, content=refused(refusal, tz=zone("UTC"), staff=True).content).json()
    assert [e["path"] for e in told["errors"]] == ["a.b[1]", "c"]


async def test_an_unknown_address_is_a_problem(admin: httpx.AsyncClient) -> None:
    is_problem(await admin.get("/v1/nothing"), 404)
    is_problem(await admin.get("/v1/orders/not-an-id"), 404)


async def test_another_method_is_a_problem_that_names_those_there_are(admin: httpx.AsyncClient) -> None:
    answer = await admin.delete("/v1/venues/spa/catalog")
    is_problem(answer, 405)
    assert "PUT" in answer.headers["allow"]


async def test_what_may_be_done_at_an_address_is_told(app: Litestar, admin: httpx.AsyncClient) -> None:
    for path, methods in described(app)["paths"].items():
        answer = await admin.options(path.format_map(defaultdict(lambda: str(uuid.UUID(int=1)), version="1")))
        allowed = {method.upper() for method in methods} | {"OPTIONS"}
        assert answer.status_code == 204
        assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == allowed, path


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"NaN",
        b'{"name": 1e999999}',
    ],
    ids=["empty", "cut", "not utf-8", "half a pair", "deep list", "deep object", "nan", "infinite"],
)
async def test_what_is_not_json_is_malformed(spa: httpx.AsyncClient, body: bytes) -> None:
    answer = await spa.post(
        "/v1/venues/spa/customers", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a\u0000b"},
        {"name": "x" * 201},
        {"name": 5},
        {"name": "Ada", "unknown": 1},
        {},
        [],
        "Ada",
    ],
)
async def test_what_makes_no_sense_is_invalid(spa: httpx.AsyncClient, body: object) -> None:
    is_problem(await spa.post("/v1/venues/spa/customers", json=body), 422)


async def test_a_body_of_another_media_type_is_refused(spa: httpx.AsyncClient) -> None:
    answer = await spa.post(
        "/v1/venues/spa/customers", content=b"name=Ada", headers={"Content-Type": "text/plain"}
    )
    is_problem(answer, 415)


async def test_a_body_of_more_than_a_mebibyte_is_refused(spa: httpx.AsyncClient) -> None:
    is_problem(await spa.post("/v1/venues/spa/customers", json={"name": "x" * (1 << 20)}), 413)


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-12-05",
        "from=2026-12-05&to=2026-12-04",
        "from=0001-01-01&to=9999-12-31",
        "from=2026-13-01&to=2026-12-31",
        "from=5&to=6",
        "from=%00&to=2026-12-31",
        "from=2026-12-05&to=2026-12-06&unknown=1",
        "from=2026-12-05&from=2026-12-05&to=2026-12-06",
        "from=2026-01-01&to=2027-12-31",
        "from=2027-03-28T02:30&to=2027-03-29",
    ],
)
async def test_a_range_that_makes_no_sense_is_invalid(spa: httpx.AsyncClient, query: str) -> None:
    told = is_problem(await spa.get(f"/v1/venues/spa/calendar?{query}"), 422)
    assert told["errors"]


async def test_a_query_that_is_not_utf_8_is_malformed(spa: httpx.AsyncClient) -> None:
    is_problem(await spa.get("/v1/venues/spa/calendar?from=%ff"), 400)


@pytest.mark.parametrize("venue", ["sp%00a", "SPA", "sp%2Fa", "%F0%9F%9B%81", "x" * 5000])
async def test_no_venue_of_an_odd_key_is_found(spa: httpx.AsyncClient, venue: str) -> None:
    answer = await spa.get(f"/v1/venues/{venue}/catalog")
    assert answer.status_code in (404, 422)
    is_problem(answer, answer.status_code)
