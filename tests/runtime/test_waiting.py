"""The port before the server is ready: every request is answered, and none is lost when the server begins."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from api.commands.waiting import Waiting


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def until(happened: Callable[[], bool]) -> None:
    impatient = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < impatient
        time.sleep(0.01)


def test_every_request_hears_what_is_being_done(listener: socket.socket, url: str) -> None:
    with Waiting(listener) as waiting:
        answer = httpx.get(f"{url}/health")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
        told = answer.json()
        assert (told["status"], told["code"]) == (503, "starting")
        assert told["detail"] == "Sojourn is starting: the database."
        waiting.say("making the demo venue, day 5 of 15")
        answer = httpx.post(f"{url}/v1/venues/spa/orders", json={})
        assert answer.json()["detail"] == "Sojourn is starting: making the demo venue, day 5 of 15."
        assert httpx.head(f"{url}/health").status_code == 503


def test_a_browser_gets_a_page_that_asks_again(listener: socket.socket, url: str) -> None:
    with Waiting(listener) as waiting:
        waiting.say("<b>")
        answer = httpx.get(url, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'http-equiv="refresh"' in answer.text
    assert "Sojourn is starting: &lt;b&gt;." in answer.text


def test_who_sends_a_large_body_hears_the_answer_too(listener: socket.socket, url: str) -> None:
    with Waiting(listener):
        for _ in range(10):
            assert httpx.post(url, content=b"x" * (1 << 20)).status_code == 503


@pytest.mark.parametrize("said", [b"", b"\r\n", b"\xff\xfe\r\n\r\n", b"GET / HTTP/1.1\r\n", b"x" * 100_000])
def test_who_speaks_no_http_keeps_nobody_waiting(listener: socket.socket, url: str, said: bytes) -> None:
    with Waiting(listener), socket.create_connection(listener.getsockname()) as odd:
        odd.sendall(said)
        assert httpx.get(url).status_code == 503
        odd.shutdown(socket.SHUT_WR)
        odd.settimeout(5)
        assert odd.recv(1 << 16)[:12] in (b"", b"HTTP/1.1 503")


def test_many_connections_at_once_are_all_answered(listener: socket.socket, url: str) -> None:
    async def all_at_once() -> set[int]:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=20) as client:
            return {a.status_code for a in await asyncio.gather(*(client.get(url) for _ in range(100)))}

    with Waiting(listener):
        assert asyncio.run(all_at_once()) == {503}


def test_the_server_takes_over_without_losing_a_connection(listener: socket.socket, url: str) -> None:
    """Four clients ask without a pause, over new connections: 503 for a while, then 200 for good."""
    heard: list[list[int]] = [[] for _ in range(4)]
    over = threading.Event()

    def ask(mine: list[int]) -> None:
        while not over.is_set():
            mine.append(httpx.get(url, timeout=10).status_code)

    async def ready(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

    server = uvicorn.Server(uvicorn.Config(ready, log_config=None, lifespan="off"))
    clients = [threading.Thread(target=ask, args=(mine,)) for mine in heard]
    with Waiting(listener) as waiting:
        for client in clients:
            client.start()
        until(lambda: all(heard))
        waiting.hand_over()
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        until(lambda: all(mine[-1] == 200 for mine in heard))
        over.set()
        for client in clients:
            client.join()
    server.should_exit = True
    serving.join()
    for mine in heard:
        assert {503, 200} == set(mine)
        assert mine == sorted(mine, reverse=True)


def test_who_was_accepted_before_is_still_answered(listener: socket.socket) -> None:
    with Waiting(listener) as waiting, socket.create_connection(listener.getsockname()) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        time.sleep(0.1)
        waiting.hand_over()
        waiting.hand_over()
        slow.sendall(b"\r\n")
        assert slow.recv(1 << 16).startswith(b"HTTP/1.1 503")
