"""Processes that carry out one operation each and may be ended amid it, as the kernel would end a server.

They are forked from a process that has loaded everything and opened nothing, so that one takes a moment. What
a child is told and says are lines of JSON.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
import uuid
from datetime import datetime, timedelta, tzinfo
from typing import Any

from tests.faults.operations import Operation, Told

ADMIN = "an-administrator's-key-of-the-faults"
_TIRED = 60  # seconds: longer than any operation may take


class Nursery:
    """Where the children come from; as a context, ended with it."""

    def __enter__(self) -> "Nursery":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.children"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, address: str, operation: Operation, crash_at: int | None = None, **more: Any) -> Told:
        """What came of the operation. `crash_at`: it is ended at that point of those it passes."""
        order = {"address": address, "operation": operation, "crash_at": crash_at, **more}
        return self._asked(order)

    def warm_up(self, address: str, operations: list[Operation]) -> None:
        """Carries these out where the children come from, so that none has to compile the same statements."""
        for operation in operations:
            self._asked({"address": address, "operation": operation, "key": uuid.uuid4().hex, "itself": True})

    def _asked(self, order: dict[str, Any]) -> Told:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Told(**json.loads(self._process.stdout.readline()))


def main() -> None:
    """Forks a child for each line."""
    from tests.faults.acting import act, application

    app, said_to = application(), os.dup(1)
    os.dup2(2, 1)  # what is logged is no answer
    for line in sys.stdin:
        order = json.loads(line)
        if order.pop("itself", False):
            answer = asyncio.run(act(app, **order))
            told = {"passed": [], "status": answer.status_code, "body": answer.text}
            os.write(said_to, json.dumps(told).encode() + b"\n")
            continue
        gc.freeze()  # else the first collection of a child copies all that it shares
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ours)
            _live(app, order, theirs)
        os.close(theirs)
        with os.fdopen(ours) as said:
            told = said.read()
        _, status = os.waitpid(child, 0)
        passed = [it for it in told.splitlines() if not it.startswith("{")]
        ended = [json.loads(it) for it in told.splitlines() if it.startswith("{")]
        ending = ended[0] if ended and not os.WIFSIGNALED(status) else {"killed": True}
        os.write(said_to, json.dumps({"passed": passed, **ending}).encode() + b"\n")


def _live(app: Any, order: dict[str, Any], say: int) -> None:
    import signal

    from catalog import crash_points
    from tests.faults.acting import act

    signal.alarm(_TIRED)
    left = order.pop("crash_at")

    def passed(point: str) -> None:
        nonlocal left
        os.write(say, point.encode() + b"\n")
        if left is not None:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    crash_points.arm(passed)
    later = timedelta(seconds=order.pop("later", 0))
    set_clock(timedelta(seconds=order.pop("clock", 0)))
    try:
        done = asyncio.run(act(app, later=later, **order))
        os.write(say, json.dumps({"status": done.status_code, "body": done.text}).encode() + b"\n")
    except BaseException as error:
        os.write(say, json.dumps({"status": 0, "body": repr(error)}).encode() + b"\n")
    os._exit(0)


def set_clock(by: timedelta) -> None:
    """What this process takes for the present is so much later from now on."""
    import catalog.base

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + by

    catalog.base.datetime = Clock  # type: ignore[misc]


if __name__ == "__main__":
    main()
