"""Credits that pay for what is booked with a time, over HTTP."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar

from booking.actions.use_credits import use_credits_of_past_orders
from booking.apply import clear_expired
from pricing.ledger import expire_credits
from tests.api.till import Json, Till

START = "2027-03-01T10:00"
AFTER = datetime.fromisoformat("2027-03-02T00:00+01:00")


@pytest.fixture
async def till(admin: httpx.AsyncClient) -> Till:
    return await Till(admin).open_shop()


async def booked(till: Till, **fields: Any) -> Json:
    body = {"product": "massage", "start": START, "customer": till.customer, "use_credits": True} | fields
    answer = await till.client.post("/v1/venues/shop/orders", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def priced(order: Json) -> list[tuple[int, str, bool]]:
    return [(n["quantity"], n["amount"], "lot" in n) for n in order["price"]["lines"]]


async def balance(till: Till, sold_as: str = "series") -> tuple[int, int, int]:
    lot = await till.lot(sold_as)
    return lot["remaining"], lot["reserved"], lot["used"]


async def test_a_massage_of_a_series_is_booked_with_a_time(till: Till, app: Litestar) -> None:
    await till.sell("series")
    order = await booked(till)
    assert priced(order) == [(1, "0.00", True)]
    assert order["price"]["lines"][0]["why"] == "Paid by credit."
    assert await balance(till) == (9, 1, 0)
    sessions = app.state.desk.sessions
    assert await use_credits_of_past_orders(sessions, datetime.fromisoformat("2027-03-01T10:00+01:00")) == 0
    assert [await use_credits_of_past_orders(sessions, AFTER) for _ in range(2)] == [1, 0]
    assert await balance(till) == (9, 0, 1)


async def test_what_is_left_after_a_change_is_used_too(till: Till, app: Litestar) -> None:
    await till.sell("two-bandages")
    order = await booked(till, product="bandage", participants=2)
    assert await balance(till, "two-bandages") == (0, 2, 0)
    fewer = await till.client.patch(f"/v1/orders/{order['id']}", json={"participants": 1})
    assert (fewer.json()["price"]["total"], await till.stock("bandage")) == ("0.00", 39)
    assert await balance(till, "two-bandages") == (1, 1, 0)
    assert [await use_credits_of_past_orders(app.state.desk.sessions, AFTER) for _ in range(2)] == [1, 0]
    assert await balance(till, "two-bandages") == (1, 0, 1)


async def test_cancelling_gives_the_credit_back(till: Till) -> None:
    await till.sell("series")
    order = await booked(till)
    cancelled = await till.client.post(f"/v1/orders/{order['id']}/cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert await balance(till) == (10, 0, 0)


async def test_a_hold_reserves_and_its_end_gives_back(till: Till, app: Litestar) -> None:
    await till.sell("series")
    await booked(till, hold_minutes=10)
    assert await balance(till) == (9, 1, 0)
    await clear_expired(app.state.desk.sessions, None, AFTER)
    assert await balance(till) == (10, 0, 0)


async def test_what_credits_do_not_cover_is_paid(till: Till) -> None:
    await till.sell("clips")
    for hour in ("08:00", "09:00", "11:00", "12:00"):
        await booked(till, start=f"2027-03-01T{hour}")
    order = await booked(till)
    assert order["price"]["total"] == "0.00"
    assert (await booked(till, start="2027-03-02T10:00"))["price"]["total"] == "950.00"
    assert await balance(till, "clips") == (0, 5, 0)


async def test_a_change_that_credits_pay_no_more_returns_them(till: Till) -> None:
    await till.sell("series")
    order = await booked(till)
    url = f"/v1/orders/{order['id']}"
    paid = (await till.client.patch(url, json={"use_credits": False})).json()
    assert paid["price"]["total"] == "950.00"
    assert await balance(till) == (10, 0, 0)
    undone = (await till.client.post(f"{url}/undo")).json()
    assert undone["price"]["total"] == "0.00"
    assert await balance(till) == (9, 1, 0)


async def test_a_credit_pays_for_a_day_on_which_it_is_valid(till: Till) -> None:
    await till.sell("series", sold_at="2026-06-01T12:00")
    assert (await balance(till)) == (10, 0, 0)
    last = (await till.lot("series"))["valid_until"]
    assert last.startswith("2027-05-28T00:00")
    assert (await booked(till, start="2027-05-27T10:00"))["price"]["total"] == "0.00"
    assert (await booked(till, start="2027-05-28T10:00"))["price"]["total"] == "950.00"


async def test_a_quote_reserves_nothing(till: Till) -> None:
    await till.sell("series")
    body = {"product": "massage", "start": START, "customer": till.customer, "use_credits": True}
    quoted = (await till.client.post("/v1/venues/shop/quotes", json=body)).json()
    assert quoted["price"]["total"] == "0.00"
    assert await balance(till) == (10, 0, 0)


async def test_credits_end_with_their_last_day_however_often_one_looks(till: Till, app: Litestar) -> None:
    """S0-9: the job may run twice and late."""
    await till.sell("a-month", sold_at="2026-09-01T12:00")
    sessions = app.state.desk.sessions
    await expire_credits(sessions, AFTER)
    assert await expire_credits(sessions, AFTER) == 0
    lot = await till.lot("a-month")
    assert (lot["remaining"], lot["status"]) == (0, "expired")
    assert [e["kind"] for e in lot["entries"]] == ["issue", "expire"]
    sale = await till.sell("cheap", use_credits=True, sold_at="2026-09-02T12:00")
    assert sale["lines"][0]["lot"] == lot["id"]  # it was valid then
    await till.step(sale, "void")
    await expire_credits(sessions, AFTER)
    assert (await till.lot("a-month"))["status"] == "expired"
