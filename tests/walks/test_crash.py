"""A server that is killed at any moment has kept every order that it answered, and no half of another."""

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.walks import documents
from tests.walks.looks import calendar_look, held_look, overlaps
from tests.walks.server import ADMIN, House, SojournServer

Json = dict[str, Any]
ORDERS = 100
CLIENTS = 6
SPAN = ("2027-04-01", "2027-06-30")


@pytest.fixture(scope="module")
def own_server() -> Iterator[SojournServer]:
    with SojournServer(SOJOURN_SOLVER_PROCESSES="1") as server:
        yield server


def asked(n: int) -> Json:
    """Eight weekends, each asked for by more than there is room for."""
    return {
        "package": "weekend",
        "participants": 1 + n % 3,
        "start": f"2027-{4 + n % 2:02}-{3 + 7 * (n // 2 % 4):02}T10:00",
        "customer": {"name": f"Customer {n}"},
        "note": f"order {n}",
    }


class Booker:
    """Sends each order until it is answered, each time with the same key, whatever happens to the server."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.answers: dict[int, httpx.Response] = {}
        self.interrupted = 0
        self._left = list(range(ORDERS))
        self._news = asyncio.Condition()

    async def answered(self, count: int) -> None:
        """Returns once so many orders are answered."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.answers) >= count)

    async def run(self) -> None:
        async with self.house.server.crowd() as crowd:
            while self._left:
                n = self._left.pop()
                answer = await self.send(crowd, n)
                async with self._news:
                    self.answers[n] = answer
                    self._news.notify_all()

    async def send(self, crowd: httpx.AsyncClient, n: int) -> httpx.Response:
        while True:
            try:
                answer = await crowd.post(
                    f"{self.house.path}/orders", json=asked(n), headers={"Idempotency-Key": f"order {n}"}
                )
            except httpx.TransportError:
                self.interrupted += 1
            else:
                if answer.status_code != 503 and answer.json().get("code") != "in_progress":
                    return answer
            await asyncio.sleep(0.05)


def killed_and_back(server: SojournServer, what: str, chance: random.Random) -> None:
    """Returns when it serves again: by itself where only its database was killed."""
    if what == "backend":
        server.kill_backend(chance)
    elif what == "postmaster":
        server.kill_postmaster()
    else:
        server.kill(database_too=what == "both")
        server.start()
    server.wait_until_ready()


async def test_whatever_was_answered_is_there_after_the_server_was_killed(own_server: SojournServer) -> None:
    """B05, B15: amid a hundred bookings the server is killed, then a process of PostgreSQL, then PostgreSQL
    alone, then both at once."""
    chance = random.Random(4)  # reproducible, as far as processes are
    with own_server.client() as client:
        house = House(own_server, client, "spa")
        house.read_in(documents.spa())
        booker = Booker(house)
        crowd = [asyncio.create_task(booker.run()) for _ in range(CLIENTS)]
        for what in ("server", "backend", "postmaster", "both"):
            enough = len(booker.answers) + chance.randrange(10, 20)
            await booker.answered(enough)
            await asyncio.sleep(chance.random() / 10)
            await asyncio.to_thread(killed_and_back, own_server, what, chance)
        await asyncio.gather(*crowd)
        assert booker.interrupted > 0

        given = {n: answer.json() for n, answer in booker.answers.items() if answer.status_code == 201}
        refused = {n: answer for n, answer in booker.answers.items() if n not in given}
        assert {answer.status_code for answer in refused.values()} <= {409}
        assert len(given) >= ORDERS / 2

        kept = house.orders()
        assert {order["id"] for order in kept} == {order["id"] for order in given.values()}
        assert sorted(order["note"] for order in kept) == sorted(asked(n)["note"] for n in given)
        for n, order in given.items():
            assert house.order(order)["bookings"] == order["bookings"]
            assert {b["component"] for b in order["bookings"]} == {
                *("coffee", "lunch", "massage", "bubbles", "ritual", "coffee-2")
            }
            assert sum(b["component"] == "massage" for b in order["bookings"]) == asked(n)["participants"]
            assert order["customer"]["name"] == f"Customer {n}"
        seen = house.calendar(*SPAN)
        assert overlaps(seen) == []
        assert calendar_look(seen) == held_look(kept)

        async with own_server.crowd() as again:
            repeated = await asyncio.gather(*(booker.send(again, n) for n in range(ORDERS)))
        assert [a.content for a in repeated] == [booker.answers[n].content for n in range(ORDERS)]
        assert len(house.orders()) == len(kept)


def test_a_server_says_what_it_does_until_it_is_ready(own_server: SojournServer) -> None:
    """contract.md: 503 with the reason before. As heard at its last start."""
    statuses = [status for status, _ in own_server.heard]
    assert statuses == [503] * (len(statuses) - 1) + [200]
    assert {sentence for status, sentence in own_server.heard if status == 503} <= {
        *(f"Sojourn is starting: {doing}." for doing in ("the database", "migrating", "loading the solver"))
    }
    assert len(statuses) > 1


def test_two_servers_with_data_of_their_own_know_nothing_of_each_other(
    server: SojournServer, own_server: SojournServer
) -> None:
    with server.client() as here, own_server.client() as there:
        houses = [House(server, here, "twin"), House(own_server, there, "twin")]
        for house in houses:
            house.read_in(documents.conference())
            order = house.book(package="day", participants=20, start="2027-04-01T10:00")
            assert [found["id"] for found in house.orders()] == [order["id"]]
        foreign = houses[0].client.get(f"/orders/{order['id']}")
        assert foreign.status_code == 404
    assert ADMIN not in server.log + own_server.log
