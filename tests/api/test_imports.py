"""Imported calendars over HTTP: blocks, what they affect, failures, and the last good state."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from litestar import Litestar
from msgspec.structs import replace as other

from api.importing.refresh import refresh_due
from catalog.base import utc_now
from tests.api.test_importing import Answers, calendar, sends, served
from tests.api.test_orders import DAY, TWO

__all__ = ["served"]

DENTIST = (
    f"SUMMARY:Dentist\nDTSTART;TZID=W. Europe Standard Time:{DAY.replace('-', '')}T090000\nDURATION:PT2H"
)
LATER = f"SUMMARY:Gym\nDTSTART:{DAY.replace('-', '')}T160000Z\nDURATION:PT1H"


@pytest.fixture
def near(app: Litestar, served: tuple[str, Answers]) -> tuple[str, Answers]:
    """A web server on this machine that the operator lets calendars be read from."""
    server = app.state.server
    app.state.server = other(server, settings=replace(server.settings, calendar_networks="127.0.0.0/8"))
    return served


async def imported(spa: httpx.AsyncClient, **how: Any) -> dict[str, Any]:
    answer = await spa.post("/v1/venues/spa/calendars", json={"resource": "anna", "name": "Anna's"} | how)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def blocks(spa: httpx.AsyncClient) -> list[dict[str, Any]]:
    day = {"from": DAY, "to": f"{DAY}T23:00"}
    rows = (await spa.get("/v1/venues/spa/calendar", params=day)).json()["resources"]
    return next(row["blocks"] for row in rows if row["key"] == "anna")


async def due(app: Litestar) -> int:
    server = app.state.server
    return await refresh_due(server.desk, server.settings, server.desk.now)


async def test_a_file_becomes_blocks_that_say_where_they_come_from_and_not_what_for(
    spa: httpx.AsyncClient,
) -> None:
    made = await imported(spa, content=calendar(DENTIST, LATER).decode())
    assert (made["source"], made["blocks"], made["error"]) == ("file", 2, "")
    first, second = await blocks(spa)
    assert first["start"] == f"{DAY}T09:00:00+02:00"
    assert {b["calendar"] for b in (first, second)} == {made["id"]}
    assert {b["note"] for b in (first, second)} == {"Anna's"}
    assert (await spa.delete(f"/v1/blocks/{first['id']}")).status_code == 409
    manual = {"resource": "anna", "start": f"{DAY}T13:00", "end": f"{DAY}T14:00"}
    assert (await spa.post("/v1/venues/spa/blocks", json=manual)).json()["calendar"] is None


async def test_nobody_is_booked_where_an_imported_block_stands(spa: httpx.AsyncClient) -> None:
    await imported(spa, content=calendar(DENTIST).decode())
    wanted = TWO | {"participants": 1, "start": f"{DAY}T09:00", "resource": "anna"}
    assert (await spa.post("/v1/venues/spa/orders", json=wanted)).status_code == 409


async def test_bookings_that_stand_there_are_told_and_stay(spa: httpx.AsyncClient) -> None:
    booking = TWO | {"participants": 1, "start": f"{DAY}T09:30", "resource": "anna"}
    order = (await spa.post("/v1/venues/spa/orders", json=booking)).json()
    made = await imported(spa, content=calendar(DENTIST).decode())
    assert made["affected_count"] == 1
    assert made["affected"][0]["number"] == order["number"]
    assert made["affected"][0]["booking"] in {b["id"] for b in order["bookings"]}
    assert (await spa.get(f"/v1/orders/{order['id']}")).json()["status"] == "confirmed"


async def test_a_calendar_is_refreshed_as_a_whole_and_what_stays_keeps_its_id(
    app: Litestar, spa: httpx.AsyncClient, near: tuple[str, Answers]
) -> None:
    address, answers = near
    answers["/anna.ics"] = sends(calendar(DENTIST))
    made = await imported(spa, url=f"{address}/anna.ics")
    assert made["source"] == "127.0.0.1"
    (kept,) = await blocks(spa)
    manual = {"resource": "anna", "start": f"{DAY}T13:00", "end": f"{DAY}T14:00"}
    await spa.post("/v1/venues/spa/blocks", json=manual)
    answers["/anna.ics"] = sends(calendar(DENTIST, LATER))
    assert await due(app) == 0
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert await due(app) == 1
    assert next(b["id"] for b in await blocks(spa)) == kept["id"]
    assert len(await blocks(spa)) == 3
    answers["/anna.ics"] = sends(calendar(LATER))
    assert (await spa.post(f"/v1/calendars/{made['id']}/refresh")).json()["blocks"] == 1
    assert [b["start"][11:16] for b in await blocks(spa)] == ["13:00", "18:00"]


async def test_a_failure_is_shown_and_the_last_good_state_is_kept(
    app: Litestar, spa: httpx.AsyncClient, near: tuple[str, Answers]
) -> None:
    address, answers = near
    answers["/anna.ics"] = sends(calendar(DENTIST))
    made = await imported(spa, url=f"{address}/anna.ics")
    answers["/anna.ics"] = sends(b"", 503)
    failed = (await spa.post(f"/v1/calendars/{made['id']}/refresh")).json()
    assert failed["error"] == "'127.0.0.1' answers 503, not with a calendar."
    assert (failed["failures"], failed["blocks"]) == (1, 1)
    assert failed["refreshed_at"] == made["refreshed_at"]
    (listed,) = (await spa.get("/v1/venues/spa/calendars")).json()["items"]
    assert listed["error"] == failed["error"]
    answers["/anna.ics"] = sends(calendar(DENTIST))
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        assert await due(app) == 1
    again = (await spa.get(f"/v1/calendars/{made['id']}")).json()
    assert (again["error"], again["failures"]) == ("", 0)


async def test_what_cannot_be_read_is_refused_with_a_sentence_and_nothing_is_made(
    spa: httpx.AsyncClient,
) -> None:
    evil = "DTSTART:20261205T100000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY"
    for how, said in (
        ({"url": "http://127.0.0.1:9/x.ics"}, "private network"),
        ({"url": "http://localhost/x.ics"}, "private network"),
        ({"content": calendar(evil).decode()}, "SECONDLY"),
        ({"content": "x"}, "no VCALENDAR"),
        ({}, "url"),
        ({"url": "https://x.example", "content": "x"}, "not both"),
    ):
        answer = await spa.post("/v1/venues/spa/calendars", json={"resource": "anna"} | how)
        assert answer.status_code == 422
        assert said in answer.json()["detail"]
    unknown = {"resource": "zoe", "content": calendar(DENTIST).decode()}
    assert (await spa.post("/v1/venues/spa/calendars", json=unknown)).status_code == 404
    assert (await spa.get("/v1/venues/spa/calendars")).json()["items"] == []


async def test_a_calendar_gets_another_file_and_is_forgotten(spa: httpx.AsyncClient) -> None:
    made = await imported(spa, content=calendar(DENTIST).decode())
    url = f"/v1/calendars/{made['id']}"
    assert (await spa.patch(url, json={"content": "x"})).status_code == 422
    assert len(await blocks(spa)) == 1
    changed = await spa.patch(url, json={"content": calendar(DENTIST, LATER).decode(), "name": "A."})
    assert (changed.json()["blocks"], changed.json()["name"]) == (2, "A.")
    assert (await spa.delete(url)).status_code == 204
    assert await blocks(spa) == []
    assert (await spa.get(url)).status_code == 404


async def test_a_calendar_that_leads_back_here_does_not_block_what_it_shows(
    spa: httpx.AsyncClient, connect: Any
) -> None:
    booking = TWO | {"participants": 1, "start": f"{DAY}T09:30", "resource": "anna"}
    await spa.post("/v1/venues/spa/orders", json=booking)
    for details in (False, True):
        feed = await spa.post(
            "/v1/venues/spa/feeds", json={"kind": "resource", "resource": "anna", "details": details}
        )
        content = (await connect(None).get(feed.json()["url"])).text
        assert (await imported(spa, content=content))["blocks"] == 0
    foreign = content.replace("UID:", "UID:f")
    assert (await imported(spa, content=foreign))["blocks"] == 1


async def test_a_calendar_of_another_house_does_not_exist(
    spa: httpx.AsyncClient, connect: Any, new_key: Any
) -> None:
    made = await imported(spa, content=calendar(DENTIST).decode())
    await new_key("admin", organisation="other")
    stranger = connect(await new_key("admin", organisation="other"))
    for method, path in (
        ("GET", ""),
        ("POST", "/refresh"),
        ("DELETE", ""),
    ):
        answer = await stranger.request(method, f"/v1/calendars/{made['id']}{path}")
        assert answer.status_code == 404
    staff = connect(await new_key("staff", venue="spa", resource="anna"))
    assert (await staff.get(f"/v1/calendars/{made['id']}")).status_code == 403
