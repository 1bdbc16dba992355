"""Whole days planned anew: a job with progress and a best so far, applied whole or not at all."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from booking.day_plans import KEPT, SILENCE, Working, beat, forget_plans, take_up
from booking.desk import Desk
from tests.api.conftest import VENUE

DAY, NEXT = "2027-06-05", "2027-06-06"
PLANS = "/v1/venues/spa/plans"
MASSAGES = {
    "key": "two-massages",
    "kind": "package",
    "components": [
        {
            "key": "first",
            "product": "massage-50",
            "quantity": "one_per_participant",
            "window": ["10:00", "18:00"],
        },
        {
            "key": "second",
            "product": "massage-50",
            "quantity": "one_per_participant",
            "window": ["10:00", "18:00"],
        },
    ],
}


@pytest.fixture
async def house(spa: httpx.AsyncClient) -> httpx.AsyncClient:
    """The spa with a package whose times the solver chooses."""
    document = {**VENUE, "products": [*VENUE["products"], MASSAGES]}
    assert (await spa.put("/v1/venues/spa/catalog", json=document)).status_code == 200
    return spa


def order(start: str = f"{DAY}T10:00", **differs: Any) -> dict[str, Any]:
    return {"package": "two-massages", "start": start, "customer": {"name": "Ada Berg"}} | differs


async def booked(house: httpx.AsyncClient, **differs: Any) -> dict[str, Any]:
    answer = await house.post("/v1/venues/spa/orders", json=order(**differs))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def apart(house: httpx.AsyncClient) -> dict[str, Any]:
    """An order whose guest waits for hours between two massages, as the second came to be moved about."""
    made = await booked(house)
    later = max(made["bookings"], key=lambda b: b["start"])
    moved = await house.patch(f"/v1/bookings/{later['id']}", json={"start": f"{DAY}T17:00"})
    assert moved.status_code == 200, moved.text
    return dict(moved.json())


async def asked(house: httpx.AsyncClient, **differs: Any) -> str:
    body = {"from": DAY, "to": NEXT, "seconds": 5} | differs
    answer = await house.post(PLANS, json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"{PLANS}/{answer.json()['id']}"
    return str(answer.json()["id"])


async def over(house: httpx.AsyncClient, plan: str) -> dict[str, Any]:
    """The plan when it is made."""
    for _ in range(600):
        found = (await house.get(f"{PLANS}/{plan}")).json()
        if found["state"] not in ("queued", "running"):
            return dict(found)
        await asyncio.sleep(0.05)
    raise AssertionError(f"the plan is not made: {found}")


async def test_orders_that_are_not_booked_yet_are_placed_together_and_booked_together(
    house: httpx.AsyncClient,
) -> None:
    plan = await over(house, await asked(house, orders=[order(), order(), order()]))
    assert (plan["state"], plan["progress"]["wanted"], plan["progress"]["placed"]) == ("done", 6, 6)
    assert {(m["new"], m["was"]) for m in plan["moves"]} == {(0, None), (1, None), (2, None)}
    assert (await house.get("/v1/venues/spa/orders")).json()["items"] == []
    applied = await house.post(f"{PLANS}/{plan['id']}/apply")
    assert applied.status_code == 200, applied.text
    made = applied.json()["orders"]
    assert [o["customer"]["name"] for o in made] == ["Ada Berg"] * 3
    planned = sorted((m["now"]["start"], *sorted(m["now"]["resources"])) for m in plan["moves"])
    stand = [
        (b["start"], *sorted(a["resource"] for a in b["allocations"])) for o in made for b in o["bookings"]
    ]
    assert sorted(stand) == planned
    again = await house.post(f"{PLANS}/{plan['id']}/apply")
    assert (again.status_code, again.json()["code"]) == (409, "plan_over")
    assert (await house.get(f"{PLANS}/{plan['id']}")).json()["state"] == "applied"


async def test_a_preview_shows_what_applying_does_and_keeps_nothing(house: httpx.AsyncClient) -> None:
    standing = await booked(house, participants=2)
    plan = await over(house, await asked(house, aim="shortest", orders=[order(participants=2)]))
    preview = (await house.post(f"{PLANS}/{plan['id']}/apply?preview=true")).json()
    assert (await house.get(f"/v1/orders/{standing['id']}")).json()["version"] == standing["version"]
    sent_back = {"plan": preview["plan"]}
    applied = (await house.post(f"{PLANS}/{plan['id']}/apply", json=sent_back)).json()
    assert applied["price_difference"] == preview["price_difference"] == "3800.00"
    seen = [
        [(c["kind"], c["component"], c["now"]["start"]) for c in a["changes"]] for a in (preview, applied)
    ]
    assert seen[0] == seen[1] != []


async def test_waits_become_short_and_what_staff_set_or_locked_stays(house: httpx.AsyncClient) -> None:
    far = await booked(house, components=[{"component": "second", "start": "17:00"}])
    locked = await booked(house)
    for booking in locked["bookings"]:
        await house.patch(f"/v1/bookings/{booking['id']}", json={"locked": True})
    plan = await over(house, await asked(house, aim="shortest"))
    assert plan["progress"]["after"]["waiting_minutes"] < plan["progress"]["before"]["waiting_minutes"]
    assert {m["order"] for m in plan["moves"]} == {far["id"]}
    await house.post(f"{PLANS}/{plan['id']}/apply")
    after = (await house.get(f"/v1/orders/{far['id']}")).json()
    starts = {b["component"]: b["start"][11:16] for b in after["bookings"]}
    assert starts == {"first": "16:00", "second": "17:00"}
    stands = (await house.get(f"/v1/orders/{locked['id']}")).json()
    assert [b["start"] for b in stands["bookings"]] == [b["start"] for b in locked["bookings"]]


async def test_the_fewest_changes_leave_alone_what_has_a_place(house: httpx.AsyncClient) -> None:
    await booked(house, components=[{"component": "second", "start": "17:00"}])
    plan = await over(house, await asked(house, aim="fewest_changes"))
    assert (plan["state"], plan["moves"], plan["progress"]["moved"]) == ("done", [], 0)
    assert (await house.post(f"{PLANS}/{plan['id']}/apply")).json()["changes"] == []


async def test_what_no_longer_fits_gets_a_place_with_the_fewest_changes(house: httpx.AsyncClient) -> None:
    order_ = await booked(house)
    early = {**VENUE, "products": [*VENUE["products"], MASSAGES]}
    hours = [{**VENUE["venue"]["hours"][0], "from": "14:00"}]
    late = {**early, "venue": {**VENUE["venue"], "hours": hours}}
    assert (await house.put("/v1/venues/spa/catalog", json=late)).status_code == 200
    plan = await over(house, await asked(house))
    assert {m["order"] for m in plan["moves"]} == {order_["id"]}
    assert (await house.post(f"{PLANS}/{plan['id']}/apply")).status_code == 200
    after = (await house.get(f"/v1/orders/{order_['id']}")).json()
    assert min(b["start"][11:16] for b in after["bookings"]) >= "14:00"


async def test_nothing_is_applied_when_something_changed_meanwhile(house: httpx.AsyncClient) -> None:
    first = await over(house, await asked(house, orders=[order()]))
    other = await booked(house, start=f"{DAY}T12:00")
    stale = (await house.get(f"{PLANS}/{first['id']}")).json()
    assert (stale["state"], f"Order {other['number']} was changed" in stale["detail"]) == ("stale", True)
    refused = await house.post(f"{PLANS}/{first['id']}/apply")
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")
    assert f"Order {other['number']}" in refused.json()["detail"]
    assert len((await house.get("/v1/venues/spa/orders")).json()["items"]) == 1
    elsewhere = await over(house, await asked(house, orders=[order(start=f"{DAY}T12:00")]))
    await booked(house, start="2027-07-05T12:00")
    assert (await house.post(f"{PLANS}/{elsewhere['id']}/apply")).status_code == 200


async def test_who_is_left_over_is_named_with_the_reason_and_nothing_is_applied(
    house: httpx.AsyncClient,
) -> None:
    one = order(guests=[{"required": {"gender": "neither"}}])
    plan = await over(house, await asked(house, seconds=2, orders=[order(), one]))
    (left,) = plan["left"]
    assert left["new"] == 1
    assert left["sentences"]
    refused = await house.post(f"{PLANS}/{plan['id']}/apply")
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_unready")
    assert "2. new order" in refused.json()["detail"]


async def test_a_plan_that_is_cancelled_stops_and_is_not_applied(house: httpx.AsyncClient) -> None:
    many = [order(participants=2) for _ in range(4)]
    plan = await asked(house, seconds=300, aim="shortest", orders=many)
    for _ in range(400):
        if (await house.get(f"{PLANS}/{plan}")).json()["progress"] is not None:
            break
        await asyncio.sleep(0.05)
    cancelled = await house.post(f"{PLANS}/{plan}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await house.post(f"{PLANS}/{plan}/cancel")).json()["state"] == "cancelled"
    assert (await house.post(f"{PLANS}/{plan}/apply")).json()["code"] == "plan_over"
    following = await over(house, await asked(house))  # the process is free for another
    assert following["state"] == "done"


async def test_the_best_so_far_is_applied_while_the_search_goes_on(
    house: httpx.AsyncClient, app: Litestar
) -> None:
    standing = [await booked(house, participants=2) for _ in range(2)]
    plan = await asked(house, seconds=300, aim="shortest", orders=[order()])
    for _ in range(400):
        found = (await house.get(f"{PLANS}/{plan}")).json()
        if found["progress"] is not None and found["progress"]["placed"] == found["progress"]["wanted"]:
            break
        await asyncio.sleep(0.02)
    applied = await house.post(f"{PLANS}/{plan}/apply")
    assert applied.status_code == 200, applied.text
    assert (await house.get(f"{PLANS}/{plan}")).json()["state"] == "applied"
    assert len((await house.get("/v1/venues/spa/orders")).json()["items"]) == len(standing) + 1


async def test_a_plan_whose_process_died_is_taken_over_and_in_the_end_said_to_have_failed(
    house: httpx.AsyncClient, app: Litestar
) -> None:
    desk: Desk = app.state.desk
    plan = uuid.UUID(await asked(house, seconds=1))
    dead = uuid.uuid4()
    venue = None
    for _ in range(400):  # as if another process had it, and fell silent
        async with desk.sessions.begin() as session:
            row = (
                await session.execute(
                    text(
                        "UPDATE day_plan SET state = 'running', worker = :dead, beat_at = :then, ended_at = NULL"
                        " WHERE id = :plan RETURNING venue_id"
                    ),
                    {"dead": dead, "plan": plan, "then": desk.now() - SILENCE - timedelta(seconds=1)},
                )
            ).one()
            venue = row.venue_id
        break
    assert venue is not None
    done = await over(house, str(plan))
    assert done["state"] == "done"
    assert not await beat(desk.sessions, Working(venue, plan, dead), None, desk.now())  # it comes too late
    async with desk.sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE day_plan SET state = 'running', worker = :dead, beat_at = :then, beginnings = 3"
                " WHERE id = :plan"
            ),
            {"dead": dead, "plan": plan, "then": desk.now() - SILENCE - timedelta(seconds=1)},
        )
    failed = await over(house, str(plan))
    assert (failed["state"], "3 times" in failed["detail"]) == ("failed", True)


async def test_of_a_venue_one_plan_at_a_time_is_worked_on(house: httpx.AsyncClient, app: Litestar) -> None:
    desk: Desk = app.state.desk
    for _ in range(3):
        await asked(house, seconds=1)
    taken = await asyncio.gather(*(take_up(desk.sessions, uuid.uuid4(), desk.now()) for _ in range(4)))
    assert sum(plan is not None for plan in taken) <= 1


async def test_no_more_than_ten_wait_and_the_same_request_makes_one(house: httpx.AsyncClient) -> None:
    body = {"from": DAY, "to": NEXT, "seconds": 300, "aim": "shortest", "orders": [order(participants=8)]}
    key = {"Idempotency-Key": "the-same"}
    once = await house.post(PLANS, json=body, headers=key)
    again = await house.post(PLANS, json=body, headers=key)
    assert once.json()["id"] == again.json()["id"]
    answers = [await house.post(PLANS, json=body) for _ in range(11)]
    assert [a.status_code for a in answers[-1:]] == [409]
    assert answers[-1].json()["code"] == "too_many_plans"


async def test_plans_are_forgotten_after_a_week(house: httpx.AsyncClient, app: Litestar) -> None:
    desk: Desk = app.state.desk
    plan = (await over(house, await asked(house, seconds=1)))["id"]
    async with desk.sessions.begin() as session:
        await forget_plans(session, desk.now() + KEPT - timedelta(minutes=1))
    assert (await house.get(f"{PLANS}/{plan}")).status_code == 200
    async with desk.sessions.begin() as session:
        await forget_plans(session, desk.now() + KEPT + timedelta(minutes=1))
    assert (await house.get(f"{PLANS}/{plan}")).status_code == 404


async def test_a_plan_is_of_its_venue_alone_and_no_matter_of_staff(
    house: httpx.AsyncClient,
    connect: Callable[[str | None], httpx.AsyncClient],
    new_key: Callable[..., Awaitable[str]],
) -> None:
    plan = await asked(house, seconds=1)
    await house.put("/v1/venues/other/catalog", json=VENUE)
    for path in (f"/v1/venues/other/plans/{plan}", f"/v1/venues/none/plans/{plan}"):
        assert (await house.get(path)).status_code == 404
        assert (await house.post(f"{path}/apply")).status_code == 404
        assert (await house.post(f"{path}/cancel")).status_code == 404
    assert (await house.get("/v1/venues/other/plans")).json()["items"] == []
    async with connect(await new_key("staff")) as staff:
        assert (await staff.post(PLANS, json={"from": DAY, "to": NEXT})).status_code == 403


async def test_what_cannot_be_planned_is_refused_at_once_with_its_path(house: httpx.AsyncClient) -> None:
    for body, path in (
        ({"from": DAY, "to": DAY}, "to"),
        ({"from": DAY, "to": "2027-08-05"}, "to"),
        ({"from": DAY, "to": NEXT, "orders": [order(), order(package="none")]}, "orders[1]"),
        ({"from": DAY, "to": NEXT, "orders": [order(start="2020-01-01T10:01")]}, "orders[0].start"),
        ({"from": DAY, "to": NEXT, "orders": [order(override=["waiting"])]}, "orders[0].override"),
    ):
        refused = await house.post(PLANS, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, path), refused.text
