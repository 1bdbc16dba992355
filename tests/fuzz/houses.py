"""For each role an organisation of its own with a furnished house, and the way in."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from tests.faults.operations import DAY, VENUE, open_house
from tests.walks.server import LONG, SojournServer

PASSWORD = "a long password of the fuzzer"
ROLES = ("admin", "manager", "reception", "staff", "customer", "signed-in", "anonymous", "link")
"""`link`: a customer who has no key, by the links to the own orders."""


@dataclass(frozen=True)
class Guise:
    """`auth`: what it has of the document's security schemes. `known`: what its house has, by the names
    of the parameters and fields that take it. `spared`: the id of its own key, which it shall not revoke."""

    role: str
    auth: dict[str, dict[str, str]]
    known: dict[str, list[str]]
    headers: dict[str, str]
    spared: str = ""


def guise_of(server: SojournServer, role: str, number: int) -> Guise:
    """A house for the role, and the way in."""
    organisation = f"fuzz-{number}"
    made = server.sojourn("key", "create", "--role", "admin", "--organisation", organisation)
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    return asyncio.run(_furnished(server, role, organisation, key))


async def _furnished(server: SojournServer, role: str, organisation: str, key: str) -> Guise:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=LONG) as desk:
        ids = await open_house(desk)

        async def made(path: str, **body: Any) -> dict[str, Any]:
            answer = await desk.post(f"/v1{path}", json=body)
            assert answer.is_success, answer.text
            return dict(answer.json())

        known = _known(ids)
        feed = await made(f"/venues/{VENUE}/feeds", kind="venue")
        link = await made(f"/orders/{ids['booked']}/links")
        known["token"] = [feed["url"].rpartition("/")[2], link["url"].rpartition("/")[2]]
        if role == "link":  # several to each order: one alone is not opened more often than people do
            orders = (ids[name] for name in ("booked", "held", "changed", "paid") for _ in range(25))
            links = [await made(f"/orders/{order}/links") for order in orders]
            known["token"] = [link["url"].rpartition("/")[2] for link in links]
        if role in ("anonymous", "link"):
            return Guise(role, {}, known, {})
        if role == "signed-in":
            email = f"{organisation}@house.test"
            user = await made("/users", email=email, password=PASSWORD, role="manager")
            known["user_id"] = [user["id"]]
            sign_in = {"email": email, "password": PASSWORD, "organisation": organisation}
            answer = await desk.post("/v1/session", json=sign_in, headers={"Origin": server.url})
            assert answer.is_success, answer.text
            return Guise(
                role, {"session": {"api_key": answer.cookies["sojourn"]}}, known, {"Origin": server.url}
            )
        mine = await made("/keys", role=role, name="fuzz", **_narrowed(role, ids))
        other = await made("/keys", role="reception", name="other")
        known["key_id"] = [other["id"]]
        return Guise(role, {"key": {"bearer": mine["key"]}}, known, {}, mine["id"])


def _narrowed(role: str, ids: dict[str, str]) -> dict[str, str]:
    if role == "customer":
        return {"customer": ids["customer"]}
    return {"venue": VENUE, "resource": "therapist-1"} if role == "staff" else {}


def _known(ids: dict[str, str]) -> dict[str, list[str]]:
    day = f"{DAY}"
    return {
        "venue": [VENUE],
        "package": ["day"],
        "product": ["massage", "cava", "bandage", "gift", "series"],
        "resource": ["therapist-1", "therapist-4", "room-1", "room-4"],
        "component": ["massage", "bubbles"],
        "customer": [ids["customer"]],
        "customer_id": [ids["customer"]],
        "order_id": [ids["booked"], ids["held"], ids["changed"], ids["paid"]],
        "line_id": [ids["line"]],
        "line": [ids["line"]],
        "booking_id": [ids["booking"], ids["bubbles"]],
        "booking": [ids["booking"], ids["paid_booking"]],
        "block_id": [ids["block"]],
        "sale_id": [ids["bought"], ids["open"], ids["saved"], ids["closed"]],
        "lot_id": [ids["series"]],
        "feed_id": [ids["feed"]],
        "link_id": [ids["link"]],
        "calendar_id": [ids["calendar"]],
        "mail_id": [ids["mail"]],
        "subject": [ids["customer"], ids["booked"]],
        "start": [f"{day}T10:00", f"{day}T16:00", f"{day}T09:00+00:00"],
        "end": [f"{day}T18:00", f"{day}T19:30"],
        "from": [day, f"{day}T08:00"],
        "to": [str(DAY + timedelta(days=1)), f"{day}T20:00"],
    }


def told(guise: Guise, seed: int) -> str:
    """For the hooks, which run in another process."""
    return json.dumps({"known": guise.known, "spared": guise.spared, "seed": seed})
