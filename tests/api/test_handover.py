"""What a booked package hands over beside times and places: goods, tickets, credits (S3-2, S3-24, S3-27)."""

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar

from booking.apply import clear_expired
from tests.api.till import VENUE, Json, Till

START = "2027-03-01T10:00"
AFTER = datetime.fromisoformat("2027-03-02T00:00+01:00")
EACH = {"quantity": "one_per_participant"}
PACKAGES: list[Json] = [
    {"key": "robe", "name": "Robe", "kind": "stock_item", "price": "120.00", "stock": 10},
    {"key": "spa-day", "name": "Spa day", "kind": "package", "valid_days": 30,
     "components": [
         {"product": "massage", "relative_start_minutes": 0, "quantity": "one"},
         {"key": "pool", "product": "entry", **EACH},
         {"key": "locker", "product": "entry", "quantity": "one", "day": 2},
         {"key": "robes", "product": "robe", **EACH},
         {"key": "card", "product": "gift", "quantity": "one"},
         {"key": "five", "product": "clips", **EACH},
     ]},
    {"key": "start-up", "name": "Start-up", "kind": "package",
     "components": [{"key": "ten", "product": "series", "quantity": "one"}]},
]  # fmt: skip


class Desk(Till):
    """A till that books too."""

    async def book(self, participants: int = 2, package: str = "spa-day", **fields: Any) -> Json:
        body = {"package": package, "participants": participants, "start": START, "customer": self.customer}
        answer = await self.client.post("/v1/venues/shop/orders", json=body | fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def change(self, order: Json, path: str = "", **fields: Any) -> httpx.Response:
        method = "POST" if path.startswith("/") else "PATCH"
        return await self.client.request(method, f"/v1/orders/{order['id']}{path}", json=fields)

    async def changed(self, order: Json, path: str = "", **fields: Any) -> Json:
        answer = await self.change(order, path, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def lots_of(self, sold_as: str = "spa-day") -> list[tuple[str, int, int]]:
        """(product or money, remaining, quantity) of what orders gave."""
        return [
            (lot.get("product", "money"), int(float(lot["remaining"])), int(float(lot["quantity"])))
            for lot in await self.credits()
            if lot["sold_as"] == sold_as
        ]


@pytest.fixture
async def desk(admin: httpx.AsyncClient) -> Desk:
    document = VENUE | {"products": [*VENUE["products"], *PACKAGES]}
    answer = await admin.put("/v1/venues/shop/catalog", json=document)
    assert answer.status_code == 201, answer.text
    desk = Desk(admin)
    desk.customer = await desk.new_customer()
    return desk


def counted(order: Json) -> dict[str, int]:
    found = [ticket["component"] for ticket in order["tickets"]]
    return {component: found.count(component) for component in found}


async def test_goods_leave_the_shelf_when_booked_and_follow_every_change(desk: Desk) -> None:
    order = await desk.book(3)
    assert await desk.stock("robe") == 7
    await desk.changed(order, participants=5)
    assert await desk.stock("robe") == 5
    await desk.changed(order, components=[{"component": "robes", "quantity": 2}])
    assert await desk.stock("robe") == 8
    await desk.changed(order, participants=6)  # S3-35: three fewer
    assert await desk.stock("robe") == 7
    await desk.changed(order, "/undo")
    assert await desk.stock("robe") == 8
    await desk.changed(order, "/cancel")
    assert await desk.stock("robe") == 10
    await desk.changed(order, "/undo")
    assert await desk.stock("robe") == 8


async def test_a_hold_takes_goods_and_its_end_puts_them_back(desk: Desk, app: Litestar) -> None:
    await desk.book(4, hold_minutes=10)
    assert await desk.stock("robe") == 6
    await clear_expired(app.state.desk.sessions, None, AFTER)
    assert await desk.stock("robe") == 10


async def test_a_hold_gives_neither_tickets_nor_credits_until_it_is_confirmed(desk: Desk) -> None:
    order = await desk.book(2, hold_minutes=10)
    assert (order["tickets"], order["credits"], await desk.credits()) == ([], [], [])
    shown = (await desk.change(order, "/confirm?preview=true")).json()
    assert (len(shown["tickets"]), len(shown["credits"])) == (3, 3)
    assert await desk.credits() == []
    confirmed = await desk.changed(order, "/confirm")
    assert counted(confirmed) == {"pool": 2, "locker": 1}
    assert sorted(await desk.lots_of()) == [("massage", 5, 5), ("massage", 5, 5), ("money", 1000, 1000)]


async def test_too_few_on_the_shelf_is_a_warning_and_no_refusal(desk: Desk) -> None:
    """Goods hold no resource (placement.md, 2), and until the day comes there may be a delivery."""
    body = {"package": "spa-day", "participants": 11, "start": START, "customer": desk.customer}
    order: Json = {}
    for path in ("quotes", "orders?preview=true", "orders"):
        answer = await desk.client.post(f"/v1/venues/shop/{path}", json=body)
        assert answer.status_code in (200, 201), answer.text
        assert "Of “Robe” 1 more is promised" in answer.text, path
        order = answer.json()
    assert await desk.stock("robe") == -1
    fewer = await desk.changed(order, participants=10)
    assert "is promised" not in str(fewer)
    assert await desk.stock("robe") == 0


async def test_tickets_follow_the_participants_and_keep_their_codes(desk: Desk) -> None:
    order = await desk.book(3)
    first = {t["code"] for t in order["tickets"]}
    assert counted(order) == {"pool": 3, "locker": 1}
    fewer = await desk.changed(order, participants=1)
    assert counted(fewer) == {"pool": 1, "locker": 1}
    more = await desk.changed(order, participants=4)
    assert counted(more) == {"pool": 4, "locker": 1}
    assert first < {t["code"] for t in more["tickets"]}  # what was on paper counts again
    assert (await desk.changed(order, "/cancel"))["tickets"] == []
    undone = await desk.changed(order, "/undo")
    assert {t["code"] for t in undone["tickets"]} == {t["code"] for t in more["tickets"]}


async def test_tickets_say_on_which_day_they_are_for(desk: Desk) -> None:
    order = await desk.book(1)
    assert {t["component"]: t["day"] for t in order["tickets"]} == {
        "pool": "2027-03-01",
        "locker": "2027-03-02",
    }
    moved = await desk.changed(order, start="2027-03-08T10:00")
    assert {t["component"]: t["day"] for t in moved["tickets"]} == {
        "pool": "2027-03-08",
        "locker": "2027-03-09",
    }


async def test_tickets_are_listed_and_printed(desk: Desk) -> None:
    order = await desk.book(2)
    url = f"/v1/orders/{order['id']}/tickets"
    assert (await desk.client.get(url)).json()["items"] == order["tickets"]
    paper = await desk.client.get(f"{url}.pdf")
    assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
    assert paper.content.startswith(b"%PDF")
    await desk.changed(order, "/cancel")
    assert (await desk.client.get(f"{url}.pdf")).status_code == 404


async def test_a_ticket_lets_in_once_and_is_then_not_taken_back(desk: Desk) -> None:
    order = await desk.book(2)
    code = next(t["code"] for t in order["tickets"] if t["component"] == "pool")
    gate = f"/v1/venues/shop/tickets/{code[:4].lower()}-{code[4:]}/use"
    used = await desk.client.post(gate)
    assert (used.status_code, used.json()["used_at"] is not None) == (200, True)
    again = await desk.client.post(gate)
    assert (again.status_code, again.json()["code"]) == (409, "ticket_used")
    for path in ("/cancel?preview=true", "/cancel"):
        refused = await desk.change(order, path)
        assert (refused.status_code, refused.json()["code"]) == (409, "ticket_used")
        assert "somebody has come in with it" in refused.json()["detail"]
    fewer = await desk.changed(order, participants=1)
    assert code in {t["code"] for t in fewer["tickets"]}  # the other one is taken back
    lost = next(t["code"] for t in order["tickets"] if t["code"] not in {x["code"] for x in fewer["tickets"]})
    void = await desk.client.post(f"/v1/venues/shop/tickets/{lost}/use")
    assert (void.status_code, void.json()["code"]) == (409, "ticket_void")
    assert (await desk.client.post("/v1/venues/shop/tickets/NONE/use")).status_code == 404


async def test_of_many_gates_that_read_one_ticket_at_once_one_opens(desk: Desk) -> None:
    order = await desk.book(2)
    for ticket in order["tickets"]:
        gate = f"/v1/venues/shop/tickets/{ticket['code']}/use"
        answers = await asyncio.gather(*(desk.client.post(gate) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5


async def test_cards_belong_to_the_customer_and_are_taken_back_with_the_order(desk: Desk) -> None:
    order = await desk.book(2)
    assert sorted(await desk.lots_of()) == [("massage", 5, 5), ("massage", 5, 5), ("money", 1000, 1000)]
    prices = [(given["component"], given["price"]) for given in order["credits"]]
    assert prices == [("card", "2000.00"), ("five", "4000.00"), ("five", "4000.00")]  # S3-22
    await desk.changed(order, participants=1)
    assert sorted(await desk.lots_of()) == [("massage", 0, 5), ("massage", 5, 5), ("money", 1000, 1000)]
    await desk.changed(order, "/cancel")
    assert sum(remaining for _, remaining, _ in await desk.lots_of()) == 0
    again = await desk.changed(order, "/undo")
    assert [given["lot"] for given in again["credits"]] == [given["lot"] for given in order["credits"]][:2]
    assert sorted(await desk.lots_of()) == [("massage", 0, 5), ("massage", 5, 5), ("money", 1000, 1000)]


async def test_what_was_used_of_a_card_keeps_the_order_from_being_cancelled(desk: Desk) -> None:
    order = await desk.book(2)
    lot = order["credits"][1]["lot"]
    assert (await desk.client.post(f"/v1/credits/{lot}/redeem", json={})).status_code == 200
    for path in ("/cancel?preview=true", "/cancel"):
        refused = await desk.change(order, path)
        assert (refused.status_code, refused.json()["code"]) == (409, "credits_used")
    assert (await desk.client.get(f"/v1/orders/{order['id']}")).json()["status"] == "confirmed"
    fewer = await desk.changed(order, participants=1)
    assert fewer["credits"][1]["lot"] == lot  # the unused one is taken back
    document = VENUE | {
        "products": [*VENUE["products"], *PACKAGES],
        "settings": {"refund_used_packages": True},
    }
    assert (await desk.client.put("/v1/venues/shop/catalog", json=document)).status_code == 200
    assert (await desk.changed(order, "/cancel"))["status"] == "cancelled"
    assert sum(remaining for _, remaining, _ in await desk.lots_of()) == 0


async def test_the_price_of_an_unused_card_follows_the_order(desk: Desk) -> None:
    order = await desk.book(1)
    await desk.changed(order, discount={"percent": "50", "reason": "Regular."})
    shown = (await desk.client.get(f"/v1/orders/{order['id']}")).json()
    assert [given["price"] for given in shown["credits"]] == ["500.00", "2000.00"]
    clip = next(lot for lot in await desk.credits() if lot.get("product") == "massage")
    assert [(e["kind"], e["value"]) for e in clip["entries"]] == [
        ("issue", "4000.00"),
        ("adjust", "-2000.00"),
    ]
    await desk.changed(order, participants=2)  # a half of 8 000 for the two
    assert [lot["price"] for lot in await desk.credits() if lot.get("product") == "massage"] == [
        "2000.00"
    ] * 2


async def test_a_series_waits_for_a_customer(desk: Desk) -> None:
    order = await desk.book(1, "start-up", customer=None)
    assert order["credits"] == []
    assert "“Ten massages” gives credits, which belong to a customer" in order["warnings"][0]
    named = await desk.changed(order, customer=desk.customer)
    assert [(given["products"], given["quantity"]) for given in named["credits"]] == [(["massage"], 10)]
    assert await desk.lots_of("start-up") == [("massage", 10, 10)]
    other = await desk.new_customer(name="Bo")
    await desk.changed(order, customer=other)
    assert await desk.lots_of("start-up") == []
    assert len(await desk.credits(other)) == 1


async def test_a_customer_made_with_the_order_owns_its_credits(desk: Desk) -> None:
    body = {"package": "spa-day", "participants": 1, "start": START, "customer": {"name": "Ada"}}
    shown = await desk.client.post("/v1/venues/shop/orders?preview=true", json=body)
    assert (shown.status_code, len(shown.json()["credits"])) == (200, 2), shown.text
    order = await desk.book(1, customer={"name": "Ada"})
    assert len(await desk.credits(order["customer"]["id"])) == 2


async def test_an_order_is_not_paid_with_the_credits_that_it_gives(desk: Desk) -> None:
    """S2-7."""
    order = await desk.book(1, use_credits=True)
    again = await desk.changed(order, note="Still not.")
    assert [line for line in again["price"]["lines"] if "lot" in line] == []
    other = await desk.book(1, start="2027-03-02T10:00", use_credits=True)
    assert [line["component"] for line in other["price"]["lines"] if "lot" in line] == []  # a room for all


async def test_a_gift_card_and_an_entry_are_ordered_by_themselves(desk: Desk) -> None:
    for product in ("gift", "entry"):
        body = {"product": product, "participants": 2, "start": START, "customer": desk.customer}
        answer = await desk.client.post("/v1/venues/shop/orders", json=body)
        assert answer.status_code == 201, answer.text
        given = answer.json()["credits"] or answer.json()["tickets"]
        assert len(given) == 2
    assert [lot["price"] for lot in await desk.credits()] == ["1000.00"] * 2


async def test_customers_see_their_own_tickets_and_nobody_else_s(
    desk: Desk, connect: Any, new_key: Any
) -> None:
    mine, other = await desk.book(1), await desk.book(1, start="2027-03-02T10:00", customer=None)
    async with connect(await new_key("customer", venue="shop", customer=desk.customer)) as customer:
        own = await customer.get(f"/v1/orders/{mine['id']}/tickets")
        assert own.json()["items"] == mine["tickets"]
        assert (await customer.get(f"/v1/orders/{other['id']}/tickets")).status_code == 404
        gate = f"/v1/venues/shop/tickets/{mine['tickets'][0]['code']}/use"
        assert (await customer.post(gate)).status_code == 403
