"""Clients that book, move and cancel without a pause, and remember what they were told."""

import asyncio
import random
import time
from collections import Counter
from datetime import date, timedelta
from typing import Any

import httpx

from tests.faults.histories import document
from tests.walks.server import LONG, SojournServer

Json = dict[str, Any]
RESOURCES = 6
HOURS = range(8, 19)
DAYS = 60
FIRST_DAY = date(2027, 3, 1)
VENUE = "load"


class Load:
    """`told`: of every order the last version that somebody was answered. `statuses`: of all answers."""

    def __init__(self, server: SojournServer, seed: int) -> None:
        self.server, self.seed = server, seed
        self.told: dict[str, int] = {}
        self.keys: set[str] = set()
        self.statuses: Counter[int] = Counter()
        self.done = 0
        self.interrupted = 0
        self.slowest = 0.0
        self.odd: list[str] = []
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []

    def open_house(self) -> None:
        with self.server.client() as client:
            answer = client.put(f"/venues/{VENUE}/catalog", json=document(RESOURCES))
            assert answer.is_success, answer.text

    def start(self, clients: int) -> None:
        self._over = False
        self._tasks = [asyncio.create_task(self._client(n)) for n in range(clients)]

    async def some_answered(self, number: int) -> None:
        """Until so many more have been carried out: a house that nobody works in is not worth a kill."""
        enough, until = self.done + number, time.monotonic() + LONG
        while self.done < enough:
            if time.monotonic() > until:
                raise AssertionError(f"Nothing is answered any more:\n{self.server.log[-3000:]}")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """When every request that is on its way has been answered."""
        self._over = True
        await asyncio.gather(*self._tasks)

    async def _client(self, number: int) -> None:
        chance = random.Random(self.seed * 1000 + number)
        mine: list[tuple[str, str]] = []
        async with self.server.crowd() as desk:
            while not self._over:
                if mine and chance.random() < 0.4:
                    order, booking = chance.choice(mine)
                    if chance.random() < 0.5:
                        mine.remove((order, booking))
                        await self._send(desk, chance, "POST", f"/orders/{order}/cancel", {})
                    else:
                        body = {"start": self._start(chance), "override": ["arrival"]}
                        await self._send(desk, chance, "PATCH", f"/bookings/{booking}", body)
                    continue
                body = {"product": "massage", "start": self._start(chance)}
                answer = await self._send(desk, chance, "POST", f"/venues/{VENUE}/orders", body)
                if answer is not None and answer.status_code == 201:
                    mine.append((answer.json()["id"], answer.json()["bookings"][0]["id"]))

    async def _send(
        self, desk: httpx.AsyncClient, chance: random.Random, method: str, path: str, body: Json
    ) -> httpx.Response | None:
        """Until it is answered, with the same key; None where the campaign ends before."""
        key = f"{chance.getrandbits(64):x}"
        until = time.monotonic() + 5 * LONG
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                answer = await desk.request(method, path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                self.interrupted += 1
            else:
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.statuses[answer.status_code] += 1
                if answer.status_code >= 500 and not (
                    answer.status_code == 503 and "retry-after" in answer.headers
                ):
                    self.odd.append(answer.text[:300])
                if answer.status_code != 503 and answer.json().get("code") != "in_progress":
                    if answer.is_success:
                        self.done += 1
                        told = answer.json()
                        self.told[told["id"]] = max(self.told.get(told["id"], 0), told["version"])
                    return answer
            await asyncio.sleep(0.05)
        self.odd.append(f"{method} {path} was not answered for ten minutes")
        return None

    def _start(self, chance: random.Random) -> str:
        day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        return f"{day}T{chance.choice(HOURS):02}:00"
