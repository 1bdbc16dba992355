"""`sojourn key …`."""

import uuid
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncSession

from api.commands.catalog import in_the_database
from api.people.audit import COMMAND_LINE
from api.people.keys import create_key, find_key, list_keys, revoke
from api.settings import Settings
from catalog.organisations import ApiKey
from catalog.queries import find_organisation

_ALL = 100_000


def create(settings: Settings, role: str, **narrowed: Any) -> str:
    """The new key; raises ClickException where what it is narrowed to does not exist."""

    async def work(session: AsyncSession) -> str:
        return (await create_key(session, role, who=COMMAND_LINE, **narrowed))[1]

    return in_the_database(settings, work)


def show(settings: Settings, organisation: str) -> None:
    """A line for each key in force."""

    async def work(session: AsyncSession) -> list[ApiKey]:
        owner = await find_organisation(session, organisation)
        return list((await list_keys(session, owner, limit=_ALL))[0])

    for key in in_the_database(settings, work):
        used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never"
        until = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "for good"
        click.echo(f"{key.id}\t{key.role}\tlast used: {used}\tvalid: {until}\t{key.name}")


def end(settings: Settings, key: uuid.UUID, organisation: str) -> None:
    """End the key; every server forgets it within seconds."""

    async def work(session: AsyncSession) -> None:
        owner = await find_organisation(session, organisation)
        revoke(session, await find_key(session, owner, key), COMMAND_LINE)

    in_the_database(settings, work)
    click.echo("The key opens nothing any more.")
