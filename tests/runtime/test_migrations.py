"""The schema that the migrations make is the one that the entities describe."""

import subprocess
import sys
import uuid
from pathlib import Path

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

import api.migrations
from api.entities import METADATA
from tests.booking.stored import open_house, order_of, takes


async def test_the_migrations_make_what_the_entities_describe(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_migrations_make_the_guard(engine: AsyncEngine) -> None:
    """What alembic does not compare: without it a double booking would be possible."""
    guards = text("select pg_get_constraintdef(oid) from pg_constraint where contype = 'x'")
    async with engine.connect() as connection:
        found = (await connection.scalars(guards)).all()
    assert any(
        "venue_id WITH =, resource_id WITH =, during WITH &&, places WITH &&" in guard for guard in found
    )


async def test_the_migration_to_days_by_the_minute_fills_in_what_was_booked_before(
    engine: AsyncEngine,
) -> None:
    house = await open_house(engine)
    for what in (takes("hall", 20, 30.5), takes("anna", 8, 9.25), takes("anna", 10, 11)):
        await house.keep(order_of(what))
    for places in (1, 3):
        await house.keep(order_of(takes("sauna", 23 - places, 26 + places, "shared", places)))

    def there_and_back(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(api.migrations.__path__[0])))
        command.downgrade(config, "0006")
        command.upgrade(config, "0007")

    days = text("select resource_id, day, busy, load from resource_day order by 1, 2")
    async with engine.begin() as connection:
        before = (await connection.execute(days)).all()
        assert len(before) == 7
        await connection.run_sync(there_and_back)
        assert (await connection.execute(days)).all() == before


MIGRATING = """
import asyncio, os, signal, sys
from sqlalchemy import event
from api.database import make_engine, migrate

async def run(left):
    engine = make_engine(sys.argv[1])
    count = 0
    def die():
        os.write(1, f"{count}\\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
    def executed(*_):
        nonlocal count
        count += 1
        if count == left:
            die()
    event.listen(engine.sync_engine, "after_cursor_execute", executed)
    if left is not None:
        event.listen(engine.sync_engine, "commit", lambda _: die())
    await migrate(engine)
    await engine.dispose()

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        asyncio.run(run(None if line == "whole\\n" else int(line)))
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, b"over\\n")
"""
"""Migrates for each line of its input: whole, or killed after so many statements, or (0) at the COMMIT."""


async def test_a_migration_that_is_killed_at_any_statement_has_not_begun(
    postgres: str, maintenance: asyncpg.Connection
) -> None:
    """And the next one, of whichever process, does it whole."""
    name = f"killed_{uuid.uuid4().hex}"
    await maintenance.execute(f"create database {name}")
    address = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    migrating = subprocess.Popen(
        [sys.executable, "-c", MIGRATING, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def migrate(how: str) -> str:
        assert migrating.stdin
        assert migrating.stdout
        migrating.stdin.write(f"{how}\n")
        migrating.stdin.flush()
        said = migrating.stdout.readline().strip()
        return said if said == "over" else said + migrating.stdout.readline().strip()

    async def tables() -> int:
        connection = await asyncpg.connect(address)
        query = "select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        found = int(await connection.fetchval(query))
        await connection.close()
        return found

    statements = int(migrate("0").removesuffix("over"))  # killed at the COMMIT
    assert statements > 50
    for at in (1, statements // 3, 2 * statements // 3, statements):
        assert await tables() == 0
        assert migrate(str(at)) == f"{at}over"
    assert await tables() == 0
    assert migrate("whole") == "over"
    assert await tables() > 30
    migrating.communicate()
    await maintenance.execute(f"drop database {name} with (force)")
