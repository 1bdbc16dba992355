"""Giving up a computation whose answer nobody waits for any more.

A solver process works on one computation at a time, in its main thread. Beside it a thread asks every
POLL seconds whether the answer is still wanted; if not, it stops the solver, and where Python is at work
GivenUp is raised.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from booking.placement.engine import cp_model

POLL = 0.02
_SIGNAL = signal.SIGUSR1


class GivenUp(Exception):
    """Nobody waits for this answer any more."""


class _AtWork:
    """What the process works on now: whether it is wanted, and the solver while it runs."""

    wanted: Callable[[], bool] | None = None
    solver: cp_model.CpSolver | None = None


def prepare_process() -> None:
    """Called once by the main thread of a solver process. What is loaded by then stays: nobody needs to look
    through it for garbage, which takes a tenth of a second and copies pages shared with other processes.
    """
    gc.freeze()
    signal.signal(_SIGNAL, _give_up)


@contextmanager
def while_wanted(wanted: Callable[[], bool]) -> Iterator[None]:
    """What runs within is given up when `wanted` says no; raises GivenUp."""
    done = threading.Event()
    main = threading.get_ident()

    def watch() -> None:
        while not done.wait(POLL):
            if not wanted():
                if _AtWork.solver is not None:
                    _AtWork.solver.stop_search()
                signal.pthread_kill(main, _SIGNAL)

    _AtWork.wanted = wanted
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        _AtWork.wanted = None
        done.set()


@contextmanager
def stoppable(solver: cp_model.CpSolver) -> Iterator[None]:
    """The solver that runs within is stopped when its answer is not wanted any more."""
    _AtWork.solver = solver
    try:
        yield
    finally:
        _AtWork.solver = None


def _give_up(_: int, __: FrameType | None) -> None:
    """Between two computations nothing is at work, and a signal that comes late does nothing."""
    if _AtWork.wanted is not None and not _AtWork.wanted():
        raise GivenUp
