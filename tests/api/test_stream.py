"""Events over a real connection, and what happens to it when the database or the server goes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx
import pytest
import uvicorn
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api import stream
from api.app import create_app
from api.commands.serve import Server
from api.database import make_engine
from api.errors import NoKey
from api.people.keys import ensure_admin_key
from api.settings import Settings
from booking.solvers import Solvers
from catalog.venues import Venue
from tests.api.conftest import ADMIN, VENUE
from tests.api.test_orders import TWO

Running = tuple[asyncio.Task[None], Callable[[], None], str]
"""A server: what it does, how to end it, its address."""


@pytest.fixture
async def server(database: str, solvers: Solvers) -> AsyncIterator[Running]:
    engine = make_engine(database)
    async with AsyncSession(engine) as session:
        await ensure_admin_key(session, ADMIN)
    await engine.dispose()
    app = create_app(Settings(), database, solvers=solvers)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
    server = Server(config)
    life = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.to_thread(_answers, listener.getsockname()[1])

    def stop() -> None:
        server.should_exit = True

    yield life, stop, f"http://127.0.0.1:{listener.getsockname()[1]}"
    stop()
    await life


def _answers(port: int) -> None:
    """Returns when the server does; it listens from the beginning."""
    httpx.get(f"http://127.0.0.1:{port}/health", timeout=20)


def client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {ADMIN}"}, timeout=10)


async def next_event(lines: AsyncIterator[str]) -> dict[str, str]:
    event: dict[str, str] = {}
    async for line in lines:
        if not line and "id" in event:
            return event
        name, _, value = line.partition(": ")
        event[name] = value
    return event


async def test_a_booking_is_told_at_once_to_those_who_follow(server: Running) -> None:
    life, stop, url = server
    async with client(url) as desk:
        assert (await desk.put("/v1/venues/spa/catalog", json=VENUE)).status_code == 201
        async with desk.stream("GET", "/v1/venues/spa/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            made = (await desk.post("/v1/venues/spa/orders", json=TWO)).json()
            event = await asyncio.wait_for(next_event(lines), 5)
            assert made["id"] in event["data"]
        await desk.post(f"/v1/orders/{made['id']}/cancel")
        later = {"Last-Event-ID": event["id"]}
        async with desk.stream("GET", "/v1/venues/spa/events", headers=later) as stream:
            missed = await asyncio.wait_for(next_event(stream.aiter_lines()), 5)
            assert int(missed["id"]) == int(event["id"]) + 1
            stop()
            await asyncio.wait_for(asyncio.shield(life), 2)  # less than what requests are waited for


async def test_a_lost_listener_comes_back_and_nothing_is_missed(server: Running, database: str) -> None:
    _, _, url = server
    async with client(url) as desk:
        await desk.put("/v1/venues/spa/catalog", json=VENUE)
        async with desk.stream("GET", "/v1/venues/spa/events") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            other = await asyncpg.connect(database)
            await other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
            await other.close()
            for _ in range(20):
                made = await desk.post("/v1/venues/spa/orders", json=TWO)
                if made.status_code == 201:
                    break
                assert made.status_code == 503
                assert "retry-after" in made.headers
                await asyncio.sleep(0.1)
            event = await asyncio.wait_for(next_event(lines), 5)
            assert made.json()["id"] in event["data"]


async def test_who_may_not_listen_any_more_hears_of_nothing_more(
    app: Litestar, spa: httpx.AsyncClient
) -> None:
    """Nor does the stream stay open for who has no key when nothing happens."""
    async with app.state.desk.sessions() as session:
        venue = (await session.scalars(select(Venue.id))).one()

    async def revoked() -> None:
        raise NoKey("This key is not valid, or not any more.")

    async def heard() -> list[bytes]:
        return [part async for part in app.state.server.feed.follow(venue, 0, revoked)]

    with pytest.MonkeyPatch.context() as soon:
        soon.setattr(stream, "HEARTBEAT_SECONDS", 0.01)
        assert await asyncio.wait_for(heard(), 10) == [b"retry: 1000\n\n"]
        assert (await spa.post("/v1/venues/spa/orders", json=TWO)).status_code == 201
        assert await asyncio.wait_for(heard(), 10) == [b"retry: 1000\n\n"]
