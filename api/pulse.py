"""Whether the database answers at all: what tells a request that has to wait from one that waits in vain."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import for_asyncpg
from api.errors import AWAY, Unavailable

PATIENCE = 3.0
"""Seconds that a request waits before the database is looked at, and again while that is well."""
_ANSWERS_WITHIN = 4.0
_LATELY = 2.0
T = TypeVar("T")


class Pulse:
    """Of the database that the engine reaches at the address.

    Where no statement of this process has been answered lately, it is asked by a connection of its own, once
    for all who want to know.
    """

    def __init__(self, address: str, engine: AsyncEngine) -> None:
        self._address = for_asyncpg(address)
        self._asking: asyncio.Task[bool] | None = None
        self._heard = 0.0
        event.listen(engine.sync_engine, "after_cursor_execute", self._hear)

    def _hear(self, *_: object) -> None:
        self._heard = time.monotonic()

    async def beats(self) -> bool:
        """Whether it has answered somebody within the last two seconds, or answers now, within four."""
        if time.monotonic() - self._heard < _LATELY:
            return True
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN):
                connection = await asyncpg.connect(self._address)
                try:
                    await connection.execute("select 1")
                finally:
                    connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True


async def while_it_beats(pulse: Pulse, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, however long it takes while the database answers; else Unavailable.

    The work is broken off then. What has reached the database may be done all the same.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_forget)  # it may fail when nobody waits for it any more
    try:
        while not (await asyncio.wait((task,), timeout=PATIENCE))[0]:
            if not await pulse.beats():
                raise Unavailable(AWAY)
    finally:
        if not task.done():
            task.cancel()
    return task.result()


def _forget(task: asyncio.Task[Any]) -> None:
    with suppress(asyncio.CancelledError):
        task.exception()
