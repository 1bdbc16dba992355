"""The command `sojourn`. Each command is a thin call; what is slow to import, it imports itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from api.settings import CannotStart, read_settings


class Commands(click.Group):
    """Ends with status 1 and one sentence where a command cannot do its work; click sees to 0 and 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CannotStart as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sojourn")
def main() -> None:
    """Sojourn, a booking engine: rooms, people and packages, without double bookings.

    Set up by variables of the environment, SOJOURN_DATABASE_URL first; without it, Sojourn brings its own
    PostgreSQL and keeps it in SOJOURN_DATA_DIR.
    """


@main.command()
@click.option("--demo", is_flag=True, expose_value=False, help="Load the demo venue where there is none.")
@click.option("--host", help="Listen on this address.  [SOJOURN_HOST, 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port.  [SOJOURN_PORT, 8000]")
def serve(host: str | None, port: int | None) -> None:
    """Serve the API and the reception page until interrupted."""
    from api.commands.serve import serve

    settings = read_settings()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    serve(settings)


@main.command()
def migrate() -> None:
    """Bring the database to the schema of this version; `serve` does so by itself."""
    from api.commands.migrate import migrate

    migrate(read_settings())
    click.echo("The database is up to date.")
