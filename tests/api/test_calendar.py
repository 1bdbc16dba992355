"""The calendar, blocks, customers and what the server says of itself, over HTTP."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from booking.events import Happening, publish
from catalog.base import utc_now
from catalog.venues import Venue

DAY = {"from": "2026-12-05", "to": "2026-12-06"}
ILL = {"resource": "anna", "start": "2026-12-05T09:00", "end": "2026-12-05T12:00", "note": "ill"}


async def test_the_calendar_has_every_resource_with_its_open_hours(spa: httpx.AsyncClient) -> None:
    answer = (await spa.get("/v1/venues/spa/calendar", params=DAY)).json()
    assert [r["key"] for r in answer["resources"]] == ["anna", "bo", "room-1", "room-2"]
    assert answer["resources"][0]["open"] == [
        {"start": "2026-12-05T08:00:00+01:00", "end": "2026-12-05T20:00:00+01:00"}
    ]
    assert answer["entries"] == []
    assert answer["time_zone"] == "Europe/Stockholm"


async def test_a_range_may_be_instants_wall_clock_times_or_dates(spa: httpx.AsyncClient) -> None:
    answers = [
        (await spa.get("/v1/venues/spa/calendar", params={"from": first, "to": "2026-12-06"})).json()
        for first in ("2026-12-05", "2026-12-05T00:00", "2026-12-04T23:00:00Z", "2026-12-05T00:00+01:00")
    ]
    assert all(a["start"] == "2026-12-05T00:00:00+01:00" for a in answers)


async def test_staff_see_their_own_calendar_alone(spa: httpx.AsyncClient, connect: Any, new_key: Any) -> None:
    bo = connect(await new_key("staff", venue="spa", resource="bo"))
    answer = (await bo.get("/v1/venues/spa/calendar", params=DAY)).json()
    assert [r["key"] for r in answer["resources"]] == ["bo"]


async def test_a_block_is_made_shown_and_removed(spa: httpx.AsyncClient) -> None:
    made = await spa.post("/v1/venues/spa/blocks", json=ILL)
    assert made.status_code == 201, made.text
    row = (await spa.get("/v1/venues/spa/calendar", params=DAY)).json()["resources"][0]
    assert row["blocks"] == [made.json()]
    assert row["blocks"][0]["start"] == "2026-12-05T09:00:00+01:00"
    gone = await spa.delete(f"/v1/blocks/{made.json()['id']}")
    assert gone.status_code == 204
    assert gone.content == b""
    assert (await spa.delete(f"/v1/blocks/{made.json()['id']}")).status_code == 404
    row = (await spa.get("/v1/venues/spa/calendar", params=DAY)).json()["resources"][0]
    assert row["blocks"] == []


async def test_removing_a_block_twice_with_one_key_is_one_removal(spa: httpx.AsyncClient) -> None:
    made = (await spa.post("/v1/venues/spa/blocks", json=ILL)).json()
    for _ in range(2):
        answer = await spa.delete(f"/v1/blocks/{made['id']}", headers={"Idempotency-Key": "x"})
        assert answer.status_code == 204


async def test_a_block_that_makes_no_sense_is_refused(spa: httpx.AsyncClient) -> None:
    for wrong in ({"end": ILL["start"]}, {"end": "2036-01-01"}, {"start": "now"}, {"replan": 1}):
        assert (await spa.post("/v1/venues/spa/blocks", json=ILL | wrong)).status_code == 422
    assert (await spa.post("/v1/venues/spa/blocks", json=ILL | {"resource": "x"})).status_code == 404


async def test_a_customer_is_made_found_and_never_merged(spa: httpx.AsyncClient) -> None:
    ada = {"name": "Ada Berg", "email": "ada@example.org", "phone": "+46 8 1", "tier": "member"}
    first, second = [(await spa.post("/v1/venues/spa/customers", json=ada)).json() for _ in range(2)]
    assert first["id"] != second["id"]
    assert (await spa.get(f"/v1/customers/{first['id']}")).json() == {
        "id": first["id"],
        "language": None,
        **ada,
    }
    for words in ("berg", "ADA example", "+46"):
        found = (await spa.get("/v1/venues/spa/customers", params={"q": words})).json()
        assert len(found["items"]) == 2
    page = (await spa.get("/v1/venues/spa/customers", params={"limit": 1})).json()
    rest = (await spa.get("/v1/venues/spa/customers", params={"after": page["next"]})).json()
    assert {page["items"][0]["id"], rest["items"][0]["id"]} == {first["id"], second["id"]}
    assert rest["next"] is None


async def test_it_is_ready_when_the_database_answers(connect: Any) -> None:
    answer = await connect(None).get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready"}
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_without_its_database_it_is_not_ready_and_says_why(
    app: Litestar, spa: httpx.AsyncClient, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr("asyncpg.connect", away)
    monkeypatch.setattr("sqlalchemy.ext.asyncio.AsyncSession.execute", away)
    for path in ("/health", "/v1/venues/spa/catalog"):
        answer = await spa.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "database does not answer" in answer.json()["detail"]


async def test_events_are_told_in_order_and_from_where_the_reader_left(
    app: Litestar, spa: httpx.AsyncClient
) -> None:
    sessions, feed = app.state.desk.sessions, app.state.server.feed
    venue = await venue_id(app)

    async def allowed() -> None:
        return None

    stream = feed.follow(venue, 1, allowed)  # the first told of the catalog
    assert (await anext(stream)).startswith(b"retry:")
    first = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.05)
    order = uuid.uuid4()
    async with sessions.begin() as session:
        happenings = [Happening(kind="order", order=order, data={"n": n}) for n in (1, 2)]
        await publish(session, venue, happenings, now=utc_now())
    told = await asyncio.wait_for(first, 5)
    number = int(told.split(b"\n")[0].removeprefix(b"id: "))
    assert b"event: order\n" in told
    assert str(order).encode() in told
    assert f"id: {number + 1}".encode() in await asyncio.wait_for(anext(stream), 5)
    resumed = feed.follow(venue, number, allowed)
    await anext(resumed)
    assert f"id: {number + 1}".encode() in await asyncio.wait_for(anext(resumed), 5)
    feed.close()
    assert [chunk async for chunk in resumed] == []


async def venue_id(app: Litestar) -> uuid.UUID:
    async with app.state.desk.sessions() as session:
        return await session.scalar(select(Venue.id)) or uuid.UUID(int=0)
