"""What belongs to another house is as if it did not exist, at every address that the document knows; and no
field is taken that is only shown. New addresses are tried by themselves."""

import re
from collections.abc import Iterator
from typing import Any

import httpx

from tests.faults.addresses import NEEDED, NOBODY, Json, Scene, body_for, ids_of, operations
from tests.faults.operations import VENUE, open_house, requests


async def look(desk: httpx.AsyncClient, ids: dict[str, str]) -> list[str]:
    addresses = (
        f"/v1/venues/{VENUE}/{part}"
        for part in (
            "orders",
            "customers",
            "sales",
            "feeds",
            "stock",
            "catalog",
            "calendars",
            "mail-templates",
        )
    )
    also = (f"/v1/customers/{ids['customer_id']}/credits", f"/v1/orders/{ids['order_id']}/links", "/v1/users")
    return [(await desk.get(address)).text for address in (*addresses, *also)]


async def test_another_house_does_not_exist_at_any_address(scene: Scene) -> None:
    """The answer to a stranger is the answer about what nobody has, and nothing has changed."""
    ids = scene.ids
    nothing = {name: value if len(value) != 36 else NOBODY for name, value in ids.items()}
    before = await look(scene.desk, ids)
    tried = 0
    for method, path, operation in operations(scene.document):
        if "{" not in path or (method, path) == ("PUT", "/v1/venues/{venue}/catalog"):
            continue  # there a stranger opens a venue of that key in his own house
        address = f"{path}?{NEEDED.get(f'{method} {path}', '')}".rstrip("?")
        body = body_for(method, path, operation, scene.valid)
        theirs = await scene.stranger.request(method, address.format(**ids), json=body)
        nobodys = await scene.stranger.request(method, address.format(**nothing), json=body)
        assert theirs.status_code == 404, (method, path, theirs.text)
        assert theirs.json() == nobodys.json(), (method, path)
        tried += 1
    assert tried > 60
    assert await look(scene.desk, ids) == before


async def test_what_is_listed_of_one_house_has_nothing_of_another(scene: Scene) -> None:
    """At the addresses that name no venue: keys, users, the record, whose the caller is."""
    lists = [path for method, path, _ in operations(scene.document) if method == "GET" and "{" not in path]
    assert {"/v1/keys", "/v1/users", "/v1/audit", "/v1/me"} <= set(lists)
    seen = set()
    for path in lists:
        ours, theirs = [(await desk.get(path)).text for desk in (scene.desk, scene.stranger)]
        both = set(_ID.findall(ours)) & set(_ID.findall(theirs))
        assert not both, (path, both)
        assert VENUE not in theirs, path
        seen |= set(_ID.findall(ours))
    assert {scene.ids["key_id"], scene.ids["user_id"]} <= seen


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def uuids_in(schema: Json, schemas: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where an id stands in a body, by the names of the fields; `[]` is every part of a list."""
    if "$ref" in schema:
        if path.count("[]") < 3:
            yield from uuids_in(schemas[schema["$ref"].rpartition("/")[2]], schemas, path)
        return
    if schema.get("format") == "uuid":
        yield path
    for option in schema.get("anyOf", ()):
        yield from uuids_in(option, schemas, path)
    for name, field in schema.get("properties", {}).items():
        yield from uuids_in(field, schemas, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from uuids_in(schema["items"], schemas, (*path, "[]"))


def with_id(body: Any, path: tuple[str, ...], value: str) -> Any:
    """The body with the id at that place."""
    if not path:
        return value
    if path[0] == "[]":
        part = with_id(body[0] if body else {}, path[1:], value)
        return [part]
    return {**(body or {}), path[0]: with_id((body or {}).get(path[0]), path[1:], value)}


async def test_an_id_of_another_house_in_a_body_is_as_nobody_s(scene: Scene) -> None:
    """Sent by a stranger from his own house, in every field of every body that takes an id."""
    ids, document = scene.ids, scene.document
    before = await look(scene.desk, ids)
    own = await open_house(scene.stranger)
    mine, valid = ids_of(own, {"user_id": NOBODY}), requests(own)
    foreign = {"customer": ids["customer_id"], "booking": ids["booking_id"], "line": ids["line_id"]}
    tried = set()
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content or (method, path) == ("PUT", "/v1/venues/{venue}/catalog"):
            continue
        body = body_for(method, path, operation, valid)
        for where in uuids_in(content["application/json"]["schema"], document["components"]["schemas"]):
            named = next((part for part in reversed(where) if part != "[]"), "")
            address = path.format(**mine)
            value = foreign.get(named, ids["order_id"])
            theirs = await scene.stranger.request(method, address, json=with_id(body, where, value))
            nobodys = await scene.stranger.request(method, address, json=with_id(body, where, NOBODY))
            assert theirs.status_code in (404, 409, 422), (method, path, where, theirs.text)
            assert theirs.status_code == nobodys.status_code, (method, path, where, theirs.text, nobodys.text)
            tried.add((path, where))
    assert len(tried) > 8
    assert await look(scene.desk, ids) == before


def shown(document: Json) -> set[str]:
    """Every field of every answer."""
    views = (s for name, s in document["components"]["schemas"].items() if name.endswith(("View", "Page")))
    return {field for view in views for field in view.get("properties", {})}


async def test_no_field_is_taken_that_is_only_shown(scene: Scene) -> None:
    """Mass assignment: each body with every field of every answer that it does not itself have."""
    ids, document = scene.ids, scene.document
    schemas = document["components"]["schemas"]
    read_only = shown(document)
    assert {"id", "version", "status", "total", "created_at", "paid"} <= read_only
    before = await look(scene.desk, ids)
    tried = 0
    for method, path, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        schema = content["application/json"]["schema"]
        known = set(schemas[schema["$ref"].rpartition("/")[2]]["properties"])
        body = body_for(method, path, operation, scene.valid)
        sent = {**dict.fromkeys(read_only - known, NOBODY), **body}
        answer = await scene.desk.request(method, path.format(**ids), json=sent)
        assert answer.status_code == 422, (method, path, answer.text)
        told = {error["path"] for error in answer.json()["errors"]}
        assert read_only - known <= told, (method, path, read_only - known - told)
        tried += 1
    assert tried > 25
    assert await look(scene.desk, ids) == before
