"""What the port says before the server is ready: 503, and what is being done.

The listener is bound first of all. Until the server takes it over, a thread answers on it; a connection that
is never accepted here waits in the kernel for the server, so none is lost in between.
"""

from __future__ import annotations

import asyncio
import html
import json
import socket
import threading
from contextlib import suppress
from types import TracebackType

_PATIENCE = 3.0  # seconds, for a client to send its request, and to read the answer
_LONGEST_HEAD = 1 << 16
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<meta name="viewport" content="width=device-width"><title>Sojourn is starting</title>
<body style="font-family: system-ui, sans-serif; margin: 20vh auto; max-width: 30rem; padding: 0 1rem">
<p>{sentence}</p>
<p>This page shows Sojourn as soon as it is ready.</p>
"""


class Waiting:
    """Answers every request on the listener until `hand_over`; as a context, at the latest until its end."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._doing = "the database"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="waiting", daemon=True)
        self._answering: set[asyncio.Task[None]] = set()
        self._over = False

    def __enter__(self) -> Waiting:
        self._listener.setblocking(False)
        self._loop.add_reader(self._listener, self._accept)
        self._thread.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.hand_over()

    def say(self, doing: str) -> None:
        """What is being done now: the end of the sentence that begins "Sojourn is starting: "."""
        self._doing = doing

    def hand_over(self) -> None:
        """From now on nothing is accepted here; what was accepted before is still answered."""
        if not self._over:
            self._over = True
            asyncio.run_coroutine_threadsafe(self._stop_accepting(), self._loop).result()

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def _stop_accepting(self) -> None:
        self._loop.remove_reader(self._listener)
        self._last = self._loop.create_task(self._end())

    async def _end(self) -> None:
        await asyncio.gather(*self._answering, return_exceptions=True)
        self._loop.stop()

    def _accept(self) -> None:
        with suppress(OSError):  # whoever it was has gone
            connection, _ = self._listener.accept()
            task = self._loop.create_task(self._answer(connection))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        with connection, suppress(OSError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                head = await self._head(connection)
                if head:
                    await self._loop.sock_sendall(connection, response(head, self._doing))
                # Closed before all that was sent is read, the connection would take the answer with it.
                connection.shutdown(socket.SHUT_WR)
                while await self._loop.sock_recv(connection, 1 << 16):
                    pass

    async def _head(self, connection: socket.socket) -> bytes:
        """The request up to its body; as much of it as there is, where the client ends before."""
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
            more = await self._loop.sock_recv(connection, 1 << 16)
            if not more:
                break
            head += more
        return head


def response(head: bytes, doing: str) -> bytes:
    """The answer to any request: a page for who wants to look at it, else a problem document."""
    sentence = f"Sojourn is starting: {doing}."
    fields = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
    accepts = " ".join(value for name, _, value in fields if name.strip().lower() == "accept")
    if "text/html" in accepts:
        media, body = "text/html; charset=utf-8", _PAGE.format(sentence=html.escape(sentence))
    else:
        media = "application/problem+json"
        body = json.dumps(
            {
                "type": "urn:sojourn:problem:starting",
                "title": "Starting",
                "status": 503,
                "detail": sentence,
                "code": "starting",
            }
        )
    content = body.encode()
    lines = (
        "HTTP/1.1 503 Service Unavailable",
        f"Content-Type: {media}",
        f"Content-Length: {len(content)}",
        "Retry-After: 1",
        "Cache-Control: no-store",
        "Connection: close",
    )
    begin = "\r\n".join((*lines, "", "")).encode()
    return begin if head.startswith(b"HEAD ") else begin + content
