"""The catalog document over HTTP, in its three formats."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from catalog import document
from catalog.document import Format
from tests.api.conftest import VENUE
from tests.catalog.builders import HARBOUR_SPA

ADDRESS = "/v1/venues/harbour/catalog"
Connect = Callable[[str | None], httpx.AsyncClient]
NewKey = Callable[..., Awaitable[str]]


@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
async def test_a_document_goes_in_and_out_in_every_format(admin: httpx.AsyncClient, form: Format) -> None:
    catalog = document.read(HARBOUR_SPA, "toml")
    media = f"application/{form}"
    text = document.write(catalog, form)
    sent = await admin.put(ADDRESS, content=text, headers={"Content-Type": f"{media}; charset=utf-8"})
    assert sent.status_code == 201, sent.text
    assert (sent.json()["changed"], sent.json()["version"]) == (True, 1)
    again = await admin.put(ADDRESS, content=text, headers={"Content-Type": media})
    assert (again.status_code, again.json()["changed"], again.json()["affected"]) == (200, False, [])
    got = await admin.get(ADDRESS, headers={"Accept": media})
    assert got.headers["content-type"].startswith(media)
    assert document.read(got.content, form) == catalog


async def test_json_is_given_where_nothing_is_asked_for(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/venues/spa/catalog", json=VENUE)
    for accept in ("*/*", "text/html", "application/*"):
        got = await admin.get("/v1/venues/spa/catalog", headers={"Accept": accept})
        assert got.json()["venue"]["currency"] == "SEK"


async def test_what_has_not_changed_is_not_sent_again(admin: httpx.AsyncClient) -> None:
    await admin.put("/v1/venues/spa/catalog", json=VENUE)
    etag = (await admin.get("/v1/venues/spa/catalog")).headers["etag"]
    same = await admin.get("/v1/venues/spa/catalog", headers={"If-None-Match": etag})
    assert (same.status_code, same.content) == (304, b"")
    other = await admin.get(
        "/v1/venues/spa/catalog", headers={"If-None-Match": etag, "Accept": "application/yaml"}
    )
    assert other.status_code == 200


async def test_every_fault_is_answered_by_its_path_and_nothing_is_changed(admin: httpx.AsyncClient) -> None:
    wrong = {**VENUE, "resources": [{"key": "x", "kind": "room", "size": 3}], "product": []}
    answer = await admin.put(ADDRESS, json=wrong)
    assert answer.status_code == 422
    assert [e["path"] for e in answer.json()["errors"]][:2] == ["resources[0].size", "product"]
    assert (await admin.get(ADDRESS)).status_code == 404


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/toml", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"<a/>", "application/xml", 415),
        (b"[]", "application/json", 422),
    ],
)
async def test_what_cannot_be_read_is_told_apart(
    admin: httpx.AsyncClient, content: bytes, media: str, status: int
) -> None:
    answer = await admin.put(ADDRESS, content=content, headers={"Content-Type": media})
    assert answer.status_code == status, answer.text


async def test_a_venue_s_key_has_the_form_of_every_key(admin: httpx.AsyncClient) -> None:
    for key in ("Spa", "%C3%A9", "a%20b", "a%00", "x" * 101):
        assert (await admin.put(f"/v1/venues/{key}/catalog", json=VENUE)).status_code == 422
        assert (await admin.get(f"/v1/venues/{key}/catalog")).status_code == 404


async def test_a_key_for_one_venue_makes_no_other(
    spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    manager = connect(await new_key("manager", venue="spa"))
    assert (await manager.put("/v1/venues/spa/catalog", json=VENUE)).status_code == 200
    assert (await manager.put(ADDRESS, json=VENUE)).status_code == 404
    assert (await spa.get(ADDRESS)).status_code == 404


async def test_every_document_that_changed_the_venue_is_kept_with_who_gave_it_and_what_it_changed(
    admin: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    path = "/v1/venues/spa/catalog"
    manager = connect(await new_key("manager"))
    dearer = VENUE | {"products": [VENUE["products"][0] | {"price": "1000.00"}, *VENUE["products"][1:-1]]}
    first, last = VENUE["products"][0]["key"], VENUE["products"][-1]["key"]
    for client, given in ((admin, VENUE), (admin, VENUE), (manager, dearer)):
        assert (await client.put(path, json=given)).is_success
    page = (await admin.get(f"{path}/versions?limit=1")).json()
    rest = (await admin.get(f"{path}/versions?limit=1&after={page['next']}")).json()
    newest, oldest = (*page["items"], *rest["items"])
    assert rest["next"] is None
    assert [(v["version"], v["role"], v["address"]) for v in (newest, oldest)] == [
        (2, "manager", "127.0.0.1"),
        (1, "admin", "127.0.0.1"),
    ]
    assert newest["changes"] == [
        {"list": "products", "key": first, "change": "changed"},
        {"list": "products", "key": last, "change": "removed"},
    ]
    assert {"list": "venue", "key": "", "change": "added"} in oldest["changes"]
    assert newest["digest"] != oldest["digest"]
    before = (await manager.get(f"{path}/versions/1")).json()
    assert {p["key"] for p in before["products"]} == {p["key"] for p in VENUE["products"]}
    assert (await manager.put(path, json=before)).json()["changed"]  # back to it
    assert (await admin.get(f"{path}/versions")).json()["items"][0]["digest"] == oldest["digest"]
    assert (await admin.get(f"{path}/versions/9")).status_code == 404
    for role, status in (("reception", 403), ("manager", 200)):
        assert (await connect(await new_key(role)).get(f"{path}/versions")).status_code == status
    stranger = connect(await new_key("admin", organisation="others"))
    assert (await stranger.get(f"{path}/versions/1")).status_code == 404


async def test_a_venue_from_before_documents_were_kept_keeps_the_one_that_it_had(
    admin: httpx.AsyncClient, app: Litestar
) -> None:
    path = "/v1/venues/spa/catalog"
    await admin.put(path, json=VENUE)
    async with app.state.desk.sessions.begin() as session:
        await session.execute(text("set local session_replication_role = replica"))
        await session.execute(text("truncate catalog_version"))
    await admin.put(path, json=VENUE | {"settings": {"refund_used_packages": True}})
    newest, oldest = (await admin.get(f"{path}/versions")).json()["items"]
    assert (oldest["version"], oldest["by"], oldest["changes"]) == (1, "", [])
    assert newest["changes"] == [{"list": "settings", "key": "", "change": "changed"}]
    assert (await admin.get(f"{path}/versions/1")).json() != (await admin.get(path)).json()
