"""`sojourn user …`: people who sign in, for who runs the server."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click
from sqlalchemy.ext.asyncio import AsyncSession

from api.commands.catalog import in_the_database
from api.people.audit import COMMAND_LINE
from api.people.passwords import check_password, hashed
from api.people.stored import UserRow
from api.people.users import (
    Rights,
    create_user,
    disable,
    enable,
    find_user,
    list_users,
    read_email,
    set_password,
)
from api.settings import Settings
from catalog.base import utc_now
from catalog.errors import Invalid
from catalog.queries import find_organisation

T = TypeVar("T")
_EVERYBODY = 100_000


def create(
    settings: Settings,
    email: str,
    role: str,
    *,
    name: str,
    venue: str | None,
    resource: str | None,
    organisation: str,
) -> None:
    """Make the user; the password is asked for, or the first line of the standard input."""
    address, password = _checked(email)
    rights = Rights(role=role, venue=venue, resource=resource)

    async def work(session: AsyncSession, owner: uuid.UUID) -> UserRow:
        return await create_user(
            session,
            owner,
            COMMAND_LINE,
            utc_now(),
            email=address,
            name=name,
            rights=rights,
            password=password,
        )

    user = _of(settings, organisation, work)
    click.echo(f"{user.email} may sign in, with the role {user.role}.")


def show(settings: Settings, organisation: str) -> None:
    """A line for each user."""

    async def work(session: AsyncSession, owner: uuid.UUID) -> list[UserRow]:
        return list((await list_users(session, owner, limit=_EVERYBODY))[0])

    for user in _of(settings, organisation, work):
        state = "disabled" if user.disabled_at else "active"
        seen = f"{user.last_seen_at:%Y-%m-%d}" if user.last_seen_at else "never"
        click.echo(f"{user.email}\t{user.role}\t{state}\tlast seen: {seen}\t{user.name}")


def switch(settings: Settings, email: str, organisation: str, *, off: bool) -> None:
    """Disable a user, or enable it again."""

    async def work(session: AsyncSession, owner: uuid.UUID) -> None:
        user = await find_user(session, owner, email)
        if off:
            await disable(session, user, COMMAND_LINE, utc_now())
        else:
            enable(session, user, COMMAND_LINE)

    _of(settings, organisation, work)
    click.echo(f"{email} may {'not sign in any more' if off else 'sign in'}.")


def give_password(settings: Settings, email: str, organisation: str) -> None:
    """Another password for the user, whose sessions all end."""
    _, password = _checked(email)

    async def work(session: AsyncSession, owner: uuid.UUID) -> None:
        user = await find_user(session, owner, email)
        await set_password(session, user, password, COMMAND_LINE, utc_now())

    _of(settings, organisation, work)
    click.echo(f"{email} has another password.")


def _checked(email: str) -> tuple[str, str]:
    """The address as it is kept, and the hash of the password that is given for it."""
    try:
        address = read_email(email)
        password = _password()
        check_password(password, email=address)
    except Invalid as fault:
        raise click.ClickException(f"{fault.sentence}.") from None
    return address, hashed(password)


def _password() -> str:
    if sys.stdin.isatty():
        given: str = click.prompt("Password", hide_input=True, confirmation_prompt="And again", err=True)
        return given
    return sys.stdin.readline().rstrip("\r\n")


def _of(settings: Settings, organisation: str, work: Callable[[AsyncSession, uuid.UUID], Awaitable[T]]) -> T:
    async def within(session: AsyncSession) -> T:
        return await work(session, await find_organisation(session, organisation))

    return in_the_database(settings, within)
