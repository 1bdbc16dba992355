"""`sojourn import`, `sojourn export` and `sojourn check`: catalog documents as files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, cast, get_args

import click
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import make_engine, open_database, prepare_database
from api.settings import Settings
from booking.actions.revise import revise
from catalog.actors import COMMAND_LINE
from catalog.base import utc_now
from catalog.document import Format, read, write
from catalog.doubts import doubts
from catalog.errors import Invalid, Refusal
from catalog.queries import find_organisation, load_venue
from catalog.service import ImportResult, ensure_organisation
from catalog.specs import Catalog

T = TypeVar("T")


def check_file(path: Path) -> None:
    """Say what is wrong with the document, or what it holds; raises ClickException where it is refused."""
    catalog = read_file(path)
    for doubt in doubts(catalog):
        click.echo(f"warning: {doubt.path}: {doubt.message}")
    packages = sum(p.kind == "package" for p in catalog.products)
    counts = [
        counted(len(catalog.resources), "resource"),
        counted(len(catalog.products) - packages, "product"),
        counted(packages, "package"),
    ]
    click.echo(f"{path.name} is a sound catalog: {', '.join(counts)}.")


def import_file(settings: Settings, path: Path, venue: str | None, organisation: str) -> None:
    """Read the document into the venue of that key, by default the name of the file; create it if need be."""
    catalog, key = read_file(path), venue or path.stem
    result = in_the_database(settings, lambda session: import_catalog(session, organisation, key, catalog))
    click.echo(told(result, path.name))


def export_venue(settings: Settings, venue: str, form: Format, organisation: str) -> None:
    """Write the venue's catalog to the standard output."""
    catalog = in_the_database(settings, lambda session: export_catalog(session, organisation, venue))
    click.echo(write(catalog, form), nl=False)


async def import_catalog(
    session: AsyncSession, organisation: str, venue: str, catalog: Catalog
) -> ImportResult:
    """In the caller's transaction; the organisation is created where there is none."""
    now = utc_now()
    owner = await ensure_organisation(session, organisation, now)
    return await revise(session, owner, venue, catalog, now, COMMAND_LINE)


async def export_catalog(session: AsyncSession, organisation: str, venue: str) -> Catalog:
    """Raises NotFound for another organisation or venue."""
    owner = await find_organisation(session, organisation)
    return (await load_venue(session, owner, venue)).catalog


def told(result: ImportResult, source: str) -> str:
    """What an import did, in a sentence."""
    if not result.changed:
        return f"{result.venue} is what {source} says already."
    done = [
        f"{count} {name.replace('_', ' ')} {what}"
        for name, counts in result.counts.items()
        for what, count in (
            ("new", counts.created),
            ("changed", counts.changed),
            ("retired", counts.retired),
        )
        if count
    ]
    what = ", ".join(done) or "the venue itself"
    lines = [f"{result.venue} is {'new' if result.is_new else 'changed'}: {what}."]
    if result.affected:
        lines.append(f"{counted(len(result.affected), 'booking')} no longer fit and stay as they are:")
        lines += [
            f"  order {a['order']}, {a['component']} at {a['start']}: {a['sentence']}"
            for a in result.affected
        ]
    return "\n".join(lines)


def read_file(path: Path) -> Catalog:
    """The checked catalog of a file, its format by its suffix; raises ClickException with every fault."""
    form = "yaml" if path.suffix == ".yml" else path.suffix[1:]
    if form not in get_args(Format):
        raise click.ClickException(f"{path.name} is none of .toml, .yaml and .json.")
    try:
        return read(path.read_bytes(), cast(Format, form))
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}.") from None
    except Invalid as refusal:
        lines = [f"{p.path}: {p.message}" if p.path else p.message for p in refusal.problems]
        raise click.ClickException("\n".join(lines) or refusal.sentence) from None


def in_the_database(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """The work in one transaction on the present schema."""

    async def conduct(address: str) -> T:
        engine = make_engine(address)
        try:
            await prepare_database(engine)
            async with AsyncSession(engine) as session, session.begin():
                return await work(session)
        finally:
            await engine.dispose()

    try:
        with open_database(settings) as address:
            return asyncio.run(conduct(address))
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from None


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
