"""Histories as clients live them: each notes when it asked and when it was told what, and asks again."""

import asyncio
import random
import time
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from tests.faults.linearizability import NEVER, Event, State
from tests.walks.documents import many, service, venue

Json = dict[str, Any]
HOURS = range(9, 13)
FIRST_DAY = date(2027, 9, 1)


def document(resources: int) -> Json:
    return venue(
        *many(resources, "therapist", "therapists", "staff"),
        products=[service("massage", "500.00", 60, {"pool": "therapists"})],
    )


class Recorder:
    """Clients at one venue, on a day of their own; `history` is what each resource lived through."""

    def __init__(self, venue: str, resources: int, day: date, seed: int) -> None:
        self.venue, self.resources, self.day = venue, resources, day
        self.chance = random.Random(seed)
        self.history: defaultdict[str, list[Event]] = defaultdict(list)

    async def live(self, clients: list[httpx.AsyncClient], steps: int) -> None:
        await asyncio.gather(*(self._client(c, f"{self.day}.{n}", steps) for n, c in enumerate(clients)))

    async def _client(self, desk: httpx.AsyncClient, name: str, steps: int) -> None:
        resource, order, booking, count = "", "", "", 0
        for _ in range(steps):
            choice = self.chance.random()
            hour = self.chance.choice(HOURS)
            if choice < 0.3:
                await self._read(desk, f"therapist-{self.chance.randint(1, self.resources)}")
            elif not order:
                resource = f"therapist-{self.chance.randint(1, self.resources)}"
                count += 1
                body = {
                    "product": "massage",
                    "start": self._at(hour),
                    "resource": resource,
                    "customer": {"name": f"{name}/{count}"},
                }
                answer = await self._do(
                    desk,
                    resource,
                    "reserve",
                    f"{name}/{count}",
                    hour,
                    "POST",
                    f"/venues/{self.venue}/orders",
                    body,
                )
                if answer is None:
                    return  # nobody knows what this client holds
                if answer.status_code == 201:
                    order, booking = answer.json()["id"], answer.json()["bookings"][0]["id"]
            elif choice < 0.7:
                answer = await self._do(
                    desk, resource, "move", f"{name}/{count}", hour, "PATCH", f"/bookings/{booking}",
                    {"start": self._at(hour), "resources": [resource], "override": ["arrival"]},
                )  # fmt: skip
                if answer is None:
                    return
            else:
                if (
                    await self._do(
                        desk, resource, "cancel", f"{name}/{count}", 0, "POST", f"/orders/{order}/cancel", {}
                    )
                    is None
                ):
                    return
                order = ""

    def _at(self, hour: int) -> str:
        return f"{self.day}T{hour:02}:00"

    async def _do(
        self,
        desk: httpx.AsyncClient,
        resource: str,
        kind: str,
        who: str,
        hour: int,
        method: str,
        path: str,
        body: Json,
    ) -> httpx.Response | None:
        """The answer, None where none came."""
        begun = time.monotonic()
        try:
            answer = await desk.request(method, path, json=body)
        except httpx.TransportError:
            answer = None
        ended = time.monotonic()
        if answer is None or answer.status_code == 503:
            self.history[resource].append(Event(kind, who, hour, begun, NEVER, "unknown"))
            return None
        assert answer.status_code in (200, 201, 409), answer.text
        outcome = "done" if answer.is_success else "refused"
        self.history[resource].append(Event(kind, who, hour, begun, ended, outcome))
        return answer

    async def _read(self, desk: httpx.AsyncClient, resource: str) -> None:
        begun = time.monotonic()
        try:
            answer = await desk.get(
                f"/venues/{self.venue}/calendar",
                params={"from": str(self.day), "to": str(self.day + timedelta(days=1))},
            )
        except httpx.TransportError:
            return
        ended = time.monotonic()
        if answer.status_code == 200:
            for key, seen in self.seen(answer.json()).items():
                self.history[key].append(Event("read", "", 0, begun, ended, seen=seen))

    def seen(self, calendar: Json) -> dict[str, State]:
        """Who holds which hour of each resource, as the calendar shows it; a name is the customer's."""
        found: dict[str, set[tuple[int, str]]] = {f"therapist-{n + 1}": set() for n in range(self.resources)}
        for entry in calendar["entries"]:
            hour = datetime.fromisoformat(entry["held_from"]).hour
            found[entry["resource"]].add((hour, entry["customer"]))
        return {key: frozenset(held) for key, held in found.items()}
