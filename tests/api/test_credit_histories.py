"""Random histories of sales, bookings, packages, changes, undos, voids and refunds: everything adds up."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any
from unittest import mock

import httpx
import pytest
from litestar import Litestar

from api.commands.verify import amiss
from catalog.base import utc_now
from pricing.ledger import expire_credits
from tests.api.till import Json, Till

STEPS = 40
SELLING = ("series", "clips", "two-bandages", "any-treat", "a-year", "a-month")
REFUSED = ("credits_used", "nothing_to_undo", "resource_busy", "guest_busy", "jointly_infeasible")
USING = ("massage", "bandage", "cheap", "dear", "facial")


class History:
    """What was done, by the answers alone: the model that the ledger is held to."""

    def __init__(self, till: Till, seed: int) -> None:
        self.till, self.pick = till, random.Random(seed)
        self.sales: dict[str, Json] = {}
        self.orders: dict[str, Json] = {}
        self.redeemed: Counter[str] = Counter()
        self.given: Counter[str] = Counter()

    async def step(self) -> None:
        often = ("sell", "open", "open", "close", "book", "change")
        name = self.pick.choice(
            (
                *often,
                *often,
                "save",
                "void",
                "refund",
                "change",
                "pay",
                "redeem",
                "rebook",
                "cancel",
                "visit",
                "recount",
                "undo",
                "adjust",
            )
        )
        await getattr(self, name)()

    def _lines(self, products: tuple[str, ...]) -> list[Json]:
        return [
            {"product": self.pick.choice(products), "quantity": self.pick.randint(1, 4)}
            | ({"discount_percent": str(self.pick.choice([10, 33, 100]))} if self.pick.random() < 0.3 else {})
            for _ in range(self.pick.randint(1, 3))
        ]

    async def _do(self, name: str, *statuses: str, **body: Any) -> None:
        able = [key for key, sale in self.sales.items() if sale["status"] in statuses]
        if able:
            answer = await self.till.step(self.pick.choice(able), name, **body)
            assert answer.status_code in (200, 201, 409), answer.text
            if answer.status_code != 409:
                self.sales[answer.json()["id"]] = answer.json()

    async def sell(self) -> None:
        sale = await self.till.open(*self._lines(SELLING), use_credits=self.pick.random() < 0.3)
        self.sales[sale["id"]] = (await self.till.step(sale, self.pick.choice(["save", "close"]))).json()

    async def open(self) -> None:
        sale = await self.till.open(*self._lines(USING), use_credits=self.pick.random() < 0.8)
        self.sales[sale["id"]] = sale

    async def save(self) -> None:
        await self._do("save", "open")

    async def close(self) -> None:
        await self._do("close", "open", "saved")

    async def void(self) -> None:
        await self._do("void", "open", "saved", "closed")

    async def refund(self) -> None:
        await self._do("refund", "closed")

    async def pay(self) -> None:
        amount = f"{self.pick.randint(1, 500)}.{self.pick.randint(0, 99):02d}"
        await self._do("payments", "saved", "closed", amount=amount, method="cash")

    async def change(self) -> None:
        able = [key for key, sale in self.sales.items() if sale["status"] in ("open", "saved")]
        if not able:
            return
        sale = self.sales[self.pick.choice(able)]
        kept = [{"id": line["id"]} for line in sale["lines"] if self.pick.random() < 0.7]
        body = {"lines": kept + self._lines(USING + SELLING), "use_credits": self.pick.random() < 0.7}
        answer = await self.till.client.patch(f"/v1/sales/{sale['id']}", json=body)
        assert answer.status_code in (200, 409), answer.text
        if answer.status_code == 200:
            self.sales[sale["id"]] = answer.json()

    async def redeem(self) -> None:
        lots = await self.till.credits()
        if lots:
            lot, count = self.pick.choice(lots), self.pick.randint(1, 3)
            product = lot.get("product") or lot["products"][0]
            body = {"quantity": count, "product": product}
            answer = await self.till.client.post(f"/v1/credits/{lot['id']}/redeem", json=body)
            assert answer.status_code in (200, 409), answer.text
            self.redeemed[lot["id"]] += count if answer.status_code == 200 else 0
            if product == "bandage" and answer.status_code == 200:
                self.redeemed["bandages"] += count

    async def adjust(self) -> None:
        lots = await self.till.credits()
        if lots:
            lot, wanted = self.pick.choice(lots), self.pick.randint(0, 6)
            body = {"remaining": wanted, "reason": "Counted anew."}
            answer = await self.till.client.patch(f"/v1/credits/{lot['id']}", json=body)
            assert answer.status_code == 200, answer.text

    async def book(self) -> None:
        month, day, hour = self.pick.randint(1, 9), self.pick.randint(1, 28), self.pick.randint(9, 17)
        start = f"2027-{month:02d}-{day:02d}T{hour:02d}:00"
        body = {"product": self.pick.choice(("massage", "facial")), "start": start, "use_credits": True}
        answer = await self.till.client.post(
            "/v1/venues/shop/orders", json=body | {"customer": self.till.customer}
        )
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 201:
            self.orders[answer.json()["id"]] = answer.json()

    async def visit(self) -> None:
        """Goods, tickets and clip cards in a package."""
        body = {"package": "visit", "participants": self.pick.randint(1, 4), "start": "2027-03-01T10:00"}
        paid = {"customer": self.till.customer, "use_credits": self.pick.random() < 0.5}
        answer = await self.till.client.post("/v1/venues/shop/orders", json=body | paid)
        assert answer.status_code == 201, answer.text
        self.orders[answer.json()["id"]] = answer.json()

    async def rebook(self) -> None:
        await self._order("patch", "", {"use_credits": self.pick.random() < 0.5})

    async def recount(self) -> None:
        visits = {key for key, order in self.orders.items() if "package" in order}
        await self._order("patch", "", {"participants": self.pick.randint(1, 4)}, among=visits)

    async def cancel(self) -> None:
        await self._order("post", "/cancel", {})

    async def undo(self) -> None:
        await self._order("post", "/undo", {}, statuses=("confirmed", "cancelled"))

    async def _order(
        self,
        method: str,
        path: str,
        body: Json,
        *,
        statuses: tuple[str, ...] = ("confirmed",),
        among: set[str] | None = None,
    ) -> None:
        able = [
            k for k, o in self.orders.items() if o["status"] in statuses and (among is None or k in among)
        ]
        if able:
            url = f"/v1/orders/{self.pick.choice(able)}{path}"
            answer = await self.till.client.request(method, url, json=body)
            assert answer.status_code in (200, 409), answer.text
            if answer.status_code == 200:
                self.orders[answer.json()["id"]] = answer.json()
            else:
                assert answer.json()["code"] in REFUSED, answer.text

    async def adds_up(self) -> None:
        """`Till.credits` compares every balance with its entries; here with sales and orders."""
        reserved, used = Counter[str](), Counter[str]()
        worth: dict[str, Decimal] = {}
        goods = 0
        for sale in self.sales.values():
            assert Decimal(sale["total"]) == sum(Decimal(line["amount"]) for line in sale["lines"])
            assert sum(Decimal(p["amount"]) for p in sale["payments"]) == Decimal(sale["paid"])
            if sale["status"] in ("voided", "refunded"):
                assert (sale["paid"], sale["due"]) == ("0.00", "0.00")
            for line in sale["lines"]:
                if sale["status"] not in ("saved", "closed"):
                    continue
                goods += line["quantity"] if line["product"] == "bandage" else 0
                if line["lot"] is None:
                    worth[sale["id"]] = worth.get(sale["id"], Decimal(0)) + (
                        Decimal(line["amount"]) if line["product"] in SELLING else 0
                    )
                elif sale["status"] == "saved":
                    reserved[line["lot"]] += line["quantity"]
                else:
                    used[line["lot"]] += line["quantity"]
        for order in self.orders.values():
            for part in order["price"]["lines"] if order["status"] != "cancelled" else ():
                if "lot" in part:
                    reserved[part["lot"]] += part["quantity"]
            if "package" in order:
                there = order["participants"] if order["status"] != "cancelled" else 0
                goods += there
                assert len(order["tickets"]) == len({t["code"] for t in order["tickets"]}) == there
                assert len(order["credits"]) == there
        lots = await self.till.credits()
        for lot in lots:
            assert lot["reserved"] == reserved[lot["id"]]
            assert lot["used"] == used[lot["id"]] + self.redeemed[lot["id"]]
        for sale_id, price in worth.items():
            standing = [lot for lot in lots if lot["sale"] == sale_id and not _ended(lot)]
            assert sum(Decimal(lot["price"]) for lot in standing) == price
        assert await self.till.stock("bandage") == 400 - goods - self.redeemed["bandages"]


def _ended(lot: Json) -> bool:
    return any(entry["reason"].startswith("The ") for entry in lot["entries"])


@pytest.mark.parametrize("seed", range(6))
async def test_after_any_history_everything_adds_up(
    admin: httpx.AsyncClient, app: Litestar, seed: int
) -> None:
    till = await Till(admin).open_shop(refund_used_packages=seed % 2 == 1)
    body = {"product": "bandage", "change": 360, "reason": "A delivery."}
    assert (await till.client.post("/v1/venues/shop/stock", json=body)).status_code == 200
    history = History(till, seed)
    for _ in range(4):
        await history.sell()
    for _ in range(STEPS):
        await history.step()
    await history.adds_up()
    await expire_credits(app.state.desk.sessions, utc_now())
    await history.adds_up()
    assert await amiss(app.state.desk.sessions.kw["bind"]) == ({}, mock.ANY)
