"""The plan of days that this process is at work on.

It keeps it between two calls, so that neither the question nor what was found has to be sent each time; who
finds it forgotten begins again.
"""

from booking.case import case_of
from booking.explain import Refused, why
from booking.sketch import Sketch, Sketching, ToPlan


class _AtWork:
    key: str | None = None
    sketching: Sketching | None = None


def begin(key: str, wanted: ToPlan) -> None:
    """Takes up the plan of that key, in place of the one before."""
    _AtWork.key, _AtWork.sketching = None, None
    _AtWork.sketching = Sketching(wanted)
    _AtWork.key = key


def carry_on(key: str, seconds: float, last: bool) -> Sketch | None:
    """The plan after so many seconds more; None where this process knows nothing of it."""
    if _AtWork.sketching is None or _AtWork.key != key:
        return None
    return _AtWork.sketching.carry_on(seconds, last=last)


def why_left(key: str, order: int, seconds: float) -> Refused | None:
    """Why the order has no place beside all that has one."""
    if _AtWork.sketching is None or _AtWork.key != key:
        return None
    return why(case_of(_AtWork.sketching.left_over(order)), seconds)
