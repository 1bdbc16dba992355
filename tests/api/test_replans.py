"""Somebody falls ill: what stands on the resource is moved elsewhere, the fewest changes, all or nothing."""

import asyncio
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy import text

from booking.events import count

DAY = "2027-06-05"
MASSAGE = {"product": "massage-50", "start": f"{DAY}T10:00", "customer": {"name": "Ada Berg"}}
ILL = {"from": DAY, "to": "2027-06-06"}


async def booked(spa: httpx.AsyncClient, **differs: Any) -> dict[str, Any]:
    answer = await spa.post("/v1/venues/spa/orders", json=MASSAGE | differs)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def who(order: dict[str, Any]) -> str:
    (allocation,) = (a for a in order["bookings"][0]["allocations"] if a["pool"] == "therapists")
    return str(allocation["resource"])


async def test_a_treatment_goes_to_another_therapist_at_its_time(spa: httpx.AsyncClient) -> None:
    order = await booked(spa)
    ill = {"resource": who(order), **ILL}
    preview = await spa.post("/v1/venues/spa/replans", json=ill, params={"preview": "true"})
    assert [c["kind"] for c in preview.json()["changes"]] == ["reassigned"]
    done = await spa.post("/v1/venues/spa/replans", json=ill | {"plan": preview.json()["plan"]})
    (moved,) = done.json()["orders"]
    assert moved["bookings"][0]["start"] == order["bookings"][0]["start"]
    assert who(moved) != who(order)
    nothing = await spa.post("/v1/venues/spa/replans", json=ill)
    assert nothing.json()["orders"] == nothing.json()["changes"] == []


async def test_a_locked_booking_is_left_alone(spa: httpx.AsyncClient) -> None:
    order = await booked(spa)
    await spa.patch(f"/v1/bookings/{order['bookings'][0]['id']}", json={"locked": True})
    done = await spa.post("/v1/venues/spa/replans", json={"resource": who(order), **ILL})
    assert done.status_code == 200
    assert done.json()["changes"] == []


async def test_where_an_order_cannot_be_kept_nothing_changes(spa: httpx.AsyncClient) -> None:
    orders = [
        await booked(spa),
        await booked(spa, guests=[{"required": {"gender": "female"}}], start=f"{DAY}T12:00"),
    ]
    refused = await spa.post("/v1/venues/spa/replans", json={"resource": "anna", **ILL})
    assert refused.status_code in (409, 422)
    assert refused.json()["reasons"]
    for order in orders:
        assert (await spa.get(f"/v1/orders/{order['id']}")).json()["version"] == order["version"]


async def test_a_block_that_replans_moves_what_stood_there_and_blocks_at_once(spa: httpx.AsyncClient) -> None:
    order = await booked(spa)
    block = {"resource": who(order), "start": DAY, "end": "2027-06-06", "note": "ill", "replan": True}
    answer = await spa.post("/v1/venues/spa/blocks", json=block)
    assert answer.status_code == 201, answer.text
    after = (await spa.get(f"/v1/orders/{order['id']}")).json()
    assert who(after) != who(order)
    another = await booked(spa, start=f"{DAY}T15:00")
    assert who(another) != who(order)


async def test_a_block_that_replans_waits_for_days_before_it_takes_the_counter(
    spa: httpx.AsyncClient, app: Litestar
) -> None:
    """As every writer does: else two would wait for each other, and the database would end one of them."""
    order = await booked(spa)
    block = {"resource": who(order), "start": "2027-06-05", "end": "2027-06-08", "replan": True}
    async with app.state.desk.sessions() as session:
        day = "select venue_id from resource_day where day = '2027-06-07' for update"
        made = await spa.post("/v1/venues/spa/blocks", json=block | {"start": "2027-06-07", "replan": False})
        assert (await spa.delete(f"/v1/blocks/{made.json()['id']}")).status_code == 204  # the day is there
        venue = (await session.scalars(text(day))).first()
        blocking = asyncio.create_task(spa.post("/v1/venues/spa/blocks", json=block))
        await somebody_waits(app)
        assert not blocking.done()
        await session.execute(text("set local lock_timeout = '300ms'"))
        await count(session, venue, events=0)
        await session.commit()
    answer = await blocking
    assert answer.status_code == 201, answer.text
    assert who((await spa.get(f"/v1/orders/{order['id']}")).json()) != who(order)


async def somebody_waits(app: Litestar) -> None:
    waits = (
        "select exists (select 1 from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock')"
    )
    for _ in range(1000):
        async with app.state.desk.sessions() as session:
            if await session.scalar(text(waits)):
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


async def test_who_is_not_there_cannot_fall_ill(spa: httpx.AsyncClient) -> None:
    assert (await spa.post("/v1/venues/spa/replans", json={"resource": "x", **ILL})).status_code == 404
    wrong = await spa.post("/v1/venues/spa/replans", json={"resource": "anna", "from": DAY, "to": DAY})
    assert wrong.status_code == 422
