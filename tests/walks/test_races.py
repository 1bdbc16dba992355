"""Races over HTTP: exactly as many are booked as fit, all others hear why, and nothing is held twice."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest

from tests.walks.documents import each, many, package, room, service, venue
from tests.walks.looks import calendar_look, held_look, overlaps
from tests.walks.server import House

Json = dict[str, Any]
DAY = ("2027-03-01", "2027-03-02")
AT = "2027-03-01T10:00"


@pytest.fixture
def house(open_house: Callable[[Json], House]) -> House:
    """A sauna of 20 places, three therapists with three rooms, and a hall of two parts."""
    return open_house(
        venue(
            room("sauna", 20),
            *many(3, "therapist", "therapists", "staff"),
            *many(3, "room", "rooms"),
            *many(2, "half", "halls", capacity=20),
            {
                "key": "hall",
                "kind": "room",
                "pools": ["halls"],
                "capacity": 50,
                "parts": ["half-1", "half-2"],
            },
            products=[
                service("sauna", "100.00", 60, {"pool": "sauna", "use": "shared"}),
                service("meeting", "900.00", 60, {"pool": "halls", "use": "seated"}, group_size="all"),
                service(
                    "massage",
                    "500.00",
                    60,
                    {"pool": "therapists"},
                    {"pool": "rooms", "use": "seated", "after_minutes": 15},
                ),
                package(
                    "day",
                    each("massage", "massage", relative_start_minutes=0),
                    each("sauna", "sauna", relative_start_minutes=60),
                ),
            ],
        )
    )


async def all_at_once(house: House, requests: Iterable[tuple[str, Json]]) -> list[httpx.Response]:
    """Each on a connection of its own, all opened before the first answer."""
    async with house.server.crowd() as crowd:
        return await asyncio.gather(*(crowd.post(path, json=body) for path, body in requests))


def bookings(house: House, count: int, **body: Any) -> list[tuple[str, Json]]:
    return [(f"{house.path}/orders", {"start": AT, **body}) for _ in range(count)]


def won(house: House, answers: list[httpx.Response], count: int) -> list[Json]:
    """The orders of the winners, found to be so many and to stand in the calendar; who lost knows why."""
    heard = Counter(201 if answer.status_code == 201 else answer.json()["code"] for answer in answers)
    assert heard[201] == count, heard
    assert {answer.status_code for answer in answers} <= {201, 409}, heard
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert all(told["reasons"] and told["reasons"][0]["sentence"] for told in lost)
    assert all("alternatives" in told for told in lost)
    orders = [answer.json() for answer in answers if answer.status_code == 201]
    standing(house, orders)
    return orders


def standing(house: House, orders: list[Json]) -> None:
    """The calendar shows what these orders hold, and nothing else, and nothing twice."""
    seen = house.calendar(*DAY)
    assert overlaps(seen) == []
    assert calendar_look(seen) == held_look(orders)


async def test_of_400_who_want_20_places_20_get_one(house: House) -> None:
    """B01, B04: exactly as many as there are places, though all ask at once."""
    won(house, await all_at_once(house, bookings(house, 400, product="sauna")), 20)


async def test_of_40_parties_of_three_six_find_20_places(house: House) -> None:
    """B04: and the two places left are still sold."""
    parties = won(house, await all_at_once(house, bookings(house, 40, product="sauna", participants=3)), 6)
    last = await all_at_once(house, bookings(house, 10, product="sauna"))
    assert Counter(answer.status_code for answer in last) == {201: 2, 409: 8}
    standing(house, parties + [answer.json() for answer in last if answer.status_code == 201])


async def test_of_40_who_want_any_of_three_therapists_and_rooms_three_get_them(house: House) -> None:
    """B18: which of the pool it is, is decided under the lock."""
    orders = won(house, await all_at_once(house, bookings(house, 40, product="massage")), 3)
    held = {a["resource"] for order in orders for b in order["bookings"] for a in b["allocations"]}
    assert len(held) == 6


async def test_a_package_is_booked_whole_or_not_at_all(house: House) -> None:
    """Who finds no therapist takes no place in the sauna either."""
    won(house, await all_at_once(house, bookings(house, 40, package="day")), 3)


async def test_a_hall_and_its_halves_are_never_both_taken(house: House) -> None:
    """P5: either one party of 40, or two of 15."""
    wanted = [body for n in (40, 15) for body in bookings(house, 15, product="meeting", participants=n)]
    answers = await all_at_once(house, wanted)
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} == {201, 409}
    assert [order["participants"] for order in made] in ([40], [15, 15])
    assert overlaps(house.calendar(*DAY)) == []


async def test_holds_hold_and_are_confirmed_while_others_ask(house: House) -> None:
    """B02, B03: of 40 holds three are granted; asked for five times at once, each is confirmed once and
    cancelled once, and nobody slips in."""
    held = won(house, await all_at_once(house, bookings(house, 40, product="massage", hold_minutes=15)), 3)
    assert {order["status"] for order in held} == {"held"}
    confirming = [(f"/orders/{order['id']}/confirm", {}) for order in held for _ in range(5)]
    answers = await all_at_once(house, confirming + bookings(house, 25, product="massage"))
    assert {answer.status_code for answer in answers[:15]} == {200}
    assert {answer.json()["version"] for answer in answers[:15]} == {2}
    assert {answer.status_code for answer in answers[15:]} == {409}
    standing(house, [house.order(order) for order in held])
    cancelling = [(f"/orders/{order['id']}/cancel", {}) for order in held for _ in range(5)]
    answers = await all_at_once(house, cancelling)
    assert {(answer.status_code, answer.json()["version"]) for answer in answers} == {(200, 3)}
    standing(house, [])


async def test_what_a_cancelled_hold_frees_is_taken_once(house: House) -> None:
    """B03: confirmed and cancelled at once, each hold ends cancelled; what is free is booked again, once."""
    held = won(house, await all_at_once(house, bookings(house, 3, product="massage", hold_minutes=15)), 3)
    endings = [(f"/orders/{order['id']}/{verb}", {}) for order in held for verb in ("confirm", "cancel")]
    answers = await all_at_once(house, endings + bookings(house, 30, product="massage"))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert all(answer.status_code == 200 for answer in answers[1:6:2])  # cancelling is always possible
    made = [answer.json() for answer in answers[6:] if answer.status_code == 201]
    assert len(made) <= 3
    assert {house.order(order)["status"] for order in held} == {"cancelled"}
    standing(house, made)
    rest = await all_at_once(house, bookings(house, 10, product="massage"))
    assert Counter(answer.status_code for answer in rest)[201] == 3 - len(made)


async def test_of_many_moves_to_one_time_as_many_are_made_as_fit(house: House) -> None:
    """B22: every way of changing meets the same guard. Twelve bookings, all moved to one hour at once."""
    starts = [f"2027-03-01T{hour}:00" for hour in (12, 14, 16, 18) for _ in range(3)]
    orders = [house.book(product="massage", start=start) for start in starts]
    async with house.server.crowd() as crowd:
        answers = await asyncio.gather(
            *(crowd.patch(f"/orders/{order['id']}", json={"start": AT}) for order in orders)
        )
    assert Counter(answer.status_code for answer in answers) == {200: 3, 409: 9}
    now = [house.order(order) for order in orders]
    assert Counter(order["start"][11:16] for order in now)["10:00"] == 3
    standing(house, now)


async def test_of_thirty_identical_orders_one_is_made_time_after_time(house: House) -> None:
    """B01: one therapist wanted by name, four times over."""
    for hour in range(8, 12):
        start = f"2027-03-01T{hour:02}:00"
        asked = bookings(house, 30, product="massage", resource="therapist-1", start=start)
        answers = await all_at_once(house, asked)
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 29}
    assert overlaps(house.calendar(*DAY)) == []
