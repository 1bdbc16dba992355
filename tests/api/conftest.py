"""A server on a database of its own, its first administrator, and a small venue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import furnish, routed
from api.database import make_engine
from api.people.audit import COMMAND_LINE
from api.people.keys import create_key, ensure_admin_key
from api.settings import Settings
from api.watch.requests import Application
from booking.solvers import Solvers
from catalog.times import WEEKDAYS

ADMIN = "an-administrator's-key-of-the-tests"
SETTINGS = Settings(admin_key=ADMIN, solver_processes=1, log_requests=False, jobs=False)
VENUE: dict[str, Any] = {
    "venue": {
        "name": "Harbour Spa",
        "time_zone": "Europe/Stockholm",
        "currency": "SEK",
        "hours": [{"days": list(WEEKDAYS), "from": "08:00", "to": "20:00"}],
    },
    "resources": [
        {
            "key": "anna",
            "name": "Anna",
            "kind": "staff",
            "pools": ["therapists"],
            "attributes": {"gender": "female"},
        },
        {
            "key": "bo",
            "name": "Bo",
            "kind": "staff",
            "pools": ["therapists"],
            "attributes": {"gender": "male"},
        },
        {"key": "room-1", "name": "Room 1", "kind": "room", "pools": ["treatment-rooms"]},
        {"key": "room-2", "name": "Room 2", "kind": "room", "pools": ["treatment-rooms"]},
    ],
    "products": [
        {
            "key": "massage-50",
            "name": "Massage 50 min",
            "kind": "service",
            "price": "950.00",
            "duration_minutes": 50,
            "needs": [
                {"pool": "therapists", "after_minutes": 10},
                {"pool": "treatment-rooms", "use": "seated", "before_minutes": 5, "after_minutes": 10},
            ],
        },
        {"key": "cava", "name": "A glass of cava", "kind": "item", "price": "110.00"},
        {
            "key": "spa-day",
            "name": "Spa day",
            "kind": "package",
            "components": [
                {
                    "key": "massage",
                    "product": "massage-50",
                    "quantity": "one_per_participant",
                    "relative_start_minutes": 0,
                },
                {
                    "key": "bubbles",
                    "product": "cava",
                    "quantity": "one_per_participant",
                    "relative_start_minutes": 0,
                    "associated_with": "massage",
                },
            ],
        },
    ],
}


@pytest.fixture(scope="session")
async def solvers() -> AsyncIterator[Solvers]:
    """Started once for all tests: it takes seconds."""
    pool = Solvers(1)
    await pool.start()
    yield pool
    await pool.stop()


@pytest.fixture(scope="session")
def unfurnished() -> Application:
    """The addresses, once for all tests."""
    return routed(SETTINGS)


@pytest.fixture
def settings() -> Settings:
    """Without chores, of which each would begin with every test; a test that waits for one says otherwise."""
    return SETTINGS


@pytest.fixture
async def app(
    database: str, solvers: Solvers, unfurnished: Application, settings: Settings
) -> AsyncIterator[Litestar]:
    engine = make_engine(database)
    async with AsyncSession(engine) as session:
        await ensure_admin_key(session, ADMIN)
    await engine.dispose()
    furnish(unfurnished, settings, database, solvers)
    async with running(unfurnished):
        yield unfurnished


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """The application between its start and its end, both in one task, as its task group demands."""
    started, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await over.wait()

    life = asyncio.create_task(live())
    await asyncio.wait((life, asyncio.create_task(started.wait())), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        over.set()
        await life


@pytest.fixture
def connect(app: Litestar) -> Callable[[str | None], httpx.AsyncClient]:
    """A client with a key, or without."""

    def client(key: str | None) -> httpx.AsyncClient:
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://sojourn.test", headers=headers
        )

    return client


@pytest.fixture
async def admin(connect: Callable[[str | None], httpx.AsyncClient]) -> AsyncIterator[httpx.AsyncClient]:
    async with connect(ADMIN) as client:
        yield client


@pytest.fixture
async def spa(admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """The administrator of the venue `spa`."""
    answer = await admin.put("/v1/venues/spa/catalog", json=VENUE)
    assert answer.status_code == 201, answer.text
    return admin


@pytest.fixture
def new_key(app: Litestar) -> Callable[..., Awaitable[str]]:
    """Makes a key of a role."""

    async def make(role: str, **narrowed: Any) -> str:
        async with app.state.desk.sessions.begin() as session:
            return (await create_key(session, role, who=COMMAND_LINE, **narrowed))[1]

    return make
