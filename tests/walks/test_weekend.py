"""A spa weekend for twelve, from the first question to the cancellation. What a preview says is done."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.walks import documents
from tests.walks.looks import calendar_look, change_look, held_look, order_look, overlaps
from tests.walks.server import House

Json = dict[str, Any]
NAMES = ("Ada", "Bo", "Cleo", "Dan", "Eva", "Finn", "Gun", "Hugo", "Ida", "Jan", "Kim", "Lo")
WEEKEND = {
    "package": "weekend",
    "participants": 12,
    "start": "2027-01-16T10:00",
    "customer": {"name": "Ada Berg", "email": "ada@example.org"},
    "guests": [{"name": name} for name in NAMES],
}
SPAN = ("2027-01-01", "2027-02-28")


@pytest.fixture
def spa(open_house: Callable[[Json], House]) -> House:
    return open_house(documents.spa())


def done_as_said(house: House, method: str, path: str, body: Json) -> Json:
    """The order after a change that was previewed, found to have changed nothing, and made by its plan."""
    before = house.orders()
    preview = house.done(house.client.request(method, f"{path}?preview=true", json=body), 200)
    assert house.orders() == before
    made = house.done(house.client.request(method, path, json=body | {"plan": preview["plan"]}), 200)
    assert order_look(made) == order_look(preview)
    assert change_look(made) == change_look(preview)
    assert order_look(house.order(made)) == order_look(preview)
    assert float(made["price"]["total"]) == pytest.approx(
        float(made["price_difference"]) + sum(float(o["price"]["total"]) for o in before)
    )
    seen = house.calendar(*SPAN)
    assert calendar_look(seen) == held_look([made])
    assert overlaps(seen) == []
    return made


def quantities(order: Json) -> dict[str, int]:
    """Guests or portions of each component."""
    found: dict[str, int] = {}
    for booking in order["bookings"]:
        if booking["status"] != "cancelled":
            found[booking["component"]] = found.get(booking["component"], 0) + booking["quantity"]
    return found


def shift(change: Json) -> timedelta:
    now, was = (datetime.fromisoformat(change[name]["start"]) for name in ("now", "was"))
    return now - was


def test_a_weekend_for_twelve_is_asked_booked_changed_undone_and_cancelled(spa: House) -> None:
    """S3-29 … S3-35, P8: one order through all that happens to it."""
    quote = spa.done(spa.client.post(f"{spa.path}/quotes", json=WEEKEND), 200)
    preview = spa.preview(**WEEKEND)
    assert order_look(preview) == order_look(quote)
    assert spa.orders() == []
    booked = spa.book(**WEEKEND, plan=preview["plan"])
    assert order_look(booked) == order_look(preview)
    assert change_look(booked) == change_look(preview)
    assert quantities(booked) == dict.fromkeys(
        ("coffee", "lunch", "massage", "bubbles", "ritual", "coffee-2"), 12
    )
    assert booked["price"]["total"] == "18420.00"  # 12 times 40 + 225 + 820 + 110 + 300 + 40
    path = f"/orders/{booked['id']}"

    finn = next(guest["number"] for guest in booked["guests"] if guest["name"] == "Finn")
    eleven = done_as_said(spa, "PATCH", path, {"remove_guests": [finn]})
    assert [guest["name"] for guest in eleven["guests"]] == [name for name in NAMES if name != "Finn"]
    assert set(quantities(eleven).values()) == {11}
    assert eleven["price_difference"] == "-1535.00"
    his = [c for c in eleven["changes"] if c["component"] == "massage"]
    assert [(c["kind"], c["was"]["guests"]) for c in his] == [("cancelled", [finn])]
    assert {c["kind"] for c in eleven["changes"] if c["component"] != "massage"} == {"resized"}

    less = done_as_said(spa, "PATCH", path, {"components": [{"component": "coffee", "quantity": 9}]})
    assert quantities(less) == quantities(eleven) | {"coffee": 9}
    assert less["price_difference"] == "-80.00"

    massage = next(b for b in less["bookings"] if b["component"] == "massage" and b["guests"] == [1])
    later = done_as_said(spa, "PATCH", f"/bookings/{massage['id']}", {"start": "2027-01-16T16:45"})
    moved = {c["component"]: c for c in later["changes"]}
    assert set(moved) == {"massage", "bubbles"}  # which are served at the first of the massages
    assert moved["massage"]["booking"] == massage["id"]
    assert moved["massage"]["now"]["start"] == "2027-01-16T16:45:00+01:00"
    assert shift(moved["bubbles"]) == shift(moved["massage"])

    away = done_as_said(spa, "PATCH", path, {"start": "2027-02-06T10:00"})
    assert {b["start"][:10] for b in away["bookings"] if b["status"] != "cancelled"} == {
        "2027-02-06",
        "2027-02-07",
    }
    assert quantities(away) == quantities(later)
    hers = next(b for b in away["bookings"] if b["id"] == massage["id"])
    assert hers["start"] == "2027-02-06T16:45:00+01:00"
    assert away["price_difference"] == "0.00"

    back = done_as_said(spa, "POST", f"{path}/undo", {})
    assert order_look(back)["bookings"] == order_look(later)["bookings"]
    cancelled = done_as_said(spa, "POST", f"{path}/cancel", {})
    assert cancelled["status"] == "cancelled"
    assert spa.calendar(*SPAN)["entries"] == []
    assert done_as_said(spa, "POST", f"{path}/undo", {})["bookings"] == spa.order(booked)["bookings"]
    spa.done(spa.client.post(f"{path}/cancel"), 200)

    history = spa.done(spa.client.get(f"{path}/history"), 200)["items"]
    assert [entry["version"] for entry in history] == list(range(1, 10))
    assert {b["id"] for b in booked["bookings"]} <= {b["id"] for b in spa.order(booked)["bookings"]}


def test_a_plan_is_worth_nothing_once_somebody_else_has_what_it_holds(spa: House) -> None:
    asked = WEEKEND | {"participants": 2, "guests": []}
    first, second = spa.preview(**asked), spa.preview(**asked)
    assert order_look(first) == order_look(second)
    spa.book(**asked, plan=first["plan"])
    late = spa.client.post(f"{spa.path}/orders", json=asked | {"plan": second["plan"]})
    assert late.status_code == 409
    assert len(spa.orders()) == 1


def test_five_changes_of_the_time_leave_one_order_with_one_booking_of_the_same_id(spa: House) -> None:
    """B06, B14: what others keep a reference to is permanent."""
    order = spa.book(product="massage", start="2027-01-16T10:00")
    (booking,) = order["bookings"]
    for hour in range(11, 16):
        order = spa.done(
            spa.client.patch(f"/bookings/{booking['id']}", json={"start": f"2027-01-16T{hour}:00"}), 200
        )
    assert (order["version"], [b["id"] for b in order["bookings"]]) == (6, [booking["id"]])
    assert len(spa.orders()) == 1
    feed = spa.client.get(order["calendar_url"]).text
    assert feed.count("BEGIN:VEVENT") == 1
    assert "SEQUENCE:5" in feed


def test_the_same_person_may_book_what_he_has_cancelled_again_and_again(spa: House) -> None:
    """B05: the same content is not the same request."""
    asked = {
        "product": "massage",
        "start": "2027-01-16T10:00",
        "customer": {"name": "Ada", "email": "a@b.se"},
    }
    seen = set()
    for n in range(3):
        answer = spa.client.post(f"{spa.path}/orders", json=asked, headers={"Idempotency-Key": f"try {n}"})
        order = spa.done(answer, 201)
        seen.add(order["id"])
        spa.done(spa.client.post(f"/orders/{order['id']}/cancel"), 200)
    assert len(seen) == 3
    spa.book(**asked)
