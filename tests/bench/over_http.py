"""A server with the demo venue: how long a booking takes end to end, how many a second, and memory."""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import chain, zip_longest
from pathlib import Path

import httpx
import psutil

from tests.bench.client import Answer, Client
from tests.bench.first_booking import PACKAGE
from tests.bench.telling import Row

BOOKINGS, CLIENTS, SECONDS, MONTHS = 25, 16, 6.0, 12


def rows() -> Iterator[Row]:
    """Against the limits set for them. Each day is a day on which nobody has booked yet, as most are."""
    with server() as (address, key, process):
        with Client(address, key) as client:
            days = starts_by_day(client)
            took = [booked(client, starts[0]).good().took for starts in days[:BOOKINGS]][3:]
        yield Row("http-book-p50", statistics.median(took), "ms", 25.0, "limit")
        rate = bookings_a_second(address, key, days[BOOKINGS:])
        yield Row("http-book-rate", rate, "a second", 100.0, "limit")
        yield Row("memory-demo", megabytes(process), "MB", 350.0, "limit")


def starts_by_day(client: Client) -> list[list[str]]:
    """Where the package can begin, from behind the demo's own bookings on: the starts of each day."""
    days: defaultdict[str, list[str]] = defaultdict(list)
    first = date.today() + timedelta(days=30)  # noqa: DTZ011 - the demo's days are around it
    for month in range(MONTHS):
        wanted = {"participants": "1", "from": f"{first + timedelta(days=30 * month)}"}
        wanted["to"] = f"{first + timedelta(days=30 * (month + 1))}"
        for slot in client.get(f"venues/demo/packages/{PACKAGE}/slots", wanted).good().json()["slots"]:
            days[slot["start"][:10]].append(slot["start"])
    return list(days.values())


def booked(client: Client, start: str) -> Answer:
    """One booking of the package for one guest."""
    return client.post("venues/demo/orders", {"package": PACKAGE, "participants": 1, "start": start})


def bookings_a_second(address: str, key: str, days: list[list[str]]) -> float:
    """Of 16 clients, each of whom books on days of his own, one order after the other."""
    began = time.perf_counter()

    def books(number: int) -> int:
        made = 0
        with Client(address, key) as client:
            for start in filter(None, chain.from_iterable(zip_longest(*days[number::CLIENTS]))):
                if time.perf_counter() > began + SECONDS:
                    break
                answer = booked(client, start)
                assert answer.status in (201, 409, 422), answer.text  # a later start may be full by now
                made += answer.status == 201
        return made

    with ThreadPoolExecutor(CLIENTS) as threads:
        made = sum(threads.map(books, range(CLIENTS)))
    return made / (time.perf_counter() - began)


def megabytes(process: int) -> float:
    """The proportional set size of the server and its solver processes together, PostgreSQL left out."""
    parent = psutil.Process(process)
    ours = [parent, *(p for p in parent.children(recursive=True) if "postgres" not in p.name())]
    return sum(p.memory_full_info().pss for p in ours) / 1e6


@contextmanager
def server(*options: str, database: str = "") -> Iterator[tuple[str, str, int]]:
    """Where it is, a manager's key, and its process; `database`: an address, where it has none of its own."""
    key = secrets.token_urlsafe(24)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as data:
        given = {"SOJOURN_DATA_DIR": data, "SOJOURN_PORT": str(port), "SOJOURN_ADMIN_KEY": key}
        if database:
            given["SOJOURN_DATABASE_URL"] = database
        command = [Path(sys.executable).with_name("sojourn"), "serve", *(options or ("--demo",))]
        running = subprocess.Popen(
            command, env=os.environ | given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/health")
            yield address, key, running.pid
        finally:
            running.terminate()
            running.wait(30)


def _wait_for(health: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(health, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise TimeoutError("the server did not become ready")
