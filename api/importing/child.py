"""The process that reads a calendar: a program that takes a Task and the content, and gives an Answer.

It limits itself before it reads anything: time, memory, files. What it meets there costs nobody else.
"""

import contextlib
import os
import sys
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from api.importing.addresses import networks
from api.importing.errors import Unreadable
from api.importing.fetch import MOST_BYTES, fetch
from api.importing.lines import calendars
from api.importing.occurrences import busy_times
from catalog.times import Interval

CPU_SECONDS = 5
_MEMORY = 768 << 20
_TOO_MUCH = "The calendar takes more time or memory to work out than this server gives it."


class Task(Struct, frozen=True, kw_only=True):
    """What to read: the address, or, without one, what follows behind a line break. `window` in minutes."""

    url: str = ""
    allowed: str = ""
    time_zone: str
    window: Interval


class Answer(Struct, frozen=True, kw_only=True):
    """What was found (api.importing.occurrences.Found), or why nothing was."""

    refused: str = ""
    busy: tuple[Interval, ...] = ()
    sojourn: dict[str, tuple[Interval, ...]] = {}


def main() -> None:
    _limit()
    head, _, content = sys.stdin.buffer.read().partition(b"\n")
    task = msgspec.json.decode(head, type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(answer(task, content)))


def answer(task: Task, content: bytes) -> Answer:
    """Reads the calendar, whatever it is."""
    try:
        if task.url:
            content = fetch(task.url, networks(task.allowed))
        if len(content) > MOST_BYTES:
            raise Unreadable(f"The calendar is larger than {MOST_BYTES >> 20} MiB, the most that is read.")
        found = busy_times(calendars(content), ZoneInfo(task.time_zone), task.window)
        return Answer(busy=found.busy, sojourn=found.sojourn)
    except Unreadable as reason:
        return Answer(refused=str(reason))
    except (MemoryError, RecursionError):
        return Answer(refused=_TOO_MUCH)


def _limit() -> None:
    if hasattr(os, "nice"):
        os.nice(10)  # requests go first
    with contextlib.suppress(ImportError):  # where the system has no limits, the parent's patience is one
        import resource

        for kind, most in (
            (resource.RLIMIT_CPU, CPU_SECONDS),
            (resource.RLIMIT_AS, _MEMORY),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 64),
        ):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
