"""Reaching the database: its address, an engine for it, what it must be like, and its migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from api.embedded import EmbeddedPostgres
from api.programs import OLDEST
from api.settings import CannotStart, Settings

MIGRATING = int.from_bytes(b"sojourn")  # the advisory lock
_LOCK_MILLISECONDS = 1000  # that a migration waits for a table
_LOCK_NOT_AVAILABLE = "55P03"
_ATTEMPTS = 20
_CONNECTING = 5.0  # seconds
_SESSION = {
    "application_name": "sojourn",
    "timezone": "UTC",
    "jit": "off",  # compiling costs short queries more than it saves them
}


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The address of the database: the one that is set, or the embedded one, kept running by the context."""
    if settings.database_url:
        yield settings.database_url
    else:
        postgres = EmbeddedPostgres(settings.data_dir / "postgresql")
        with postgres as address:
            postgres.keep_running()
            yield address


def for_asyncpg(address: str) -> str:
    """The address as asyncpg and libpq know it."""
    return address.replace("+asyncpg://", "://", 1)


class Unreachable(ConnectionError):
    """Nobody was let in; what was said."""


def make_engine(address: str, *, pool_size: int = 20, patience: float | None = None) -> AsyncEngine:
    """With at most `pool_size` connections at once.

    asyncpg reads the address itself, and with it all that libpq knows: sslmode, several hosts, options.
    `patience`: seconds for one statement, after which its connection is given up; by default for ever.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connect, for_asyncpg(address), patience),
        pool_size=pool_size,
        max_overflow=0,
        pool_use_lifo=True,  # the last one used knows most statements already
        pool_timeout=30,  # who waits behind hundreds of others is late, not turned away
        hide_parameters=True,  # names and secrets do not belong in messages, which are logged
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, *_: object) -> None:
    """A restarted PostgreSQL costs no request: its connections are known to be closed, without asking it."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


async def _connect(address: str, patience: float | None) -> asyncpg.Connection:
    """Raises Unreachable, whichever of its many ways asyncpg has to say so."""
    try:
        return await asyncpg.connect(
            address, server_settings=_SESSION, timeout=_CONNECTING, command_timeout=patience
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreachable(str(error) or type(error).__name__) from error


async def prepare_database(engine: AsyncEngine, *, durable: bool = True) -> None:
    """Whatever must be so before the first query: a server that keeps its word, and the present schema."""
    await check_server(engine, durable=durable)
    await migrate(engine)


async def check_server(engine: AsyncEngine, *, durable: bool = True) -> None:
    """Raises `CannotStart` when the server is too old, or may lose what it has acknowledged (`durable`)."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    query = text("select name, setting from pg_settings where name = any(:names)")
    async with connected(engine) as connection:
        found = await connection.execute(query, {"names": ["server_version_num", *names]})
        settings: dict[str, str] = {row.name: row.setting for row in found}
    if int(settings["server_version_num"]) < OLDEST * 10_000:
        raise CannotStart(f"Sojourn needs PostgreSQL {OLDEST} or newer.")
    lax = [name for name in names if settings[name] == "off"]
    if lax and durable:
        raise CannotStart(
            f"The database has {' and '.join(lax)} off and may lose bookings in a crash: turn it on."
        )


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the present, in one transaction; several processes may start at once.

    While a house books on: a migration waits for a table for moments only, in which others wait behind it;
    then it lets go of everything and tries again. Raises CannotStart where that never works.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return await _migrate(engine)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            await asyncio.sleep(min(2.0, 0.2 * 2**attempt))
    raise CannotStart("The database is too busy to be migrated, perhaps with a backup: try again after it.")


async def _migrate(engine: AsyncEngine) -> None:
    async with connected(engine) as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        await connection.execute(text(f"set local lock_timeout = {_LOCK_MILLISECONDS}"))
        try:
            await connection.execute(text("create extension if not exists btree_gist"))
        except DBAPIError as error:
            raise CannotStart(
                f"The database needs the extension btree_gist, once created by who may: {_said(error)}."
            ) from error
        await connection.run_sync(_upgrade)
        await connection.commit()


def _upgrade(connection: Connection) -> None:
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known_revisions()
    if unknown:
        raise CannotStart(
            f"The database is of a newer Sojourn, which knows {', '.join(unknown)}: install that."
        )
    command.upgrade(migrations(connection), "heads")


def head() -> str:
    """The present schema."""
    return str(ScriptDirectory.from_config(migrations()).get_current_head())


def known_revisions() -> set[str]:
    """Of every schema that there has been up to this one."""
    return {script.revision for script in ScriptDirectory.from_config(migrations()).walk_revisions()}


def migrations(connection: Connection | None = None) -> Config:
    """What alembic has to know, to run them on the connection."""
    config = Config(attributes={"connection": connection})
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection; raises CannotStart where there is none to be had."""
    connection = engine.connect()
    try:
        await connection.start()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError, DBAPIError) as error:
        raise CannotStart(f"The database does not let us in: {_said(error)}.") from error
    try:
        yield connection
    finally:
        await connection.close()


def _said(error: Exception) -> str:
    """What the database said, without what SQLAlchemy adds to it."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
    return str(cause or error).strip().rstrip(".")
