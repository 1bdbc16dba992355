"""Signing in: passwords, cookies, lockout, and requests that another site forges."""

import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from statistics import median
from typing import Any

import httpx
import pytest
from litestar import Litestar
from msgspec import structs
from sqlalchemy import select, update

from api.people import sessions
from api.people.audit import Who
from api.people.passwords import hashed
from api.people.sessions import HERE
from api.people.stored import AuditRow, SessionRow, UserRow
from api.people.users import Rights, create_user
from catalog.base import utc_now
from catalog.queries import find_organisation

Connect = Callable[[str | None], httpx.AsyncClient]
EMAIL, PASSWORD = "ada@spa.example", "a-long-and-quiet-harbour"
HASH = hashed(PASSWORD)
OURS = {"Sec-Fetch-Site": "same-origin"}
NewUser = Callable[..., Awaitable[UserRow]]


@pytest.fixture
def new_user(app: Litestar) -> NewUser:
    """Makes a user with PASSWORD."""

    async def make(role: str = "reception", email: str = EMAIL, **narrowed: Any) -> UserRow:
        async with app.state.desk.sessions.begin() as session:
            return await create_user(
                session,
                await find_organisation(session, "default"),
                Who(name="a test"),
                utc_now(),
                email=email,
                name="Ada",
                rights=Rights(role=role, **narrowed),
                password=HASH,
            )

    return make


