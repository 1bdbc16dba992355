"""Each request: an id that is answered and stands in every line of its log, its time, its span."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.watch.metrics import LATENCY, REQUESTS
from api.watch.traces import Span, no_span

HEADER = b"x-request-id"
_SOUND = re.compile(rb"[A-Za-z0-9._-]{1,64}")  # no room for an address, nor for another line
_QUIET = ("/health", "/metrics")
_log = structlog.get_logger()


class Application(Litestar):
    """The application, watched. Everything is known by the pattern of its address, never by what fills it."""

    span: Span = staticmethod(no_span)
    logs_requests: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        given = dict(scope["headers"]).get(HEADER, b"")
        request_id = given if _SOUND.fullmatch(given) else uuid.uuid4().hex.encode()
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, request_id)]
                route = str(scope.get("path_template") or "unknown")
                self._note(scope["method"], route, message["status"], time.perf_counter() - began)
                if span is not None:
                    span.update_name(f"{scope['method']} {route}")
                    span.set_attribute("http.response.status_code", message["status"])
            await send(message)

        with bound_contextvars(request=request_id.decode()), self.span(scope["method"]) as span:
            await super().__call__(scope, receive, noted)

    def _note(self, method: str, route: str, status: int, seconds: float) -> None:
        REQUESTS.labels(method, route, str(status)).inc()
        LATENCY.labels(method, route).observe(seconds)
        if self.logs_requests and route not in _QUIET:
            _log.info("answered", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
