"""Personal data: given out whole on request, and taken out of everything without touching sums or history."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, text, update

from api.entities import METADATA
from api.mail.writing import write_mails
from api.people.addresses import ADDRESSED, forget_addresses
from api.people.audit import Who
from api.people.erasing import forget_what_is_old
from api.people.sessions import new_session
from api.people.stored import AuditRow, SessionRow
from api.people.users import Rights, create_user
from booking.orders import OrderRow
from catalog.base import utc_now
from catalog.queries import find_organisation
from pricing.customers import Customer
from pricing.forget import ERASED
from tests.api.conftest import SETTINGS
from tests.api.test_orders import DAY, TWO
from tests.api.till import Till

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
        found += await session.scalars(
            text("select encode(body, 'escape') from idempotency where body <> ''")
        )
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


async def spread(app: Litestar, spa: httpx.AsyncClient, order: dict[str, Any]) -> dict[str, Any]:
    """The customer's name wherever else it may come to stand, and what opens something for the customer."""
    known, path = order["customer"]["id"], f"/v1/orders/{order['id']}"

    async def made(path: str, **body: Any) -> dict[str, Any]:
        answer = await spa.post(path, json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    link = (await made(f"{path}/links"))["url"].removeprefix("http://sojourn.test")
    field = {"line": order["lines"][0]["id"]}
    told = await spa.post(f"{link}/guests", params=field, data={"note-1": "allergic to figs"})
    assert told.status_code == 303, told.text
    await made(f"{path}/payments", method="card", amount="1.00", reference="Zebulon Quastenflosser")
    wanted = {"package": "spa-day", "start": f"{DAY}T15:00", "customer": known, "note": "for Zebulon"}
    await made("/v1/venues/spa/plans", **{"from": DAY, "to": "2027-06-06", "seconds": 1, "orders": [wanted]})
    await write_mails(app.state.desk.sessions, SETTINGS, utc_now())
    assert (await spa.get(f"{path}/mails")).json()["items"]
    feeds = [
        await made("/v1/venues/spa/feeds", kind="customer", customer=known),
        await made("/v1/venues/spa/feeds", kind="order", order=order["id"]),
    ]
    key = await made("/v1/keys", role="customer", customer=known, name="Zebulon's telephone")
    return {"feeds": [feed["url"] for feed in feeds], "link": link, "key": key["key"]}


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


async def test_who_is_erased_stands_nowhere_else_either_and_opens_nothing_any_more(
    app: Litestar, spa: httpx.AsyncClient, order: dict[str, Any], connect: Connect
) -> None:
    """In mails, plans, payments and keys; what a customer did without an account was done by somebody."""
    opened = await spread(app, spa, order)
    customer = connect(opened["key"])
    own = f"/v1/orders/{order['id']}"
    assert (await customer.get(own)).status_code == 200
    assert [(await customer.get(address)).status_code for address in opened["feeds"]] == [200, 200]
    given = (await spa.get(f"/v1/customers/{order['customer']['id']}/export")).json()
    assert given["mails"][0]["recipient"] == "zebulon@home.example"
    await over(app)
    assert (await spa.post(f"/v1/customers/{order['customer']['id']}/erase")).status_code == 200
    everything = await kept(app)
    assert [secret for secret in SECRETS if secret in everything] == []
    assert (await customer.get(own)).status_code == 401
    assert [(await customer.get(address)).status_code for address in opened["feeds"]] == [404, 404]
    assert (await customer.get(opened["link"])).status_code == 404


async def test_what_who_is_erased_did_with_credits_was_done_by_somebody(
    app: Litestar, admin: httpx.AsyncClient, connect: Connect
) -> None:
    till = await Till(admin).open_shop()
    await till.sell("series")
    own = {"role": "customer", "customer": till.customer, "name": "Zebulon's telephone"}
    key = (await admin.post("/v1/keys", json=own)).json()["key"]
    body = {"product": "massage", "start": f"{DAY}T10:00", "customer": till.customer, "use_credits": True}
    order = (await admin.post("/v1/venues/shop/orders", json=body)).json()
    cancelled = await connect(key).post(f"/v1/orders/{order['id']}/cancel", json={})
    assert cancelled.status_code == 200, cancelled.text
    assert (await till.lot("series"))["remaining"] == 10
    assert (await kept(app)).count("Zebulon") > 2
    assert (await admin.post(f"/v1/customers/{till.customer}/erase")).status_code == 200
    assert "Zebulon" not in await kept(app)


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


async def test_who_bought_at_the_counter_is_known_while_it_was_lately_or_credits_are_left(
    app: Litestar, admin: httpx.AsyncClient
) -> None:
    """And of all that they did the addresses are forgotten, and the sessions that ended long ago."""
    till, sessions = await Till(admin).open_shop(), app.state.desk.sessions
    with_credits, without = till.customer, await till.new_customer(name="Zebulon Quastenflosser")
    await till.sell("two-bandages")  # two for ever
    till.customer = without
    await till.sell("bandage")
    given = (await admin.get(f"/v1/customers/{with_credits}/export")).json()
    assert ([lot["sold_as"] for lot in given["credits"]], len(given["sales"])) == (["two-bandages"], 2)
    now, ended = utc_now(), utc_now() - timedelta(days=31)
    async with sessions.begin() as session:
        await session.execute(update(Customer).values(created_at=now - timedelta(days=400)))
        owner, eva = await find_organisation(session, "default"), Rights(role="admin")
        who = {"email": "eva@shop.test", "name": "Eva", "rights": eva, "password": "none"}
        user = await create_user(session, owner, Who(), now, **who)
        new_session(session, user, "ended", ended, 0)
        new_session(session, user, "lives", now, 1)
    assert await forget_what_is_old(sessions, 365, 800, utc_now()) == 0
    async with sessions() as session:
        assert (await session.scalars(select(SessionRow.digest))).all() == ["lives"]
    later = utc_now() + timedelta(days=370)
    assert await forget_what_is_old(sessions, 365, 300, later) == 1  # of whom nothing is left to come
    names = (await admin.get("/v1/venues/shop/customers")).json()["items"]
    assert sorted(one["name"] for one in names) == ["Albert Ernest", ERASED]
    seen = set()
    async with sessions() as session:
        for column in ADDRESSED:
            table = column.class_.__table__
            seen |= {
                (table.name, address) for address in await session.scalars(select(table.c.actor_address))
            }
        assert (await session.scalars(select(AuditRow.what))).all() == ["customer_erased"]
    kept_by = ("sale_version", "stock_movement", "credit_entry", "catalog_version")
    assert seen == {(table, "") for table in kept_by}