async def sign_in(client: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/v1/session", json={"email": email, "password": password})


async def test_who_signs_in_is_known_by_the_cookie_until_signing_out(
    spa: httpx.AsyncClient, connect: Connect, new_user: NewUser
) -> None:
    user = await new_user()
    browser = connect(None)
    assert (await browser.get("/v1/me")).status_code == 401
    answer = await sign_in(browser, email=" Ada@SPA.example ")
    assert answer.status_code == 200, answer.text
    me = answer.json()
    assert (me["role"], me["name"], me["email"], me["user"]) == ("reception", "Ada", EMAIL, str(user.id))
    assert [venue["key"] for venue in me["venues"]] == ["spa"]
    assert (await browser.get("/v1/me")).json() == me
    assert (await browser.get("/v1/venues/spa/customers")).status_code == 200
    made = await browser.post("/v1/venues/spa/customers", json={"name": "Bo"}, headers=OURS)
    assert made.status_code == 201
    left = await browser.delete("/v1/session", headers=OURS)
    assert (left.status_code, browser.cookies.get("sojourn")) == (204, None)
    assert (await browser.get("/v1/me")).status_code == 401
    assert (await browser.delete("/v1/session")).status_code == 204


async def test_the_cookie_is_for_this_server_alone_and_no_script_reads_it(
    app: Litestar, connect: Connect, new_user: NewUser
) -> None:
    await new_user()
    cookie = (await sign_in(connect(None))).headers["set-cookie"]
    attributes = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite", "path", "max-age"} <= attributes
    assert "SameSite=Strict" in cookie
    assert not {"secure", "domain"} & attributes  # this is http
    tls = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://sojourn.test")
    cookie = (await sign_in(tls)).headers["set-cookie"]
    assert cookie.startswith("__Host-sojourn=")
    assert cookie.endswith("Secure")
    assert (await tls.get("/v1/me")).status_code == 200


async def test_of_a_stolen_database_no_session_can_be_used(
    app: Litestar, connect: Connect, new_user: NewUser
) -> None:
    await new_user()
    browser = connect(None)
    await sign_in(browser)
    async with app.state.desk.sessions() as session:
        tables = (SessionRow.__table__, UserRow.__table__)
        rows = [(await session.execute(select(table))).all() for table in tables]
    assert browser.cookies["sojourn"] not in str(rows)
    assert PASSWORD not in str(rows)
    assert "$argon2id$" in str(rows)


async def test_a_wrong_password_and_an_unknown_person_are_told_apart_by_nothing(
    connect: Connect, new_user: NewUser
) -> None:
    await new_user()
    client = connect(None)
    wrong: list[float] = []
    unknown: list[float] = []
    answers = set()
    for turn in range(4):
        for email, password, times in (
            (EMAIL, "not the password", wrong),
            (f"nobody-{turn}@spa.example", PASSWORD, unknown),
        ):
            begin = time.process_time()  # of this process, which computes both
            answer = await sign_in(client, email, password)
            times.append(time.process_time() - begin)
            answers.add((answer.status_code, answer.text, str(sorted(answer.headers))))
    assert len(answers) == 1
    assert answers.pop()[0] == 401
    assert 0.5 < median(wrong) / median(unknown) < 2
    nowhere = {"email": EMAIL, "password": PASSWORD, "organisation": "nowhere"}
    assert (await client.post("/v1/session", json=nowhere)).status_code == 401


async def test_a_session_ends_when_it_is_not_used_and_at_the_latest_after_a_month(
    app: Litestar, connect: Connect, new_user: NewUser
) -> None:
    await new_user()
    browser = connect(None)
    await sign_in(browser)

    async def later(**changed: Any) -> int:
        async with app.state.desk.sessions.begin() as session:
            await session.execute(update(SessionRow).values(**changed))
        app.state.server.callers.forget()
        return (await browser.get("/v1/me")).status_code

    async def expiry() -> timedelta:
        async with app.state.desk.sessions() as session:
            return (await session.scalars(select(SessionRow.expires_at))).one() - utc_now()

    used = utc_now() - timedelta(hours=1)
    assert await later(last_used_at=used, expires_at=utc_now() + timedelta(hours=1)) == 200
    assert timedelta(hours=11) < await expiry() <= timedelta(hours=12)
    assert await later(last_used_at=used, created_at=utc_now() - timedelta(days=29, hours=23)) == 200
    assert await expiry() <= timedelta(hours=1)
    assert await later(expires_at=utc_now() - timedelta(seconds=1)) == 401


async def test_a_request_that_another_site_forges_is_refused(
    spa: httpx.AsyncClient, connect: Connect, new_user: NewUser
) -> None:
    await new_user()
    browser = connect(None)
    await sign_in(browser)
    here = "http://sojourn.test"
    for headers, status in (
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": here}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://sojourn.test.evil.example"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": here}, 201),
        (OURS, 201),
    ):
        answer = await browser.post("/v1/venues/spa/customers", json={"name": "Bo"}, headers=headers)
        assert answer.status_code == status, headers
        assert status == 201 or answer.json()["code"] == "cross_site"
    assert len((await spa.get("/v1/venues/spa/customers")).json()["items"]) == 2
    for method, path in (("PATCH", "/v1/orders"), ("DELETE", "/v1/blocks")):
        answer = await browser.request(method, f"{path}/{uuid.UUID(int=1)}", headers={"Origin": "null"})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), method
    body = {"email": EMAIL, "password": PASSWORD}
    forged = await connect(None).post("/v1/session", json=body, headers={"Origin": "https://evil.example"})
    assert forged.status_code == 403
    assert (await browser.delete("/v1/session")).status_code == 403
    assert (await browser.get("/v1/me", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200
    keyed = await spa.post(
        "/v1/venues/spa/customers", json={"name": "Bo"}, headers={"Origin": "https://evil.example"}
    )
    assert keyed.status_code == 201  # a key is not sent by itself


async def test_a_key_in_the_header_goes_before_the_cookie(connect: Connect, new_user: NewUser) -> None:
    await new_user()
    browser = connect(None)
    await sign_in(browser)
    answer = await browser.get("/v1/me", headers={"Authorization": "Bearer none"})
    assert answer.status_code == 401


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """Attempts are cheap to allow and dear to compute: three instead of ten."""
    assert HERE.burst == 10
    monkeypatch.setattr(sessions, "HERE", structs.replace(HERE, burst=3))
    return 3


async def test_after_a_few_attempts_even_the_right_password_is_refused_for_a_while(
    app: Litestar, connect: Connect, new_user: NewUser, few: int
) -> None:
    await new_user()
    await new_user(email="bo@spa.example")
    client = connect(None)
    for email in (EMAIL, "nobody@spa.example"):  # who is nobody is locked out as well
        for _ in range(few):
            assert (await sign_in(client, email, "wrong")).status_code == 401
        answer = await sign_in(client, email)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 90
        assert answer.json()["code"] == "too_many_requests"
    assert (await sign_in(client, "bo@spa.example")).status_code == 200
    async with app.state.desk.sessions() as session:
        told = (await session.scalars(select(AuditRow.what).order_by(AuditRow.id))).all()
    assert told.count("sign_in_failed") == 2 * few
    assert told.count("sign_in_locked") == 2
    assert told[-1] == "signed_in"


async def test_the_right_password_begins_the_count_anew(
    connect: Connect, new_user: NewUser, few: int
) -> None:
    await new_user()
    client = connect(None)
    for _ in range(2):
        for _ in range(few - 1):
            assert (await sign_in(client, password="wrong")).status_code == 401
        assert (await sign_in(client)).status_code == 200


async def test_who_signs_in_anew_gets_another_cookie_and_the_one_before_opens_nothing(
    app: Litestar, connect: Connect, new_user: NewUser
) -> None:
    """Else somebody who has put a cookie of theirs into a browser would be signed in with it."""
    await new_user()
    browser, other = connect(None), connect(None)
    await sign_in(browser)
    other.cookies.set("sojourn", before := browser.cookies["sojourn"], domain="sojourn.test")
    assert (await other.get("/v1/me")).status_code == 200
    assert (await sign_in(browser)).status_code == 200
    assert browser.cookies["sojourn"] != before
    app.state.server.callers.forget()  # else within seconds
    assert (await other.get("/v1/me")).status_code == 401


async def test_another_password_ends_every_other_session(
    app: Litestar, connect: Connect, new_user: NewUser
) -> None:
    await new_user()
    here, there = connect(None), connect(None)
    await sign_in(here)
    await sign_in(there)
    new = "another-long-quiet-harbour"
    for body, status, code in (
        ({"password": "wrong", "new": new}, 401, "wrong_sign_in"),
        ({"password": PASSWORD, "new": "short"}, 422, "invalid"),
        ({"password": PASSWORD, "new": "ababababababab"}, 422, "invalid"),
        ({"password": PASSWORD, "new": PASSWORD}, 422, "invalid"),
    ):
        answer = await here.post("/v1/me/password", json=body, headers=OURS)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    answer = await here.post("/v1/me/password", json={"password": PASSWORD, "new": new}, headers=OURS)
    assert answer.status_code == 204, answer.text
    assert (await here.get("/v1/me")).status_code == 200
    assert (await there.get("/v1/me")).status_code == 401
    assert (await sign_in(there)).status_code == 401
    assert (await sign_in(there, password=new)).status_code == 200


async def test_signing_out_everywhere_ends_every_session(connect: Connect, new_user: NewUser) -> None:
    await new_user()
    here, there = connect(None), connect(None)
    await sign_in(here)
    await sign_in(there)
    assert (await here.delete("/v1/session?everywhere=true", headers=OURS)).status_code == 204
    assert (await there.get("/v1/me")).status_code == 401
