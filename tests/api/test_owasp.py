"""The ten risks of the OWASP API Security Top 10 (2023), each with what stands against it here."""

import re
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update

from api.documents import Column, Heading, Table, as_csv
from api.limits import CALENDARS
from api.mail.outgoing import message_of
from api.mail.stored import Mail
from api.openapi import endpoints
from api.people.stored import BucketRow
from catalog.base import utc_now
from catalog.organisations import ROLES
from tests.api.conftest import VENUE
from tests.api.test_orders import TWO
from tests.api.test_sessions import EMAIL, PASSWORD, sign_in

Connect = Callable[[str | None], httpx.AsyncClient]
NewKey = Callable[..., Awaitable[str]]
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


async def test_api1_an_object_of_somebody_else_is_as_if_it_did_not_exist(
    spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    order = (await spa.post("/v1/venues/spa/orders", json=TWO)).json()
    customer = order["customer"]["id"]
    other = (await spa.post("/v1/venues/spa/customers", json={"name": "Bea"})).json()
    strangers = (
        connect(await new_key("admin", organisation="others")),
        connect(await new_key("customer", customer=uuid.UUID(other["id"]))),
    )
    for stranger in strangers:
        for path in (f"/v1/orders/{order['id']}", f"/v1/customers/{customer}"):
            theirs = await stranger.get(path)
            nobodys = await stranger.get(path.rpartition("/")[0] + f"/{uuid.UUID(int=9)}")
            assert (theirs.status_code, theirs.json()) == (404, nobodys.json())


async def test_api2_who_guesses_passwords_is_stopped_and_learns_nothing(
    spa: httpx.AsyncClient, connect: Connect
) -> None:
    await spa.post("/v1/users", json={"email": EMAIL, "password": PASSWORD, "role": "reception"})
    known = [await sign_in(connect(None), EMAIL, f"guess number {n}") for n in range(11)]
    nobody = [await sign_in(connect(None), "nobody@x.example", f"guess number {n}") for n in range(11)]
    assert [answer.status_code for answer in known] == [401] * 10 + [429]
    assert [answer.text for answer in known[:10]] == [answer.text for answer in nobody[:10]]
    assert [answer.status_code for answer in nobody] == [401] * 10 + [429]


async def test_api3_no_field_is_set_or_seen_that_the_role_does_not_have(
    spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    desk = connect(await new_key("reception"))
    for field, value in (("id", str(uuid.UUID(int=1))), ("version", 9), ("total", "0.00"), ("number", 1)):
        answer = await desk.post("/v1/venues/spa/orders", json=TWO | {field: value})
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, field)
    priced = {"components": [{"component": "massage", "unit_price": "1.00"}]}
    assert (await desk.post("/v1/venues/spa/orders", json=TWO | priced)).status_code == 403
    assert (await desk.get("/v1/venues/spa/orders")).json()["items"] == []


async def test_api4_what_one_may_ask_for_has_an_end(spa: httpx.AsyncClient) -> None:
    slots = "/v1/venues/spa/packages/spa-day/slots?from=2026-12-01"
    for answer, status in (
        (await spa.get("/v1/venues/spa/orders?limit=501"), 422),
        (await spa.get(f"{slots}&to=2028-12-01"), 422),
        (await spa.get(f"{slots}&to=2026-12-20&explain=true"), 422),
        (await spa.get(f"{slots}&to=2026-12-02&participants=501"), 422),
        (await spa.post("/v1/venues/spa/orders", content=b" " * ((1 << 20) + 1)), 413),
        (await spa.post("/v1/venues/spa/orders", json={"lines": [TWO] * 31}), 422),
    ):
        assert answer.status_code == status, answer.url


async def test_api5_every_function_says_which_roles_have_it(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    desk = connect(await new_key("reception"))
    for e in endpoints(app):
        assert e.roles is None or e.roles <= set(ROLES)
        if e.path.startswith(("/v1/users", "/v1/keys", "/v1/audit")):
            assert e.roles == {"admin"}, e.path
    for method, path in (("GET", "/v1/users"), ("POST", "/v1/keys"), ("GET", "/v1/audit")):
        assert (await desk.request(method, path)).status_code == 403
    assert (await desk.put("/v1/venues/spa/catalog", json=VENUE)).status_code == 403


async def test_api6_a_customer_s_link_cannot_be_used_faster_than_people_do(
    app: Litestar, connect: Connect, spa: httpx.AsyncClient, new_key: NewKey
) -> None:
    customer = (await spa.post("/v1/venues/spa/customers", json={"name": "Ada"})).json()["id"]
    key = connect(await new_key("customer", customer=uuid.UUID(customer)))
    assert (await key.get(f"/v1/customers/{customer}")).status_code == 200
    async with app.state.desk.sessions.begin() as session:  # as after a minute's worth of requests at once
        full = utc_now() + timedelta(seconds=CALENDARS.burst * CALENDARS.seconds + 5)
        await session.execute(update(BucketRow).values(due=full))
    answer = await key.get(f"/v1/customers/{customer}")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/a.ics", "http://[::1]/a.ics", "http://169.254.169.254/latest", "file:///etc/passwd"],
)
async def test_api7_no_calendar_is_fetched_from_within(spa: httpx.AsyncClient, url: str) -> None:
    body = {"resource": "anna", "url": url}
    answer = await spa.post("/v1/venues/spa/calendars", json=body)
    assert answer.status_code == 422, answer.text


async def test_api8_every_answer_has_the_headers_that_browsers_heed(
    spa: httpx.AsyncClient, connect: Connect
) -> None:
    nobody = connect(None)
    for answer in (
        await nobody.get("/"),
        await nobody.get("/docs"),
        await nobody.get("/health"),
        await nobody.get("/no/such/thing"),
        await nobody.get("/v1/me"),
        await nobody.get("/my/none"),
        await nobody.get("/ical/none.ics"),
        await nobody.post("/v1/session", content=b"{"),
        await spa.get("/v1/venues/spa/catalog"),
        await spa.request("PATCH", "/v1/venues/spa/orders"),
    ):
        assert HEADERS.items() <= dict(answer.headers).items(), answer.url
        policy = answer.headers["content-security-policy"]
        assert "script-src 'unsafe" not in policy
        assert "default-src" in policy
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
    assert "Traceback" not in (await nobody.get("/v1/orders/%00")).text


async def test_api9_every_address_is_in_the_document(app: Litestar, connect: Connect) -> None:
    document = (await connect(None).get("/v1/openapi.json")).json()
    declared = {re.sub(r":\w+}", "}", e.path) for e in endpoints(app)}
    assert set(document["paths"]) == declared
    served = {route.path_format for route in app.routes}
    assert served == declared


def test_api10_what_others_sent_is_data_wherever_it_goes() -> None:
    """A name is no formula in a spreadsheet, and no header in a mail."""
    now = utc_now()
    about = Heading(report="r", title="R", venue="Spa", currency="SEK", first=now, last=now)
    for name in ("=1+1", "+46", "-2", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1+1", '=HYPERLINK("http://x")'):
        table = Table(columns=(Column("name", "Name"),), rows=({"name": name},))
        cell = as_csv(table, about).decode().split("\r\n", 1)[1]
        assert cell.lstrip('"').startswith("'"), name
    mail = Mail(
        sender="spa@spa.example",
        sender_name="Spa",
        recipient="ada@home.example",
        recipient_name="Ada",
        subject="Yours",
        created_at=now,
        message_id="<1@spa.example>",
        text="x",
        html="<p>x</p>",
        calendars=[],
        language="en",
    )
    for field, value in (
        ("subject", "Yours\r\nBcc: all@spa.example"),
        ("recipient_name", "Ada\r\nBcc: all@spa.example"),
        ("recipient", "ada@home.example\r\nBcc: all@spa.example"),
        ("recipient", "ada@home.example, all@spa.example"),
    ):
        before = getattr(mail, field)
        setattr(mail, field, value)
        with suppress(ValueError):  # it is not sent at all
            assert message_of(mail)["Bcc"] is None
        setattr(mail, field, before)
