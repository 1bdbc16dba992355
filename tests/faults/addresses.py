"""Every address of the document, with what is known of a furnished house in the places of its parameters."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from litestar import Litestar

from tests.faults.operations import VENUE, Operation

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
        "version": "1",
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
        "plan_id": known["plan"],
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

    app: Litestar
    document: Json
    desk: httpx.AsyncClient
    stranger: httpx.AsyncClient
    ids: dict[str, str]
    valid: dict[str, Operation]
