"""Orders over HTTP, from the search for a slot to the undone cancellation."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.api.conftest import VENUE

DAY = "2027-06-05"
TWO = {
    "package": "spa-day",
    "participants": 2,
    "start": f"{DAY}T10:00",
    "customer": {"name": "Ada Berg", "email": "ada@example.org"},
    "guests": [{"name": "Ada"}],
}
Book = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def book(spa: httpx.AsyncClient) -> Book:
    async def make(**differs: Any) -> dict[str, Any]:
        answer = await spa.post("/v1/venues/spa/orders", json=TWO | differs)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    return make


async def test_a_slot_that_is_offered_can_be_booked(spa: httpx.AsyncClient) -> None:
    path = "/v1/venues/spa/packages/spa-day/slots"
    found = await spa.get(path, params={"participants": 2, "from": DAY, "to": "2027-06-06"})
    assert found.status_code == 200, found.text
    slots = found.json()
    assert slots["complete"] is True
    assert slots["unknown_from"] is slots["next"] is None
    assert slots["slots"][0]["start"] == f"{DAY}T08:30:00+02:00"  # the room is made ready first
    asked = {"participants": 2, "from": DAY, "to": "2027-06-06"}
    assert (await spa.post(path, json=asked)).json() == slots
    page = (await spa.get(path, params=asked | {"limit": 3})).json()
    rest = (await spa.get(path, params=asked | {"after": page["next"]})).json()
    assert page["slots"] + rest["slots"] == slots["slots"]
    answer = await spa.post("/v1/venues/spa/orders", json=TWO | {"start": slots["slots"][-1]["start"]})
    assert answer.status_code == 201, answer.text


async def test_a_start_that_is_not_offered_has_its_reasons(spa: httpx.AsyncClient) -> None:
    path = "/v1/venues/spa/packages/spa-day/slots"
    asked = {"from": f"{DAY}T19:00", "to": f"{DAY}T21:00", "explain": "true"}
    found = (await spa.get(path, params=asked)).json()
    assert found["refused"][0]["reasons"][0]["sentence"]
    too_long = await spa.get(path, params={"from": DAY, "to": "2027-06-20", "explain": "true"})
    assert too_long.status_code == 422
    for wrong in ({"participants": 501}, {"limit": 0}, {"step_minutes": 7}, {"to": "2028-12-31"}):
        answer = await spa.get(path, params={"from": DAY, "to": "2027-06-06"} | wrong)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["path"] == next(iter(wrong))


async def test_an_order_is_answered_whole(spa: httpx.AsyncClient) -> None:
    answer = await spa.post("/v1/venues/spa/orders", json=TWO | {"note": "anniversary"})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert answer.headers["location"] == f"/v1/orders/{order['id']}"
    assert answer.headers["etag"] == '"1"'
    assert (order["version"], order["status"], order["held_until"]) == (1, "confirmed", None)
    assert (order["package"], order["participants"]) == ("spa-day", 2)
    assert order["start"] == f"{DAY}T10:00:00+02:00"
    assert order["customer"]["name"] == "Ada Berg"
    assert [g["name"] for g in order["guests"]] == ["Ada", ""]
    assert order["price"]["total"] == "2120.00"
    assert order["number"] >= 1
    assert order["calendar_url"].startswith("http://sojourn.test/ical/")
    assert order["optimal"] is True
    massages = [b for b in order["bookings"] if b["component"] == "massage"]
    assert [b["guests"] for b in massages] == [[1], [2]]
    assert massages[0]["end"] == f"{DAY}T10:50:00+02:00"
    held = {a["pool"]: a for a in massages[0]["allocations"]}
    assert held["therapists"]["end"] == f"{DAY}T11:00:00+02:00"
    assert held["treatment-rooms"]["start"] == f"{DAY}T09:55:00+02:00"
    (bubbles,) = [b for b in order["bookings"] if b["component"] == "bubbles"]
    assert (bubbles["quantity"], bubbles["end"], bubbles["allocations"]) == (2, None, [])
    read = await spa.get(f"/v1/orders/{order['id']}")
    told = ("changes", "price_difference", "warnings")
    assert read.json() == {name: value for name, value in order.items() if name not in told}
    again = await spa.get(f"/v1/orders/{order['id']}", headers={"If-None-Match": read.headers["etag"]})
    assert again.status_code == 304


async def test_quotes_and_previews_keep_nothing_and_a_plan_is_applied_exactly(
    spa: httpx.AsyncClient,
) -> None:
    quote = await spa.post("/v1/venues/spa/quotes", json=TWO)
    assert quote.status_code == 200, quote.text
    assert quote.json()["price"]["total"] == "2120.00"
    preview = await spa.post("/v1/venues/spa/orders?preview=true", json=TWO)
    assert preview.status_code == 200
    assert preview.json()["number"] is None
    assert {c["kind"] for c in preview.json()["changes"]} == {"added"}
    assert (await spa.get("/v1/venues/spa/orders")).json()["items"] == []
    made = await spa.post("/v1/venues/spa/orders", json=TWO | {"plan": preview.json()["plan"]})
    assert made.status_code == 201, made.text
    stale = await spa.post("/v1/venues/spa/orders", json=TWO | {"plan": preview.json()["plan"]})
    assert stale.status_code == 409


async def test_what_is_taken_is_a_conflict_and_what_never_fits_is_unprocessable(
    spa: httpx.AsyncClient, book: Book
) -> None:
    await book()
    taken = await spa.post("/v1/venues/spa/orders", json=TWO)
    assert taken.status_code == 409
    told = taken.json()
    assert told["reasons"][0]["sentence"]
    assert "alternatives" in told
    never = await spa.post("/v1/venues/spa/orders", json=TWO | {"start": f"{DAY}T19:30"})
    assert never.status_code == 422
    assert never.json()["reasons"]


async def test_a_change_is_made_on_the_version_that_was_read(spa: httpx.AsyncClient, book: Book) -> None:
    order = await book()
    path = f"/v1/orders/{order['id']}"
    preview = await spa.patch(f"{path}?preview=true", json={"participants": 1})
    assert preview.status_code == 200, preview.text
    assert (await spa.get(path)).json()["participants"] == 2
    changed = await spa.patch(path, json={"participants": 1}, headers={"If-Match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] == '"2"'
    assert changed.json()["price_difference"] == "-1060.00"
    assert {c["kind"] for c in changed.json()["changes"]} <= {"cancelled", "resized"}
    for stale in ('"1"', "something"):
        answer = await spa.patch(path, json={"participants": 2}, headers={"If-Match": stale})
        assert answer.status_code == 412
    assert (await spa.patch(path, json={"note": "x"}, headers={"If-Match": "*"})).status_code == 200


async def test_a_hold_is_confirmed_and_everything_is_cancelled_and_undone(
    spa: httpx.AsyncClient, book: Book
) -> None:
    order = await book(hold_minutes=15)
    assert order["status"] == "held"
    assert order["held_until"].endswith(("+01:00", "+02:00"))
    path = f"/v1/orders/{order['id']}"
    assert (await spa.post(f"{path}/confirm")).json()["status"] == "confirmed"
    cancelled = await spa.post(f"{path}/cancel")
    assert cancelled.json()["status"] == "cancelled"
    assert {c["kind"] for c in cancelled.json()["changes"]} == {"cancelled"}
    again = await spa.post(f"{path}/cancel", headers={"Idempotency-Key": "twice"})
    assert again.status_code == 200
    assert again.json()["version"] == cancelled.json()["version"]
    undone = await spa.post(f"{path}/undo")
    assert undone.status_code == 200, undone.text
    assert undone.json()["status"] == "confirmed"
    history = (await spa.get(f"{path}/history")).json()["items"]
    assert [v["version"] for v in history] == [1, 2, 3, 4]


async def test_what_was_added_is_gone_when_it_is_undone_and_its_number_is_not_given_again(
    spa: httpx.AsyncClient, book: Book
) -> None:
    order = await book(participants=1)
    path = f"/v1/orders/{order['id']}"
    more = (await spa.patch(path, json={"participants": 2})).json()
    undone = (await spa.post(f"{path}/undo", json={})).json()
    standing = {b["id"] for b in undone["bookings"] if b["status"] != "cancelled"}
    assert standing == {b["id"] for b in order["bookings"]}
    (gone,) = [b for b in undone["bookings"] if b["status"] == "cancelled"]
    assert (gone["guests"], gone["allocations"]) == ([2], [])
    assert gone["id"] in {b["id"] for b in more["bookings"]}
    assert undone["price"]["total"] == order["price"]["total"]
    await book(participants=1)  # who takes what was given back
    later = (await spa.patch(path, json={"participants": 2, "start": f"{DAY}T12:00"})).json()
    assert [guest["number"] for guest in later["guests"]] == [1, 3]


async def test_what_cannot_stand_any_more_is_not_undone_and_the_reason_is_told(
    spa: httpx.AsyncClient, book: Book
) -> None:
    """Somebody else has the rooms by then; or the house closes before."""
    order = await book()
    path = f"/v1/orders/{order['id']}"
    moved = await spa.patch(path, json={"start": f"{DAY}T15:00"})
    assert moved.status_code == 200, moved.text
    other = await book()
    refused = await spa.post(f"{path}/undo", json={})
    assert refused.status_code == 409
    told = [reason["sentence"] for reason in refused.json()["reasons"]]
    assert {"Anna would be held twice at 10:00.", "Room 1 would be held twice at 09:55."} < set(told)
    assert len(told) == len(set(told))
    assert (await spa.post(f"/v1/orders/{other['id']}/cancel", json={})).status_code == 200
    late = VENUE | {"venue": VENUE["venue"] | {"hours": [VENUE["venue"]["hours"][0] | {"from": "11:00"}]}}
    assert (await spa.put("/v1/venues/spa/catalog", json=late)).status_code == 200
    closed = await spa.post(f"{path}/undo", json={})
    assert closed.status_code == 409
    assert "outside the opening hours" in closed.json()["reasons"][0]["sentence"]
    assert (await spa.put("/v1/venues/spa/catalog", json=VENUE)).status_code == 200
    assert (await spa.post(f"{path}/undo", json={})).json()["start"] == f"{DAY}T10:00:00+02:00"


async def test_a_session_lasts_as_long_as_staff_say(spa: httpx.AsyncClient, book: Book) -> None:
    """It ends later with its buffers, keeps its length through other changes, and must fit."""
    order = await book()
    massage = next(b for b in order["bookings"] if b["component"] == "massage")
    held = {a["resource"]: a["end"] for a in massage["allocations"]}
    path = f"/v1/bookings/{massage['id']}"

    shown = (await spa.patch(f"{path}?preview=true", json={"duration_minutes": 80})).json()
    assert {c["kind"] for c in shown["changes"]} == {"moved"}
    longer = (await spa.patch(path, json={"duration_minutes": 80, "plan": shown["plan"]})).json()
    now = next(b for b in longer["bookings"] if b["id"] == massage["id"])
    assert now["start"] == massage["start"]
    assert minutes(now) == 80
    assert {
        a["resource"]: (later(a["end"], held[a["resource"]])) for a in now["allocations"]
    } == dict.fromkeys(held, 30)
    assert longer["price"]["total"] == order["price"]["total"]
    assert longer["lines"][0]["adjustments"]["massage"]["duration_minutes"] == 80

    fewer = (await spa.patch(f"/v1/orders/{order['id']}", json={"participants": 1})).json()
    assert [
        minutes(b) for b in fewer["bookings"] if b["component"] == "massage" and b["status"] != "cancelled"
    ] == [80]
    back = (await spa.patch(path, json={"duration_minutes": None})).json()
    assert minutes(next(b for b in back["bookings"] if b["id"] == massage["id"])) == minutes(massage)
    undone = (await spa.post(f"/v1/orders/{order['id']}/undo", json={})).json()
    assert minutes(next(b for b in undone["bookings"] if b["id"] == massage["id"])) == 80

    refused = await spa.patch(path, json={"duration_minutes": 1440})
    assert refused.status_code in (409, 422)
    assert refused.json()["reasons"][0]["sentence"]
    coffee = next(b for b in order["bookings"] if b["end"] is None)
    assert (await spa.patch(f"/v1/bookings/{coffee['id']}", json={"duration_minutes": 30})).status_code == 422


def minutes(booking: dict[str, Any]) -> int:
    return later(booking["end"], booking["start"])


def later(end: str, start: str) -> int:
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() // 60)


async def test_a_booking_moves_with_what_is_associated(spa: httpx.AsyncClient, book: Book) -> None:
    order = await book(participants=1)
    massage = next(b for b in order["bookings"] if b["component"] == "massage")
    moved = await spa.patch(
        f"/v1/bookings/{massage['id']}", json={"start": f"{DAY}T14:00"}, headers={"If-Match": '"1"'}
    )
    assert moved.status_code == 200, moved.text
    starts = {b["component"]: b["start"] for b in moved.json()["bookings"]}
    assert starts == {"massage": f"{DAY}T14:00:00+02:00", "bubbles": f"{DAY}T14:00:00+02:00"}
    other = "room-2" if massage["place"] == "room-1" else "room-1"
    both = await spa.post(
        "/v1/venues/spa/moves", json={"moves": [{"booking": massage["id"], "resources": [other]}]}
    )
    assert both.status_code == 200, both.text
    assert len(both.json()["orders"]) == 1
    gone = await spa.post(f"/v1/bookings/{massage['id']}/cancel")
    assert gone.status_code == 200, gone.text
    assert {b["status"] for b in gone.json()["bookings"]} == {"cancelled"}


async def test_a_line_is_added_changed_and_cancelled(spa: httpx.AsyncClient, book: Book) -> None:
    order = await book(participants=1)
    path = f"/v1/orders/{order['id']}"
    added = await spa.post(f"{path}/lines", json={"product": "massage-50", "start": f"{DAY}T16:00"})
    assert added.status_code == 201, added.text
    lines = added.json()["lines"]
    assert [line.get("product") for line in lines] == [None, "massage-50"]
    assert "participants" not in added.json()
    assert (await spa.patch(path, json={"participants": 2})).status_code == 422
    changed = await spa.patch(f"/v1/lines/{lines[1]['id']}", json={"participants": 2})
    assert changed.status_code == 200, changed.text
    cancelled = await spa.post(f"/v1/lines/{lines[1]['id']}/cancel")
    assert cancelled.json()["lines"][1]["status"] == "cancelled"


async def test_orders_are_found_by_time_customer_and_status(spa: httpx.AsyncClient, book: Book) -> None:
    first = await book()
    second = await book(start=f"{DAY}T15:00", participants=1)
    path = "/v1/venues/spa/orders"

    async def found(**asked: Any) -> list[str]:
        answer = await spa.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return [order["id"] for order in answer.json()["items"]]

    assert await found() == [first["id"], second["id"]]
    assert await found(**{"from": f"{DAY}T14:00", "to": f"{DAY}T18:00"}) == [second["id"]]
    assert await found(customer=first["customer"]["id"]) == [first["id"]]
    assert await found(status="cancelled") == []
    page = (await spa.get(path, params={"limit": 1})).json()
    assert await found(after=page["next"]) == [second["id"]]
    assert (await spa.get(path, params={"customer": "x"})).status_code == 422
    assert (await spa.get(path, params={"after": "x"})).status_code == 422


async def test_a_customer_sees_his_own_orders_alone(
    spa: httpx.AsyncClient, book: Book, connect: Any, new_key: Any
) -> None:
    mine, other = await book(), await book(start=f"{DAY}T15:00")
    ada = connect(await new_key("customer", venue="spa", customer=mine["customer"]["id"]))
    assert (await ada.get(f"/v1/orders/{mine['id']}")).status_code == 200
    assert (await ada.get(f"/v1/orders/{other['id']}")).status_code == 404
    assert (await ada.get(f"/v1/orders/{other['id']}/calendar.ics")).status_code == 404
    assert [o["id"] for o in (await ada.get("/v1/venues/spa/orders")).json()["items"]] == [mine["id"]]
    assert (await ada.post(f"/v1/orders/{other['id']}/cancel")).status_code == 404
    assert (await ada.post("/v1/venues/spa/orders", json=TWO)).status_code == 403


async def test_the_calendar_shows_what_is_held_and_a_block_finds_it_in_the_way(
    spa: httpx.AsyncClient, book: Book
) -> None:
    order = await book()
    shown = (await spa.get("/v1/venues/spa/calendar", params={"from": DAY, "to": "2027-06-06"})).json()
    assert len(shown["entries"]) == 4
    assert {e["order"] for e in shown["entries"]} == {order["id"]}
    entry = next(e for e in shown["entries"] if e["resource"] == "room-1")
    assert entry["held_from"] < entry["start"] < entry["end"] < entry["held_to"]
    assert entry["customer"] == "Ada Berg"
    block = {"resource": "anna", "start": f"{DAY}T09:00", "end": f"{DAY}T12:00"}
    refused = await spa.post("/v1/venues/spa/blocks", json=block)
    assert refused.status_code == 409
    assert f"order {order['number']}" in refused.json()["detail"]
    await spa.post(f"/v1/orders/{order['id']}/cancel")
    assert (await spa.post("/v1/venues/spa/blocks", json=block)).status_code == 201
    out_of_use = await spa.post("/v1/venues/spa/orders", json=TWO)
    assert out_of_use.status_code == 409  # it would fit if the block were lifted


async def test_a_booking_sent_twice_with_one_key_is_made_once(spa: httpx.AsyncClient) -> None:
    first, again = [
        await spa.post("/v1/venues/spa/orders", json=TWO, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["etag"] == '"1"'
    assert len((await spa.get("/v1/venues/spa/orders")).json()["items"]) == 1


async def test_only_a_manager_books_the_past(spa: httpx.AsyncClient, connect: Any, new_key: Any) -> None:
    reception = connect(await new_key("reception"))
    past = TWO | {"start": "2026-01-10T10:00"}
    assert (await reception.post("/v1/venues/spa/orders", json=past)).status_code in (403, 422)
    assert (await spa.post("/v1/venues/spa/orders", json=past)).status_code == 201
