"""Slots a line for each day, as they are decided: all together what the paged answer holds."""

import json
from typing import Any

import httpx

LINES = {"Accept": "application/x-ndjson"}
ADDRESS = "/v1/venues/spa/packages/spa-day/slots"
WEEK = {"participants": 2, "from": "2027-06-05T12:00", "to": "2027-06-09"}


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_the_days_together_are_the_paged_answer(spa: httpx.AsyncClient) -> None:
    for hour in (13, 15):
        taken = {"package": "spa-day", "participants": 2, "start": f"2027-06-06T{hour}:00"}
        assert (await spa.post("/v1/venues/spa/orders", json=taken)).status_code == 201
    paged = (await spa.get(ADDRESS, params=WEEK)).json()
    days = lines(await spa.get(ADDRESS, params=WEEK, headers=LINES))
    assert [day["date"] for day in days] == [f"2027-06-0{n}" for n in (5, 6, 7, 8)]
    assert all(day["complete"] and day["unknown_from"] is None for day in days)
    assert [slot for day in days for slot in day["slots"]] == paged["slots"] != []
    assert all(slot["start"].startswith(day["date"]) for day in days for slot in day["slots"])
    sent = lines(await spa.post(ADDRESS, json=WEEK, headers=LINES))
    assert sent == days


async def test_what_is_refused_is_refused_before_the_first_line(spa: httpx.AsyncClient) -> None:
    nobody = await spa.get("/v1/venues/spa/packages/none/slots", params=WEEK, headers=LINES)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_product")
    paged = await spa.get(ADDRESS, params=WEEK | {"limit": 3}, headers=LINES)
    assert (paged.status_code, paged.json()["errors"][0]["path"]) == (422, "limit")
