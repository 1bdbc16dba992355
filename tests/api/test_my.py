"""The customer's page: a link, and what can be done by it."""

import re
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import update

from api.my.stored import OrderLink
from tests.api.conftest import VENUE
from tests.api.test_orders import DAY

GROUP = {
    "package": "spa-day",
    "participants": 2,
    "start": f"{DAY}T10:00",
    "customer": {"name": "Ada <b>Berg</b>", "email": "ada@example.org", "language": "en"},
    "guests": [{"name": "Ada"}, {"name": "Bo"}],
}


@pytest.fixture
async def made(spa: httpx.AsyncClient) -> dict[str, Any]:
    answer = await spa.post("/v1/venues/spa/orders", json=GROUP)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture
async def link(spa: httpx.AsyncClient, made: dict[str, Any]) -> str:
    answer = await spa.post(f"/v1/orders/{made['id']}/links", json={})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).removeprefix("http://sojourn.test")


def hidden(page: str) -> dict[str, list[str]]:
    """The fields of the last form of a page, as a browser would send them."""
    form = page.rpartition("<form")[2]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(value.replace("&#34;", '"').replace("&amp;", "&"))
    return fields


async def test_a_link_shows_the_order_without_an_account(link: str, connect: Any) -> None:
    page = await connect(None).get(link)
    assert page.status_code == 200
    assert "Massage 50 min" in page.text
    assert "Central European Time (Europe/Stockholm)" in page.text
    assert 'href="webcal://sojourn.test/ical/' in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert "style=" not in page.text


async def test_the_group_is_moved_to_a_time_that_was_offered(
    link: str, made: dict[str, Any], spa: httpx.AsyncClient, connect: Any
) -> None:
    anybody = connect(None)
    line = made["lines"][0]["id"]
    times = await anybody.get(f"{link}/times", params={"line": line})
    assert times.status_code == 200, times.text
    starts = re.findall(r'name="start" value="([^"]+)"', times.text)
    assert f"{DAY}T10:30+02:00" in starts  # what the order itself holds is not in its way
    chosen = f"{DAY}T10:30+02:00"
    shown = await anybody.post(f"{link}/preview", data={"action": "move", "line": line, "start": chosen})
    assert shown.status_code == 200, shown.text
    assert "Nothing is changed yet." in shown.text
    assert (await spa.get(f"/v1/orders/{made['id']}")).json()["version"] == 1
    done = await anybody.post(f"{link}/apply", data=hidden(shown.text))
    assert done.status_code == 303, done.text
    after = await anybody.get(done.headers["location"])
    assert "Your booking has been moved." in after.text
    order = (await spa.get(f"/v1/orders/{made['id']}")).json()
    assert order["start"] == f"{DAY}T10:30:00+02:00"
    assert {b["start"] for b in order["bookings"]} == {f"{DAY}T10:30:00+02:00"}
    history = (await spa.get(f"/v1/orders/{made['id']}/history")).json()["items"]
    assert history[-1]["role"] == "customer"


async def test_names_and_diets_are_told_later_and_move_nothing(
    link: str, made: dict[str, Any], spa: httpx.AsyncClient, connect: Any
) -> None:
    line = made["lines"][0]["id"]
    told = {"name-1": "Ada", "note-1": "no nuts\r\nvegan", "name-2": "Bo <script>", "note-2": ""}
    done = await connect(None).post(f"{link}/guests", params={"line": line}, data=told)
    assert done.status_code == 303, done.text
    order = (await spa.get(f"/v1/orders/{made['id']}")).json()
    assert [(g["name"], g["note"]) for g in order["guests"]] == [
        ("Ada", "no nuts\nvegan"),
        ("Bo <script>", ""),
    ]
    assert [(b["start"], b["allocations"]) for b in order["bookings"]] == [
        (b["start"], b["allocations"]) for b in made["bookings"]
    ]
    page = (await connect(None).get(link)).text
    assert "Bo &lt;script&gt;" in page
    assert "<script>" not in page


async def test_fewer_and_more_guests(
    link: str, made: dict[str, Any], spa: httpx.AsyncClient, connect: Any
) -> None:
    anybody, line = connect(None), made["lines"][0]["id"]
    asked = {"action": "participants", "line": line, "leave": "1", "add": "0"}
    shown = await anybody.post(f"{link}/preview", data=asked)
    assert "Change the booking to 1 guests?" in shown.text
    assert "−" in shown.text or "-SEK" in shown.text
    assert (await anybody.post(f"{link}/apply", data=hidden(shown.text))).status_code == 303
    order = (await spa.get(f"/v1/orders/{made['id']}")).json()
    assert [g["number"] for g in order["guests"]] == [2]
    too_many = await anybody.post(
        f"{link}/preview", data={"action": "participants", "line": line, "add": "5"}
    )
    assert too_many.status_code in (409, 422)
    assert f"{link}/times?line={line}&amp;add=5" in too_many.text  # where there is room for six


