"""The description of the API (OpenAPI 3.1), made from the declarations of the endpoints themselves."""

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar
from msgspec import Struct

from api.call import JSON
from api.endpoint import Endpoint
from api.errors import MEDIA_TYPE
from api.examples import EXAMPLES
from api.people.browsers import COOKIE, SECURE_COOKIE
from catalog.convert import DECIMAL, INT8
from pricing.quote import Price

Schema = dict[str, Any]
VERSION = "1.0.0"
_PARAMETER = re.compile(r"{(\w+):(\w+)}")
_REF = "#/components/schemas/{name}"
_PAGE = "text/html"
_ALWAYS = {400: "It cannot be read.", 500: "A defect of the server."}
_KEYED = {401: "No valid key.", 403: "The role of the key does not permit it.", 429: "Too many requests."}
_WHY = {
    404: "There is no such thing, for this caller.",
    409: "It contradicts what is booked, or the state of the thing; or the same request is running.",
    412: "`If-Match` names a version that is not the present one.",
    413: "The body is too large.",
    415: "The body is of another media type.",
    422: "It does not make sense, or cannot be placed.",
    503: "No answer within the time; try again.",
}


class ReasonBody(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why there is no placement, to be read out. `held_by`: booking ids, for staff only."""

    code: str
    sentence: str
    component: str = ""
    guest: int = 0
    pool: str = ""
    start: str = ""
    end: str = ""
    components: list[str] = []
    held_by: list[str] = []


class AlternativeBody(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What would fit: another start, or a rule relaxed to a value."""

    kind: str
    sentence: str
    start: str = ""
    rule: str = ""
    value: int = 0


class ErrorBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """A fault of a field."""

    path: str
    message: str


class ProblemBody(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Problem details (RFC 9457). `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ErrorBody] = []
    reasons: list[ReasonBody] = []
    alternatives: list[AlternativeBody] = []


def endpoints(app: Litestar) -> list[Endpoint]:
    """Every declared address of the application, in the order of the paths."""
    handlers = {id(h): h for route in app.routes for h in getattr(route, "route_handlers", ())}
    found = [h.opt["endpoint"] for h in handlers.values() if "endpoint" in h.opt]
    return sorted(found, key=lambda e: (e.tag, e.path, e.method))


@lru_cache(maxsize=4)
def described(app: Litestar) -> Schema:
    """The whole document."""
    declared = endpoints(app)
    types = [kind for e in declared for kind in (e.body, e.answer) if kind is not None]
    kinds = list(dict.fromkeys((*types, Price, ProblemBody)))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    by_type = dict(zip(kinds, schemas, strict=True))
    for schema in components.values():
        if schema.get("properties"):
            schema["additionalProperties"] = False
        _bound(schema)
    if "OrderView" in components:
        components["OrderView"]["properties"]["price"] = by_type[Price]
    paths: dict[str, Schema] = {}
    for e in declared:
        paths.setdefault(_PARAMETER.sub(r"{\1}", e.path), {})[e.method.lower()] = _operation(e, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sojourn",
            "version": VERSION,
            "description": "An open booking engine: slots, quotes, orders, changes and calendars.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": f"Of who is signed in, in a browser; over TLS it is `{SECURE_COOKIE}`.",
                },
            },
        },
    }


def _bound(schema: Schema) -> Schema:
    """Says in the schema, and in all within it, what the reader of bodies demands of every number."""
    if schema.get("format") == "decimal":
        schema["pattern"] = DECIMAL
    if schema.get("type") == "integer":
        schema.setdefault("minimum", -INT8)
        schema.setdefault("maximum", INT8 - 1)
    for name in ("anyOf", "prefixItems"):
        for part in schema.get(name, ()):
            _bound(part)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            _bound(schema[name])
    for part in schema.get("properties", {}).values():
        _bound(part)
    return schema


def _operation(e: Endpoint, by_type: dict[Any, Schema]) -> Schema:
    operation: Schema = {
        "operationId": re.sub(r"\W+", "_", e.method.lower() + _PARAMETER.sub(r"\1", e.path)).strip("_"),
        "tags": [e.tag],
        "summary": e.summary,
        "security": [] if e.roles is None else [{"key": []}, {"session": []}],
        "parameters": [*_path(e), *_query(e), *_headers(e)],
        "responses": _responses(e, by_type),
    }
    if e.roles is not None:
        operation["description"] = f"Roles: {', '.join(sorted(e.roles))}."
    if e.body is not None:
        content = {media: {"schema": by_type[e.body]} for media in e.body_media}
        if example := EXAMPLES.get(e.body):
            content[e.body_media[0]]["example"] = example
        needed = any(f.required for f in msgspec.structs.fields(e.body))
        operation["requestBody"] = {"required": needed, "content": content}
    return operation


def _path(e: Endpoint) -> Iterable[Schema]:
    for name, kind in _PARAMETER.findall(e.path):
        schema: Schema = {"type": "string"}
        if kind == "uuid":
            schema["format"] = "uuid"
        elif kind == "int":
            schema = _bound({"type": "integer"})
        elif name in ("venue", "package"):
            schema |= {"pattern": "^[a-z0-9-]+$", "minLength": 1, "maxLength": 100}
        elif name in e.choices:
            schema["enum"] = list(e.choices[name])
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(e: Endpoint) -> Iterable[Schema]:
    (reference,), components = msgspec.json.schema_components([e.query], ref_template=_REF)
    schema = components[reference["$ref"].rpartition("/")[2]]
    for name, value in schema["properties"].items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _bound({k: v for k, v in value.items() if k != "default"}),
        }


def _headers(e: Endpoint) -> Iterable[Schema]:
    if e.repeatable:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key and body give the first answer again, for 24 hours.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        }
    if e.conditional:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": "The version that the change is based on; another than the present one: 412.",
            "schema": {"type": "string", "examples": ['"3"']},
        }


def _responses(e: Endpoint, by_type: dict[Any, Schema]) -> Schema:
    answer: Schema = {"description": HTTPStatus(e.status).phrase}
    if e.answer is not None:
        shape = by_type[e.answer]  # of JSON; what else there is has none of its own
        answer["content"] = {media: {"schema": shape if media == JSON else {}} for media in e.media}
    elif e.status not in (204, 303):
        answer["content"] = {media: {"schema": {}} for media in e.media}
    responses: Schema = {str(e.status): answer}
    if e.status == 201 and "preview" in e.query.__struct_fields__:
        responses["200"] = answer | {"description": "The preview"}
    if e.method == "PUT":
        responses["201"] = answer | {"description": "Created"}
    if e.method == "GET" and e.tag != "server":
        responses["304"] = {"description": "Not modified"}
    reasons = {**_ALWAYS, **({} if e.roles is None else _KEYED), 503: _WHY[503]}
    if e.method != "GET":
        reasons |= {413: _WHY[413], 415: _WHY[415], 422: _WHY[422]}
    if e.repeatable:
        reasons[409] = _WHY[409]
    reasons |= {status: _WHY.get(status, _KEYED.get(status, "Refused.")) for status in e.refusals}
    for status, why in sorted(reasons.items()):
        content: Schema = {MEDIA_TYPE: {"schema": by_type[ProblemBody]}}
        if e.media == (_PAGE,):  # who reads a page is told on a page; what does not reach it is a problem
            content[_PAGE] = {"schema": {}}
        responses[str(status)] = {"description": why, "content": content}
    return responses
