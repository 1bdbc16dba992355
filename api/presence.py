"""Whether whoever asked still waits."""

import asyncio
from typing import Any

from litestar import Request


class Presence:
    """Whether the client of a request is still there. It is asked only where somebody waits for a solver."""

    def __init__(self, request: Request[Any, Any, Any]) -> None:
        self.request = request
        self._listening: asyncio.Task[None] | None = None

    async def gone(self) -> None:
        """Returns when the client has closed the connection."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        await asyncio.shield(self._listening)

    async def _listen(self) -> None:
        while (await self.request.receive())["type"] != "http.disconnect":
            pass

    def stop(self) -> None:
        """The request has been answered: nobody listens any more."""
        if self._listening is not None:
            self._listening.cancel()
