"""Whole days planned anew: a job with progress and a best so far, applied whole or not at all."""

import asyncio
import os
import signal
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from api.settings import Settings
from booking.desk import Desk
from booking.plan_queue import KEPT, SILENCE, Working, beat, forget_plans, take_up
from booking.sketch import ToPlan
from booking.sketching import begin, carry_on
from booking.solvers import Solvers
from tests.api.conftest import SETTINGS, VENUE
from tests.building import ask, venue

DAY, NEXT = "2027-06-05", "2027-06-06"
PLANS = "/v1/venues/spa/plans"
ANY_TIME = {"product": "massage-50", "quantity": "one_per_participant", "window": ["10:00", "18:00"]}
MASSAGES = {
    "key": "two-massages",
    "kind": "package",
    "components": [{"key": "first", **ANY_TIME}, {"key": "second", **ANY_TIME}],
}
HOUSE = {**VENUE, "products": [*VENUE["products"], MASSAGES]}


@pytest.fixture
def settings() -> Settings:
    """Plans are worked on by a chore."""
    return replace(SETTINGS, jobs=True)


@pytest.fixture
async def house(spa: httpx.AsyncClient) -> httpx.AsyncClient:
    """The spa with a package whose times the solver chooses."""
    assert (await spa.put("/v1/venues/spa/catalog", json=HOUSE)).status_code == 200
    return spa


def order(start: str = f"{DAY}T10:00", **differs: Any) -> dict[str, Any]:
    return {"package": "two-massages", "start": start, "customer": {"name": "Ada Berg"}} | differs


