"""The processes in which placing is computed, so that it never holds up the server.

They are forked from a server that has loaded the solver already, and end with the process that asked.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Any, TypeVar

from booking.computing import warm_up

REMEMBERED = 256
T = TypeVar("T")


class Solvers:
    """Two sets of processes: bookings do not wait behind searches. `gate` bounds how many place at once."""

    def __init__(self, processes: int) -> None:
        self.processes = max(1, processes)
        self.gate = asyncio.Semaphore(self.processes)
        self._known: OrderedDict[str, asyncio.Task[Any]] = OrderedDict()
        self._placing: ProcessPoolExecutor | None = None
        self._searching: ProcessPoolExecutor | None = None

    async def start(self) -> None:
        """Starts the processes and waits until each has its solver loaded."""
        self._placing, self._searching = self._pool(), self._pool()
        loop = asyncio.get_running_loop()
        pools = (self._placing, self._searching)
        await asyncio.gather(
            *(loop.run_in_executor(pool, warm_up) for pool in pools for _ in range(self.processes))
        )

    async def stop(self) -> None:
        """Ends the processes; what they were computing is lost."""
        for pool in (self._placing, self._searching):
            if pool is not None:
                await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
        self._placing = self._searching = None

    async def place(self, compute: Callable[..., T], *args: object) -> T:
        """Runs a computation of which a booking waits for the result."""
        try:
            return await self._run(self._placing, compute, *args)
        except BrokenProcessPool:  # a process was killed: once more, with new ones
            self._placing = self._pool()
            return await self._run(self._placing, compute, *args)

    async def search(self, compute: Callable[..., T], *args: object) -> T:
        """Runs a search or an explanation, beside the bookings."""
        try:
            return await self._run(self._searching, compute, *args)
        except BrokenProcessPool:
            self._searching = self._pool()
            return await self._run(self._searching, compute, *args)

    async def search_once(self, key: str, compute: Callable[..., T], *args: object) -> T:
        """As `search`, computed once for all who ask the same of the same state: losers of a race do."""
        task: asyncio.Task[T] | None = self._known.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self.search(compute, *args))
            self._known[key] = task
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return await asyncio.shield(task)

    async def _run(self, pool: ProcessPoolExecutor | None, compute: Callable[..., T], *args: object) -> T:
        if pool is None:
            raise RuntimeError("the solvers have not been started")
        return await asyncio.get_running_loop().run_in_executor(pool, compute, *args)

    def _pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["booking.computing"])
        return ProcessPoolExecutor(self.processes, mp_context=context, initializer=end_with_parent)


def end_with_parent() -> None:
    """A solver whose server was killed ends by itself; Ctrl-C is the server's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
