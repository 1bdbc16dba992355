"""The document that describes the API, and the page made of it."""

import re
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from api.examples import EXAMPLES
from api.openapi import described, endpoints
from api.web.make_types import TYPES, types_of
from catalog.convert import convert


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if "$ref" in value else set()
        return found.union(*(references(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(references(v) for v in value))
    return set()


async def test_every_reference_of_the_document_leads_somewhere(connect: Any) -> None:
    document = (await connect(None).get("/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in references(document)} <= schemas.keys()


async def test_the_types_of_the_page_are_those_of_the_document(app: Litestar) -> None:
    assert TYPES.read_text() == types_of(app), "python -m api.web.make_types writes them anew"


async def test_no_object_of_the_document_takes_unknown_fields(app: Litestar) -> None:
    for name, schema in described(app)["components"]["schemas"].items():
        if schema.get("properties"):
            assert schema.get("additionalProperties") is False, name


async def test_every_address_declares_its_refusals(app: Litestar) -> None:
    document = described(app)
    for e in endpoints(app):
        path = re.sub(r":\w+}", "}", e.path)
        responses = document["paths"][path][e.method.lower()]["responses"]
        needed = {"400", "500", "503"}
        if e.roles is not None:
            needed |= {"401", "403", "429"}
        assert needed <= responses.keys()
        for status, response in responses.items():
            if int(status) >= 400:
                assert "application/problem+json" in response["content"]


def test_every_example_is_a_body_that_is_taken() -> None:
    for kind, example in EXAMPLES.items():
        convert(msgspec.json.decode(msgspec.json.encode(example)), kind)


async def test_the_page_needs_nothing_from_elsewhere(connect: Any) -> None:
    answer: httpx.Response = await connect(None).get("/docs")
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "/v1/venues/{venue}/orders" in answer.text
