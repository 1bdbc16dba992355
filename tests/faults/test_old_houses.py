"""Houses of every schema there has been, brought to the present with all that is booked in them.

`old/NNNN.sql` is what the code of that schema wrote when it was used over HTTP: orders of several days, moved
ones, held and cancelled ones, and sales, credits and payments as soon as there were any.
"""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from struct import iter_unpack
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.database import make_engine, migrate, migrations
from api.entities import METADATA
from catalog.base import utc_now
from tests.api.conftest import running
from tests.faults.acting import SETTINGS, client, prepare
from tests.faults.conftest import at_database
from tests.runtime.test_migrations import MIGRATING
from tests.solving import InThisProcess

OLD = Path(__file__).with_name("old")
ALL = tuple(sorted(path.stem for path in OLD.glob("*.sql")))
TAKEN = ALL if os.environ.get("SOJOURN_TEST_EVERYTHING") else ("0001", "0006")
"""The first, and the last before days were kept by the minute: `make chaos` takes all."""

Rows = dict[str, dict[str, dict[str, Any]]]
Minutes = dict[tuple[str, date], dict[int, int]]
"""Of a resource on a day: each minute in which something is held, and how many places (0: all of it)."""


@pytest.fixture(params=TAKEN)
async def old(request: Any, postgres: str, maintenance: asyncpg.Connection) -> AsyncIterator[str]:
    """The address of a database as that version left it."""
    name = f"old_{uuid.uuid4().hex}"
    await maintenance.execute(f"create database {name}")
    address = at_database(postgres, name)

    def build(connection: Connection) -> None:
        connection.execute(text("create extension btree_gist"))
        command.upgrade(migrations(connection), request.param)

    engine = make_engine(address)
    async with engine.begin() as connection:
        await connection.run_sync(build)
    await engine.dispose()
    connection = await asyncpg.connect(address)
    await connection.execute((OLD / f"{request.param}.sql").read_text())
    await connection.close()
    yield address
    await maintenance.execute(f"drop database {name} with (force)")


async def rows(address: str) -> Rows:
    """Every row of every table that there is, by how it reads as a whole."""
    connection = await asyncpg.connect(address)
    try:
        tables = await connection.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        found: Rows = {}
        for (table,) in tables:
            lines = await connection.fetch(f"select to_jsonb(t)::text from {table} t")
            found[table] = {line[0]: json.loads(line[0]) for line in lines}
        return found
    finally:
        await connection.close()


def lost(before: Rows, after: Rows) -> list[str]:
    """Rows that are not there any more with every value that they had. Days are looked at by themselves."""
    missing = []
    for table, old in before.items():
        if table in ("resource_day", "alembic_version"):
            continue
        there = list(after[table].values())
        missing += [
            f"{table}: {line}"
            for line, row in old.items()
            if not any(row.items() <= other.items() for other in there if row.keys() <= other.keys())
        ]
    return missing


async def written(connection: asyncpg.Connection) -> Minutes:
    """What the days say."""
    found: Minutes = {}
    for resource, day, busy, load in await connection.fetch(
        "select resource_id, day, busy, load from resource_day"
    ):
        bits = int.from_bytes(busy, "little")
        minutes = {m: 0 for m in range(1440) if bits >> m & 1}
        steps = [*iter_unpack("<2I", load), (1440, 0)]
        for (start, level), (end, _) in pairwise(steps):
            minutes |= dict.fromkeys(range(start, end), level) if level else {}
        if minutes:
            found[str(resource), day] = minutes
    return found


async def booked(connection: asyncpg.Connection) -> Minutes:
    """What they should say: every allocation, minute by minute."""
    found: defaultdict[tuple[str, date], dict[int, int]] = defaultdict(dict)
    for resource, start, end, places in await connection.fetch(
        "select resource_id, lower(during), upper(during),"
        " case when use = 'shared' then quantity else 0 end from allocation"
    ):
        at: datetime = start
        while at < end:
            minutes = found[str(resource), at.date()]
            minute = at.hour * 60 + at.minute
            minutes[minute] = minutes.get(minute, 0) + places
            at += timedelta(minutes=1)
    return dict(found)


async def check_present(address: str, before: Rows) -> None:
    """Everything is kept, the days are right, and the guard stands."""
    after = await rows(address)
    assert lost(before, after) == []
    assert len(before["allocation"]) == len(after["allocation"]) > 10
    connection = await asyncpg.connect(address)
    try:
        assert await written(connection) == await booked(connection)
        columns = ", ".join(c.name for c in METADATA.tables["allocation"].columns if c.name != "id")
        with pytest.raises(asyncpg.ExclusionViolationError):
            await connection.execute(
                f"insert into allocation (id, {columns}) select gen_random_uuid(), {columns}"
                " from allocation where use <> 'shared' limit 1"
            )
    finally:
        await connection.close()


async def check_open(address: str, before: Rows) -> None:
    """The house is read and booked on."""
    await prepare(address)
    app = create_app(SETTINGS, address, solvers=InThisProcess())
    async with running(app), client(app) as desk:
        for kind in ("orders", "sales"):
            for row in before.get(kind.removesuffix("s") if kind == "sales" else kind, {}).values():
                for part in ("", "/history"):
                    answer = await desk.get(f"/v1/{kind}/{row['id']}{part}")
                    assert answer.status_code == 200, answer.text
        day = utc_now().date() + timedelta(days=300)
        body = {"package": "day", "participants": 2, "start": f"{day}T10:00"}
        made = await desk.post("/v1/venues/spa/orders", json=body)
        assert made.status_code == 201, made.text
    connection = await asyncpg.connect(address)
    try:
        assert await written(connection) == await booked(connection)
    finally:
        await connection.close()


async def test_all_that_an_older_version_wrote_is_kept_and_booked_on(old: str) -> None:
    """Two processes bring it to the present at once."""
    before = await rows(old)
    engines: list[AsyncEngine] = [make_engine(old), make_engine(old)]
    await asyncio.gather(*(migrate(engine) for engine in engines))
    for engine in engines:
        await engine.dispose()
    await check_present(old, before)
    await check_open(old, before)


@pytest.mark.parametrize("old", ["0006"], indirect=True)
async def test_a_migration_of_a_house_that_is_killed_halfway_leaves_it_as_it_was(old: str) -> None:
    before = await rows(old)
    migrating = subprocess.Popen(
        [sys.executable, "-c", MIGRATING, old], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    said, _ = migrating.communicate("20\n0\n")  # killed after twenty statements, then at the COMMIT
    assert said.split()[0] == "20"
    assert await rows(old) == before
    engine = make_engine(old)
    await migrate(engine)
    await engine.dispose()
    await check_present(old, before)
