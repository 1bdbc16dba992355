"""What a calendar program reads of an order (RFC 5545)."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar, Event
from msgspec.structs import replace

from api.feeds import order_events
from api.ical import Event as Written
from api.ical import calendar
from booking.lines import Booking, Guest, Line, Order
from catalog.queries import StoredVenue
from catalog.specs import AsSold, Catalog, Component, ProductSpec, ResourceSpec, VenueSpec
from catalog.times import asked
from tests.api.test_orders import DAY, TWO

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CHANGED = datetime(2026, 11, 1, 12, tzinfo=UTC)
MASSAGE = ProductSpec(key="massage-50", name="Massage; 50, min", kind="service", duration_minutes=50)
CAVA = ProductSpec(key="cava", name="Cava", kind="item")
SOLD = AsSold(
    package=ProductSpec(
        key="spa-day",
        name="Spa day",
        kind="package",
        components=(
            Component(key="massage", product="massage-50", quantity="one_per_participant"),
            Component(key="cava", product="cava", quantity="one_per_participant", associated_with="massage"),
        ),
    ),
    products={"massage-50": MASSAGE, "cava": CAVA},
)


VENUE = StoredVenue(
    id=uuid.UUID(int=9),
    organisation_id=uuid.UUID(int=8),
    key="spa",
    version=1,
    catalog=Catalog(
        venue=VenueSpec(name="Spa", time_zone="Europe/Stockholm", currency="SEK"),
        resources=(ResourceSpec(key="room-1", name="Room, 1", kind="room"),),
    ),
    tz=STOCKHOLM,
    resource_ids={"room-1": uuid.UUID(int=7)},
    resource_keys={uuid.UUID(int=7): "room-1"},
    retired={},
)


def order(start: int, minutes: int = 50) -> Order:
    massage = Booking(
        id=uuid.UUID(int=1),
        component="massage",
        product="massage-50",
        guests=(1,),
        start=start,
        end=start + minutes,
        place="room-1",
        message="no nuts",
    )
    cava = Booking(id=uuid.UUID(int=2), component="cava", product="cava", goods=True, quantity=2, start=start)
    robe = replace(cava, id=uuid.UUID(int=3), start=None)
    line = Line(
        id=uuid.UUID(int=4),
        position=0,
        sold=SOLD,
        start=start,
        guests=(Guest(number=1, name="Ada"),),
        next_guest=2,
        bookings=(massage, cava, robe),
    )
    return Order(id=uuid.UUID(int=5), number=7, lines=(line,), price={}, total=Decimal(0), feed_token="t")


def written(of: Order) -> bytes:
    made = order_events(VENUE, of, {b.id: CHANGED for b in of.bookings})
    return calendar(made, name="Spa day · Spa", tz=STOCKHOLM, changed_at=CHANGED)


def events(of: Order) -> list[Event]:
    parsed = Calendar.from_ical(written(of))
    assert isinstance(parsed, Calendar)
    return [part for part in parsed.walk("VEVENT") if isinstance(part, Event)]


def at(day: str, minutes: int) -> int:
    return asked(STOCKHOLM, datetime.fromisoformat(day).date(), minutes)


def test_a_session_is_an_event_by_the_venue_s_clock() -> None:
    massage = events(order(at("2027-06-05", 600)))[0]
    assert massage["UID"] == f"{uuid.UUID(int=1)}@sojourn"
    assert massage["DTSTART"].params["TZID"] == "Europe/Stockholm"
    assert massage["DTSTART"].dt == datetime(2027, 6, 5, 10, tzinfo=STOCKHOLM)
    assert massage["DTEND"].dt == datetime(2027, 6, 5, 10, 50, tzinfo=STOCKHOLM)
    assert massage["SUMMARY"] == "Massage; 50, min (Ada)"
    assert massage["LOCATION"] == "Room, 1, Spa"
    assert massage["DTSTAMP"].dt == massage["LAST-MODIFIED"].dt == CHANGED
    assert massage["STATUS"] == "CONFIRMED"
    assert massage["DESCRIPTION"] == "Order 7\nno nuts"


def test_goods_are_a_moment_without_an_end_and_those_without_a_time_are_left_out() -> None:
    massage, cava = events(order(at("2027-06-05", 600)))
    assert "DTEND" not in cava
    assert "DURATION" not in cava
    assert cava["TRANSP"] == "TRANSPARENT"
    assert cava["SUMMARY"] == "2 × Cava"
    assert cava["RELATED-TO"] == massage["UID"]


def test_what_is_cancelled_stays_says_so_and_takes_no_time() -> None:
    for event in events(replace(order(at("2027-06-05", 600)), status="cancelled")):
        assert event["STATUS"] == "CANCELLED"
        assert event["TRANSP"] == "TRANSPARENT"


def test_a_calendar_has_a_name_a_zone_and_no_method() -> None:
    content = written(order(at("2027-06-05", 600))).decode()
    assert "METHOD" not in content
    for line in (
        "NAME:Spa day · Spa",
        "X-WR-CALNAME:Spa day · Spa",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
        "TZID:Europe/Stockholm",
    ):
        assert f"{line}\r\n" in content
    assert all(len(line.encode()) <= 75 for line in content.split("\r\n"))
    assert content.replace("\r\n", "").isprintable()


def test_a_calendar_without_events_has_a_zone_for_it_needs_a_component() -> None:
    content = calendar((), name="", tz=STOCKHOLM, changed_at=CHANGED)
    assert content.count(b"BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize("utc_hour", [0, 1])
def test_the_hour_that_comes_twice_is_told_apart(utc_hour: int) -> None:
    start = int(datetime(2027, 10, 31, utc_hour, 30, tzinfo=UTC).timestamp() // 60)
    massage = events(order(start))[0]
    assert massage["DTSTART"].dt.astimezone(UTC) == datetime(2027, 10, 31, utc_hour, 30, tzinfo=UTC)
    assert massage["DTEND"].dt.astimezone(UTC) - massage["DTSTART"].dt.astimezone(UTC) == timedelta(
        minutes=50
    )


def test_a_thousand_events_are_written_sooner_than_a_library_reads_them() -> None:
    """About 10 ms where nothing else runs (`feed-1000` of the benchmark); the library takes some 300."""
    many = [
        Written(
            uid=f"{uuid.UUID(int=i)}@sojourn",
            changed_at=CHANGED,
            sequence=0,
            start=at("2027-01-01", 0) + 60 * i,
            end=at("2027-01-01", 0) + 60 * i + 50,
            status="CONFIRMED",
            summary=f"Massage {i} min (Åsa Öberg, Ada Berg, Bo Ek, Cid Fors, Disa Grön, Ebbe Holm)",
            location="Treatment room 1, Harbour Spa",
            description=f"Order {i}\nno nuts, please; none at all",
        )
        for i in range(1000)
    ]
    calendar(many, name="Spa", tz=STOCKHOLM, changed_at=CHANGED)  # the zone is worked out once
    took = []
    for _ in range(5):
        began = time.process_time()
        calendar(many, name="Spa", tz=STOCKHOLM, changed_at=CHANGED)
        took.append(time.process_time() - began)
    text = calendar(many, name="Spa", tz=STOCKHOLM, changed_at=CHANGED)
    began = time.process_time()
    assert len(Calendar.from_ical(text).events) == len(many)
    assert min(took) < time.process_time() - began


async def test_a_feed_needs_no_key_and_is_sent_when_it_has_changed(
    spa: httpx.AsyncClient, connect: Any
) -> None:
    made = (await spa.post("/v1/venues/spa/orders", json=TWO)).json()
    anybody = connect(None)
    feed = await anybody.get(made["calendar_url"])
    assert feed.status_code == 200
    assert feed.headers["content-type"] == "text/calendar; charset=utf-8"
    assert feed.content.count(b"BEGIN:VEVENT") == 3
    for condition in (
        {"If-None-Match": feed.headers["etag"]},
        {"If-None-Match": f'"other", W/{feed.headers["etag"]}'},
        {"If-Modified-Since": feed.headers["last-modified"]},
    ):
        again = await anybody.get(made["calendar_url"], headers=condition)
        assert again.status_code == 304
        assert again.headers["etag"] == feed.headers["etag"]
    head = await anybody.head(made["calendar_url"])
    assert head.status_code == 200
    assert head.headers["etag"] == feed.headers["etag"]
    download = await spa.get(f"/v1/orders/{made['id']}/calendar.ics")
    assert download.content == feed.content
    for unknown in ("x", "x.ics", made["calendar_url"].removesuffix("A.ics") + "B.ics", "%00.ics"):
        assert (await anybody.get(f"/ical/{unknown}")).status_code == 404


async def test_a_booking_that_moves_keeps_its_uid_and_counts(spa: httpx.AsyncClient, connect: Any) -> None:
    made = (await spa.post("/v1/venues/spa/orders", json=TWO | {"participants": 1})).json()
    massage = next(b["id"] for b in made["bookings"] if b["component"] == "massage")

    async def seen() -> tuple[str, int]:
        feed = Calendar.from_ical((await connect(None).get(made["calendar_url"])).content)
        event = next(e for e in feed.walk("VEVENT") if e["SUMMARY"].startswith("Massage"))
        return str(event["UID"]), int(event["SEQUENCE"])

    assert await seen() == (f"{massage}@sojourn", 0)
    for times, hour in enumerate((11, 12, 13), 1):
        await spa.patch(f"/v1/bookings/{massage}", json={"start": f"{DAY}T{hour}:00"})
        assert await seen() == (f"{massage}@sojourn", times)
    await spa.patch(f"/v1/bookings/{massage}", json={"duration_minutes": 80})
    assert await seen() == (f"{massage}@sojourn", 4)  # it ends at another time
    await spa.patch(f"/v1/bookings/{massage}", json={"message": "A firm hand."})
    assert await seen() == (f"{massage}@sojourn", 4)
