"""`sojourn worker`: the chores of `api.worker`, without a server."""

import asyncio
import signal
import sys

import click

from api.database import make_engine, open_database, prepare_database
from api.logs import log_to
from api.settings import Settings


def work(settings: Settings) -> None:
    """Until SIGINT or SIGTERM, either of which is an orderly end. As many as wanted may run at once."""
    log_to(sys.stderr)
    with open_database(settings) as address:
        asyncio.run(_work(settings, address))


async def _work(settings: Settings, address: str) -> None:
    from api.app import desk_of
    from api.worker import at_work, chores
    from booking.solvers import Solvers

    over = asyncio.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, over.set)
    engine = make_engine(address)
    try:
        await prepare_database(engine)
        solvers = Solvers(1)  # not started: nothing is booked here, and the process for plans comes by itself
        desk = desk_of(settings, engine, solvers)
        todo = chores(desk, settings)
        async with at_work(todo):
            click.echo(f"Sojourn works on {', '.join(chore.name for chore in todo)}.")
            await over.wait()
    finally:
        await solvers.stop()
        await engine.dispose()
