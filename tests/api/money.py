"""A venue whose prices can be worked out in one's head, and the shortest way to an order there."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from catalog.times import WEEKDAYS

ZONE = ZoneInfo("Europe/Stockholm")
TODAY = datetime.now(UTC).astimezone(ZONE).date()
DAY = TODAY + timedelta(days=60)
"""Of the service. Prices, taxes and fees of these tests depend on its distance alone."""


def each(product: str, **fields: Any) -> dict[str, Any]:
    return {"product": product, "quantity": "one_per_participant"} | fields


def item(key: str, price: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "kind": "item", "price": price} | fields


def package(key: str, *components: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"key": key, "kind": "package", "components": list(components)} | fields


VENUE: dict[str, Any] = {
    "venue": {
        "time_zone": ZONE.key,
        "currency": "SEK",
        "hours": [{"days": list(WEEKDAYS), "from": "00:00", "to": "24:00"}],
    },
    "resources": [
        {"key": "hall", "kind": "room", "pools": ["halls"]},
        {"key": "annex", "kind": "room", "pools": ["halls"]},
    ],
    "taxes": [
        {"key": "service", "rates": [{"from": "2000-01-01", "percent": "25"}]},
        {"key": "entry", "rates": [{"from": "2000-01-01", "percent": "6"}]},
    ],
    "products": [
        {
            "key": "room",
            "kind": "service",
            "price": "100.00",
            "duration_minutes": 60,
            "group_size": "all",
            "needs": [{"pool": "halls"}],
        },
        item("coffee", "30.00"),
        item("treatment", "1000.00", tax="service"),
        item("facial", "100.00"),
        package(
            "conference",
            {"product": "room", "quantity": "one", "relative_start_minutes": 0},
            each("coffee"),
        ),
        package("ritual", each("treatment", key="one", tax_split={"amount": "200.00", "tax": "entry"})),
        package("glow", each("facial"), price_list="package"),
        package(
            "pair",
            each("treatment"),
            each("facial"),
            pricing="fixed",
            price="990.00",
            offer_until="2899-12-31",
        ),
        package(
            "stay",
            each("treatment"),
            installment_plan="deposit-30",
            cancellation=[
                {"days_before": 90, "percent": "25", "tax": "entry"},
                {"days_before": 7, "percent": "100", "tax": "service"},
            ],
        ),
    ],
    "price_lists": [
        {"key": "package", "prices": {"facial": "80.00"}},
        {"key": "member", "prices": {"facial": "70.00"}, "tier": "member"},
    ],
    "installment_plans": [
        {
            "key": "deposit-30",
            "parts": [{"percent": "30", "due": "booking"}, {"percent": "70", "days_before_start": 14}],
        }
    ],
}

Order = dict[str, Any]
Book = Callable[..., Awaitable[Order]]


async def settle_venue(client: httpx.AsyncClient, **settings: Any) -> None:
    """Reads the venue `money` in, with these settings."""
    answer = await client.put("/v1/venues/money/catalog", json=VENUE | {"settings": settings})
    assert answer.status_code in (200, 201), answer.text


async def book(client: httpx.AsyncClient, package: str, participants: int = 1, **differs: Any) -> Order:
    asked = {"package": package, "participants": participants, "start": f"{DAY}T10:00"} | differs
    answer = await client.post("/v1/venues/money/orders", json=asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(client: httpx.AsyncClient, order: Order, **fields: Any) -> Order:
    answer = await client.patch(f"/v1/orders/{order['id']}", json=fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def pay(client: httpx.AsyncClient, order: Order, amount: str, method: str = "cash") -> Order:
    asked = {"amount": amount, "method": method}
    answer = await client.post(f"/v1/orders/{order['id']}/payments", json=asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def charges(client: httpx.AsyncClient, order: Order) -> list[tuple[str, str]]:
    """Each charge of the order as (kind, amount)."""
    found = (await client.get(f"/v1/orders/{order['id']}/charges")).json()["items"]
    return [(charge["kind"], charge["amount"]) for charge in found]


def amounts(order: Order) -> list[str]:
    return [line["amount"] for line in order["price"]["lines"]]


def dues(order: Order) -> list[tuple[str, str]]:
    return [(part["due"], part["amount"]) for part in order["installments"]]
