"""The processes in which placing is computed, so that it never holds up the server.

They are forked from a server that has loaded the solver already, and end with the process that asked.
A computation ends within a moment of when nobody waits for it any more: whoever waits for it is cancelled, or
leaves (`asker`).
"""

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from contextvars import ContextVar, copy_context
from ctypes import c_byte
from multiprocessing.connection import wait
from typing import Any, TypeVar

from booking.computing import warm_up
from booking.placement.engine import MODULES
from booking.placement.giving_up import prepare_process, while_wanted
from catalog.errors import Abandoned, OutOfTime

REMEMBERED = 256
CALLS = 512
"""So many computations can be given up at any time; of more than that the rest runs to its end."""
GRACE = 2.0
"""So many seconds beyond its own a computation may take to end by itself: with a party or a house larger than
any that was thought of, even the preparation takes longer, and is given up then."""
_LEAST_SECONDS = 0.01  # in which a search finds out that there is not enough time
T = TypeVar("T")
asker: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("asker", default=None)
"""Waits until the one who asked has gone, where that can be told (api.endpoint)."""


class Remembered:
    """The last so many keys that were added."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        self._keys[key] = None
        while len(self._keys) > REMEMBERED:
            self._keys.popitem(last=False)


class Solvers:
    """Two sets of processes: bookings do not wait behind searches. `gate` bounds how many place at once.

    Beside them a process for whole days, made when one is planned: it works when the others do not.
    """

    def __init__(self, processes: int) -> None:
        self.processes = max(1, processes)
        self.gate = asyncio.Semaphore(self.processes)
        self.hopeless = Remembered()
        self._turn = asyncio.Semaphore(self.processes)
        self._known: OrderedDict[str, asyncio.Task[Any]] = OrderedDict()
        self._waiting: dict[str, int] = {}
        self._placing: ProcessPoolExecutor | None = None
        self._searching: ProcessPoolExecutor | None = None
        self._planning: ProcessPoolExecutor | None = None
        self._unwanted = multiprocessing.get_context("forkserver").RawArray(c_byte, CALLS)
        self._free = list(range(CALLS))

    async def start(self) -> None:
        """Starts the processes and waits until each has its solver loaded."""
        self._placing, self._searching = self._pool(), self._pool()
        loop = asyncio.get_running_loop()
        pools = (self._placing, self._searching)
        await asyncio.gather(
            *(loop.run_in_executor(pool, warm_up) for pool in pools for _ in range(self.processes))
        )

    async def stop(self) -> None:
        """Ends the processes; what they were computing is given up."""
        for number in range(CALLS):
            self._unwanted[number] = 1
        for pool in (self._placing, self._searching, self._planning):
            if pool is not None:
                await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
        self._placing = self._searching = self._planning = None

    async def place(self, compute: Callable[..., T], *args: object, seconds: float | None = None) -> T:
        """Runs a computation of which a booking waits for the result. Raises Abandoned where nobody does, and
        OutOfTime where it takes much longer than the `seconds`, its last argument."""
        if seconds is not None:
            args = (*args, seconds)
        async with _bounded(seconds):
            try:
                return await self._run(self._placing, compute, *args)
            except BrokenProcessPool:  # a process was killed: once more, with new ones
                self._placing = self._pool()
                return await self._run(self._placing, compute, *args)

    async def search(self, compute: Callable[..., T], *args: object, seconds: float | None = None) -> T:
        """Runs a search or an explanation, beside the bookings. Raises Abandoned where nobody waits, and
        OutOfTime where it takes much longer than it may.

        `seconds`, its last argument, is what is left of them when its turn has come: whoever searches in a
        crowd hears that there was not enough time, and not much later than alone.
        """
        begun = time.monotonic()
        async with self._turn:
            if seconds is not None:
                seconds = max(_LEAST_SECONDS, begun + seconds - time.monotonic())
                args = (*args, seconds)
            async with _bounded(seconds):
                try:
                    return await self._run(self._searching, compute, *args)
                except BrokenProcessPool:
                    self._searching = self._pool()
                    return await self._run(self._searching, compute, *args)

    async def plan(self, compute: Callable[..., T], *args: object) -> T:
        """Runs a part of a plan of days, in a process that remembers the part before (booking.sketching)."""
        if self._planning is None:
            self._planning = self._pool(1, niceness=10)
        try:
            return await self._run(self._planning, compute, *args)
        except BrokenProcessPool:  # another one remembers nothing
            self._planning = self._pool(1, niceness=10)
            return await self._run(self._planning, compute, *args)

    async def search_once(
        self, key: str, compute: Callable[..., T], *args: object, seconds: float | None = None
    ) -> T:
        """As `search`, computed once for all who ask the same of the same state: losers of a race do.

        It is given up when the last of them has.
        """
        task: asyncio.Task[T] | None = self._known.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            context = copy_context()
            context.run(asker.set, None)  # it is not for the first of them alone
            task = asyncio.create_task(self.search(compute, *args, seconds=seconds), context=context)
            self._known[key] = task
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            return await _unless_gone(task)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
                if not task.done():
                    task.cancel()
                    self._known.pop(key, None)

    async def _run(self, pool: ProcessPoolExecutor | None, compute: Callable[..., T], *args: object) -> T:
        if pool is None:
            raise RuntimeError("the solvers have not been started")
        if not self._free:
            return await asyncio.wrap_future(pool.submit(compute, *args))
        number = self._free.pop()
        self._unwanted[number] = 0
        try:
            running = pool.submit(_while_wanted, number, compute, *args)
        except BaseException:
            self._free.append(number)
            raise
        running.add_done_callback(lambda _: self._free.append(number))
        try:
            return await _unless_gone(asyncio.wrap_future(running))
        finally:
            self._give_up(running, number)

    def _give_up(self, running: "Future[Any]", number: int) -> None:
        """Where it still runs. The number is given to another only after it has ended, and is reset then."""
        if not running.done():
            self._unwanted[number] = 1
            running.cancel()

    def _pool(self, processes: int | None = None, niceness: int = 0) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*MODULES, "booking.computing"])
        return ProcessPoolExecutor(
            processes or self.processes,
            mp_context=context,
            initializer=_prepare,
            initargs=(self._unwanted, niceness),
        )


@asynccontextmanager
async def _bounded(seconds: float | None) -> AsyncIterator[None]:
    """Raises OutOfTime where what is within takes longer than these seconds and GRACE."""
    try:
        async with asyncio.timeout(None if seconds is None else seconds + GRACE):
            yield
    except TimeoutError:
        raise OutOfTime("This is more than can be worked out in time; ask for less at once.") from None


async def _unless_gone(future: "asyncio.Future[T]") -> T:
    """What comes of it. Raises Abandoned when the one who asked goes first; it is not cancelled with us."""
    left = asker.get()
    going = None if left is None else asyncio.ensure_future(left())
    both: list[asyncio.Future[Any]] = [future] if going is None else [future, going]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if going is not None:
            going.cancel()
    if not future.done():
        raise Abandoned("Nobody waits for this answer any more.")
    return future.result()


class _Process:
    """What a solver process knows: the computations that are not wanted any more, by number."""

    unwanted: Any = None


def _prepare(unwanted: Any, niceness: int) -> None:
    _Process.unwanted = unwanted
    os.nice(niceness)
    prepare_process()
    end_with_parent()


def _while_wanted(number: int, compute: Callable[..., T], *args: object) -> T:
    with while_wanted(lambda: not _Process.unwanted[number]):
        return compute(*args)


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
