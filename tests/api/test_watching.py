"""What the outside sees of how it runs: metrics, request ids, traces, and a log that names nobody."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.database import Unreachable, make_engine
from api.logs import log_to
from api.watch.metrics import CONNECTIONS, watch_connections
from api.watch.requests import Application
from booking.orders import new_feed_token
from tests.api.conftest import ADMIN
from tests.api.test_orders import DAY

BOOKING = {
    "package": "spa-day",
    "participants": 2,
    "start": f"{DAY}T10:00",
    "customer": {"name": "Ottilie Sandemo", "email": "ottilie@example.org", "phone": "+46 70 123 45 67"},
    "guests": [{"name": "Evert Taubert"}, {"name": "Moa Martinsdotter", "email": "moa@example.org"}],
    "note": "allergic to almonds",
}


def value_of(page: str, name: str, **labels: str) -> float:
    """The sum of the metric's values with these labels."""
    lines = [line for line in page.splitlines() if line.startswith(name) and line[len(name)] in " {"]
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(text in line for text in wanted))


async def test_metrics_count_requests_steps_and_what_waits(spa: httpx.AsyncClient) -> None:
    before = (await spa.get("/metrics")).text
    booked = {"method": "POST", "route": "/v1/venues/{venue}/orders"}
    assert (await spa.post("/v1/venues/spa/orders", json=BOOKING)).status_code == 201
    assert (await spa.post("/v1/venues/spa/orders", json={})).status_code == 422
    assert (await spa.get("/v1/nothing/here")).status_code == 404
    answer = await spa.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    after = answer.text

    def more(name: str, **labels: str) -> float:
        return value_of(after, name, **labels) - value_of(before, name, **labels)

    assert more("sojourn_requests_total", **booked, status="201") == 1
    assert more("sojourn_requests_total", **booked, status="422") == 1
    assert more("sojourn_requests_total", route="unknown", status="404") == 1
    assert more("sojourn_request_seconds_count", **booked) == 2
    assert more("sojourn_step_seconds_count", step="apply") == 1
    assert more("sojourn_step_seconds_count", step="place") == 1
    assert value_of(after, "sojourn_outbox_behind") >= 0
    assert "sojourn_mails_queued" in after
    assert value_of(after, "sojourn_database_connections_in_use") >= 1


