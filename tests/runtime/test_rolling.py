"""Migrations beside a house that is open: nobody waits for one, and the servers of before work on."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import migrate, migrations

FIRST_RELEASE = "0009"
"""From this schema on, every migration is one that servers of the version before can work through."""

Column = tuple[str, str, str, bool]
"""Table, column, type, and whether a row may be written without it."""

_COLUMNS = text(
    "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod),"
    " not a.attnotnull or a.atthasdef or a.attidentity <> ''"
    " from pg_attribute a join pg_class c on c.oid = a.attrelid where a.attnum > 0"
    " and c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not a.attisdropped"
)


def scripts() -> list[tuple[str, str]]:
    """Every migration after the first release: itself and the one before."""
    chain = list(ScriptDirectory.from_config(migrations()).walk_revisions())
    return [
        (str(script.down_revision), script.revision) for script in chain if script.revision > FIRST_RELEASE
    ]


def columns(connection: Connection) -> set[Column]:
    return {tuple(row) for row in connection.execute(_COLUMNS)}  # type: ignore[misc]


def hinders(before: set[Column], after: set[Column]) -> Iterator[str]:
    """What would stop a server of before: it reads and writes the columns that it knows, and no others."""
    known = {column[:2]: column for column in after}
    for table, name, kind, _ in sorted(before):
        there = known.get((table, name))
        if there is None:
            yield f"{table}.{name} is gone"
        elif there[2] != kind:
            yield f"{table}.{name} is another type"
    tables = {column[0] for column in before}
    free = {column[:2] for column in before if column[3]}
    for table, name, _, is_free in sorted(after):
        if (
            table in tables
            and not is_free
            and ((table, name) in free or (table, name) not in {c[:2] for c in before})
        ):
            yield f"{table}.{name} has to be given"


async def of_upgrade(engine: AsyncEngine, start: str, end: str) -> list[str]:
    """What hinders the servers of `start` on the schema of `end`."""

    def upgraded(connection: Connection) -> list[str]:
        command.upgrade(migrations(connection), start)
        before = columns(connection)
        command.upgrade(migrations(connection), end)
        return list(hinders(before, columns(connection)))

    async with engine.connect() as connection:
        await connection.execute(text("create extension if not exists btree_gist"))
        return await connection.run_sync(upgraded)


@pytest.mark.parametrize(("before", "after"), scripts())
async def test_servers_of_the_version_before_work_on_the_new_schema(
    empty: AsyncEngine, before: str, after: str
) -> None:
    (path,) = Path(migrations().get_main_option("script_location") or "").glob(f"versions/{after}_*.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stops = getattr(module, "STOP_SERVERS", "")  # why it cannot be otherwise, for CHANGELOG.md
    hindered = await of_upgrade(empty, before, after)
    assert stops or hindered == []


async def test_a_migration_that_would_stop_them_is_seen(empty: AsyncEngine) -> None:
    """One from before the first release was of that kind."""
    assert await of_upgrade(empty, "0005", "0006") == ["credit_entry.recorded_at has to be given"]


async def test_a_server_of_the_version_before_goes_on_erasing_and_changes_nothing_else(
    empty: AsyncEngine,
) -> None:
    """It does not say that it forgets, which the database asks for from the next day on."""
    async with empty.begin() as connection:
        await connection.execute(text("create extension btree_gist"))
        await connection.run_sync(lambda here: command.upgrade(migrations(here), "0011"))
        for statement in _HOUSE:
            await connection.execute(text(statement))
        await connection.run_sync(lambda here: command.upgrade(migrations(here), "0012"))
    for allowed in ("update audit_entry set name = ''", "delete from audit_entry"):
        async with empty.connect() as connection:
            await connection.execute(text(allowed))
    for refused in ("update audit_entry set name = 'Eve'", "delete from event", "truncate audit_entry"):
        with pytest.raises(DBAPIError, match="only ever added to"):
            async with empty.connect() as connection:
                await connection.execute(text(refused))


_HOUSE = (
    "insert into organisation (id, key, name, created_at) values (gen_random_uuid(), 'a', 'A', now())",
    "insert into venue (id, organisation_id, key, spec, settings, catalog_version, created_at, changed_at)"
    " select gen_random_uuid(), id, 'spa', '{}', '{}', 1, now(), now() from organisation",
    "insert into event (venue_id, seq, at, kind, data) select id, 1, now(), 'catalog', '{}' from venue",
    "insert into audit_entry (id, at, what, role, name, address, details)"
    " values (gen_random_uuid(), now(), 'signed_in', 'admin', 'Ada', '192.0.2.1', '{}')",
)


async def test_while_a_migration_waits_for_a_table_nobody_waits_behind_it(empty: AsyncEngine) -> None:
    """Somebody reads for long, a backup perhaps; others read and write the same table all the while."""
    async with empty.begin() as connection:
        await connection.execute(text("create extension btree_gist"))
        await connection.run_sync(lambda here: command.upgrade(migrations(here), "0005"))
    async with empty.connect() as long:
        await long.execute(text("select count(*) from credit_entry"))
        migrating = asyncio.create_task(migrate(empty))
        for _ in range(30):
            async with asyncio.timeout(20), empty.begin() as short:
                await short.execute(text("select count(*) from credit_entry"))
            await asyncio.sleep(0.05)
        assert not migrating.done()
    await migrating
    async with empty.connect() as connection:
        await connection.execute(text("select recorded_at from credit_entry"))
