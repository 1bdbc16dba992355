"""A point of sale to test at: products of every kind, a customer, the steps of a sale in one call each."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx

Json = dict[str, Any]
TAXES = [{"key": "service", "rates": [{"from": "2000-01-01", "percent": "25"}]}]
PRODUCTS: list[Json] = [
    {"key": "massage", "name": "Massage", "kind": "service", "price": "950.00", "duration_minutes": 50,
     "needs": [{"pool": "therapists"}], "tax": "service", "commission_eligible": True},
    {"key": "facial", "name": "Facial", "kind": "service", "price": "800.00", "duration_minutes": 50,
     "needs": [{"pool": "therapists"}], "tax": "service"},
    {"key": "bandage", "name": "Support bandage", "kind": "stock_item", "price": "12.00", "stock": 40},
    {"key": "secret", "kind": "item", "price": "1.00", "sold_to_customers": False},
    {"key": "water", "kind": "item", "price": "0.00"},
    {"key": "dear", "kind": "item", "price": "40.00"},
    {"key": "cheap", "kind": "item", "price": "25.00"},
    {"key": "series", "name": "Ten massages", "kind": "item", "price": "7600.00", "tax": "service",
     "series": {"product": "massage", "quantity": 10, "valid_days": 360}},
    {"key": "two-bandages", "name": "Two bandages", "kind": "package", "fulfilment": "customer_stock",
     "pricing": "fixed", "price": "20.00",
     "components": [{"product": "bandage", "quantity": "one", "count": 2}]},
    {"key": "any-treat", "name": "A treat", "kind": "package", "fulfilment": "customer_stock",
     "pricing": "fixed", "price": "30.00",
     "components": [{"key": "treat", "choices": ["dear", "cheap"], "quantity": "one"}]},
    {"key": "a-year", "name": "A year", "kind": "package", "fulfilment": "customer_stock",
     "pricing": "fixed", "price": "10.00", "valid_days": 364,
     "components": [{"product": "cheap", "quantity": "one"}]},
    {"key": "a-month", "name": "A month", "kind": "package", "fulfilment": "customer_stock",
     "pricing": "fixed", "price": "10.00", "valid_days": 28,
     "components": [{"product": "cheap", "quantity": "one"}]},
    {"key": "gift", "name": "Gift card 1000", "kind": "value_card", "price": "1000.00",
     "value_card": {"kind": "gift", "amount": "1000.00"}},
    {"key": "clips", "name": "Five massages", "kind": "value_card", "price": "4000.00",
     "value_card": {"kind": "clip", "product": "massage", "quantity": 5}},
    {"key": "entry", "name": "Day at the pool", "kind": "entry", "price": "200.00"},
    {"key": "family", "name": "Family day", "kind": "package", "fulfilment": "sale",
     "components": [{"key": "locker", "product": "entry", "quantity": "one"},
                    {"key": "pool", "product": "entry", "quantity": "one_per_participant"},
                    {"product": "bandage", "quantity": "one_per_participant", "count": 2}]},
    {"key": "visit", "name": "A visit", "kind": "package",
     "components": [{"key": "pool", "product": "entry", "quantity": "one_per_participant"},
                    {"product": "bandage", "quantity": "one_per_participant"},
                    {"product": "clips", "quantity": "one_per_participant"}]},
    {"key": "old-offer", "kind": "package", "fulfilment": "sale", "offer_until": "2026-01-31",
     "components": [{"product": "cheap", "quantity": "one"}]},
]  # fmt: skip
VENUE: Json = {
    "venue": {
        "time_zone": "Europe/Stockholm",
        "currency": "SEK",
        "hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "08:00", "to": "20:00"}
        ],
    },
    "resources": [{"key": "anna", "kind": "staff", "pools": ["therapists"]}],
    "taxes": TAXES,
    "products": PRODUCTS,
}


class Till:
    """The administrator of the venue `shop`, and one customer."""

    def __init__(self, client: httpx.AsyncClient, venue: str = "shop") -> None:
        self.client, self.venue, self.customer = client, venue, ""

    async def open_shop(self, **settings: Any) -> "Till":
        document = VENUE | ({"settings": settings} if settings else {})
        answer = await self.client.put(f"/v1/venues/{self.venue}/catalog", json=document)
        assert answer.status_code in (200, 201), answer.text
        if not self.customer:
            self.customer = await self.new_customer()
        return self

    async def new_customer(self, **fields: Any) -> str:
        body = {"name": "Albert Ernest"} | fields
        answer = await self.client.post(f"/v1/venues/{self.venue}/customers", json=body)
        return str(answer.json()["id"])

    async def ask(self, *lines: Json | str, **fields: Any) -> httpx.Response:
        """Opens a sale; a line may be a product's key."""
        told = [{"product": line} if isinstance(line, str) else line for line in lines]
        body = {"customer": self.customer, "lines": told} | fields
        return await self.client.post(f"/v1/venues/{self.venue}/sales", json=body)

    async def open(self, *lines: Json | str, **fields: Any) -> Json:
        answer = await self.ask(*lines, **fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def step(self, sale: Json | str, name: str, **body: Any) -> httpx.Response:
        sale_id = sale if isinstance(sale, str) else sale["id"]
        return await self.client.post(f"/v1/sales/{sale_id}/{name}", json=body)

    async def sell(self, *lines: Json | str, **fields: Any) -> Json:
        """Opens and closes a sale."""
        closed = await self.step(await self.open(*lines, **fields), "close")
        assert closed.status_code == 200, closed.text
        return dict(closed.json())

    async def credits(self, customer: str | None = None) -> list[Json]:
        answer = await self.client.get(f"/v1/customers/{customer or self.customer}/credits")
        assert answer.status_code == 200, answer.text
        for lot in answer.json()["items"]:
            in_balance(lot)
        return list(answer.json()["items"])

    async def lot(self, sold_as: str) -> Json:
        """The last lot bought so."""
        return [lot for lot in await self.credits() if lot["sold_as"] == sold_as][-1]

    async def stock(self, product: str) -> int:
        answer = await self.client.get(f"/v1/venues/{self.venue}/stock")
        return next(int(item["level"]) for item in answer.json()["items"] if item["product"] == product)


def in_balance(lot: Json) -> None:
    """Every balance equals the sum of its entries, none negative, no number left out."""
    number: Callable[[Any], float] = float
    for account in ("remaining", "reserved"):
        assert number(lot[account]) == sum(number(e[f"{account}_change"]) for e in lot["entries"])
        assert all(number(e[account]) >= 0 for e in lot["entries"])
    assert [e["seq"] for e in lot["entries"]] == list(range(1, len(lot["entries"]) + 1))


def charged(sale: Json) -> list[tuple[Any, ...]]:
    """Each line as (description, quantity, unit price, amount)."""
    return [(n["description"], n["quantity"], n["unit_price"], n["amount"]) for n in sale["lines"]]


def nobody() -> str:
    return str(uuid.uuid4())