async def test_a_cancellation_is_shown_before_it_is_done(
    link: str, made: dict[str, Any], spa: httpx.AsyncClient, connect: Any
) -> None:
    anybody = connect(None)
    shown = await anybody.post(f"{link}/preview", data={"action": "cancel"})
    assert "Cancelling costs nothing." in shown.text
    assert (await spa.get(f"/v1/orders/{made['id']}")).json()["status"] == "confirmed"
    done = await anybody.post(f"{link}/apply", data=hidden(shown.text))
    page = await anybody.get(done.headers["location"])
    assert "Your booking is cancelled." in page.text
    assert (await spa.get(f"/v1/orders/{made['id']}")).json()["status"] == "cancelled"
    again = await anybody.post(f"{link}/apply", data=hidden(shown.text))
    assert again.status_code == 412  # of a version that is gone


async def test_what_was_shown_is_not_applied_to_something_else(
    link: str, made: dict[str, Any], spa: httpx.AsyncClient, connect: Any
) -> None:
    anybody, line = connect(None), made["lines"][0]["id"]
    asked = {"action": "move", "line": line, "start": f"{DAY}T12:00"}
    shown = await anybody.post(f"{link}/preview", data=asked)
    await spa.patch(f"/v1/orders/{made['id']}", json={"note": "changed meanwhile"})
    refused = await anybody.post(f"{link}/apply", data=hidden(shown.text))
    assert refused.status_code == 412
    assert (await spa.get(f"/v1/orders/{made['id']}")).json()["start"] == made["start"]


async def test_within_the_notice_only_names_can_be_told(
    spa: httpx.AsyncClient, connect: Any, new_key: Any
) -> None:
    catalog = VENUE | {"settings": {"customer_notice_hours": 8760}}
    assert (await spa.put("/v1/venues/spa/catalog", json=catalog)).status_code == 200
    made = (await spa.post("/v1/venues/spa/orders", json=GROUP)).json()
    path = (
        (await spa.post(f"/v1/orders/{made['id']}/links")).json()["url"].removeprefix("http://sojourn.test")
    )
    anybody, line = connect(None), made["lines"][0]["id"]
    assert "It is too late to change this here." in (await anybody.get(path)).text
    refused = await anybody.post(f"{path}/preview", data={"action": "cancel"})
    assert refused.status_code == 409
    assert "please contact the venue" in refused.text
    named = await anybody.post(f"{path}/guests", params={"line": line}, data={"name-1": "Eva"})
    assert named.status_code == 303
    key = await new_key("customer", customer=made["customer"]["id"])
    async with connect(key) as customer:
        for call in (
            customer.post(f"/v1/orders/{made['id']}/cancel"),
            customer.patch(f"/v1/orders/{made['id']}", json={"participants": 1}),
        ):
            assert (await call).json()["code"] == "too_late"
        told = await customer.patch(f"/v1/orders/{made['id']}", json={"guests": [{"name": "Eva B"}]})
        assert told.status_code == 200, told.text


async def test_where_cancelling_has_its_price_it_is_possible_within_the_notice_and_shown_first(
    spa: httpx.AsyncClient, connect: Any
) -> None:
    terms = [{"days_before": 400, "percent": "50"}]
    settings = {"customer_notice_hours": 8760, "cancellation": terms}
    await spa.put("/v1/venues/spa/catalog", json=VENUE | {"settings": settings})
    made = (await spa.post("/v1/venues/spa/orders", json=GROUP)).json()
    path = (
        (await spa.post(f"/v1/orders/{made['id']}/links")).json()["url"].removeprefix("http://sojourn.test")
    )
    anybody = connect(None)
    assert "you can still cancel it" in (await anybody.get(path)).text
    shown = await anybody.post(f"{path}/preview", data={"action": "cancel"})
    assert "Fee for cancelling" in shown.text
    assert "1,060.00" in shown.text
    await anybody.post(f"{path}/apply", data=hidden(shown.text))
    assert "1,060.00" in (await anybody.get(path)).text


@pytest.mark.parametrize("kind", ["guessed", "revoked", "expired", "another customer's", "no token"])
async def test_a_link_that_opens_nothing_says_the_same_whatever_the_reason(
    kind: str, link: str, made: dict[str, Any], spa: httpx.AsyncClient, connect: Any, app: Litestar
) -> None:
    if kind == "guessed":
        link = link[:-3] + ("AAA" if not link.endswith("AAA") else "BBB")
    elif kind == "revoked":
        (one,) = (await spa.get(f"/v1/orders/{made['id']}/links")).json()["items"]
        assert (await spa.delete(f"/v1/links/{one['id']}")).status_code == 204
    elif kind == "expired":
        async with app.state.desk.sessions.begin() as session:
            await session.execute(update(OrderLink).values(expires_at=app.state.desk.now()))
    elif kind == "another customer's":
        await spa.patch(f"/v1/orders/{made['id']}", json={"customer": {"name": "Eve"}})
    else:
        link = "/my/%00%C3%A5"
    reference = await connect(None).get("/my/nothing")
    for answer in (
        await connect(None).get(link),
        await connect(None).post(f"{link}/apply", data={"action": "cancel"}),
        await connect(None).get(f"{link}/times"),
    ):
        assert (answer.status_code, answer.content) == (404, reference.content)
    assert (await spa.get(f"/v1/orders/{made['id']}")).json()["status"] == "confirmed"