async def test_what_is_put_back_without_having_been_taken_is_not_counted(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that was lost, while the database is away."""
    before = CONNECTIONS.collect()[0].samples[0].value
    engine = make_engine(database)
    watch_connections(engine)
    async with engine.connect() as connection:
        lost = (await connection.get_raw_connection()).driver_connection
    assert lost is not None
    await lost.close()

    async def away(*_: object, **__: object) -> None:
        raise OSError("away")

    monkeypatch.setattr(asyncpg, "connect", away)
    for _ in range(2):
        with pytest.raises(Unreachable):
            await engine.connect()
    await engine.dispose()
    assert CONNECTIONS.collect()[0].samples[0].value == before


async def test_a_lost_race_and_an_expired_hold_are_counted(
    spa: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    import booking.actions.write_down as writing
    from booking.apply import Outrun

    before = (await spa.get("/metrics")).text
    real, lost = writing.apply, []

    async def outrun_once(*given: Any, **named: Any) -> Any:
        if not lost:
            lost.append(1)
            raise Outrun
        return await real(*given, **named)

    monkeypatch.setattr(writing, "apply", outrun_once)
    assert (await spa.post("/v1/venues/spa/orders", json=BOOKING)).status_code == 201
    after = (await spa.get("/metrics")).text
    name = {"what": "race_lost"}
    assert (
        value_of(after, "sojourn_events_total", **name) - value_of(before, "sojourn_events_total", **name)
        == 1
    )


@pytest.fixture
async def from_afar(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://spa.example") as client:
        yield client


async def test_metrics_are_for_administrators_and_for_this_machine(
    app: Litestar, from_afar: httpx.AsyncClient, new_key: Any
) -> None:
    assert (await from_afar.get("/metrics")).status_code == 401
    for role, status in (("admin", 200), ("manager", 403), ("reception", 403)):
        key = {"Authorization": f"Bearer {await new_key(role)}"}
        assert (await from_afar.get("/metrics", headers=key)).status_code == status
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 4711))
    async with httpx.AsyncClient(transport=transport) as local:
        assert (await local.get("http://127.0.0.1:8000/metrics")).status_code == 200
        assert (await local.get("http://localhost:8000/metrics")).status_code == 200
        # A proxy on this machine passes on what the world asks.
        assert (await local.get("http://spa.example/metrics")).status_code == 401
        through = {"X-Forwarded-For": "203.0.113.9"}
        assert (await local.get("http://127.0.0.1:8000/metrics", headers=through)).status_code == 401


async def test_a_request_has_an_id_that_is_answered(spa: httpx.AsyncClient) -> None:
    first, second = [(await spa.get("/health")).headers["x-request-id"] for _ in range(2)]
    assert first != second
    given = await spa.get("/health", headers={"X-Request-Id": "desk-7.42"})
    assert given.headers["x-request-id"] == "desk-7.42"
    for odd in ("ottilie@example.org", "a b", "x" * 65):
        answer = await spa.get("/health", headers={"X-Request-Id": odd})
        assert odd not in answer.headers["x-request-id"]
    assert len((await spa.get("/v1/nothing")).headers.get_list("x-request-id")) == 1


@contextmanager
def logged() -> Any:
    """What is written to the log, as `serve` sets it up."""
    stream, root = StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    log_to(stream)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the one who asks logs too
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


async def test_the_log_of_a_day_names_nobody_and_opens_nothing(
    app: Application, spa: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bookings, changes, refusals, a feed, a search for a name, a defect; told apart by request ids."""
    app.logs_requests = True
    with logged() as stream:
        order = (
            await spa.post("/v1/venues/spa/orders", json=BOOKING, headers={"X-Request-Id": "one"})
        ).json()
        await spa.post("/v1/venues/spa/orders", json=BOOKING)
        await spa.patch(f"/v1/orders/{order['id']}", json={"guests": [{"name": "Selma Lagerlind"}, {}]})
        await spa.get("/v1/venues/spa/customers", params={"q": "Sandemo"})
        await spa.get(order["calendar_url"])
        await spa.get(f"/ical/{new_feed_token.__name__}.ics")
        await spa.post("/v1/venues/spa/orders", content=b'{"customer": {"name": "Ottilie Sandemo"')

        async def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("a defect")

        monkeypatch.setattr("api.routes.feeds.render", broken)
        assert (await spa.get(order["calendar_url"])).status_code == 500
    log = stream.getvalue()
    entries = [json.loads(line) for line in log.splitlines()]
    assert {
        "event": "answered",
        "route": "/v1/venues/{venue}/orders",
        "status": 201,
        "request": "one",
    }.items() <= (entries[0].items())
    assert any(entry["event"] == "defect" and "a defect" in entry["exception"] for entry in entries)
    assert all("request" in entry for entry in entries)
    token = order["calendar_url"].rpartition("/")[2].removesuffix(".ics")
    names = ("Ottilie", "Sandemo", "Evert", "Taubert", "Moa", "Martinsdotter", "Selma", "Lagerlind")
    for secret in (*names, "@example.org", "123 45 67", "almonds", ADMIN, token, order["id"]):
        assert secret not in log


async def test_a_booking_is_traced_from_the_request_to_its_steps(
    app: Application, spa: httpx.AsyncClient
) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    span = provider.get_tracer("test").start_as_current_span
    app.span = span
    app.state.desk.watch._span = span
    assert (await spa.post("/v1/venues/spa/orders", json=BOOKING)).status_code == 201
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert set(spans) == {"POST /v1/venues/{venue}/orders", "read", "place", "apply"}
    request = spans["POST /v1/venues/{venue}/orders"]
    assert request.parent is None
    for step in ("read", "place", "apply"):
        assert spans[step].parent is not None
        assert spans[step].parent.span_id == request.context.span_id
    assert "Ottilie" not in "".join(span.to_json() for span in spans.values())
