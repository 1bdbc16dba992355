"""What belongs to another house is as if it did not exist, at every address that the document knows; and no
field is taken that is only shown. New addresses are tried by themselves."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.openapi import described
from api.people.audit import COMMAND_LINE
from api.people.keys import create_key
from tests.api.conftest import running
from tests.faults.acting import SETTINGS, client
from tests.faults.conftest import Copies
from tests.faults.operations import VENUE, Operation, open_house, requests
from tests.solving import InThisProcess

Json = dict[str, Any]
NOBODY = str(uuid.UUID(int=7))
NEEDED = {
    "GET /v1/venues/{venue}/calendar": "from=2027-01-01&to=2027-01-02",
    "GET /v1/venues/{venue}/resources/{resource}/freebusy.ics": "from=2027-01-01&to=2027-01-02",
    "GET /v1/orders/{order_id}/slots": "from=2027-01-01&to=2027-01-02",
    "GET /v1/venues/{venue}/packages/{package}/slots": "from=2027-01-01&to=2027-01-02",
}
"""Queries without which the address is refused before anything is looked up."""


def ids_of(known: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """What each parameter of a path is in the house."""
    return {
        "venue": VENUE,
        "package": "day",
        "resource": "room-4",
        "report": "takings",
        "kind": "confirmation",
        "language": "en",
        "order_id": known["booked"],
        "line_id": known["line"],
        "booking_id": known["booking"],
        "customer_id": known["customer"],
        "block_id": known["block"],
        "sale_id": known["open"],
        "lot_id": known["series"],
        "feed_id": known["feed"],
        "link_id": known["link"],
        "mail_id": known["mail"],
        "calendar_id": known["calendar"],
        **more,
    }


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["security"]:
                yield method.upper(), path, operation


def body_for(method: str, path: str, operation: Json, valid: dict[str, Any]) -> Any:
    """One that is taken: of the operations that are known to be, else the document's example."""
    if "requestBody" not in operation:
        return None
    pattern = re.sub(r"{\w+}", "[^/]+", path)
    for made, address, body in valid.values():
        if made == method and re.fullmatch(pattern, address) and body is not None:
            return body
    return operation["requestBody"]["content"]["application/json"].get("example", {})


@dataclass(frozen=True)
class Scene:
    """A house, and who has nothing to do with it. `ids`: its own, by parameters of paths. `valid`: requests
    that are taken there."""

    document: Json
    desk: httpx.AsyncClient
    stranger: httpx.AsyncClient
    ids: dict[str, str]
    valid: dict[str, Operation]


@pytest.fixture
async def scene(house: Copies, furnished: tuple[str, str]) -> AsyncIterator[Scene]:
    app = create_app(SETTINGS, await house(), solvers=InThisProcess())
    known = json.loads(furnished[1])
    async with running(app), client(app) as desk:
        async with app.state.desk.sessions.begin() as session:
            _, key = await create_key(session, "admin", who=COMMAND_LINE, organisation="others")
        made = (await desk.post("/v1/keys", json={"role": "reception"})).json()["id"]
        user = {"email": "eva@house.test", "password": "a password of some length", "role": "reception"}
        more = {"key_id": made, "user_id": (await desk.post("/v1/users", json=user)).json()["id"]}
        ids = ids_of(known, {**more, "code": "K7M2QX"})
        async with client(app, {"Authorization": f"Bearer {key}"}) as stranger:
            yield Scene(described(app), desk, stranger, ids, requests(known))


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
