"""Every start that is offered can be booked, and every other is refused with a reason: on days when the clock
is changed, in zones where it is done at other hours and by half an hour."""

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from catalog.times import starts_on, wall_of, zone
from tests.walks.documents import each, many, package, room, service, venue
from tests.walks.server import House

Json = dict[str, Any]
DAYS = (
    ("Europe/Stockholm", "2027-03-28", 23 * 60),
    ("Europe/Stockholm", "2027-10-31", 25 * 60),
    ("America/New_York", "2027-03-14", 23 * 60),
    ("America/New_York", "2027-11-07", 25 * 60),
    ("Australia/Lord_Howe", "2027-04-04", 24 * 60 + 30),
    ("Australia/Lord_Howe", "2027-10-03", 23 * 60 + 30),
)
TRIED = 12
REASONS = {
    *("before_arrival", "venue_closed", "no_open_resource", "resource_busy", "too_few_resources"),
    *("capacity_exceeded", "guest_busy", "waiting_too_long", "order_impossible", "jointly_infeasible"),
}


def bath(name: str) -> Json:
    """Open all night: two therapists, one of whom goes home at two, and a bath after a massage."""
    night = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "20:00", "to": "02:00"}]
    return venue(
        *many(1, "night", "therapists", "staff", hours=night),
        *many(1, "day", "therapists", "staff"),
        room("bath", 3),
        zone=name,
        hours=("00:00", "24:00"),
        products=[
            service("massage", "500.00", 50, {"pool": "therapists", "after_minutes": 10}),
            service("bath", "100.00", 45, {"pool": "bath", "use": "shared"}),
            package(
                "night",
                each("massage", "massage", relative_start_minutes=0),
                each("bath", "bath"),
                max_waiting_minutes=30,
            ),
        ],
    )


@pytest.mark.parametrize(("name", "day", "length"), DAYS, ids=[f"{name}-{day}" for name, day, _ in DAYS])
def test_offered_and_refused_are_all_there_is(
    open_house: Callable[[Json], House], name: str, day: str, length: int
) -> None:
    """placement.md, 6; B11, B12: the same answer whichever way one asks."""
    house, tz = open_house(bath(name)), zone(name)
    chance = random.Random(f"{name} {day}")
    on = date.fromisoformat(day)
    for _ in range(6):
        at = chance.choice(starts_on(tz, on, 30))
        house.client.post(
            f"{house.path}/orders",
            json={"product": chance.choice(["massage", "bath"]), "participants": 1, "start": sent(tz, at)},
        )
    nights = {"participants": 2, "from": day, "to": str(on + timedelta(days=1)), "step_minutes": 15}
    found = house.slots("night", **nights)
    assert found["complete"] is True
    offered = [minutes(slot["start"]) for slot in found["slots"]]
    starts = starts_on(tz, on, 15)
    assert offered == sorted(set(offered) & set(starts))
    assert starts[-1] - starts[0] == length - 15
    refused = [at for at in starts if at not in offered]
    assert offered
    assert refused

    for at in chance.sample(offered, min(TRIED, len(offered))):
        preview = house.preview(package="night", participants=2, start=sent(tz, at))
        assert minutes(preview["start"]) == at
    for at in chance.sample(refused, min(TRIED, len(refused))):
        body = {"package": "night", "participants": 2, "start": sent(tz, at)}
        answer = house.client.post(f"{house.path}/orders", json=body)
        assert answer.status_code in (409, 422), answer.text
        reasons = answer.json()["reasons"]
        assert {reason["code"] for reason in reasons} <= REASONS
        assert all(reason["sentence"] for reason in reasons)
    explained = house.slots("night", **nights, explain="true")
    assert [minutes(no["start"]) for no in explained["refused"]] == refused
    assert all(no["reasons"] for no in explained["refused"])

    taken = chance.choice(offered)
    house.book(package="night", participants=2, start=sent(tz, taken))
    after = house.slots("night", **nights)["slots"]
    assert taken not in [minutes(slot["start"]) for slot in after]


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        ("Europe/Stockholm", "2027-03-28T02:30"),
        ("America/New_York", "2027-03-14T02:30"),
        ("Australia/Lord_Howe", "2027-10-03T02:15"),
    ],
)
def test_a_time_that_the_clock_skips_is_refused_by_its_name(
    open_house: Callable[[Json], House], name: str, skipped: str
) -> None:
    house = open_house(bath(name))
    answer = house.client.post(f"{house.path}/orders", json={"product": "bath", "start": skipped})
    assert (answer.status_code, answer.json()["code"]) == (422, "nonexistent_local_time")


@pytest.mark.parametrize(
    ("name", "twice", "offsets"),
    [
        ("Europe/Stockholm", "2027-10-31T02:30", ("+02:00", "+01:00")),
        ("America/New_York", "2027-11-07T01:30", ("-04:00", "-05:00")),
        ("Australia/Lord_Howe", "2027-04-04T01:45", ("+11:00", "+10:30")),
    ],
)
def test_a_time_that_comes_twice_is_the_first_unless_said_otherwise(
    open_house: Callable[[Json], House], name: str, twice: str, offsets: tuple[str, str]
) -> None:
    house = open_house(bath(name))
    started = [
        house.book(product="bath", start=start)["start"]
        for start in (twice, twice + offsets[0], twice + offsets[1])
    ]
    assert started == [f"{twice}:00{offset}" for offset in (offsets[0], *offsets)]


def sent(tz: Any, at: int) -> str:
    """The instant, as a client that knows the venue's zone sends it."""
    return datetime.fromtimestamp(at * 60, tz).isoformat()


def minutes(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) // 60


def test_the_tests_speak_of_days_when_the_clock_changes() -> None:
    for name, day, length in DAYS:
        tz, on = zone(name), date.fromisoformat(day)
        first, last = starts_on(tz, on, 15)[0], starts_on(tz, on + timedelta(days=1), 15)[0]
        assert wall_of(tz, first) == (on, 0)
        assert last - first == length
