"""What is counted and measured, for Prometheus; of all server processes of one `serve` together.

Processes share what they count through files in the folder PROMETHEUS_MULTIPROC_DIR, which the parent names
before they start.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import text

from api.watch.traces import Span
from booking.desk import Watch
from booking.solvers import Solvers

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("sojourn_requests", "Requests answered", ["method", "route", "status"])
LATENCY = Histogram(
    "sojourn_request_seconds",
    "From a request to the head of its answer",
    ["method", "route"],
    buckets=_SECONDS,
)
STEPS = Histogram("sojourn_step_seconds", "A step of booking: read, place, apply", ["step"], buckets=_SECONDS)
SOLVING = Histogram(
    "sojourn_solver_seconds", "A computation, with its wait for a process", ["kind"], buckets=_SECONDS
)
SOLVER_TASKS = Gauge(
    "sojourn_solver_tasks", "Computations that run or wait", ["kind"], multiprocess_mode="livesum"
)
EVENTS = Counter("sojourn_events", "What happens now and then, by name", ["what"])
CONNECTIONS = Gauge(
    "sojourn_database_connections_in_use", "Connections to the database in use", multiprocess_mode="livesum"
)

_BEHIND = text("""
    SELECT coalesce(sum(v.last_event - coalesce(c.last_event, 0)), 0)
    FROM venue_counter v LEFT JOIN mail_cursor c ON c.venue_id = v.venue_id
""")
_MAILS = text("""
    SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM mail WHERE state = 'queued'
""")
_HOLDS = text("SELECT count(*) FILTER (WHERE held_until <= now()) FROM orders WHERE status = 'held'")


class Counting(Watch):
    """Steps of bookings as times and spans, and what happens now and then as counts."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        with self._span(name):
            try:
                yield
            finally:
                STEPS.labels(name).observe(time.perf_counter() - began)

    def note(self, what: str, count: int = 1) -> None:
        EVENTS.labels(what.replace(" ", "_")).inc(count)


class WatchedSolvers(Solvers):
    """Tells how long computations take, and how many run or wait."""

    async def place(self, *args: Any, **named: Any) -> Any:
        with solving("placing"):
            return await super().place(*args, **named)

    async def plan(self, *args: Any, **named: Any) -> Any:
        with solving("planning"):
            return await super().plan(*args, **named)

    async def search(self, *args: Any, **named: Any) -> Any:
        with solving("searching"):
            return await super().search(*args, **named)


@contextmanager
def solving(kind: str) -> Iterator[None]:
    """A computation of that kind (`placing`, `searching`, `planning`), from being asked for to its result."""
    began = time.perf_counter()
    SOLVER_TASKS.labels(kind).inc()
    try:
        yield
    finally:
        SOLVER_TASKS.labels(kind).dec()
        SOLVING.labels(kind).observe(time.perf_counter() - began)


def watch_connections(engine: AsyncEngine) -> None:
    """Count those that are in use. One that could not be made is put back too, without having been taken."""

    counted: WeakSet[ConnectionPoolEntry] = WeakSet()

    def taken(_: object, entry: ConnectionPoolEntry, __: object) -> None:
        counted.add(entry)
        CONNECTIONS.inc()

    def put_back(_: object, entry: ConnectionPoolEntry) -> None:
        if entry in counted:
            counted.remove(entry)
            CONNECTIONS.dec()

    event.listen(engine.sync_engine, "checkout", taken)
    event.listen(engine.sync_engine, "checkin", put_back)


async def page(session: AsyncSession | None) -> bytes:
    """All that there is, as text; with what the database knows, where there is a session to ask it."""
    if os.environ.get(FOLDER):
        counted = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    stored = generate_latest(await _stored(session)) if session else b""
    return generate_latest(counted) + stored


async def _stored(session: AsyncSession) -> CollectorRegistry:
    registry = CollectorRegistry()

    def gauge(name: str, says: str, value: object) -> None:
        Gauge(f"sojourn_{name}", says, registry=registry).set(float(value))  # type: ignore[arg-type]

    gauge("outbox_behind", "Events that no mail has been written about yet", await session.scalar(_BEHIND))
    queued, age = (await session.execute(_MAILS)).one()
    gauge("mails_queued", "Mails that wait to be sent", queued)
    gauge("mails_oldest_seconds", "The age of the oldest of them", age)
    gauge("holds_overdue", "Holds that have expired and are not cleared yet", await session.scalar(_HOLDS))
    return registry
