"""Users and keys as administrators see them, and the record of what was done with rights."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, text

from catalog.organisations import ApiKey
from tests.api.conftest import VENUE
from tests.api.test_sessions import EMAIL, OURS, PASSWORD, sign_in

Connect = Callable[[str | None], httpx.AsyncClient]
NewKey = Callable[..., Awaitable[str]]
BODY = {"email": EMAIL, "password": PASSWORD, "role": "reception", "name": "Ada"}


async def made(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_user_is_made_changed_and_disabled(spa: httpx.AsyncClient, connect: Connect) -> None:
    user = await made(spa, "/v1/users", **BODY)
    assert not {"password", "digest"} & user.keys()
    browser = connect(None)
    assert (await sign_in(browser)).status_code == 200
    changed = await spa.patch(f"/v1/users/{user['id']}", json={"role": "manager", "venue": "spa"})
    assert (changed.status_code, changed.json()["venue"]) == (200, "spa")
    me = (await browser.get("/v1/me")).json()
    assert (me["role"], me["name"]) == ("manager", "Ada")
    assert (await spa.get("/v1/users")).json()["items"] == [
        changed.json() | {"last_seen_at": (await spa.get(f"/v1/users/{user['id']}")).json()["last_seen_at"]}
    ]
    assert (await spa.patch(f"/v1/users/{user['id']}", json={"disabled": True})).status_code == 200
    assert (await browser.get("/v1/me")).status_code == 401
    assert (await sign_in(browser)).status_code == 401
    assert (await spa.patch(f"/v1/users/{user['id']}", json={"disabled": False})).status_code == 200
    assert (await browser.get("/v1/me")).status_code == 401  # what was ended does not come back
    assert (await sign_in(browser)).status_code == 200
    assert (await spa.delete(f"/v1/users/{user['id']}/sessions")).status_code == 204
    assert (await browser.get("/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"email": "ada"}, 422, "email"),
        ({"email": "ada@spa\nBcc: all@spa.example"}, 422, "email"),
        ({"email": "a\u0000da@spa.example"}, 422, "email"),
        ({"password": "short"}, 422, "password"),
        ({"password": "x" * 201}, 422, "password"),
        ({"password": "x" * 20}, 422, "password"),
        ({"role": "customer"}, 422, "role"),
        ({"role": "staff"}, 422, None),
        ({"role": "reception", "venue": "nowhere"}, 404, None),
        ({"role": "staff", "venue": "spa", "resource": "nobody"}, 404, None),
        ({"disabled_at": None}, 422, "disabled_at"),
        ({"organisation_id": str(uuid.UUID(int=1))}, 422, "organisation_id"),
    ],
)
async def test_a_user_who_makes_no_sense_is_refused(
    spa: httpx.AsyncClient, body: dict[str, Any], status: int, path: str | None
) -> None:
    answer = await spa.post("/v1/users", json=BODY | body)
    assert answer.status_code == status, answer.text
    assert path is None or answer.json()["errors"][0]["path"] == path
    assert (await spa.get("/v1/users")).json()["items"] == []


async def test_an_address_has_one_user_and_nobody_disables_themselves(
    spa: httpx.AsyncClient, connect: Connect
) -> None:
    user = await made(spa, "/v1/users", **BODY | {"role": "admin"})
    again = await spa.post("/v1/users", json=BODY | {"email": EMAIL.upper()})
    assert (again.status_code, again.json()["code"]) == (409, "user_exists")
    browser = connect(None)
    await sign_in(browser)
    answer = await browser.patch(f"/v1/users/{user['id']}", json={"disabled": True}, headers=OURS)
    assert answer.status_code == 409


async def test_a_key_is_shown_once_listed_without_and_revoked(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect
) -> None:
    key = await made(spa, "/v1/keys", role="reception", name="till", venue="spa", days=30)
    opened = connect(key["key"])
    assert (await opened.get("/v1/venues/spa/customers")).status_code == 200
    listed = [k for k in (await spa.get("/v1/keys")).json()["items"] if k["id"] == key["id"]]
    assert [(k["role"], k["name"], k["venue"]) for k in listed] == [("reception", "till", "spa")]
    assert listed[0]["last_used_at"]
    assert listed[0]["expires_at"]
    assert key["key"] not in (await spa.get("/v1/keys")).text
    assert (await spa.delete(f"/v1/keys/{key['id']}")).status_code == 204
    assert (await opened.get("/v1/venues/spa/customers")).status_code == 401
    assert key["id"] not in (await spa.get("/v1/keys")).text
    assert key["id"] in (await spa.get("/v1/keys?revoked=true")).text
    async with app.state.desk.sessions() as session:
        digests = (await session.scalars(select(ApiKey.digest))).all()
    assert all(len(digest) == 64 for digest in digests)


async def test_what_is_shown_once_is_kept_nowhere_for_who_repeats_the_request(
    app: Litestar, spa: httpx.AsyncClient
) -> None:
    body, repeat = {"role": "reception"}, {"Idempotency-Key": "once"}
    first = await spa.post("/v1/keys", json=body, headers=repeat)
    again = await spa.post("/v1/keys", json=body, headers=repeat)
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, "shown_once")
    user = await spa.post("/v1/users", json=BODY, headers=repeat)
    assert user.status_code == 201
    async with app.state.desk.sessions() as session:
        kept = str((await session.execute(text("select route, body from idempotency"))).all())
    assert first.json()["key"] not in kept
    assert "users" not in kept  # not even a digest of what has a password in it


async def test_an_administrator_of_one_venue_gives_no_rights_elsewhere(
    spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    await spa.put("/v1/venues/baths/catalog", json=VENUE)
    everywhere = await made(spa, "/v1/users", **BODY)
    customer = await made(spa, "/v1/venues/baths/customers", name="Bea")
    narrow = connect(await new_key("admin", venue="spa"))
    assert (await made(narrow, "/v1/keys", role="admin"))["venue"] == "spa"
    assert (await made(narrow, "/v1/users", **BODY | {"email": "bo@spa.example"}))["venue"] == "spa"
    for path, body in (
        ("/v1/keys", {"role": "manager", "venue": "baths"}),
        ("/v1/keys", {"role": "customer", "customer": customer["id"]}),
        ("/v1/users", BODY | {"email": "cy@spa.example", "venue": "baths"}),
    ):
        assert (await narrow.post(path, json=body)).status_code == 404, body
    for method, path in (
        ("GET", f"/v1/users/{everywhere['id']}"),
        ("PATCH", f"/v1/users/{everywhere['id']}"),
        ("DELETE", f"/v1/users/{everywhere['id']}/sessions"),
    ):
        body = {"password": "taken-over-by-somebody"} if method == "PATCH" else None
        assert (await narrow.request(method, path, json=body)).status_code == 404
    keys = (await narrow.get("/v1/keys")).json()["items"]
    assert {key["venue"] for key in keys} == {"spa"}
    first = (await spa.get("/v1/keys")).json()["items"][0]
    assert (await narrow.delete(f"/v1/keys/{first['id']}")).status_code == 404
    assert [user["venue"] for user in (await narrow.get("/v1/users")).json()["items"]] == ["spa"]
    assert (await narrow.get("/v1/audit")).status_code == 403


async def test_sign_ins_keys_and_users_stand_in_the_record(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    user = await made(spa, "/v1/users", **BODY)
    browser = connect(None)
    await sign_in(browser, password="wrong")
    await sign_in(browser, email="a-password-typed-here@x", password="wrong")
    await sign_in(browser)
    key = await made(spa, "/v1/keys", role="reception", name="till")
    await spa.delete(f"/v1/keys/{key['id']}")
    await browser.delete("/v1/session", headers=OURS)
    entries = (await spa.get("/v1/audit")).json()["items"]
    assert [entry["what"] for entry in entries[:7]] == [
        "signed_out",
        "key_revoked",
        "key_created",
        "signed_in",
        "sign_in_failed",
        "sign_in_failed",
        "user_created",
    ]
    assert {entry["address"] for entry in entries[:7]} == {"127.0.0.1"}
    told = (await spa.get("/v1/audit")).text
    assert PASSWORD not in told
    assert "a-password-typed-here" not in told
    assert key["key"] not in told
    about = (await spa.get("/v1/audit", params={"subject": user["id"]})).json()["items"]
    assert {entry["what"] for entry in about} == {"user_created", "signed_in", "sign_in_failed", "signed_out"}
    page = (await spa.get("/v1/audit?limit=2")).json()
    rest = (await spa.get("/v1/audit", params={"after": page["next"]})).json()["items"]
    assert page["items"] + rest == entries
    stranger = connect(await new_key("admin", organisation="others"))
    assert [entry["what"] for entry in (await stranger.get("/v1/audit")).json()["items"]] == ["key_created"]
