"""A PostgreSQL of its own for a run, and databases in it with a house to measure at."""

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import make_engine, prepare_database
from api.embedded import EmbeddedPostgres
from booking.day_locks import lock_days
from tests.bench.houses import FIRST, house
from tests.booking.stored import House, open_house


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server that keeps what it has committed, as a real one does."""
    with tempfile.TemporaryDirectory(prefix="sojourn-bench-") as folder:
        os.chmod(folder, 0o755)  # as root, PostgreSQL runs as somebody else
        with EmbeddedPostgres(Path(folder) / "postgresql") as address:
            yield address


@asynccontextmanager
async def database(server: str, template: str = "") -> AsyncIterator[tuple[AsyncEngine, str]]:
    """A database with the schema, or a copy of another; its engine and its name."""
    name = f"bench_{uuid.uuid4().hex}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"create database {name}" + (f" template {template}" if template else ""))
    address = make_url(server).set(database=name).render_as_string(hide_password=False)
    engine = make_engine(address, pool_size=32)
    if not template:
        await prepare_database(engine, durable=False)
    yield engine, name
    await engine.dispose()
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


async def open_bench_house(engine: AsyncEngine, resources: int, days: int) -> House:
    """A house with so many resources; for so many days from FIRST on, what writers lock is there already."""
    at = await open_house(engine, house(resources, days_booked=0)[0], "bench")
    dates = [FIRST + timedelta(days=n) for n in range(-1, days + 1)]
    async with at.sessions.begin() as session:
        await lock_days(session, at.venue.id, [(r, d) for r in at.venue.resource_keys for d in dates])
    return at


def address_of(engine: AsyncEngine, server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)
