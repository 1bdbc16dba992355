"""A plan that a preview gave, sent back: applied as it stands, or not at all."""

from typing import Any

import httpx

from tests.api.conftest import VENUE
from tests.api.test_orders import DAY, TWO


async def test_a_plan_is_judged_anew_when_it_is_sent_back(spa: httpx.AsyncClient) -> None:
    """The house has changed its hours since: what was free then may not be booked now."""
    body = {"package": "spa-day", "participants": 2, "start": f"{DAY}T10:00"}
    preview = await spa.post("/v1/venues/spa/orders?preview=true", json=body)
    assert preview.status_code == 200, preview.text
    await read_in_with_hours(spa, "12:00")
    sent_back = {**body, "plan": preview.json()["plan"]}
    refused = await spa.post("/v1/venues/spa/orders", json=sent_back)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")
    assert (await spa.get("/v1/venues/spa/orders")).json()["items"] == []
    await read_in_with_hours(spa, "08:00")
    assert (await spa.post("/v1/venues/spa/orders", json=sent_back)).status_code == 201


async def read_in_with_hours(spa: httpx.AsyncClient, opens: str) -> None:
    hours: Any = [{**VENUE["venue"]["hours"][0], "from": opens}]
    document = {**VENUE, "venue": {**VENUE["venue"], "hours": hours}}
    assert (await spa.put("/v1/venues/spa/catalog", json=document)).status_code == 200


async def test_nobody_pays_another_price_than_was_shown(spa: httpx.AsyncClient) -> None:
    path = "/v1/venues/spa/orders"
    shown = (await spa.post(path, params={"preview": "true"}, json=TWO)).json()
    massage, *others = VENUE["products"]
    dearer = VENUE | {"products": [massage | {"price": "960.00"}, *others]}
    assert (await spa.put("/v1/venues/spa/catalog", json=dearer)).status_code == 200
    refused = await spa.post(path, json=TWO | {"plan": shown["plan"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")
    assert "price has changed" in refused.json()["detail"]
    assert (await spa.get(path)).json()["items"] == []
    assert (await spa.put("/v1/venues/spa/catalog", json=VENUE)).status_code == 200
    booked = await spa.post(path, json=TWO | {"plan": shown["plan"]})
    assert booked.json()["price"]["total"] == shown["price"]["total"]
