"""What a request about sales and credits says, beside what all say (api.inputs)."""

import re
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import field

from api.inputs import PageQuery, read_when
from booking.requests import When
from catalog.errors import Invalid, Problem
from catalog.times import instant
from pricing.sale import Status

_SECONDS = re.compile(r"([Tt ]\d\d:\d\d):(\d\d)(\.\d{1,9})?", re.ASCII)


class SalesQuery(PageQuery, frozen=True, kw_only=True):
    """Which sales: those that took place in the range, of a customer, in a status."""

    from_: When | None = field(name="from", default=None)
    to: When | None = None
    customer: uuid.UUID | None = None
    status: Status | None = None


def read_moment(tz: ZoneInfo, text: str, path: str) -> datetime:
    """The instant to the second that something took place at or ends at; a date is its midnight."""
    seconds = _SECONDS.search(text)
    at = instant(read_when(tz, _SECONDS.sub(r"\1", text), path))
    if seconds is None:
        return at
    fraction = Decimal(seconds[2] + (seconds[3] or ""))
    if fraction >= 60:
        raise Invalid(problems=(Problem(path, f"{text!r} is not a time of the clock"),))
    return at + timedelta(microseconds=int(fraction * 1_000_000))
