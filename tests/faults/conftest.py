"""A furnished house as a database that others are copied from, and processes to act on the copies."""

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from api.app import create_app
from api.openapi import described
from api.people.audit import COMMAND_LINE
from api.people.keys import create_key
from booking.actions.work_on_plans import work_on_plans
from tests.api.conftest import running
from tests.faults.acting import SETTINGS, client, prepare
from tests.faults.addresses import Scene, ids_of
from tests.faults.children import Nursery
from tests.faults.operations import MAIN, Operation, open_house, requests
from tests.solving import InThisProcess

Copies = Callable[[], Awaitable[str]]


@pytest.fixture(scope="session")
async def furnished(postgres: str, maintenance: asyncpg.Connection) -> AsyncIterator[tuple[str, str]]:
    """The name of the database, and the ids of what is in it as JSON."""
    name = f"furnished_{uuid.uuid4().hex}"
    await maintenance.execute(f"create database {name} template template_of_tests strategy file_copy")
    address = at_database(postgres, name)
    await prepare(address)
    app = create_app(SETTINGS, address, solvers=InThisProcess())
    async with running(app), client(app) as desk:
        ids = await open_house(desk)
        await work_on_plans(app.state.desk)
    yield name, json.dumps(ids)
    await maintenance.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def operations(furnished: tuple[str, str]) -> dict[str, Operation]:
    return requests(json.loads(furnished[1]))


@asynccontextmanager
async def copies_of(name: str, postgres: str, maintenance: asyncpg.Connection) -> AsyncIterator[Copies]:
    made = []

    async def copy() -> str:
        made.append(f"test_{uuid.uuid4().hex}")
        await maintenance.execute(f"create database {made[-1]} template {name} strategy file_copy")
        return at_database(postgres, made[-1])

    yield copy
    for one in made:
        await maintenance.execute(f"drop database {one} with (force)")


@pytest.fixture(scope="session")
async def nursery(
    postgres: str,
    maintenance: asyncpg.Connection,
    furnished: tuple[str, str],
    operations: dict[str, Operation],
) -> AsyncIterator[Nursery]:
    with Nursery() as nursery:
        async with copies_of(furnished[0], postgres, maintenance) as copy:
            nursery.warm_up(await copy(), [operations[name] for name in MAIN])
        yield nursery


@pytest.fixture
async def house(
    postgres: str, maintenance: asyncpg.Connection, furnished: tuple[str, str]
) -> AsyncIterator[Copies]:
    """Makes a copy of the furnished house, for this test alone; its address."""
    async with copies_of(furnished[0], postgres, maintenance) as copy:
        yield copy


def at_database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
async def scene(house: Copies, furnished: tuple[str, str]) -> AsyncIterator[Scene]:
    app = create_app(SETTINGS, await house(), solvers=InThisProcess())
    known = json.loads(furnished[1])
    async with running(app), client(app) as desk:
        async with app.state.desk.sessions.begin() as session:
            _, key = await create_key(session, "admin", who=COMMAND_LINE, organisation="others")
        made = (await desk.post("/v1/keys", json={"role": "reception"})).json()["id"]
        user = {"email": "eva@house.test", "password": "a password of some length", "role": "reception"}
        more = {"key_id": made, "user_id": (await desk.post("/v1/users", json=user)).json()["id"]}
        ids = ids_of(known, {**more, "code": "K7M2QX"})
        async with client(app, {"Authorization": f"Bearer {key}"}) as stranger:
            yield Scene(app, described(app), desk, stranger, ids, requests(known))
