"""What is said by the venue's clock stays so when the clock is changed; and a day is a day of the venue."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.walks.documents import each, item, one, package, room, service, venue
from tests.walks.server import House

Json = dict[str, Any]


def hotel(zone: str) -> Json:
    """Open round the clock; breakfast at eight; cheaper on one day of summer."""
    return venue(
        room("suite", 4),
        zone=zone,
        hours=("00:00", "24:00"),
        products=[
            service("talk", "100.00", 30, {"pool": "suite", "use": "shared"}),
            service("night", "900.00", 60, {"pool": "suite", "use": "seated"}),
            item("breakfast", "90.00"),
            package(
                "stay",
                one("night", "night", relative_start_minutes=0, fixed_end="10:00", end_day=2),
                each("breakfast", "breakfast", day=2, fixed_start="08:00"),
                one("talk", "talk", day=3, fixed_start="09:00"),
            ),
        ],
        price_lists=[
            {
                "key": "midsummer",
                "prices": {"talk": "80.00"},
                "valid_from": "2027-06-25",
                "valid_until": "2027-06-25",
            }
        ],
    )


@pytest.mark.parametrize(
    ("zone", "summer", "winter"),
    [
        ("Europe/Stockholm", "+02:00", "+01:00"),
        ("America/New_York", "-04:00", "-05:00"),
        ("Australia/Lord_Howe", "+10:30", "+11:00"),
        ("Asia/Kathmandu", "+05:45", "+05:45"),
    ],
)
def test_a_booking_keeps_its_hour_from_winter_to_summer_and_back(
    open_house: Callable[[Json], House], zone: str, summer: str, winter: str
) -> None:
    """B11: moved between the halves of a year, a stay begins, is fed and ends by the clock on the wall."""
    house = open_house(hotel(zone))
    order = house.book(package="stay", participants=2, start="2027-07-01T16:00")
    assert clock(order) == expected("2027-07-0{}", summer)
    moved = house.done(house.client.patch(f"/orders/{order['id']}", json={"start": "2027-12-01T16:00"}), 200)
    assert clock(moved) == expected("2027-12-0{}", winter)
    back = house.done(house.client.patch(f"/orders/{order['id']}", json={"start": "2027-07-01T16:00"}), 200)
    assert clock(back) == clock(order)
    assert back["price"] == order["price"]


def test_a_night_in_which_the_clock_changes_is_as_long_as_it_is(open_house: Callable[[Json], House]) -> None:
    """placement.md, 2: from four to ten o'clock, however many hours that is."""
    house = open_house(hotel("Europe/Stockholm"))
    spring = house.book(package="stay", start="2027-03-27T16:00")
    autumn = house.book(package="stay", start="2027-10-30T16:00")
    assert clock(spring)["night"] == ("2027-03-27T16:00:00+01:00", "2027-03-28T10:00:00+02:00")
    assert clock(autumn)["night"] == ("2027-10-30T16:00:00+02:00", "2027-10-31T10:00:00+01:00")
    assert clock(spring)["breakfast"] == ("2027-03-28T08:00:00+02:00", None)


@pytest.mark.parametrize(
    ("zone", "offset"), [("Australia/Brisbane", "+10:00"), ("America/Anchorage", "-08:00")]
)
def test_a_day_is_the_venue_s_from_its_first_half_hour_to_its_last(
    open_house: Callable[[Json], House], zone: str, offset: str
) -> None:
    """B12: prices, lists, calendar and slots go by the date on the wall, far east and far west."""
    house = open_house(hotel(zone))
    found = {}
    for hour in ("24T23:30", "25T00:00", "25T00:30", "25T23:30", "26T00:30"):
        start = f"2027-06-{hour}"
        order = house.book(product="talk", start=start)
        assert order["start"] == f"{start}:00{offset}"
        found[order["id"]] = (start, order["price"]["total"])
    inside = [start for start, price in found.values() if price == "80.00"]
    assert inside == ["2027-06-25T00:00", "2027-06-25T00:30", "2027-06-25T23:30"]

    span = {"from": "2027-06-25", "to": "2027-06-26"}
    assert [found[order["id"]][0] for order in house.orders(**span)] == inside
    entries = house.calendar(*span.values())["entries"]
    assert sorted(found[entry["order"]][0] for entry in entries) == inside
    slots = [slot["start"] for slot in house.slots("talk", **span)["slots"]]
    assert (slots[0], slots[-1]) == (f"2027-06-25T00:00:00{offset}", f"2027-06-25T23:30:00{offset}")
    assert len(slots) == 48

    late = house.client.patch(f"/orders/{next(iter(found))}", json={"start": "2027-06-25T01:00"})
    assert late.json()["price"]["total"] == "80.00"


def clock(order: Json) -> dict[str, tuple[str, str | None]]:
    return {b["component"]: (b["start"], b["end"]) for b in order["bookings"] if b["status"] != "cancelled"}


def expected(date: str, offset: str) -> dict[str, tuple[str, str | None]]:
    return {
        "night": (f"{date.format(1)}T16:00:00{offset}", f"{date.format(2)}T10:00:00{offset}"),
        "breakfast": (f"{date.format(2)}T08:00:00{offset}", None),
        "talk": (f"{date.format(3)}T09:00:00{offset}", f"{date.format(3)}T09:30:00{offset}"),
    }
