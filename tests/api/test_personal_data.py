"""Personal data: given out whole on request, and taken out of everything without touching sums or history."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text, update

from api.entities import METADATA
from api.people.addresses import forget_addresses
from api.people.erasing import forget_what_is_old
from booking.orders import OrderRow
from catalog.base import utc_now
from pricing.customers import Customer
from tests.api.test_orders import TWO

Connect = Callable[[str | None], httpx.AsyncClient]
NewKey = Callable[..., Awaitable[str]]
SECRETS = ("Zebulon", "Quastenflosser", "zebulon@", "+46 70 000 11 22", "allergic to")
PARTY = {
    "guests": [
        {"name": "Zebulon", "email": "zebulon@home.example", "note": "allergic to nuts"},
        {"name": "Philippa Quastenflosser"},
    ],
    "components": [{"component": "bubbles", "message": "for Zebulon"}],
    "note": "Zebulon turns fifty",
}


async def kept(app: Litestar) -> str:
    """Every row of every table, as text."""
    async with app.state.desk.sessions() as session:
        found = [
            row
            for table in METADATA.sorted_tables
            for row in await session.scalars(text(f'select t::text from "{table.name}" t'))
        ]
    return "\n".join(found)


@pytest.fixture
async def order(app: Litestar, spa: httpx.AsyncClient) -> dict[str, Any]:
    """An order of a customer, changed, partly paid and over."""
    customer = {
        "name": "Zebulon Quastenflosser",
        "email": "zebulon@home.example",
        "phone": "+46 70 000 11 22",
    }
    known = (await spa.post("/v1/venues/spa/customers", json=customer)).json()
    body = TWO | PARTY | {"customer": known["id"]}
    made = await spa.post("/v1/venues/spa/orders", json=body, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.text
    path = f"/v1/orders/{made.json()['id']}"
    paid = await spa.post(f"{path}/payments", json={"method": "cash", "amount": "100.00"})
    assert paid.status_code == 201, paid.text
    changed = await spa.patch(path, json={"note": "Zebulon turns fifty-one"})
    assert changed.status_code == 200, changed.text
    assert (await spa.post(f"{path}/links", json={})).status_code == 201
    found: dict[str, Any] = (await spa.get(path)).json()
    return found


async def over(app: Litestar) -> None:
    """As if all of it had been long ago."""
    ago = utc_now() - timedelta(days=400)
    async with app.state.desk.sessions.begin() as session:
        await session.execute(update(OrderRow).values(starts_at=ago, ends_at=ago + timedelta(hours=1)))
        await session.execute(update(Customer).values(created_at=ago))


async def test_what_is_kept_of_a_customer_is_given_out_whole(
    spa: httpx.AsyncClient, order: dict[str, Any]
) -> None:
    answer = await spa.get(f"/v1/customers/{order['customer']['id']}/export")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [row["email"] for row in found["customer"]] == ["zebulon@home.example"]
    assert [row["version"] for row in found["orders"]] == [1, 2]
    assert [row["amount"] for row in found["payments"]] == ["100.00"]
    assert all(secret in answer.text for secret in SECRETS)
    assert "feed_token" not in answer.text
    told = (await spa.get("/v1/audit?what=customer_exported")).json()["items"]
    assert [entry["subject"] for entry in told] == [order["customer"]["id"]]


async def test_who_is_erased_stands_nowhere_and_every_sum_is_what_it_was(
    app: Litestar, spa: httpx.AsyncClient, order: dict[str, Any]
) -> None:
    path, report = f"/v1/orders/{order['id']}", "/v1/venues/spa/reports/takings"
    refused = await spa.post(f"/v1/customers/{order['customer']['id']}/erase")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_to_come")
    assert (await spa.get(path)).json() == order
    await over(app)
    takings, history = (await spa.get(report)).json(), (await spa.get(f"{path}/history")).json()
    before = await kept(app)
    assert [secret for secret in SECRETS if secret not in before] == []
    erased = await spa.post(f"/v1/customers/{order['customer']['id']}/erase")
    assert erased.status_code == 200, erased.text
    everything = await kept(app)
    assert [secret for secret in SECRETS if secret in everything] == []
    after = (await spa.get(path)).json()
    for same in ("total", "price", "start", "end", "participants", "version", "status", "paid"):
        assert after.get(same) == order.get(same), same
    assert [b["start"] for b in after["bookings"]] == [b["start"] for b in order["bookings"]]
    assert (await spa.get(report)).json() == takings
    now = (await spa.get(f"{path}/history")).json()
    assert [(v["version"], v["at"]) for v in now["items"]] == [
        (v["version"], v["at"]) for v in history["items"]
    ]
    links = (await spa.get(f"{path}/links")).json()["items"]
    assert all(link["revoked_at"] for link in links)
    told = (await spa.get("/v1/audit?what=customer_erased")).json()["items"]
    assert [entry["subject"] for entry in told] == [order["customer"]["id"]]
    assert (await spa.post(f"/v1/customers/{order['customer']['id']}/erase")).status_code == 200  # once more


async def test_where_a_change_came_from_is_forgotten_after_a_while_and_nothing_else(
    app: Litestar, spa: httpx.AsyncClient, order: dict[str, Any]
) -> None:
    sessions, path = app.state.desk.sessions, f"/v1/orders/{order['id']}/history"
    history = (await spa.get(path)).json()["items"]
    assert [version["address"] for version in history] == ["127.0.0.1", "127.0.0.1"]
    assert [version["by"] for version in history] == ["first administrator"] * 2
    await forget_what_is_old(sessions, 0, 800, utc_now(), 1)
    assert (await spa.get(path)).json()["items"] == history
    later = utc_now() + timedelta(days=2)
    assert await forget_addresses(sessions, later - timedelta(days=1)) > 3  # versions, a payment, the catalog
    assert (await spa.get(path)).json()["items"] == [version | {"address": ""} for version in history]
    assert await forget_addresses(sessions, later) == 0
    found = (await spa.get("/v1/audit?what=customer_created")).json()["items"]
    assert [entry["address"] for entry in found] == ["127.0.0.1"]  # kept as long as the record of rights


async def test_only_managers_export_and_erase(
    spa: httpx.AsyncClient, order: dict[str, Any], connect: Connect, new_key: NewKey
) -> None:
    path = f"/v1/customers/{order['customer']['id']}"
    desk = connect(await new_key("reception"))
    stranger = connect(await new_key("admin", organisation="others"))
    for client, status in ((desk, 403), (stranger, 404)):
        assert (await client.get(f"{path}/export")).status_code == status
        assert (await client.post(f"{path}/erase")).status_code == status


async def test_retention_erases_who_has_not_come_for_long_and_nobody_else(
    app: Litestar, spa: httpx.AsyncClient, order: dict[str, Any]
) -> None:
    sessions, path = app.state.desk.sessions, f"/v1/customers/{order['customer']['id']}"
    assert await forget_what_is_old(sessions, 365, 800, utc_now()) == 0
    await over(app)
    await spa.post("/v1/venues/spa/customers", json={"name": "Newcomer"})
    assert await forget_what_is_old(sessions, 0, 800, utc_now()) == 0
    assert await forget_what_is_old(sessions, 500, 800, utc_now()) == 0
    assert (await spa.get(path)).json()["name"] == "Zebulon Quastenflosser"
    assert await forget_what_is_old(sessions, 365, 800, utc_now()) == 1
    assert "Zebulon" not in await kept(app)
    assert await forget_what_is_old(sessions, 365, 800, utc_now()) == 0
    assert "Newcomer" in (await spa.get("/v1/venues/spa/customers")).text
