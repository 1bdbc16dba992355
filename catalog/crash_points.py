"""Points at which the tests end the process: a crash at any of them leaves the old state or the new.

`passing` does nothing unless the process was started with `SOJOURN_TEST_CRASH_AT=point` (or `point:3`, the
third time), which is read once, here: no request can arm it. Every transaction passes `before_commit` and
`after_commit`; the others are called by name where something else becomes true or is told.
"""

import os
import signal
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.orm import Session

VARIABLE = "SOJOURN_TEST_CRASH_AT"
POINTS = {
    "after_claim": "an Idempotency-Key is claimed, and nothing done yet",
    "after_locks": "the days of the resources are locked, and what is given back is deleted",
    "before_commit": "everything is written, and nothing committed",
    "after_commit": "it is committed, and nobody knows",
    "before_answer": "the answer is made, and not sent",
    "after_outbox_claim": "a mail is taken to be sent, and not sent",
    "after_mail_sent": "the mail server has a mail, which is not noted yet",
}

_reached: Callable[[str], None] | None = None


def passing(point: str) -> None:
    """Says that this point is passed."""
    if _reached is not None:
        _reached(point)


def arm(reached: Callable[[str], None]) -> None:
    """From now on `reached` is told of every point, for as long as this process lives."""
    global _reached
    _reached = reached
    event.listen(Session, "before_commit", lambda _: passing("before_commit"))
    event.listen(Session, "after_commit", lambda _: passing("after_commit"))


def ending_at(named: str) -> Callable[[str], None]:
    """Ends the process, as the kernel would, at the point that `named` says; raises ValueError."""
    wanted, _, times = named.partition(":")
    if wanted not in POINTS:
        raise ValueError(f"There is no crash point {wanted!r}; there are {', '.join(POINTS)}.")
    left = int(times or 1)

    def reached(point: str) -> None:
        nonlocal left
        if point == wanted:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reached


if _named := os.environ.get(VARIABLE):
    arm(ending_at(_named))
