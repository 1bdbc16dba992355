"""`sojourn user` and `sojourn key`: who gets in."""

from __future__ import annotations

from typing import Any

import click

from api.settings import read_settings

organisation = click.option("--organisation", metavar="KEY", default="default", show_default=True)
email = click.option("--email", metavar="ADDRESS", required=True, help="By which they sign in.")


@click.group()
def user() -> None:
    """People who sign in, by e-mail address and password."""


@user.command("create")
@email
@click.option(
    "--role",
    type=click.Choice(["admin", "manager", "reception", "staff"]),
    required=True,
    help="What they may do.",
)
@click.option("--name", default="", help="Stands in the history of orders; by default the address.")
@click.option("--venue", metavar="KEY", help="For this venue alone.")
@click.option("--resource", metavar="KEY", help="Whose calendar a user with the role staff sees.")
@organisation
def create_user(email: str, role: str, **narrowed: Any) -> None:
    """Make a user. The password is asked for, or read from the standard input."""
    from api.commands.people import create

    create(read_settings(), email, role, **narrowed)


@user.command("list")
@organisation
def list_users(organisation: str) -> None:
    """All users: address, role, whether active, when last seen, name; separated by tabs."""
    from api.commands.people import show

    show(read_settings(), organisation)


@user.command("disable")
@email
@organisation
def disable_user(email: str, organisation: str) -> None:
    """End all sessions of a user, who does not get in any more."""
    from api.commands.people import switch

    switch(read_settings(), email, organisation, off=True)


@user.command("enable")
@email
@organisation
def enable_user(email: str, organisation: str) -> None:
    """Let a user in again who was disabled."""
    from api.commands.people import switch

    switch(read_settings(), email, organisation, off=False)


@user.command("password")
@email
@organisation
def set_password(email: str, organisation: str) -> None:
    """Give a user another password, asked for or read from the standard input. All sessions end."""
    from api.commands.people import give_password

    give_password(read_settings(), email, organisation)


@click.group()
def key() -> None:
    """Keys by which programs get in."""


@key.command("create")
@click.option(
    "--role",
    type=click.Choice(["admin", "manager", "reception", "staff", "customer"]),
    required=True,
    help="What it may do.",
)
@click.option("--venue", metavar="KEY", help="For this venue alone.")
@click.option("--resource", metavar="KEY", help="Whose calendar a staff key shows.")
@click.option("--customer", metavar="ID", type=click.UUID, help="Whose orders a customer's key shows.")
@click.option("--name", default="", help="Who will use it; stands in the history of orders.")
@click.option("--days", type=click.IntRange(1, 36_500), help="How long it is valid; by default for good.")
@organisation
def create_key(role: str, organisation: str, **narrowed: Any) -> None:
    """Make a key and print it, this once."""
    from api.commands.keys import create

    click.echo(create(read_settings(), role, organisation=organisation, **narrowed))


@key.command("list")
@organisation
def list_keys(organisation: str) -> None:
    """All keys in force: id, role, when last used, until when, name; separated by tabs."""
    from api.commands.keys import show

    show(read_settings(), organisation)


@key.command("revoke")
@click.argument("id", type=click.UUID)
@organisation
def revoke_key(id: Any, organisation: str) -> None:  # noqa: A002 - what it is called in the list
    """End a key, by its id."""
    from api.commands.keys import end

    end(read_settings(), id, organisation)