async def test_the_page_speaks_the_customer_s_language_or_the_one_that_is_chosen(
    link: str, connect: Any
) -> None:
    anybody = connect(None)
    assert '<html lang="en">' in (await anybody.get(link)).text
    swedish = (await anybody.get(link, params={"lang": "sv"})).text
    assert '<html lang="sv">' in swedish
    assert "centraleuropeisk tid (Europe/Stockholm)" in swedish
    assert "lang=sv" in swedish.partition("/times?")[2].partition('"')[0]


async def test_who_asks_too_often_has_to_wait(link: str, connect: Any) -> None:
    anybody = connect(None)
    for _ in range(1_000):
        answer = await anybody.get("/my/nothing")
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert (await anybody.get(link)).status_code == 429


@pytest.mark.parametrize(
    "form",
    [
        {"action": "move"},
        {"action": "fly"},
        {"action": "move", "start": "soon"},
        {"action": "move", "start": "2020-01-01T10:00"},
        {"action": "participants", "add": "-1"},
        {"action": "participants", "add": "99999"},
        {"action": "participants", "leave": ["1", "2"]},
        {"action": "participants", "leave": "77"},
        {"action": "move", "line": "x", "start": f"{DAY}T12:00"},
        {"action": "cancel", "plan": "forged"},
    ],
)
async def test_a_form_that_makes_no_sense_is_refused_on_a_page(
    form: dict[str, Any], link: str, made: dict[str, Any], connect: Any
) -> None:
    answer = await connect(None).post(f"{link}/preview", data={"line": made["lines"][0]["id"]} | form)
    assert answer.status_code in (404, 409, 422), answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Back to the booking" in answer.text


async def test_customers_change_their_own_orders_by_key_and_nobody_else_s(
    made: dict[str, Any], spa: httpx.AsyncClient, connect: Any, new_key: Any
) -> None:
    other = (await spa.post("/v1/venues/spa/customers", json={"name": "Eve", "language": "sv"})).json()
    assert other["language"] == "sv"
    mine = await new_key("customer", customer=made["customer"]["id"])
    theirs = await new_key("customer", customer=other["id"])
    path = f"/v1/orders/{made['id']}"
    async with connect(theirs) as eve:
        for call in (
            eve.patch(path, json={"participants": 1}),
            eve.post(f"{path}/cancel"),
            eve.get(f"{path}/slots", params={"from": DAY, "to": "2027-06-06"}),
            eve.patch(f"/v1/lines/{made['lines'][0]['id']}", json={"participants": 1}),
        ):
            assert (await call).status_code == 404
    async with connect(mine) as ada:
        for foreign in (
            {"override": ["waiting"]},
            {"discount": {"percent": "50", "reason": "me"}},
            {"note": "x"},
        ):
            assert (await ada.patch(path, json=foreign)).status_code == 403
        assert (await ada.post(f"{path}/cancel", json={"waive_fee": True})).status_code == 403
        assert (await ada.post(f"{path}/links")).status_code == 403
        found = (await ada.get(f"{path}/slots", params={"from": DAY, "to": "2027-06-06"})).json()
        assert f"{DAY}T10:30:00+02:00" in [slot["start"] for slot in found["slots"]]
        seen = await ada.patch(path, params={"preview": True}, json={"start": f"{DAY}T10:30"})
        moved = await ada.patch(path, json={"start": f"{DAY}T10:30", "plan": seen.json()["plan"]})
        assert moved.json()["start"] == f"{DAY}T10:30:00+02:00"
        assert (await ada.post(f"{path}/cancel")).json()["status"] == "cancelled"


async def test_every_start_that_is_offered_to_an_order_is_accepted_and_no_other(
    made: dict[str, Any], spa: httpx.AsyncClient
) -> None:
    path = f"/v1/orders/{made['id']}"
    await spa.post("/v1/venues/spa/orders", json=GROUP | {"start": f"{DAY}T14:00"})
    asked = {"from": DAY, "to": "2027-06-06", "step_minutes": 60}
    offered = [slot["start"] for slot in (await spa.get(f"{path}/slots", params=asked)).json()["slots"]]
    assert made["start"] in offered
    for hour in range(24):
        start = f"{DAY}T{hour:02}:00:00+02:00"
        answer = await spa.patch(path, params={"preview": True}, json={"start": start})
        assert (answer.status_code == 200) == (start in offered), start
