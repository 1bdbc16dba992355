"""What every address answers is what the document says, to each role: judged by schemathesis.

The requests are some that are taken, and some by chance from a fixed seed. `make fuzz` is the long form.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.faults.acting import client
from tests.faults.addresses import NEEDED, Scene, body_for

ANONYMOUS = "anonymous"
ROLES = (ANONYMOUS, "customer", "staff", "reception", "manager", "admin")
ENDLESS = "/v1/venues/{venue}/events"
"""Is answered for as long as somebody listens."""
JUDGES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


async def test_every_address_answers_as_the_document_says(scene: Scene) -> None:
    schema = schemathesis.openapi.from_dict(scene.document)
    succeeded = set()
    for role in ROLES:
        async with client(scene.app, await headers_of(scene, role)) as caller:
            for path, methods in scene.document["paths"].items():
                for method, operation in sorted(methods.items()):  # DELETE is left for the end by its name
                    if path == ENDLESS:
                        continue
                    address = f"{path}?{NEEDED.get(f'{method.upper()} {path}', '')}".rstrip("?")
                    ids = {**scene.ids, "token": "none", "name": "none", "code": "none"}
                    body = body_for(method.upper(), path, operation, scene.valid)
                    answer = await caller.request(method, address.format(**ids), json=body)
                    named = schema[path][method].Case(path_parameters=ids)
                    named.validate_response(answer, checks=JUDGES)
                    if answer.is_success:
                        succeeded.add((method, path))
    assert len(succeeded) > 60


async def test_what_the_document_forbids_is_refused_and_what_it_allows_is_answered(scene: Scene) -> None:
    """A request by chance for every address: as it should be for one, as it should not for the next. More
    are sent by `make fuzz`."""
    schema = schemathesis.openapi.from_dict(scene.document)
    sent = 0
    asked = cycle((True, False))
    for operation in (result.ok() for result in schema.get_all_operations()):
        if operation.path == ENDLESS or operation.method == "put":
            continue
        is_right = next(asked)
        for case in drawn(operation, GenerationMode.POSITIVE if is_right else GenerationMode.NEGATIVE):
            answer = await answer_to(scene.desk, case)
            case.validate_response(answer, checks=JUDGES if is_right else [*JUDGES, negative_data_rejection])
            sent += 1
    assert sent > 75


def drawn(operation: Any, mode: GenerationMode) -> Iterator[Case]:
    """One that hypothesis makes of the document, always the same."""
    found: list[Case] = []

    @seed(1)
    @settings(
        max_examples=1,
        phases=[Phase.generate],
        database=None,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        found.append(case)

    with suppress(Unsatisfiable):  # where there is nothing that could be wrong
        collect()
    yield from found[:1]


async def answer_to(caller: httpx.AsyncClient, case: Case) -> httpx.Response:
    """The case as it would go out by `requests`, sent by this client."""
    made = requests.Request(**case.as_transport_kwargs(base_url=str(caller.base_url))).prepare()
    headers = [(n, v) for n, v in made.headers.items() if n.lower() not in ("authorization", "cookie")]
    return await caller.request(str(made.method), str(made.url), content=made.body, headers=headers)


async def headers_of(scene: Scene, role: str) -> dict[str, str]:
    """A key of the role, as far as it needs narrowing narrowed to this house."""
    if role == ANONYMOUS:
        return {"Accept": "application/json"}
    body: dict[str, Any] = {"role": role}
    if role == "customer":
        body["customer"] = scene.ids["customer_id"]
    if role == "staff":
        body |= {"venue": scene.ids["venue"], "resource": "therapist-1"}
    made = await scene.desk.post("/v1/keys", json=body)
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['key']}"}
