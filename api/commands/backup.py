"""`sojourn backup` and `sojourn restore`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.archive import Archive, Told
from api.commands.catalog import counted
from api.database import (
    MIGRATING,
    connected,
    for_asyncpg,
    known_revisions,
    make_engine,
    migrate,
    open_database,
)
from api.programs import client_folder
from api.settings import CannotStart, Settings

T = TypeVar("T")
_TABLES = (
    "select 'public.' || quote_ident(relname) from pg_class"
    " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1"
)
_FUNCTIONS = (
    "select oid::regprocedure::text from pg_proc p where pronamespace = 'public'::regnamespace"
    " and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1"
)
_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and backend_type = 'client backend'"
)
_COUNTS = (
    "select (select count(*) from venue), (select count(*) from orders),"
    " (select to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') from event)"
)


def backup(settings: Settings, path: Path, *, overwrite: bool) -> None:
    """Into a file that is whole or not there. Raises CannotStart."""
    path = path.absolute()
    if path.exists() and not overwrite:
        raise CannotStart(f"{path} exists: name another file, or say --overwrite.")
    if not path.parent.is_dir():
        raise CannotStart(f"There is no folder {path.parent}.")
    aside = path.with_name(f"{path.name}.part")
    with open_database(settings) as address, _files():
        server, tables, _ = _ask(address, _looked_at)
        if "public.alembic_version" not in tables:
            raise CannotStart("There is nothing to back up: this database holds nothing of Sojourn.")
        archive = Archive(aside, client_folder(server))
        try:
            with _progress("Backing up", len(tables)) as told:
                archive.write(for_asyncpg(address), told)
            revision = archive.revision()
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        _keep_name(path.parent)
    megabytes = path.stat().st_size / 1e6
    click.echo(f"Backed up {len(tables)} tables of schema {revision} to {path}, {megabytes:.1f} MB.")


def restore(settings: Settings, path: Path, *, replace: bool) -> None:
    """The database is what the file holds, or what it was. Raises CannotStart."""
    with open_database(settings) as address, _files():
        server, tables, filled = _ask(address, _looked_at)
        functions = _ask(address, _functions)
        archive = Archive(path.absolute(), client_folder(server))
        archive.check()
        revision = archive.revision()
        if revision not in known_revisions():
            raise CannotStart(f"{path} is of a newer Sojourn, whose schema is {revision}: install that.")
        _ask(address, _nobody_else)
        if filled and not replace:
            raise CannotStart(
                f"The database is not empty (it has {_named(filled)}): name another, "
                "or say --replace, which throws away all that it holds."
            )
        before = [
            f"SELECT pg_advisory_xact_lock({MIGRATING});",
            *(f"DROP TABLE {t} CASCADE;" for t in tables),
            *(f"DROP FUNCTION IF EXISTS {f};" for f in functions),  # some go with a table
        ]
        with _progress("Restoring", None) as told:
            archive.read_into(for_asyncpg(address), server=server, before=before, told=told)
        asyncio.run(_bring_up_to_date(address))
        told_of = _ask(address, _summary)
    click.echo(f"Restored {path}, {told_of}")


def _named(tables: list[str]) -> str:
    names = [table.removeprefix("public.") for table in tables[:3]]
    return ", ".join(names) + (" and more" if len(tables) > 3 else "")


@contextmanager
def _files() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotStart(f"{error.filename or 'The file'}: {error.strerror}.") from error


def _ask(address: str, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    async def ask() -> T:
        engine = make_engine(address, pool_size=1)
        try:
            async with connected(engine) as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(ask())


async def _looked_at(connection: AsyncConnection) -> tuple[int, list[str], list[str]]:
    """The major version of the server, its tables by their names as SQL has them, and those with rows."""
    version: int = (await connection.scalar(text("show server_version_num"))) or 0
    found = await connection.scalars(text(_TABLES))
    tables = list(found)
    filled = [
        table
        for table in tables
        if table != "public.alembic_version"
        and await connection.scalar(text(f"select exists (select 1 from {table})"))  # noqa: S608 # nosec B608
    ]
    return int(version) // 10_000, tables, filled


async def _functions(connection: AsyncConnection) -> list[str]:
    """Of the schema itself, not of an extension."""
    return list(await connection.scalars(text(_FUNCTIONS)))


async def _nobody_else(connection: AsyncConnection) -> None:
    """Raises CannotStart while servers or workers are connected: they remember what would not be so."""
    if others := await connection.scalar(text(_OTHERS)):
        raise CannotStart(
            f"Others are connected to the database ({others}): stop all servers and workers first."
        )


async def _bring_up_to_date(address: str) -> None:
    engine = make_engine(address)
    try:
        await migrate(engine)
    finally:
        await engine.dispose()


async def _summary(connection: AsyncConnection) -> str:
    """What there is now; with fresh statistics, without which searches would be slow at first."""
    await connection.execute(text("analyze"))
    venues, orders, latest = (await connection.execute(text(_COUNTS))).one()
    await connection.commit()
    upto = f", the last change at {latest} UTC" if latest else ""
    return f"{counted(venues, 'venue')} with {counted(orders, 'order')}{upto}."


@contextmanager
def _progress(doing: str, count: int | None) -> Iterator[Told]:
    """On a terminal, a line that says where it is."""
    begun: list[str] = []
    shown = sys.stderr.isatty()

    def told(table: str) -> None:
        begun.append(table)
        if shown:
            of = f" of {count}" if count else ""
            click.echo(f"\r\x1b[K{doing} table {len(begun)}{of}: {table}", err=True, nl=False)

    yield told
    if shown:
        click.echo("\r\x1b[K", err=True, nl=False)


def _keep_name(folder: Path) -> None:
    """A file is there after a crash once its folder is on the disk."""
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
