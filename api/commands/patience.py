"""How long a request may take to arrive, and how much may stand before its body.

Whoever sends a byte now and then would hold a connection for ever; whoever sends headers without end, memory.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import httptools
import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.errors import MEDIA_TYPE, problem_document

SECONDS = 10.0
MOST_HEAD_BYTES = 1 << 16
_SENTENCES = {
    400: ("malformed", "This is not HTTP."),
    408: ("too_slow", f"The request took more than {SECONDS:g} seconds to arrive."),
    431: ("head_too_large", f"More than {MOST_HEAD_BYTES} bytes stand before the body."),
}


class PatientProtocol(HttpToolsProtocol):
    """A connection that is closed where a request does not arrive as a whole in time."""

    _timer: asyncio.TimerHandle | None = None
    _head = 0
    _is_head = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # as uvicorn has it
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._relax()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._timer is None:
            self._expect()
        if self._is_head:
            self._head += len(data)
        super().data_received(data)
        if self._is_head and self._head > MOST_HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """What follows a body in chunks is no header (RFC 9110, 6.5.1): who stands between saw none."""
        if self._is_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._head_bytes() > MOST_HEAD_BYTES:
            raise httptools.HttpParserError("The head is too large.")
        self._is_head, self._head = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_head, self._head = True, 0
        self._relax()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - what uvicorn would say
        self._refuse(431 if self._head_bytes() > MOST_HEAD_BYTES else 400)

    def _head_bytes(self) -> int:
        if not self._is_head or self.headers is None:
            return 0
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _expect(self) -> None:
        self._timer = self.loop.call_later(SECONDS, self._refuse, 408)

    def _relax(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int) -> None:
        """Says so, unless an answer has begun or nothing was asked, and ends the connection."""
        self._relax()
        if self.transport.is_closing():
            return
        has_asked = self._head > 0 or not self._is_head
        has_answer = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if has_asked and not has_answer:
            code, sentence = _SENTENCES[status]
            body = msgspec.json.encode(problem_document(status, code, sentence))
            lines = (
                f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
                f"Content-Type: {MEDIA_TYPE}",
                f"Content-Length: {len(body)}",
                "Cache-Control: no-store",
                "X-Content-Type-Options: nosniff",
                *(("Retry-After: 2",) if status == 408 else ()),
                "Connection: close",
            )
            self.transport.write("\r\n".join((*lines, "", "")).encode() + body)
        self.transport.close()
