"""The command `sojourn`. Each command is a thin call; what is slow to import, it imports itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import click

from api.cli_people import key, organisation, user
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
@click.option("--demo", is_flag=True, help="Load the demo venue where there is none.")
@click.option("--host", help="Listen on this address.  [SOJOURN_HOST, 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port.  [SOJOURN_PORT, 8000]")
@click.option(
    "--workers", type=click.IntRange(1, 32), help="Serve by so many processes.  [SOJOURN_WORKERS, 1]"
)
def serve(demo: bool, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the API and the reception page until interrupted.

    With several workers a parent owns the port and the database and replaces those that end; they share
    SOJOURN_SOLVER_PROCESSES.
    """
    from api.commands.serve import serve

    settings = read_settings()
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    serve(settings, workers=workers or settings.workers, demo=demo)


@main.command()
def worker() -> None:
    """Write and send mails, end holds, and do what else is done in the background, until interrupted.

    `serve` does it too unless SOJOURN_JOBS is false. As many workers as wanted may run at once.
    """
    from api.commands.worker import work

    work(read_settings())


@main.command()
def migrate() -> None:
    """Migrate the database, as `serve` does by itself."""
    from api.commands.migrate import migrate

    migrate(read_settings())
    click.echo("The database is up to date.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--overwrite", is_flag=True, help="Write over a file that exists.")
def backup(file: Path, overwrite: bool) -> None:
    """Write all that is in the database to FILE, as it is at one moment, while the house books on.

    FILE is an archive of PostgreSQL: `sojourn restore` reads it, and pg_restore does. It holds names and
    addresses, and is readable for its owner alone.
    """
    from api.commands.backup import backup

    backup(read_settings(), file, overwrite=overwrite)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Throw away what the database holds.")
def restore(file: Path, replace: bool) -> None:
    """Make the database what FILE holds, and migrate it to the present. Stop servers and workers before.

    All of it is restored or, where anything goes wrong, nothing is changed. Mails that FILE holds as unsent
    are sent by the next server or worker, perhaps once more; set no SOJOURN_SMTP_URL where that is unwanted.
    """
    from api.commands.backup import restore

    restore(read_settings(), file, replace=replace)


@main.command()
@click.option("--venue", metavar="KEY", help="Only this venue; else all.")
def verify(venue: str | None) -> None:
    """Look through all that is stored, and say what may not be: nothing is changed.

    Bookings against what they hold, days against bookings, charges against prices, balances of credits and
    stock against their entries, tickets, and that no version or event is missing. While the house books on;
    each venue as it is at one moment. Ends with status 1 where anything is amiss.
    """
    from api.commands.verify import verify

    verify(read_settings(), venue)


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--venue", metavar="KEY", required=True, help="The venue that the document describes.")
@organisation
def import_(file: Path, venue: str, organisation: str) -> None:
    """Read a catalog document (.toml, .yaml, .json) into a venue, which is created if need be."""
    from api.commands.catalog import import_file

    import_file(read_settings(), file, venue, organisation)


@main.command()
@click.option("--venue", metavar="KEY", required=True, help="The venue to describe.")
@click.option(
    "--format", "form", type=click.Choice(["toml", "yaml", "json"]), default="toml", show_default=True
)
@organisation
def export(venue: str, form: Literal["toml", "yaml", "json"], organisation: str) -> None:
    """Write the catalog document of a venue to the standard output."""
    from api.commands.catalog import export_venue

    export_venue(read_settings(), venue, form, organisation)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def check(file: Path) -> None:
    """Check a catalog document, without a database."""
    from api.commands.catalog import check_file

    check_file(file)


main.add_command(user)
main.add_command(key)
