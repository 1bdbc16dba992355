"""The one connection that a server process keeps for itself: it hears of events, and shows that it lives."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress

import asyncpg
import structlog

from api.database import for_asyncpg
from api.idempotency import lock_number
from booking.bulk import CHANNEL

RECONNECT_SECONDS = 0.5
ALIVE_SECONDS = 10.0
_FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = structlog.get_logger()


class Wire:
    """Calls `heard` with the venue of every notification, and with None when some may have been missed.

    Holds the advisory lock of `instance` for as long as it is connected (api.idempotency).
    """

    def __init__(self, address: str, instance: uuid.UUID, heard: Callable[[uuid.UUID | None], None]) -> None:
        self._address, self._instance, self._heard = address, instance, heard
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def open(self) -> None:
        """Returns when the lock is held and the ear is open."""
        self._task = asyncio.create_task(self._run(), name="wire")
        await self.connected.wait()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._live()
            except _FAILURES as failure:
                _log.warning("wire lost", failure=str(failure))
            self.connected.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _live(self) -> None:
        connection = await asyncpg.connect(for_asyncpg(self._address), timeout=ALIVE_SECONDS)
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.execute("select pg_advisory_lock($1)", lock_number(self._instance))
            await connection.add_listener(CHANNEL, self._on_notify)
            self.connected.set()
            self._heard(None)
            while not lost.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), ALIVE_SECONDS)
                if not lost.is_set():
                    await connection.execute("select 1", timeout=ALIVE_SECONDS)
        finally:
            connection.terminate()

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        with suppress(ValueError):
            self._heard(uuid.UUID(str(payload)))