async def booked(house: httpx.AsyncClient, **differs: Any) -> dict[str, Any]:
    answer = await house.post("/v1/venues/spa/orders", json=order(**differs))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def apart(house: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Two orders whose guests wait between two massages: all were away at midday, then came back."""
    away = []
    for who in ("anna", "bo"):
        block = {"resource": who, "start": f"{DAY}T11:00", "end": f"{DAY}T16:50"}
        away.append((await house.post("/v1/venues/spa/blocks", json=block)).json()["id"])
    made = [await booked(house), await booked(house)]
    for block in away:
        assert (await house.delete(f"/v1/blocks/{block}")).status_code == 204
    return made


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


async def test_waits_become_short_and_what_is_locked_stays(house: httpx.AsyncClient) -> None:
    free, locked = await apart(house)
    for booking in locked["bookings"]:
        await house.patch(f"/v1/bookings/{booking['id']}", json={"locked": True})
    plan = await over(house, await asked(house, aim="shortest"))
    waits = {when: plan["progress"][when]["waiting_minutes"] for when in ("before", "after")}
    assert waits["after"] < waits["before"]
    assert {m["order"] for m in plan["moves"]} == {free["id"]}
    await house.post(f"{PLANS}/{plan['id']}/apply")
    starts = sorted(b["start"] for b in (await house.get(f"/v1/orders/{free['id']}")).json()["bookings"])
    assert starts[1][11:16] == "11:05"  # ten minutes and five to prepare the room
    stands = (await house.get(f"/v1/orders/{locked['id']}")).json()
    assert [b["start"] for b in stands["bookings"]] == [b["start"] for b in locked["bookings"]]


async def test_the_fewest_changes_leave_alone_what_has_a_place_and_give_one_to_what_no_longer_fits(
    house: httpx.AsyncClient,
) -> None:
    orders = await apart(house)
    nothing = await over(house, await asked(house, aim="fewest_changes"))
    assert (nothing["state"], nothing["moves"], nothing["progress"]["wanted"]) == ("done", [], 0)
    assert (await house.post(f"{PLANS}/{nothing['id']}/apply")).json()["changes"] == []
    hours = [{**VENUE["venue"]["hours"][0], "from": "10:30"}]
    late = {**HOUSE, "venue": {**VENUE["venue"], "hours": hours}}
    assert (await house.put("/v1/venues/spa/catalog", json=late)).status_code == 200
    plan = await over(house, await asked(house, aim="fewest_changes"))
    assert {m["order"] for m in plan["moves"]} == {o["id"] for o in orders}
    assert (plan["progress"]["placed"], plan["progress"]["moved"]) == (plan["progress"]["wanted"], 2)
    assert (await house.post(f"{PLANS}/{plan['id']}/apply")).status_code == 200
    after = [(await house.get(f"/v1/orders/{o['id']}")).json() for o in orders]
    assert min(b["start"][11:16] for o in after for b in o["bookings"]) >= "10:30"


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
    plan = await over(house, await asked(house, seconds=1, orders=[order(), one]))
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


async def test_the_best_so_far_is_applied_while_the_search_goes_on(house: httpx.AsyncClient) -> None:
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


async def test_a_planning_process_that_is_killed_is_followed_by_one_that_begins_again(
    solvers: Solvers,
) -> None:
    nothing = ToPlan(asked=ask(venue()), orders=(), aim="shortest")
    await solvers.plan(begin, "one", nothing)
    assert (await solvers.plan(carry_on, "one", 0.0, True)) is not None
    os.kill(await solvers.plan(os.getpid), signal.SIGKILL)
    assert (await solvers.plan(carry_on, "one", 0.0, True)) is None  # so the worker begins again


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


async def test_a_plan_whose_process_fell_silent_is_taken_over_and_after_three_times_has_failed(
    house: httpx.AsyncClient, app: Litestar
) -> None:
    desk: Desk = app.state.desk
    plan = uuid.UUID(await asked(house, seconds=1))
    dead = uuid.uuid4()

    async def silent(beginnings: int) -> uuid.UUID:
        """As if that process had taken it up, and nobody had heard of it since."""
        then = desk.now() - SILENCE - timedelta(seconds=1)
        given = {"dead": dead, "plan": plan, "then": then, "n": beginnings}
        async with desk.sessions.begin() as session:
            return (await session.execute(_SILENT, given)).scalar_one()

    venue = await silent(1)
    assert (await over(house, str(plan)))["state"] == "done"
    assert not await beat(desk.sessions, Working(venue, plan, dead), None, desk.now())  # it comes too late
    await silent(3)
    failed = await over(house, str(plan))
    assert (failed["state"], "3 times" in failed["detail"]) == ("failed", True)


async def test_ten_wait_at_most_one_is_worked_on_and_a_request_sent_twice_makes_one(
    house: httpx.AsyncClient, app: Litestar
) -> None:
    body = {"from": DAY, "to": NEXT, "seconds": 300, "aim": "shortest", "orders": [order(participants=8)]}
    twice = [await house.post(PLANS, json=body, headers={"Idempotency-Key": "the-same"}) for _ in range(2)]
    assert twice[0].json()["id"] == twice[1].json()["id"]
    codes = [(await house.post(PLANS, json=body)).status_code for _ in range(10)]
    assert codes == [202] * 9 + [409]
    desk: Desk = app.state.desk
    taken = await asyncio.gather(*(take_up(desk.sessions, uuid.uuid4(), desk.now()) for _ in range(4)))
    assert sum(plan is not None for plan in taken) <= 1
    listed = (await house.get(PLANS, params={"limit": 4})).json()
    assert (len(listed["items"]), "moves" in listed["items"][0]) == (4, False)
    rest = (await house.get(PLANS, params={"limit": 50, "after": listed["next"]})).json()
    assert (len(rest["items"]), rest["next"]) == (6, None)
    assert [p["state"] for p in (*listed["items"], *rest["items"])].count("running") <= 1


async def test_a_plan_is_of_its_venue_alone_and_forgotten_after_a_week(
    house: httpx.AsyncClient,
    app: Litestar,
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
    async with connect(await new_key("staff", venue="spa", resource="anna")) as staff:
        assert (await staff.post(PLANS, json={"from": DAY, "to": NEXT})).status_code == 403
    desk: Desk = app.state.desk
    for later, status in ((timedelta(minutes=-1), 200), (timedelta(minutes=1), 404)):
        async with desk.sessions.begin() as session:
            await forget_plans(session, desk.now() + KEPT + later)
        assert (await house.get(f"{PLANS}/{plan}")).status_code == status


_SILENT = text("""
    UPDATE day_plan SET state = 'running', worker = :dead, beat_at = :then, beginnings = :n, ended_at = NULL
    WHERE id = :plan RETURNING venue_id
""")
