"""`sojourn serve`: the port, then the database, then the server, and back in the other order."""

from __future__ import annotations

import asyncio
import errno
import gc
import math
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import click
import psutil
import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.commands.processes import Processes
from api.commands.waiting import Waiting
from api.database import make_engine, open_database, prepare_database
from api.logs import log_to
from api.settings import CannotStart, Settings

_GRACE = 5  # seconds beyond those of the solver, for the requests that run
_PATIENCE = 1.0  # seconds, for the processes of a parent that was killed to leave the port
_IDLE = 75  # seconds that a connection may rest between requests: clients reuse them


class Server(uvicorn.Server):
    """Ends the event streams before it waits for the requests: they would go on for ever."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.server.feed.close()  # type: ignore[union-attr]  # the application of _run
        await super().shutdown(sockets)


def serve(settings: Settings, *, workers: int = 1, demo: bool) -> None:
    """Until SIGINT or SIGTERM, either of which is an orderly end. `workers` is the number of processes."""
    log_to(sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            listen(settings.host, settings.port) as listener,
            Waiting(listener) as waiting,
            open_database(settings) as address,
        ):
            asyncio.run(_prepare(settings, address, waiting, demo=demo))
            waiting.say("loading the solver")
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            click.echo(f"Sojourn listens on http://{host}:{listener.getsockname()[1]}")
            if workers == 1:
                _run(settings, address, listener, waiting.hand_over)
            else:
                processes = Processes(_run, workers, grace=_grace(settings))
                processes.serve(settings, address, listener, waiting)
    except KeyboardInterrupt:
        return


def listen(host: str, port: int) -> socket.socket:
    """Taken before anything else: who cannot have the port starts no database."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    impatient = time.monotonic() + _PATIENCE
    while True:
        try:
            return socket.create_server((host, port), family=family)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < impatient:
                time.sleep(0.05)
                continue
            raise _cannot_listen(error, host, port) from None


def _cannot_listen(error: OSError, host: str, port: int) -> CannotStart:
    if error.errno == errno.EADDRINUSE:
        return CannotStart(
            f"Port {port} is taken{_by_whom(port)}: end that, or set another with SOJOURN_PORT or --port."
        )
    return CannotStart(f"Cannot listen on {host}, port {port}: {error.strerror}.")


def _by_whom(port: int) -> str:
    """As far as the system tells this user."""
    try:
        for taken in psutil.net_connections("tcp"):
            if taken.status == psutil.CONN_LISTEN and taken.laddr[1:] == (port,) and taken.pid:
                return f" by {psutil.Process(taken.pid).name()} (process {taken.pid})"
    except psutil.Error:
        pass
    return ""


async def _prepare(settings: Settings, address: str, waiting: Waiting, *, demo: bool) -> None:
    from api.people.keys import ensure_admin_key

    waiting.say("migrating")
    engine = make_engine(address)
    try:
        await prepare_database(engine)
        async with AsyncSession(engine) as session:
            if made := await ensure_admin_key(session, settings.admin_key or None):
                click.echo(f"The first administrator's key, shown this once: {made}")
        if demo:
            await _load_demo(settings, engine, waiting)
            await _make_demo_user(engine)
    finally:
        await engine.dispose()


async def _load_demo(settings: Settings, engine: AsyncEngine, waiting: Waiting) -> None:
    """Once: what became of the demo venue since stays. Booked through the same actions as everything else."""
    from api.app import desk_of
    from api.demo.bookings import VENUE, is_loaded, load_demo
    from api.mail.writing import write_mails
    from api.people.keys import DEFAULT_ORGANISATION
    from booking.solvers import Solvers
    from catalog.queries import find_organisation

    solvers = Solvers(settings.solver_processes)
    desk = desk_of(settings, engine, solvers)
    async with desk.sessions() as session:
        organisation = await find_organisation(session, DEFAULT_ORGANISATION)
        if await is_loaded(session, organisation):
            return
    click.echo("Making the demo venue and two weeks of bookings: this takes about ten seconds, once.")
    waiting.say("making the demo venue")
    await solvers.start()
    try:
        await load_demo(
            desk, organisation, desk.now(), lambda day: waiting.say(f"making the demo venue, {day}")
        )
        unsent = replace(settings, smtp_url="")  # its visitors are nobody
        await write_mails(desk.sessions, unsent, desk.now())
    finally:
        await solvers.stop()
    # Within a minute PostgreSQL would by itself; until then it plans blindly.
    async with desk.sessions.begin() as session:
        await session.execute(text("analyze"))
    click.echo(f"The demo venue is ready, as `{VENUE}`.")


async def _make_demo_user(engine: AsyncEngine) -> None:
    """Its password is another one at every start: none is known to others, and none has to be kept."""
    from api.demo.user import make_demo_user

    async with AsyncSession(engine) as session, session.begin():
        email, password = await make_demo_user(session)
    click.echo(f"Sign in as {email} with the password {password}")


def _grace(settings: Settings) -> int:
    return math.ceil(settings.solver_seconds) + _GRACE


def _run(settings: Settings, address: str, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serves in this process; `ready` is called when it is about to accept, and returns when it may."""
    from api.app import create_app  # with all of Sojourn behind it: not before the port is ours
    from api.commands.patience import PatientProtocol

    app = create_app(settings, address)
    app.on_startup.append(ready)  # the last thing before the server listens itself
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        ws="none",
        timeout_graceful_shutdown=_grace(settings),
        timeout_keep_alive=_IDLE,
    )
    server = Server(config)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: looking through it for garbage would hold up requests
    server.run(sockets=[listener])
    if not server.started:
        raise CannotStart("The server did not start: its log says why.")
