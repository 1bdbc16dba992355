"""The worked examples G1 … G4 and G11 of the rules, each change previewed and then made by its plan."""

from collections.abc import Callable
from typing import Any

from tests.walks import documents
from tests.walks.documents import each, item, many, one, package, service, venue
from tests.walks.server import House
from tests.walks.test_weekend import done_as_said, quantities

Json = dict[str, Any]


def amounts(order: Json) -> dict[str, str]:
    return {line["component"]: line["amount"] for line in order["price"]["lines"]} | {
        "total": order["price"]["total"]
    }


def test_g1_to_g4_the_difference_that_staff_made_is_kept(open_house: Callable[[Json], House]) -> None:
    """S3-22, S3-25, S3-34, S3-35."""
    house = open_house(documents.conference())
    asked = {"package": "day", "participants": 20, "start": "2027-01-11T09:00"}
    preview = house.preview(**asked)
    g1 = house.book(**asked, plan=preview["plan"])
    assert amounts(preview) == amounts(g1) == {"room": "2000.00", "coffee": "600.00", "total": "2600.00"}
    assert len([b for b in g1["bookings"] if b["component"] == "room"]) == 1
    path = f"/orders/{g1['id']}"

    g2 = done_as_said(house, "PATCH", path, {"components": [{"component": "coffee", "quantity": 19}]})
    assert amounts(g2) == {"room": "2000.00", "coffee": "570.00", "total": "2570.00"}
    g3 = done_as_said(house, "PATCH", path, {"participants": 19})
    assert amounts(g3) == {"room": "1900.00", "coffee": "540.00", "total": "2440.00"}
    assert quantities(g3)["coffee"] == 18
    assert len([b for b in g3["bookings"] if b["component"] == "room"]) == 1
    g4 = done_as_said(house, "PATCH", path, {"participants": 21})
    assert amounts(g4) == {"room": "2100.00", "coffee": "600.00", "total": "2700.00"}
    assert quantities(g4)["coffee"] == 20

    two = done_as_said(house, "PATCH", path, {"components": [{"component": "coffee", "quantity": 2}]})
    alone = done_as_said(house, "PATCH", path, {"participants": 1})
    again = done_as_said(house, "PATCH", path, {"participants": 21})
    assert [quantities(order).get("coffee", 0) for order in (two, alone, again)] == [2, 0, 2]


def test_g11_what_is_associated_follows_by_days_and_minutes(open_house: Callable[[Json], House]) -> None:
    """S3-17: coffee fixed at 13:30 is served where and when the service goes."""
    house = open_house(
        venue(
            *many(2, "room", "rooms"),
            products=[
                service("talk", "500.00", 60, {"pool": "rooms", "use": "seated"}),
                item("coffee", "30.00"),
                package(
                    "days",
                    one("talk", "talk", day=2, fixed_start="13:00"),
                    one("coffee", "coffee", day=2, fixed_start="13:30", associated_with="talk"),
                ),
            ],
        )
    )
    order = house.book(package="days", start="2027-01-11T09:00")
    talk, coffee = (next(b for b in order["bookings"] if b["component"] == key) for key in ("talk", "coffee"))
    assert coffee["start"] == "2027-01-12T13:30:00+01:00"
    other = "room-2" if talk["place"] == "room-1" else "room-1"
    body = {"start": "2027-01-13T14:00", "resources": [other]}
    moved = done_as_said(house, "PATCH", f"/bookings/{talk['id']}", body)
    follower = next(b for b in moved["bookings"] if b["id"] == coffee["id"])
    assert (follower["start"], follower["place"]) == ("2027-01-13T14:30:00+01:00", other)

    preview = house.done(house.client.post(f"/bookings/{talk['id']}/cancel?preview=true"), 200)
    assert {c["component"] for c in preview["changes"]} == {"talk", "coffee"}
    gone = done_as_said(house, "POST", f"/bookings/{talk['id']}/cancel", {})
    assert {b["status"] for b in gone["bookings"]} == {"cancelled"}


def test_an_associated_service_is_held_where_its_host_is(open_house: Callable[[Json], House]) -> None:
    """P11: the massage takes no room of its own, and goes with the suite."""
    house = open_house(
        venue(
            *many(2, "suite", "suites", capacity=4),
            *many(1, "therapist", "therapists", "staff"),
            products=[
                service("stay", "900.00", 180, {"pool": "suites", "use": "seated"}),
                service("massage", "500.00", 60, {"pool": "therapists"}, {"pool": "suites", "use": "seated"}),
                package(
                    "retreat",
                    one("stay", "stay", relative_start_minutes=0),
                    each("massage", "massage", relative_start_minutes=60, associated_with="stay"),
                ),
            ],
        )
    )
    order = house.book(package="retreat", start="2027-01-11T09:00")
    stay = next(b for b in order["bookings"] if b["component"] == "stay")
    moved = done_as_said(house, "PATCH", f"/bookings/{stay['id']}", {"start": "2027-01-11T12:00"})
    massage = next(b for b in moved["bookings"] if b["component"] == "massage")
    assert massage["start"] == "2027-01-11T13:00:00+01:00"
    assert [a["resource"] for a in massage["allocations"]] == ["therapist-1"]
