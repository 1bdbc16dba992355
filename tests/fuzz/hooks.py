"""What schemathesis cannot know of the house: which names and ids stand for something in it.

Loaded by the name in SCHEMATHESIS_HOOKS; what is known stands in SOJOURN_FUZZ.
"""

import json
import os
import re
import zlib
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

_TOLD = json.loads(os.environ["SOJOURN_FUZZ"])
KNOWN: dict[str, list[str]] = _TOLD["known"]
SPARED: str = _TOLD["spared"]
_OF_THE_SCHEMA = re.compile(
    r"expected |unknown field|is missing|is too long|must not be empty|write the number"
)
"""How the reader of a body says what its type forbids: what the document could have said as well."""
_WHOLE = re.compile(r".*whole number.*not -?[0-9]+\.0$")
"""To JSON Schema 2.0 is an integer, which no schema can forbid; here who writes a fraction is asked again."""


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """In four of five requests that are to be taken, names and ids are of what there is here."""
    if case.meta is None or case.meta.phase.name.value == "stateful":
        return
    if SPARED in case.path_parameters.values():
        case.path_parameters = dict.fromkeys(case.path_parameters, KNOWN["key_id"][0])
    if case.meta.generation.mode.is_negative:
        return
    chance = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace"))
    if chance % 5 == 0:
        return
    for values in (case.path_parameters, case.query):
        for name in values:
            if name in KNOWN:
                values[name] = KNOWN[name][chance % len(KNOWN[name])]
    if "catalog" not in case.operation.path:
        _mean_something(case.body, chance)


def _mean_something(value: Any, chance: int) -> None:
    if isinstance(value, list):
        for part in value:
            _mean_something(part, chance)
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, str) and name in KNOWN:
                value[name] = KNOWN[name][chance % len(KNOWN[name])]
            _mean_something(part, chance)


def _is_of_the_schema(message: str) -> bool:
    return bool(_OF_THE_SCHEMA.match(message)) and not _WHOLE.match(message)


def _is_page(response: Response) -> bool:
    """The customer's page says what is wrong to people."""
    return response.headers.get("content-type", [""])[0].startswith("text/html")


@schemathesis.check
def the_document_says_it(ctx: CheckContext, response: Response, case: Case) -> None:
    """What the document allows, the server may refuse for what it means, not for its shape."""
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    if response.status_code == 400:
        raise AssertionError(f"the document allows what is malformed: {response.text}")
    if response.status_code == 422 and not _is_page(response):
        shapes = [e for e in response.json().get("errors", ()) if _is_of_the_schema(e["message"])]
        assert not shapes, f"the document does not say: {shapes}"
