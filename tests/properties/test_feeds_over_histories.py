"""Whatever happens to orders, every calendar program reads in their feeds what the API answers."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import ics
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from tests.api.conftest import admin, app, connect, new_key, settings, solvers, spa, unfurnished
from tests.api.test_orders import DAY

__all__ = ["admin", "app", "connect", "new_key", "settings", "solvers", "spa", "unfurnished"]

STEPS = 14
Event = tuple[datetime, datetime | None, str, int, str]
"""Start, end, status, sequence, summary."""


def by_icalendar(text: str) -> dict[str, Event]:
    return {
        str(e["UID"]): (
            e["DTSTART"].dt.astimezone(UTC),
            e["DTEND"].dt.astimezone(UTC) if "DTEND" in e else None,
            str(e["STATUS"]),
            int(e["SEQUENCE"]),
            str(e["SUMMARY"]),
        )
        for e in Calendar.from_ical(text).walk("VEVENT")
    }


def by_vobject(text: str) -> dict[str, Event]:
    return {
        e.uid.value: (
            e.dtstart.value.astimezone(UTC),
            e.dtend.value.astimezone(UTC) if hasattr(e, "dtend") else None,
            e.status.value,
            int(e.sequence.value),
            e.summary.value,
        )
        for e in vobject.readOne(text).vevent_list
    }


def by_ics(text: str) -> dict[str, Event]:
    found = {}
    for e in ics.Calendar(text).events:
        more = {line.name: line.value for line in e.extra}
        end = e.end.datetime.astimezone(UTC) if e.has_end() else None
        found[e.uid] = (
            e.begin.datetime.astimezone(UTC),
            end,
            e.status or "",
            int(more["SEQUENCE"]),
            e.name or "",
        )
    return found


def by_ical(text: str) -> dict[str, Event]:
    return {
        e.uid: (
            e.dtstart.astimezone(UTC),
            e.dtend.astimezone(UTC) if e.dtend is not None else None,
            e.status.value if e.status is not None else "",
            e.sequence or 0,
            e.summary or "",
        )
        for e in IcsCalendarStream.calendar_from_ics(text).events
    }


READERS: tuple[Callable[[str], dict[str, Event]], ...] = (by_icalendar, by_vobject, by_ics, by_ical)
STATUS = {"held": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED"}
NAMES = ("Ada", "Bo; the, other\none", "Åsa 🏊🏽", "שלום", "", "x" * 90)


async def step(spa: httpx.AsyncClient, chance: random.Random, order: dict[str, Any]) -> None:
    """One thing that somebody does; whether it is possible is not the question here."""
    active = [b for b in order["bookings"] if b["status"] != "cancelled" and b["start"]]
    path = f"/v1/orders/{order['id']}"
    hour = chance.randrange(8, 18)
    what = chance.choice(
        ("move", "shift", "cancel one", "participants", "rename", "undo", "confirm", "cancel")
    )
    if what == "move" and active:
        start = f"{DAY}T{hour:02}:{chance.choice(('00', '30'))}"
        await spa.patch(f"/v1/bookings/{chance.choice(active)['id']}", json={"start": start})
    elif what == "shift":
        await spa.patch(path, json={"start": f"{DAY}T{hour:02}:00"})
    elif what == "cancel one" and active:
        await spa.post(f"/v1/bookings/{chance.choice(active)['id']}/cancel")
    elif what == "participants":
        await spa.patch(path, json={"participants": chance.randrange(1, 3)})
    elif what == "rename":
        names = [{"name": chance.choice(NAMES)} for _ in range(chance.randrange(1, 3))]
        await spa.patch(path, json={"guests": names})
    elif what in ("undo", "confirm") or (what == "cancel" and chance.random() < 0.3):
        await spa.post(f"{path}/{what}")


def expected(order: dict[str, Any]) -> dict[str, tuple[datetime, datetime | None, str]]:
    return {
        f"{b['id']}@sojourn": (
            datetime.fromisoformat(b["start"]).astimezone(UTC),
            datetime.fromisoformat(b["end"]).astimezone(UTC) if b["end"] else None,
            STATUS[b["status"]],
        )
        for b in order["bookings"]
        if b["start"]
    }


@pytest.mark.parametrize("seed", range(4))
async def test_every_reader_agrees_with_the_api_on_every_event(
    spa: httpx.AsyncClient, connect: Any, seed: int
) -> None:
    """B06, B11: SEQUENCE counts changes of time and place and cancelling, and nothing else."""
    chance = random.Random(seed)
    body = {"package": "spa-day", "participants": 2, "start": f"{DAY}T10:00", "hold_minutes": 60}
    order = (await spa.post("/v1/venues/spa/orders", json=body)).json()
    feeds = [
        (await spa.post("/v1/venues/spa/feeds", json=what)).json()["url"]
        for what in (
            {"kind": "venue", "details": True},
            {"kind": "resource", "resource": "anna", "details": True},
            {"kind": "guest", "order": order["id"], "guest": 1},
        )
    ]
    before: dict[str, Event] = {}
    places: dict[str, Any] = {}
    async with connect(None) as anybody:
        for _ in range(STEPS):
            order = (await spa.get(f"/v1/orders/{order['id']}")).json()
            text = (await anybody.get(order["calendar_url"])).text
            events = by_icalendar(text)
            for reader in READERS:
                assert reader(text) == events, reader.__name__
            assert {uid: e[:3] for uid, e in events.items()} == expected(order)
            now_at = {f"{b['id']}@sojourn": (b["start"], b["end"], b["place"]) for b in order["bookings"]}
            for uid, event in events.items():
                if uid in before:
                    was = before[uid]
                    different = places[uid] != now_at[uid] or (event[2] == "CANCELLED") != (
                        was[2] == "CANCELLED"
                    )
                    assert event[3] - was[3] == int(different), (uid, was, event)
                else:
                    assert event[3] == 0
            before, places = before | events, places | now_at
            for url in feeds:
                for uid, event in by_icalendar((await anybody.get(url)).text).items():
                    known = expected(order)[uid]
                    if event[2] != "CANCELLED":
                        assert event[:3] == known, (url, uid)
            await step(spa, chance, order)
