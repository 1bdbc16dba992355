"""A hundred kinds of abuse: each is refused within seconds, changes nothing, and disturbs nobody else.

What is sent stands in the tables of `abuse_cases`. While it is sent, somebody else works at the same server,
and others hold connections on which hardly anything arrives.
"""

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import httpx
import pytest

from api.commands.patience import SECONDS
from api.stream import MOST_STREAMS
from tests.walks.abuse import Case, Scene, scene_of, sent
from tests.walks.abuse_cases import CASES
from tests.walks.server import ADMIN, SojournServer

LONGEST = 10.0
DELIBERATE = (408, 429, 503)
SLOW = 60


class Bystander(threading.Thread):
    """Reads the calendar of another venue, again and again, and writes down how long it took."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(daemon=True)
        self._scene, self._over = scene, threading.Event()
        self.answers: list[tuple[int, float]] = []

    def run(self) -> None:
        with self._scene.server.client() as client:
            while not self._over.wait(0.1):
                begin = time.monotonic()
                answer = client.get(self._scene.calendar)
                self.answers.append((answer.status_code, time.monotonic() - begin))

    def stop(self) -> None:
        self._over.set()
        self.join()


class Dripping(threading.Thread):
    """Connections on each of which a little arrives now and then: of a head, of a body, of chunks without
    end.
    """

    def __init__(self, server: SojournServer) -> None:
        super().__init__(daemon=True)
        host, port = server.url.removeprefix("http://").split(":")
        post = f"POST /v1/session HTTP/1.1\r\nHost: {host}\r\n".encode()
        kinds = (
            (b"GET /v1/me HTTP/1.1\r\nX: ", b"x"),
            (post + b"Content-Length: 90\r\n\r\n", b"x"),
            (post + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        )
        self._open: dict[socket.socket, float] = {}
        self._drop: dict[socket.socket, bytes] = {}
        for n in range(SLOW):
            begin, drop = kinds[n % len(kinds)]
            connection = socket.create_connection((host, int(port)))
            connection.sendall(begin)
            self._open[connection], self._drop[connection] = time.monotonic(), drop
        self.ended: list[tuple[bytes, float]] = []

    def run(self) -> None:
        while self._open:
            readable, _, _ = select.select(list(self._open), [], [], 1.0)
            for connection in readable:
                answer = connection.recv(1 << 16)
                self.ended.append((answer, time.monotonic() - self._open.pop(connection)))
                connection.close()
            for connection in self._open:
                with suppress(ConnectionError):  # answered this moment, and closed: it is read next
                    connection.send(self._drop[connection])


@pytest.fixture(scope="module")
def scene(server: SojournServer) -> Iterator[Scene]:
    with scene_of(server) as scene:
        yield scene


@pytest.fixture(scope="module", autouse=True)
def bystander(scene: Scene) -> Iterator[Bystander]:
    bystander = Bystander(scene)
    bystander.start()
    yield bystander
    bystander.stop()
    assert len(bystander.answers) > 10
    assert {status for status, _ in bystander.answers} == {200}
    assert max(seconds for _, seconds in bystander.answers) < LONGEST


@pytest.fixture(scope="module", autouse=True)
def dripping(scene: Scene) -> Dripping:
    dripping = Dripping(scene.server)
    dripping.start()
    return dripping


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_abuse_is_refused_quickly_and_changes_nothing(scene: Scene, case: Case) -> None:
    begin = time.monotonic()
    for status, headers, body in sent(scene, case):
        is_right = status in case.answered or (status in DELIBERATE and "retry-after" in headers)
        assert is_right, (status, body[:500])
        assert status < 400 or headers.get("content-type", "").startswith(case.says), (status, headers)
    assert time.monotonic() - begin < LONGEST
    before, scene.before = scene.before, scene.look()  # so that one that changes something fails alone
    assert scene.before == before


def test_searches_in_a_crowd_are_answered_in_time(scene: Scene) -> None:
    """Each hears by then what is known, and from where on nothing is."""
    path = f"{scene.house.path}/packages/weekend/slots"

    def search(n: int) -> tuple[int, float]:
        asked = {"from": f"2026-12-{n + 1:02}", "to": "2027-12-31", "participants": 400 + n}
        begin = time.monotonic()
        return scene.house.client.get(path, params=asked).status_code, time.monotonic() - begin

    with ThreadPoolExecutor(8) as crowd:
        found = list(crowd.map(search, range(8)))
    assert {status for status, _ in found} <= {200, 503}
    assert max(seconds for _, seconds in found) < LONGEST


def test_who_opens_streams_without_end_is_told_to_stop(scene: Scene) -> None:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    limits = httpx.Limits(max_connections=None)
    with ExitStack() as opened, httpx.Client(base_url=scene.server.url, limits=limits, timeout=60) as client:
        found = [
            opened.enter_context(client.stream("GET", f"/v1{scene.house.path}/events", headers=headers))
            for _ in range(MOST_STREAMS + 10)
        ]
        told = Counter(answer.status_code for answer in found)
        assert told == {200: MOST_STREAMS, 429: 10}
        assert all("retry-after" in a.headers for a in found if a.status_code == 429)


def test_attempts_to_sign_in_at_once_disturb_nobody(scene: Scene) -> None:
    def attempt(n: int) -> int:
        body = {"email": f"nobody-{n}@spa.example", "password": "a-long-password"}
        return scene.client.post("/v1/session", json=body).status_code

    with ThreadPoolExecutor(16) as crowd:
        assert set(crowd.map(attempt, range(16))) <= {401, 429, 503}


def test_requests_that_arrive_slowly_are_ended_in_time(dripping: Dripping) -> None:
    dripping.join(SECONDS + LONGEST)
    assert len(dripping.ended) == SLOW
    assert {answer.split(b"\r\n")[0] for answer, _ in dripping.ended} == {b"HTTP/1.1 408 Request Timeout"}
    assert all(b"Retry-After" in answer for answer, _ in dripping.ended)
    assert max(seconds for _, seconds in dripping.ended) < SECONDS + LONGEST
