"""Several server processes on one port, under a parent that serves nothing itself.

The parent owns the port and the database. A process that ends is replaced, and the connections that nobody
has accepted yet wait in the kernel for those that live. Each is started anew, not forked: it shares nothing
with the others but the port.
"""

from __future__ import annotations

import glob
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

import structlog

from api.commands.waiting import Waiting
from api.logs import log_to
from api.settings import CannotStart, Settings

_EMBEDDED_CONNECTIONS = 180  # of the 200 that the embedded PostgreSQL lets in
_LONGEST_PAUSE = 10.0  # seconds, before one that does not even start is tried again
_MARGIN = 5.0  # seconds beyond the grace of each, after which it is killed
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_log = structlog.get_logger()

Run = Callable[[Settings, str, socket.socket, Callable[[], None]], None]
"""Serves on the listener until SIGTERM, calling the last one when it is ready to accept."""


@dataclass
class _Place:
    """A process, or the time (monotonic) at which the place of one that ended is filled again."""

    process: SpawnProcess | None = None
    line: Connection | None = None  # until it is ready
    is_ready: bool = False
    due: float = 0.0
    failures: int = 0


def share(settings: Settings, count: int) -> Settings:
    """What each of so many processes has of what the machine and the embedded database give to all."""
    connections = settings.database_connections
    if not settings.database_url:
        connections = max(4, min(connections, _EMBEDDED_CONNECTIONS // count - 1))
    solvers = max(1, settings.solver_processes // count)
    return replace(settings, solver_processes=solvers, database_connections=connections)


class Processes:
    """`count` processes that `run`; `grace` is how long each may take to end in order, in seconds."""

    def __init__(self, run: Run, count: int, *, grace: float) -> None:
        self._run, self._grace = run, grace
        self._places = [_Place() for _ in range(count)]
        self._served = False

    def serve(self, settings: Settings, address: str, listener: socket.socket, waiting: Waiting) -> None:
        """Until KeyboardInterrupt. Raises CannotStart where the first of them do not come up."""
        settings = share(settings, len(self._places))
        counts = tempfile.TemporaryDirectory(prefix="sojourn-counts-")
        os.environ[FOLDER] = counts.name  # of all processes, read by whichever is asked
        try:
            while True:
                for place in self._places:
                    if place.process is None and time.monotonic() >= place.due:
                        self._start(place, settings, address, listener)
                self._look(waiting)
        finally:
            self._stop()
            counts.cleanup()

    def _start(self, place: _Place, settings: Settings, address: str, listener: socket.socket) -> None:
        place.line, theirs = multiprocessing.Pipe()
        place.process = multiprocessing.get_context("spawn").Process(
            target=_live, args=(self._run, settings, address, listener, theirs), name="sojourn"
        )
        place.process.start()
        theirs.close()

    def _look(self, waiting: Waiting) -> None:
        """Wait for something to happen, and see to it."""
        living = [place for place in self._places if place.process is not None]
        heard: list[object] = [place.line for place in living if place.line is not None]
        heard += [place.process.sentinel for place in living if place.process is not None]
        dues = [place.due - time.monotonic() for place in self._places if place.process is None]
        happened = wait(heard, timeout=max(0.0, min(dues)) if dues else None)  # type: ignore[arg-type]
        for place in living:
            if place.line in happened:
                self._hear(place, waiting)
            if place.process is not None and place.process.sentinel in happened:
                self._bury(place)

    def _hear(self, place: _Place, waiting: Waiting) -> None:
        """It is ready, and is told when the port is its own; or it has ended, which its sentinel says."""
        line = place.line
        if line is None:
            return
        try:
            line.recv()
            waiting.hand_over()
            line.send(None)
        except (EOFError, OSError):
            pass
        else:
            self._served, place.is_ready, place.failures = True, True, 0
        line.close()
        place.line = None

    def _bury(self, place: _Place) -> None:
        process = place.process
        if process is None:
            return
        process.join()
        for file in glob.glob(f"{os.environ[FOLDER]}/gauge_live*_{process.pid}.db"):
            os.unlink(file)  # what it had in use is in use no more; what it counted has happened
        if not self._served and process.exitcode:
            raise CannotStart("A server process did not start: its log says why.")
        _log.warning("a server process ended", process=process.pid, status=process.exitcode)
        place.failures = 0 if place.is_ready else place.failures + 1
        pause = min(_LONGEST_PAUSE, 0.1 * 2**place.failures) if place.failures else 0.0
        place.process, place.is_ready, place.due = None, False, time.monotonic() + pause

    def _stop(self) -> None:
        """All at once; what they have begun they may finish. A second interrupt ends them where they are."""
        processes = [place.process for place in self._places if place.process is not None]
        for place in self._places:
            if place.line is not None:
                place.line.close()  # who waits to be told that it may begin goes on, and ends
        try:
            for process in processes:
                process.terminate()
            until = time.monotonic() + self._grace + _MARGIN
            for process in processes:
                process.join(max(0.0, until - time.monotonic()))
        finally:
            for process in processes:
                process.kill()
                process.join()


def _live(run: Run, settings: Settings, address: str, listener: socket.socket, line: Connection) -> None:
    """In the process: ends with its parent, and hears of the terminal's Ctrl-C through it alone."""
    from booking.solvers import end_with_parent  # with the solver, which the parent does without

    os.setsid()
    end_with_parent()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log_to(sys.stderr)

    def ready() -> None:
        with suppress(EOFError, OSError):  # the parent is about to end us
            line.send(None)
            line.recv()

    try:
        run(settings, address, listener, ready)
    except CannotStart as error:
        _log.error("the server did not start", why=str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        pass
