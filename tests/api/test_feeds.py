"""Calendars to subscribe to, over HTTP: what stands in which, who may make them, and how they end."""

import gzip
import traceback
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine
from icalendar import Calendar
from litestar import Litestar
from sqlalchemy import event
from structlog.testing import capture_logs

from booking.feeds import find_feed
from booking.orders import new_feed_token
from catalog.base import utc_now
from tests.api.test_orders import DAY, TWO

AFTER = (date.fromisoformat(DAY) + timedelta(days=1)).isoformat()
PAIR = TWO | {"guests": [{"name": 'Ada, "the"; first\n🏊'}, {"name": "Bo"}]}


async def booked(spa: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await spa.post("/v1/venues/spa/orders", json=PAIR | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def fed(spa: httpx.AsyncClient, **what: Any) -> dict[str, Any]:
    answer = await spa.post("/v1/venues/spa/feeds", json=what)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The events by their UIDs."""
    answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    return {str(e["UID"]): e for e in Calendar.from_ical(answer.content).walk("VEVENT")}


@pytest.fixture
async def anybody(connect: Any) -> Any:
    async with connect(None) as client:
        yield client


async def test_a_guest_s_feed_has_what_the_guest_attends_and_no_other_name(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    made = await booked(spa)
    feed = await fed(spa, kind="guest", order=made["id"], guest=1)
    text = (await anybody.get(feed["url"])).text
    events = await read(anybody, feed["url"])
    attended = {f"{b['id']}@sojourn" for b in made["bookings"] if 1 in b["guests"] and b["start"]}
    assert events.keys() == attended
    assert "Bo" not in text.replace("\r\n ", "").replace("BOOK", "")
    massage = next(e for e in events.values() if "Massage" in e["SUMMARY"])
    assert massage["SUMMARY"] == 'Massage 50 min (Ada, "the"; first\n🏊)'


async def test_a_guest_who_leaves_sees_the_session_cancelled(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    """B09: leaving cancels for who leaves, and for nobody else."""
    made = await booked(spa)
    feeds = [await fed(spa, kind="guest", order=made["id"], guest=n) for n in (1, 2)]
    answer = await spa.patch(f"/v1/orders/{made['id']}", json={"remove_guests": [2]})
    assert answer.status_code == 200, answer.text
    stays, left = [await read(anybody, feed["url"]) for feed in feeds]
    assert {e["STATUS"] for e in stays.values()} == {"CONFIRMED"}
    assert {e["STATUS"] for e in left.values()} == {"CANCELLED"}


async def test_a_customer_s_feed_has_all_orders_of_the_customer_and_no_others(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    first = await booked(spa, customer={"name": "Ada Berg"})
    second = await booked(spa, customer=first["customer"]["id"], start=f"{DAY}T15:00")
    other = await booked(spa, customer={"name": "Cid"}, start="2026-12-06T15:00")
    feed = await fed(spa, kind="customer", customer=first["customer"]["id"])
    events = await read(anybody, feed["url"])
    assert {b["id"] for o in (first, second) for b in o["bookings"]} == {uid[:36] for uid in events}
    assert other["bookings"][0]["id"] not in {uid[:36] for uid in events}


async def test_a_resource_s_feed_tells_when_it_is_busy_and_nothing_else(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    made = await booked(spa, participants=1, guests=[{"name": "Ada"}], note="secret", resource="anna")
    feed = await fed(spa, kind="resource", resource="anna")
    text = (await anybody.get(feed["url"])).text
    (event,) = (await read(anybody, feed["url"])).values()
    assert event["SUMMARY"] == "Busy"
    held = next(a for b in made["bookings"] for a in b["allocations"] if a["resource"] == "anna")
    assert event["DTSTART"].dt.isoformat() == held["start"]
    assert event["DTEND"].dt.isoformat() == held["end"]
    for private in ("Ada", "secret", "Massage", "Spa day", f"Order {made['number']}"):
        assert private not in text.replace("X-WR-CALNAME:Anna", "")
    details = await fed(spa, kind="resource", resource="anna", details=True)
    (event,) = (await read(anybody, details["url"])).values()
    assert event["SUMMARY"] == "Massage 50 min (Ada)"
    assert event["DTSTART"].dt.isoformat() == made["bookings"][0]["start"]


async def test_what_a_resource_is_no_longer_held_for_stands_as_cancelled_for_thirty_days(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    made = await booked(spa, participants=1, guests=[], resource="anna", start="2027-03-01T10:00")
    feed = await fed(spa, kind="resource", resource="anna")
    massage = next(b for b in made["bookings"] if b["component"] == "massage")
    moved = await spa.patch(f"/v1/bookings/{massage['id']}", json={"resources": ["bo"]})
    assert moved.status_code == 200, moved.text
    (event,) = (await read(anybody, feed["url"])).values()
    assert event["STATUS"] == "CANCELLED"
    with time_machine.travel(utc_now() + timedelta(days=31)):
        assert await read(anybody, feed["url"]) == {}


async def test_blocks_stand_in_a_resource_s_feed_and_are_cancelled_when_removed(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    feed = await fed(spa, kind="resource", resource="anna")
    block = {"resource": "anna", "start": f"{DAY}T09:00", "end": f"{DAY}T12:00", "note": "at the dentist's"}
    made = (await spa.post("/v1/venues/spa/blocks", json=block)).json()
    (event,) = (await read(anybody, feed["url"])).values()
    assert (event["SUMMARY"], event["STATUS"]) == ("Busy", "CONFIRMED")
    await spa.delete(f"/v1/blocks/{made['id']}")
    (event,) = (await read(anybody, feed["url"])).values()
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


async def test_a_venue_s_feed_has_everything_and_names_only_with_details(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    made = await booked(spa)
    plain, details = [await fed(spa, kind="venue", details=d) for d in (False, True)]
    for feed in (plain, details):
        assert {uid[:36] for uid in await read(anybody, feed["url"])} == {b["id"] for b in made["bookings"]}
    assert "Bo)" not in (await anybody.get(plain["url"])).text
    assert "(Bo)" in (await anybody.get(details["url"])).text


async def test_what_is_cancelled_stays_for_thirty_days(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    made = await booked(spa, start="2027-06-01T10:00")
    before = await read(anybody, made["calendar_url"])
    await spa.post(f"/v1/orders/{made['id']}/cancel")
    events = await read(anybody, made["calendar_url"])
    assert events.keys() == before.keys()
    assert {e["STATUS"] for e in events.values()} == {"CANCELLED"}
    assert all(events[uid]["SEQUENCE"] == before[uid]["SEQUENCE"] + 1 for uid in events)
    answer = await anybody.get(made["calendar_url"])
    with time_machine.travel(utc_now() + timedelta(days=29)):
        assert (await anybody.get(made["calendar_url"])).content == answer.content
    with time_machine.travel(utc_now() + timedelta(days=31)):
        later = await anybody.get(made["calendar_url"])
        assert b"VEVENT" not in later.content
        assert later.headers["last-modified"] != answer.headers["last-modified"]


async def test_a_hold_that_ends_is_cancelled_in_calendars_by_itself(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    made = await booked(spa, hold_minutes=15)
    before = await read(anybody, made["calendar_url"])
    assert {e["STATUS"] for e in before.values()} == {"TENTATIVE"}
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        after = await read(anybody, made["calendar_url"])
    assert {e["STATUS"] for e in after.values()} == {"CANCELLED"}
    assert all(after[uid]["SEQUENCE"] == before[uid]["SEQUENCE"] + 1 for uid in after)


async def test_an_event_changes_its_stamp_with_itself_and_not_with_others(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    with time_machine.travel(utc_now() - timedelta(hours=2)):
        made = await booked(spa)
        first = await anybody.get(made["calendar_url"])
    before = await read(anybody, made["calendar_url"])
    assert (await anybody.get(made["calendar_url"])).content == first.content
    massage = next(b for b in made["bookings"] if b["component"] == "massage" and b["guests"] == [2])
    guests = {"guests": [{"name": PAIR["guests"][0]["name"]}, {"name": "Bosse"}]}
    renamed = await spa.patch(f"/v1/orders/{made['id']}", json=guests)
    assert renamed.status_code == 200, renamed.text
    after = await read(anybody, made["calendar_url"])
    changed = {uid for uid in after if after[uid]["DTSTAMP"].dt != before[uid]["DTSTAMP"].dt}
    assert changed == {uid for uid in after if "Bosse" in after[uid]["SUMMARY"]}
    assert f"{massage['id']}@sojourn" in changed
    assert all(after[uid]["SEQUENCE"] == before[uid]["SEQUENCE"] for uid in after)
    assert all(e["DTSTAMP"].dt == e["LAST-MODIFIED"].dt for e in after.values())


async def test_a_feed_is_packed_for_who_reads_that_and_private(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    url = (await booked(spa))["calendar_url"]
    plain = await anybody.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "private" in plain.headers["cache-control"]
    async with anybody.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join([chunk async for chunk in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    for tag in (packed.headers["etag"], plain.headers["etag"]):
        again = await anybody.get(url, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    head = await anybody.head(url, headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(plain.content))


async def test_a_revoked_address_leads_nowhere_like_one_that_never_was(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    feed = await fed(spa, kind="venue")
    assert [f["id"] for f in (await spa.get("/v1/venues/spa/feeds")).json()["items"]] == [feed["id"]]
    assert (await spa.delete(f"/v1/feeds/{feed['id']}")).status_code == 204
    assert (await spa.delete(f"/v1/feeds/{feed['id']}")).status_code == 404
    assert (await spa.get("/v1/venues/spa/feeds")).json()["items"] == []
    revoked = await anybody.get(feed["url"])
    guessed = await anybody.get(f"/ical/{new_feed_token(uuid.uuid4())}.ics")
    nonsense = await anybody.get("/ical/x.ics")
    assert {a.status_code for a in (revoked, guessed, nonsense)} == {404}
    assert revoked.content == guessed.content == nonsense.content


async def test_tokens_are_compared_by_the_database_in_one_statement(
    spa: httpx.AsyncClient, app: Litestar
) -> None:
    """The same for every token, so that time tells nothing; and no other token is fetched."""
    token = (await fed(spa, kind="venue"))["url"].rpartition("/")[2].removesuffix(".ics")
    other = token[:-1] + ("a" if token[-1] != "a" else "b")
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    told = []
    async with app.state.desk.sessions() as session:
        event.listen(session.bind.sync_engine, "before_cursor_execute", hear)
        for asked in (token, other, new_feed_token(uuid.uuid4()), "nonsense"):
            heard.clear()
            told.append((await find_feed(session, asked) is not None, tuple(heard)))
        event.remove(session.bind.sync_engine, "before_cursor_execute", hear)
    assert [found for found, _ in told] == [True, False, False, False]
    ((statement,),) = {statements for _, statements in told}
    assert "token" not in statement.partition("WHERE")[0]


async def test_an_order_s_address_can_be_renewed(spa: httpx.AsyncClient, anybody: httpx.AsyncClient) -> None:
    made = await booked(spa)
    renewed = await spa.post(f"/v1/orders/{made['id']}/calendar")
    assert renewed.status_code == 200, renewed.text
    assert renewed.json()["calendar_url"] != made["calendar_url"]
    assert (await anybody.get(made["calendar_url"])).status_code == 404
    assert len(await read(anybody, renewed.json()["calendar_url"])) == 3
    undone = await spa.post(f"/v1/orders/{made['id']}/undo")
    assert undone.status_code != 200 or undone.json()["calendar_url"] == renewed.json()["calendar_url"]


async def test_no_token_reaches_the_log(
    spa: httpx.AsyncClient, anybody: httpx.AsyncClient, monkeypatch: Any, caplog: Any
) -> None:
    """Not of a request that is refused, and not of one that meets a defect."""
    url = (await booked(spa))["calendar_url"]
    token = url.rpartition("/")[2].removesuffix(".ics")

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("api.routes.feeds.render", broken)
    with capture_logs() as entries:
        answer = await anybody.get(url)
    assert answer.status_code == 500
    (entry,) = entries
    told = "".join(traceback.format_exception(entry.pop("exc_info")))
    assert "a defect" in told
    assert token not in answer.text + caplog.text + told + repr(entry)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "order"},
        {"kind": "moon"},
        {"kind": "guest", "order": str(uuid.UUID(int=1))},
        {"kind": "venue", "resource": "anna"},
        {"kind": "customer", "customer": str(uuid.UUID(int=1)), "details": True},
        {"kind": "resource", "resource": "anna", "line": str(uuid.UUID(int=1))},
    ],
)
async def test_a_feed_of_nothing_in_particular_is_refused(
    spa: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    answer = await spa.post("/v1/venues/spa/feeds", json=wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_a_feed_of_what_does_not_exist_is_not_found(spa: httpx.AsyncClient) -> None:
    nobody = str(uuid.UUID(int=1))
    for wrong in (
        {"kind": "order", "order": nobody},
        {"kind": "customer", "customer": nobody},
        {"kind": "resource", "resource": "zoe"},
    ):
        assert (await spa.post("/v1/venues/spa/feeds", json=wrong)).status_code == 404


async def test_a_customer_makes_feeds_of_the_own_orders_alone(
    spa: httpx.AsyncClient, connect: Any, new_key: Any
) -> None:
    mine = await booked(spa, customer={"name": "Ada"})
    other = await booked(spa, customer={"name": "Bo"}, start=f"{DAY}T15:00")
    ada = connect(await new_key("customer", customer=uuid.UUID(mine["customer"]["id"])))
    made = await ada.post("/v1/venues/spa/feeds", json={"kind": "order", "order": mine["id"]})
    assert made.status_code == 201, made.text
    foreign = await fed(spa, kind="order", order=other["id"])
    for what, status in (
        ({"kind": "order", "order": other["id"]}, 404),
        ({"kind": "customer", "customer": other["customer"]["id"]}, 404),
        ({"kind": "venue"}, 403),
        ({"kind": "resource", "resource": "anna"}, 403),
    ):
        assert (await ada.post("/v1/venues/spa/feeds", json=what)).status_code == status
    assert (await ada.delete(f"/v1/feeds/{foreign['id']}")).status_code == 404
    listed = await ada.get("/v1/venues/spa/feeds", params={"subject": mine["id"]})
    assert [f["id"] for f in listed.json()["items"]] == [made.json()["id"]]
    assert (await ada.get("/v1/venues/spa/feeds", params={"subject": other["id"]})).status_code == 404
    assert (await ada.delete(f"/v1/feeds/{made.json()['id']}")).status_code == 204


async def test_staff_make_feeds_of_their_own_calendar_alone(
    spa: httpx.AsyncClient, connect: Any, new_key: Any
) -> None:
    bo = connect(await new_key("staff", venue="spa", resource="bo"))
    own = {"kind": "resource", "resource": "bo", "details": True}
    assert (await bo.post("/v1/venues/spa/feeds", json=own)).status_code == 201
    assert (await bo.post("/v1/venues/spa/feeds", json=own | {"resource": "anna"})).status_code == 403
    await fed(spa, kind="venue")
    assert [f["kind"] for f in (await bo.get("/v1/venues/spa/feeds")).json()["items"]] == ["resource"]


async def test_free_busy_tells_what_is_taken_and_what_is_closed(spa: httpx.AsyncClient) -> None:
    made = await booked(spa, participants=1, guests=[], resource="anna")
    held = next(a for b in made["bookings"] for a in b["allocations"] if a["resource"] == "anna")
    url = "/v1/venues/spa/resources/anna/freebusy.ics"
    answer = await spa.get(url, params={"from": DAY, "to": AFTER})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    (busy,) = Calendar.from_ical(answer.content).walk("VFREEBUSY")
    found = [(p.params["FBTYPE"], *p.dt) for p in busy["FREEBUSY"]]
    assert [(a.isoformat(), b.isoformat()) for kind, a, b in found if kind == "BUSY"] == [
        (utc(held["start"]), utc(held["end"]))
    ]
    closed = [(f"{a:%H:%M}", f"{b:%H:%M}") for kind, a, b in found if kind == "BUSY-UNAVAILABLE"]
    assert closed == [("22:00", "06:00"), ("18:00", "22:00")]
    again = await spa.get(
        url, params={"from": DAY, "to": AFTER}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    assert (await spa.get(url.replace("anna", "zoe"), params={"from": DAY, "to": DAY})).status_code == 404


def utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()
