"""`sojourn serve --workers 2`: one port, one parent, and processes that agree on everything."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from api.embedded import EmbeddedPostgres
from tests.walks.documents import many, room, service, venue
from tests.walks.looks import calendar_look, held_look, overlaps
from tests.walks.server import House, SojournServer

Json = dict[str, Any]
WORKERS = 2
DAY = ("2027-05-03", "2027-05-04")
AT = "2027-05-03T10:00"
HOUSE = venue(
    *many(2, "therapist", "therapists", "staff"),
    room("sauna", 8),
    products=[
        service("massage", "500.00", 60, {"pool": "therapists"}),
        service("sauna", "100.00", 60, {"pool": "sauna", "use": "shared"}),
    ],
)


def until(happened: Callable[[], bool]) -> None:
    impatient = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < impatient
        time.sleep(0.02)


@pytest.fixture(scope="module")
def group() -> Iterator[SojournServer]:
    with SojournServer(SOJOURN_WORKERS=str(WORKERS)) as server:
        until(lambda: len(serving(server)) == WORKERS)
        yield server


@pytest.fixture
def house(group: SojournServer, request: pytest.FixtureRequest) -> Iterator[House]:
    with group.client() as client:
        house = House(group, client, request.node.name.replace("_", "-")[:40].strip("-"))
        house.read_in(HOUSE)
        yield house


def solvers_of(pid: int) -> list[psutil.Process]:
    """The one they are forked from, and those that place or search."""
    return [p for p in psutil.Process(pid).children(recursive=True) if "forkserver" in str(p.cmdline())]


def serving(server: SojournServer) -> set[int]:
    """The processes that serve, or are about to: their solvers run."""
    return {child.pid for child in psutil.Process(server.pid).children() if len(solvers_of(child.pid)) > 2}


def served_by(client: httpx.Client) -> int:
    """The process at the other end of the client's one connection."""
    (connection,) = client._transport._pool.connections  # type: ignore[attr-defined]
    mine = connection._connection._network_stream.get_extra_info("client_addr")[1]
    for process in psutil.process_iter():
        try:
            held = process.net_connections("tcp")
        except psutil.Error:
            continue
        if any(c.raddr and c.raddr.port == mine and c.laddr.port != mine for c in held):
            return process.pid
    raise AssertionError("nobody serves this connection")


@pytest.fixture
def each(group: SojournServer) -> Iterator[list[httpx.Client]]:
    """A client of each process: connections are made until every process has accepted one."""
    found: dict[int, httpx.Client] = {}
    opened = []
    until(lambda: len(serving(group)) == WORKERS)
    for _ in range(200):
        client = group.client()
        opened.append(client)
        client.get("/openapi.json")
        found.setdefault(served_by(client), client)
        if len(found) == WORKERS:
            break
    assert len(found) == WORKERS
    yield list(found.values())
    for client in opened:
        client.close()


def test_what_one_process_books_no_other_offers(house: House, each: list[httpx.Client]) -> None:
    """Each searches first, and so remembers; then each in turn books and all others search at once."""
    slots = f"{house.path}/packages/massage/slots"
    asked = {"from": DAY[0], "to": DAY[1], "participants": 2}

    def offered(client: httpx.Client) -> list[str]:
        return [slot["start"] for slot in client.get(slots, params=asked).json()["slots"]]

    before = offered(each[0])
    assert [offered(client) for client in each] == [before] * WORKERS
    for n, client in enumerate([*each, *each]):
        start = next(s for s in offered(client) if s[:16] == f"2027-05-03T{9 + n:02}:00")
        order = client.post(
            f"{house.path}/orders", json={"product": "massage", "start": start, "participants": 2}
        )
        assert order.status_code == 201, order.text
        assert all(start not in offered(other) for other in each)
        if n % 2:
            each[(n + 1) % WORKERS].post(f"/orders/{order.json()['id']}/cancel")
            assert all(start in offered(other) for other in each)


