"""The customer's page: a link, and what can be done by it."""

import re
from typing import Any

import httpx
import pytest

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
