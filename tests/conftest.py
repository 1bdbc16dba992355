"""One PostgreSQL for a whole run of the tests, and a database of its own for each test that asks for one."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import hypothesis
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import make_engine, prepare_database
from api.embedded import EmbeddedPostgres
from tests.reuse import Databases

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("search", deadline=None)  # other examples each time: HYPOTHESIS_PROFILE
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

gc.disable()  # while everything is imported, which stays
_HOME = pytest.StashKey[Path]()
_TEMPLATE = "template_of_tests"


def pytest_configure(config: pytest.Config) -> None:
    """The run's folder: made by the process that hands out the tests, not in pytest's, which is closed to all
    but its owner, while root runs PostgreSQL as somebody else."""
    given = getattr(config, "workerinput", {}).get("home")
    config.stash[_HOME] = Path(given or tempfile.mkdtemp(prefix="sojourn-tests-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    node.workerinput["home"] = str(node.config.stash[_HOME])  # type: ignore[attr-defined]


def pytest_collection_finish() -> None:
    """From here on garbage is collected, but the modules and the tests are not gone through for it each time:
    that took a fifth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 100)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    home = config.stash[_HOME]
    if (home / "gate.lock").exists():
        EmbeddedPostgres(home).stop()  # of workers that were killed
        shutil.rmtree((home / "postgres").resolve())
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of the server; its workers share it, the last one stops it."""
    with EmbeddedPostgres(pytestconfig.stash[_HOME], durable=False) as address:
        yield address


@pytest.fixture(scope="session")
async def maintenance(postgres: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that makes and drops databases; by the first of them, the one that they are copies of."""
    connection = await asyncpg.connect(postgres)
    await connection.execute("select pg_advisory_lock(1)")
    if not await connection.fetchval("select true from pg_database where datname = $1", _TEMPLATE):
        await connection.execute("create database unfinished")
        await _build(_address(postgres, "unfinished"))
        await connection.execute(f"alter database unfinished rename to {_TEMPLATE}")
    await connection.execute("select pg_advisory_unlock(1)")
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def databases(postgres: str, maintenance: asyncpg.Connection) -> Databases:
    return Databases(postgres, maintenance, _TEMPLATE)


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[str]:
    """The address of a database with the schema and nothing in it, for this test alone."""
    address = await databases.lend()
    yield address
    await databases.give_back(address)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(database)
    yield engine
    await engine.dispose()


async def _build(address: str) -> None:
    engine = make_engine(address)
    await prepare_database(engine, durable=False)  # by the migrations, as every database is made
    await engine.dispose()


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