def test_exactly_as_many_are_booked_as_fit(house: House) -> None:
    async def all_at_once() -> list[httpx.Response]:
        async with house.server.crowd() as crowd:
            body = {"product": "sauna", "start": AT}
            return await asyncio.gather(*(crowd.post(f"{house.path}/orders", json=body) for _ in range(40)))

    answers = asyncio.run(all_at_once())
    assert Counter(answer.status_code for answer in answers) == {201: 8, 409: 32}
    seen = house.calendar(*DAY)
    assert overlaps(seen) == []
    assert calendar_look(seen) == held_look([a.json() for a in answers if a.status_code == 201])


def test_events_reach_those_who_listen_at_any_process(house: House, each: list[httpx.Client]) -> None:
    with each[0].stream("GET", f"{house.path}/events", headers={"Last-Event-ID": "0"}) as stream:
        lines = stream.iter_lines()
        for client in each[1:]:
            order = client.post(f"{house.path}/orders", json={"product": "massage", "start": AT}).json()
            assert any(order["id"] in line for line in lines)


def test_any_process_tells_what_all_have_counted(house: House, each: list[httpx.Client]) -> None:
    def booked(client: httpx.Client) -> float:
        page = client.get(f"{house.server.url}/metrics").text
        (line,) = [
            line
            for line in page.splitlines()
            if line.startswith("sojourn_requests_total") and '/{venue}/orders",status="201"' in line
        ]
        return float(line.rpartition(" ")[2])

    for hour, client in enumerate(each, 10):
        body = {"product": "massage", "start": f"2027-05-03T{hour}:00"}
        assert client.post(f"{house.path}/orders", json=body).status_code == 201
    before = [booked(client) for client in each]
    assert len(set(before)) == 1
    house.book(product="sauna", start=AT)
    assert [booked(client) for client in each] == [before[0] + 1] * WORKERS


def test_a_process_that_is_killed_is_replaced_and_nobody_is_turned_away(
    group: SojournServer, house: House
) -> None:
    before = serving(group)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    for _ in range(50):
        with group.client() as client:  # each by a connection of its own
            assert client.get(f"{house.path}/catalog").status_code == 200
    until(lambda: len(serving(group) - {victim}) == WORKERS)
    assert before - serving(group) == {victim}
    assert "a server process ended" in group.log


def test_solvers_are_shared_out(group: SojournServer) -> None:
    """Two were set for all: in each of two processes one that places and one that searches, and no more."""
    assert [len(solvers_of(pid)) for pid in serving(group)] == [1 + 2] * WORKERS


def test_a_killed_parent_takes_all_along_and_can_be_started_again_at_once(
    group: SojournServer, house: House
) -> None:
    order = house.book(product="massage", start=AT)
    left = [p for pid in serving(group) for p in (psutil.Process(pid), *solvers_of(pid))]
    group.kill()
    group.start()
    assert house.order(order)["status"] == "confirmed"
    until(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in left))


def test_the_parent_ends_all_and_what_runs_is_answered(group: SojournServer, house: House) -> None:
    """Also the stream of events, which would go on for ever. Whatever was not answered was not begun."""
    workers = serving(group)
    starts = [f"2027-06-{day:02}T10:00" for day in range(1, 29)]

    async def asked_to_end_amid_bookings() -> list[int]:
        async with group.crowd() as crowd:
            stream = asyncio.create_task(crowd.get(f"{house.path}/events"))
            bodies = [{"product": "massage", "start": start} for start in starts]
            booking = [asyncio.create_task(crowd.post(f"{house.path}/orders", json=body)) for body in bodies]
            await asyncio.wait(booking, return_when=asyncio.FIRST_COMPLETED)
            psutil.Process(group.pid).terminate()
            answers = await asyncio.gather(*booking, return_exceptions=True)
            await asyncio.wait_for(stream, 30)
            return [a.status_code for a in answers if isinstance(a, httpx.Response)]

    answered = asyncio.run(asked_to_end_amid_bookings())
    group.stop()
    assert not any(psutil.pid_exists(pid) for pid in workers)

    async def kept(address: str) -> int:
        connection = await asyncpg.connect(address)
        try:
            return int(
                await connection.fetchval("select count(*) from orders where starts_at > '2027-06-01'")
            )
        finally:
            await connection.close()

    with EmbeddedPostgres(group.data / "postgresql") as address:
        assert answered == [201] * asyncio.run(kept(address))
    assert answered
