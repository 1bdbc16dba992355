"""What a child does: one request to an application, or one chore."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import create_app
from api.database import make_engine
from api.people.keys import ensure_admin_key
from api.settings import Settings
from api.worker import chores
from catalog.base import utc_now
from tests.faults.children import ADMIN
from tests.solving import InThisProcess

SETTINGS = Settings(admin_key=ADMIN, jobs=False, mail_from="Harbour <desk@harbour.test>")
BY_ENVIRONMENT = "postgresql://"
"""The address of a database that the variables of libpq name."""


def application() -> Litestar:
    """Made before its database is known: making one takes longer than most of what it is asked."""
    return create_app(
        replace(SETTINGS, smtp_url="smtp://127.0.0.1:1"), BY_ENVIRONMENT, solvers=InThisProcess()
    )


async def act(
    app: Litestar,
    address: str,
    operation: tuple[str, str, Any],
    later: timedelta = timedelta(),
    key: str | None = None,
    smtp: str = "",
) -> httpx.Response:
    """The answer; of a chore 200 and nothing. Leaves no connection open, and begins by looking up the key."""
    app.state.server.callers.forget()
    with reaching(address):
        try:
            return await _act(app, operation, later, key, smtp)
        finally:
            await app.state.desk.sessions.kw["bind"].dispose()


@contextmanager
def reaching(address: str) -> Iterator[None]:
    """The variables by which libpq and asyncpg find the database, and as they were before."""
    url = make_url(address)
    named = {"user": url.username, "password": url.password, "database": url.database, "host": url.host}
    named |= {"port": url.port, **url.query}
    variables = {f"PG{name.upper()}": str(value) for name, value in named.items() if value}
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def _act(
    app: Litestar, operation: tuple[str, str, Any], later: timedelta, key: str | None, smtp: str
) -> httpx.Response:
    method, path, body = operation
    if method == "CHORE":
        settings = replace(SETTINGS, smtp_url=smtp)
        desk = replace(app.state.desk, now=lambda: utc_now() + later)
        (chore,) = (it for it in chores(desk, settings) if it.name == path)
        await chore.work()
        return httpx.Response(200)
    headers = {"Authorization": f"Bearer {ADMIN}"} | ({"Idempotency-Key": key} if key else {})
    async with client(app, headers) as desk_client:
        return await desk_client.request(method, path, json=body)


def client(app: Litestar, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    given = headers or {"Authorization": f"Bearer {ADMIN}"}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://sojourn.test", headers=given, timeout=60)


async def prepare(address: str) -> None:
    """The administrator's key."""
    engine = make_engine(address)
    async with AsyncSession(engine) as session:
        await ensure_admin_key(session, ADMIN)
    await engine.dispose()
