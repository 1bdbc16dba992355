"""The application: everything that one server process has, wired together once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from litestar import Litestar
from litestar.types import Message, Scope
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from api.auth import Callers
from api.call import Server
from api.database import make_engine
from api.errors import HANDLERS
from api.limits import Throttle
from api.options import options_of
from api.people.browsers import Browsers
from api.people.passwords import Passwords
from api.pulse import Pulse
from api.routes import ROUTES
from api.settings import Settings
from api.stream import Feed
from api.watch.metrics import Counting, WatchedSolvers, watch_connections
from api.watch.requests import Application
from api.watch.traces import no_span, tracing
from api.wire import Wire
from api.worker import at_work, chores
from booking.desk import Desk, Limits
from booking.solvers import Solvers

_WIRE_SECONDS = 5.0
_PATIENCE = (
    8.0  # seconds, with one statement: whoever waits longer for it is answered that the database is away
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (
        b"content-security-policy",
        b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    ),
)


def create_app(settings: Settings, database_url: str, *, solvers: Solvers | None = None) -> Application:
    """The application on that database, whose schema is the present one. Nothing is reached before it starts.

    `solvers`: processes that run already and go on afterwards; absent: it has its own.
    """
    app = routed(settings)
    furnish(app, settings, database_url, solvers)
    return app


def routed(settings: Settings) -> Application:
    """What answers at which address, without anything to answer with. Making it takes a tenth of a second."""
    app = Application(
        route_handlers=[*options_of(ROUTES), *ROUTES],
        lifespan=[_life],
        exception_handlers=HANDLERS,
        request_max_body_size=settings.max_body_bytes,
        before_send=[_add_headers],
        openapi_config=None,
        logging_config=None,
    )
    app.logs_requests = settings.log_requests
    return app


@asynccontextmanager
async def _life(app: Litestar) -> AsyncIterator[None]:
    async with app.state.life():
        yield


def furnish(app: Application, settings: Settings, database_url: str, solvers: Solvers | None) -> None:
    """Everything that the application answers with, from its next start on: as for `create_app`."""
    engine = make_engine(database_url, pool_size=settings.database_connections, patience=_PATIENCE)
    is_ours = solvers is None
    pool = solvers or WatchedSolvers(settings.solver_processes)
    span = tracing() if settings.traces else no_span
    watch_connections(engine)
    desk = replace(desk_of(settings, engine, pool), watch=Counting(span))
    sessions = desk.sessions
    feed = Feed(sessions)
    browsers = Browsers(settings.public_url, settings.session_hours)
    server = Server(
        desk=desk,
        settings=settings,
        callers=Callers(sessions, browsers),
        browsers=browsers,
        passwords=Passwords(),
        feed=feed,
        throttle=Throttle(sessions),
        pulse=Pulse(database_url, engine),
        instance=uuid.uuid4(),
        running=set(),
    )
    wire = Wire(database_url, server.instance, feed.heard)

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        if is_ours:
            await pool.start()
        with suppress(TimeoutError):  # a database that is away is said by /health
            await asyncio.wait_for(wire.open(), _WIRE_SECONDS)
        try:
            async with at_work(chores(desk, settings) if settings.jobs else ()):
                yield
        finally:
            feed.close()
            await wire.close()
            if is_ours:
                await pool.stop()
            await engine.dispose()

    app.span = span
    app.state.server, app.state.desk, app.state.life = server, desk, life


def desk_of(settings: Settings, engine: AsyncEngine, solvers: Solvers) -> Desk:
    """What the actions are given, on that database."""
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    return Desk(sessions=sessions, solvers=solvers, limits=_limits(settings))


def _limits(settings: Settings) -> Limits:
    return Limits(
        participants=settings.max_participants,
        goods_quantity=settings.max_quantity,
        horizon_days=settings.horizon_days,
        slots_range_days=settings.max_slots_days,
        explain_range_days=settings.max_explained_days,
        slots_limit=settings.slots_limit,
        solver_seconds=settings.solver_seconds,
    )


async def _add_headers(message: Message, _: Scope) -> None:
    """Unless the answer has its own: two policies for content would both hold."""
    if message["type"] == "http.response.start":
        given = {name.lower() for name, _ in message["headers"]}
        message["headers"] = [*message["headers"], *(h for h in _HEADERS if h[0] not in given)]
