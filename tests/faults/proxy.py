"""A wire to PostgreSQL that can be cut, stopped or made to lie at a chosen message, as networks and disks do.

It understands as much of the protocol as it takes to see what a client asks: a message is a letter, a length
and a body (PostgreSQL, "Frontend/Backend Protocol").
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy.engine import make_url

from api.postmaster import SOCKET

_CANCEL, _SSL, _GSS = 80877102, 80877103, 80877104
Fault = Literal["cut before", "cut after", "disk full", "silence"]
Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """What passes between a client and the server. `fault` befalls the `at`-th COMMIT from now on, once.

    `cut before`: it never reaches the server. `cut after`: the server has done it, and its answer is lost.
    `disk full`: it is answered by SQLSTATE 53100 in the server's stead, and the transaction is rolled back.
    `silence`: nothing passes any more, on any connection.
    """

    def __init__(self, address: str) -> None:
        self._url = make_url(address)
        self.commits = 0
        self.struck = asyncio.Event()
        self._fault: Fault | None = None
        self._at = 0
        self._open: set[asyncio.Task[None]] = set()
        self._passing = asyncio.Event()
        self._passing.set()
        self.refuses = False
        self._deaf: set[Pipe] = set()
        self._lied_to: set[Pipe] = set()

    def strike(self, fault: Fault, at: int) -> None:
        self._fault, self._at, self.commits = fault, at, 0
        self.struck.clear()

    def heal(self) -> None:
        """Whatever was, from now on everything passes; connections that were silent are cut."""
        self._fault, self.refuses = None, False
        if not self._passing.is_set():
            self.cut()
        self._passing.set()

    def fall_silent(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._passing.clear()

    def cut(self) -> None:
        """Every connection there is."""
        for task in self._open:
            task.cancel()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The address to be used in place of the server's."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield self._url.set(host="127.0.0.1", port=port, query={"sslmode": "disable"}).render_as_string(
                hide_password=False
            )
        finally:
            server.close()
            self.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            if not self.refuses:
                await self._serve((reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _serve(self, client: Pipe) -> None:
        server = await self._connect()
        try:
            await self._begin(client, server)
            up = asyncio.create_task(self._up(client, server))
            down = asyncio.create_task(self._down(client, server))
            try:
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (up, down):
                    task.cancel()
                await asyncio.gather(up, down, return_exceptions=True)
        finally:
            server[1].transport.abort()

    async def _connect(self) -> Pipe:
        if isinstance(folder := self._url.query.get("host"), str):
            return await asyncio.open_unix_connection(f"{folder}/{SOCKET}")
        return await asyncio.open_connection(self._url.host, self._url.port or 5432)

    async def _begin(self, client: Pipe, server: Pipe) -> None:
        """What comes before messages have letters: the startup message, or a request to cancel."""
        while True:
            head = await client[0].readexactly(8)
            length, code = struct.unpack("!ii", head)
            rest = await client[0].readexactly(length - 8)
            if code in (_SSL, _GSS):
                client[1].write(b"N")
                continue
            await self._passing.wait()
            server[1].write(head + rest)
            return

    async def _up(self, client: Pipe, server: Pipe) -> None:
        while True:
            head = await client[0].readexactly(5)
            (length,) = struct.unpack("!i", head[1:])
            body = await client[0].readexactly(length - 4)
            fault = self._fault_of(head[:1], body)
            if fault == "silence":
                self.fall_silent()
            await self._passing.wait()
            if fault == "cut before":
                return
            if fault == "cut after":
                self._deaf.add(client)
            if fault == "disk full":
                self._lied_to.add(client)
                head, body = b"Q" + struct.pack("!i", 4 + len(_ROLLBACK)), _ROLLBACK
            server[1].write(head + body)

    async def _down(self, client: Pipe, server: Pipe) -> None:
        while True:
            head = await server[0].readexactly(5)
            (length,) = struct.unpack("!i", head[1:])
            body = await server[0].readexactly(length - 4)
            await self._passing.wait()
            if client in self._deaf:
                if head[:1] == b"Z":  # all that the COMMIT has to say is said
                    self._deaf.discard(client)
                    return
                continue
            if client in self._lied_to and head[:1] == b"C":
                self._lied_to.discard(client)
                head, body = b"E" + struct.pack("!i", 4 + len(_DISK_FULL)), _DISK_FULL
            client[1].write(head + body)

    def _fault_of(self, letter: bytes, body: bytes) -> Fault | None:
        if letter != b"Q" or not body.upper().startswith(b"COMMIT"):
            return None
        self.commits += 1
        if self._fault is None or self.commits != self._at:
            return None
        fault, self._fault = self._fault, None
        self.struck.set()
        return fault


_ROLLBACK = b"ROLLBACK\0"
_DISK_FULL = (
    b"SERROR\0VERROR\0C53100\0Mcould not extend file: No space left on device\0HCheck free disk space.\0\0"
)
