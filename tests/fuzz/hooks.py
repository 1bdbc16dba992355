"""What schemathesis cannot know of the house: which names and ids stand for something in it.

Loaded by the name in SCHEMATHESIS_HOOKS; what is known stands in SOJOURN_FUZZ.
"""

import itertools
import json
import os
import random
import re
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

_TOLD = json.loads(os.environ["SOJOURN_FUZZ"])
KNOWN: dict[str, list[str]] = _TOLD["known"]
SPARED: str = _TOLD["spared"]
SEED: int = _TOLD["seed"]
_OF_THE_SCHEMA = re.compile(
    r"expected |unknown field|is missing|is too long|must not be empty|write the number"
)
"""How the reader of a body says what its type forbids: what the document could have said as well."""
_WHOLE = re.compile(r".*whole number.*not -?[0-9]+\.0$")
"""To JSON Schema 2.0 is an integer, which no schema can forbid; here who writes a fraction is asked again."""


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """In four of five requests that are to be taken, names and ids are of what there is here."""
    if case.operation.path.startswith("/my/{token}"):
        _as_a_customer(case, kwargs)
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


_count = itertools.count(SEED << 20)


def _as_a_customer(case: Case, kwargs: dict[str, Any]) -> None:
    """By a link that opens an order, mostly, and from an address of its own; with a form where one is sent.

    The fields of the page's forms stand in no document: here they are, with what a browser sends in them and
    what somebody would who has none.
    """
    chance = random.Random(next(_count))
    if chance.random() < 0.9:
        case.path_parameters["token"] = chance.choice(KNOWN["token"])
    case.headers["X-Forwarded-For"] = ".".join(str(chance.randrange(1, 255)) for _ in range(4))
    values = {name: made(chance) for name, made in _FIELDS.items() if chance.random() < 0.7}
    for guest in range(1, chance.randrange(1, 5)):
        values[f"name-{guest}"] = _text(chance)
        values[f"note-{guest}"] = _text(chance)
    if case.method == "POST":
        case.headers["Content-Type"] = "application/x-www-form-urlencoded"
        kwargs["data"] = urlencode(values, doseq=True)
    else:
        case.query = {
            name: values[name] for name in ("line", "from", "lang", "add", "done") if name in values
        }


_FIELDS: dict[str, Callable[[random.Random], Any]] = {
    "action": lambda chance: chance.choice(("move", "participants", "cancel", "cancel", "erase", "")),
    "line": lambda chance: chance.choice((*KNOWN["line"] * 4, "00000000-0000-7000-8000-000000000000", "x")),
    "start": lambda chance: chance.choice((*KNOWN["start"], "2027-06-12", "24:00", _text(chance))),
    "from": lambda chance: chance.choice((*KNOWN["from"], "9999-12-31", "0001-01-01", _text(chance))),
    "leave": lambda chance: [
        chance.choice(("1", "2", "3", "x", "9" * 9)) for _ in range(chance.randrange(4))
    ],
    "add": lambda chance: chance.choice(("0", "0", "1", "2", "-1", "99999", "1e3", "٣", "", " 1 ")),
    "version": lambda chance: chance.choice(("1", "1", "2", "3", "0", "99999", "x")),
    "plan": lambda chance: chance.choice(("", "", "AAAA", "eyJhIjoxfQ", _text(chance))),
    "lang": lambda chance: chance.choice(("sv", "en", "xx", "")),
    "done": lambda chance: chance.choice(("moved", "saved", "<b>", _text(chance))),
}


def _text(chance: random.Random) -> str:
    """What people write, and what nobody does."""
    signs = chance.choice(("abc åäö ", "<script>'\"&", "\0\r\n\t\x1b", "日本\u202e🜁", "=+-@"))
    return "".join(chance.choices(signs, k=chance.choice((0, 1, 7, 300, 3000))))


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
