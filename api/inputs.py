"""What a request says: its body, its query, its conditions. Read once, at the border."""

import re
from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, UnsetType, field

from api.errors import Malformed, Unsupported
from booking.desk import Limits
from booking.lines import Status
from booking.requests import (
    AddLineRequest,
    ChangeRequest,
    LineRequest,
    OrderRequest,
    Request,
    SlotsRequest,
    When,
)
from catalog.convert import convert
from catalog.errors import Invalid, Problem
from catalog.plain import from_json
from catalog.specs import Key, Name, Text
from catalog.times import DAY, NonexistentLocalTime, minute, read_start, wall

T = TypeVar("T", bound=Struct)
NEVER = -1
"""A version that nothing has: what an `If-Match` means that no version of ours can match."""

_MOST_TOGETHER = 4  # times the participants that one line may have, for all lines of an order

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_SECONDS = re.compile(r"([Tt ]\d\d:\d\d):(\d\d)(\.\d{1,9})?", re.ASCII)
_LOST_PLUS = re.compile(r"([Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:\d\d)\Z", re.ASCII)
_TAG = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})', re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


# --- queries


class Query(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand after the `?`."""


class NoQuery(Query, frozen=True, kw_only=True):
    """Nothing may."""


class PreviewQuery(Query, frozen=True, kw_only=True):
    """`preview=true`: the answer that the change would give, and nothing is kept."""

    preview: bool = False


class RangeQuery(Query, frozen=True, kw_only=True):
    """From and to: an instant, a wall-clock time of the venue, or a local date (its midnight)."""

    from_: When = field(name="from")
    to: When


class ReportQuery(Query, frozen=True, kw_only=True):
    """The same; neither of the two: today."""

    from_: When | None = field(name="from", default=None)
    to: When | None = None


class EventsQuery(Query, frozen=True, kw_only=True):
    """`after`: the number of the last event that is known, where the header cannot be set."""

    after: Annotated[int, Meta(ge=0, le=1 << 62)] | None = None


class PageQuery(Query, frozen=True, kw_only=True):
    """One page of a list: `after` is the `next` of the page before."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    after: Text | None = None


class OrdersQuery(PageQuery, frozen=True, kw_only=True):
    """Which orders: those that touch the range, of a customer, in a status."""

    from_: When | None = field(name="from", default=None)
    to: When | None = None
    customer: str | None = None
    status: Status | None = None


class CustomersQuery(PageQuery, frozen=True, kw_only=True):
    """Which customers: whose name, e-mail address or telephone number has this in it."""

    q: Name = ""


class SlotsPage(Query, frozen=True, kw_only=True):
    """How much of the answer, and whether it says why the other starts are refused."""

    limit: Annotated[int, Meta(ge=1)] | None = None
    after: When | None = None
    explain: bool = False


class SlotsQuery(SlotsPage, frozen=True, kw_only=True):
    """The short form of a search for slots."""

    from_: When = field(name="from")
    to: When
    participants: Annotated[int, Meta(ge=1)] = 1
    step_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    resource: Key | None = None


# --- bodies that only the border knows


class SlotsBody(SlotsRequest, frozen=True, kw_only=True):
    """A search for slots with guests and adjusted components."""

    from_: When = field(name="from")
    to: When


class BlockBody(Request, frozen=True, kw_only=True):
    """A resource out of use. `replan` moves the bookings that stand there."""

    resource: Key
    start: When
    end: When
    note: Text = ""
    replan: bool = False


class ReplanBody(Request, frozen=True, kw_only=True):
    """A resource that cannot be used in [from, to): what stands on it is moved elsewhere."""

    resource: Key
    from_: When = msgspec.field(name="from")
    to: When
    plan: str | None = None


# --- reading


def json_body(raw: bytes, media_type: str) -> object:
    """The body as plain values; raises Malformed or Unsupported."""
    kind = media_type.partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise Unsupported(f"The body is {kind!r}; send JSON, as `Content-Type: application/json`.")
    if not raw.strip():
        raise Malformed("The body is empty; this address needs a JSON object.")
    try:
        return from_json(raw)
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise Malformed("The body is nested deeper than anything that is asked for here.") from None


def read_body(raw: bytes, media_type: str, kind: type[T]) -> T:
    """The body as that Struct; an empty one stands for `{}` where every field may be absent."""
    if not raw.strip() and not any(f.required for f in msgspec.structs.fields(kind)):
        return kind()
    return convert(json_body(raw, media_type), kind)


def read_query(raw: bytes, kind: type[T]) -> T:
    """The query as that Struct; the paths of its problems are the names of the parameters."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise Malformed("The query after the `?` cannot be read: it is not percent-encoded UTF-8.") from None
    values: dict[str, object] = {}
    twice = []
    numbers, switches = _shapes(kind)
    for name, text in pairs:
        if name in values:
            twice.append(Problem(name, "is given more than once"))
        value: object = text
        if name in numbers and re.fullmatch(r"-?[0-9]{1,19}", text):
            value = int(text)
        elif name in switches:
            value = _BOOLEANS.get(text.lower(), text)
        values[name] = value
    if twice:
        raise Invalid(problems=tuple(twice))
    return convert(values, kind)


@cache
def _shapes(kind: type[Struct]) -> tuple[frozenset[str], frozenset[str]]:
    def of(wanted: type) -> frozenset[str]:
        return frozenset(f.encode_name for f in msgspec.structs.fields(kind) if _holds(f.type, wanted))

    return of(int), of(bool)


def _holds(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_holds(a, wanted) for a in get_args(annotation) if a is not UnsetType)


def read_if_match(text: str | None) -> int | None:
    """The version that the change is based on; None where there is no condition. One tag at most."""
    if text is None or text.strip() == "*":
        return None
    match = _TAG.fullmatch(text.strip())
    if match is None:
        return NEVER
    return int(match[1] or match[2])


def read_when(tz: ZoneInfo, text: str, path: str, *, limits: Limits | None = None, now: int = 0) -> int:
    """The instant of an end of a range: the midnight of a date, else as a start, seconds rounded up.

    With `limits`, one further ahead than the horizon is refused.
    """
    text = _LOST_PLUS.sub(r"\1+\2", text.strip())  # a `+` that nobody encoded arrives as a space
    try:
        if _DATE.match(text):
            day = date.fromisoformat(text)
            if not 1971 <= day.year <= 2900:
                raise ValueError(f"the year {day.year} is out of reach")
            at = wall(tz, day, 0)
        else:
            seconds = _SECONDS.search(text)
            at = read_start(tz, _SECONDS.sub(r"\1", text))
            if seconds and (seconds[2] + (seconds[3] or "")).strip("0."):
                at += 1
    except NonexistentLocalTime as gap:
        raise Invalid(problems=(Problem(path, str(gap)),), code="nonexistent_local_time") from None
    except ValueError as fault:
        raise Invalid(problems=(Problem(path, f"{fault}, nor a date"),)) from None
    if limits is not None and at > now + (limits.horizon_days + 1) * DAY:
        raise Invalid(
            problems=(Problem(path, f"is more than {limits.horizon_days} days ahead, the furthest there is"),)
        )
    return at


def read_range(
    tz: ZoneInfo, first: str, last: str, *, most_days: int, limits: Limits | None = None, now: int = 0
) -> tuple[int, int]:
    """The range [from, to) of a query or body, not empty and no longer than that many days."""
    problems: list[Problem] = []
    ends = []
    for path, text in (("from", first), ("to", last)):
        try:
            ends.append(read_when(tz, text, path, limits=limits if path == "from" else None, now=now))
        except Invalid as fault:
            problems += fault.problems
    if problems:
        raise Invalid(problems=tuple(problems))
    start, end = ends
    if end <= start:
        raise Invalid(problems=(Problem("to", "is not after `from`"),))
    if end - start > most_days * DAY + 180:  # days may have 25 hours
        raise Invalid(problems=(Problem("to", f"is more than {most_days} days after `from`"),))
    return start, end


def check_limits(asked: OrderRequest | AddLineRequest | ChangeRequest | SlotsRequest, limits: Limits) -> None:
    """Raises Invalid for more participants than are served, or more guests than participants."""
    problems: list[Problem] = []
    if isinstance(asked, OrderRequest):
        together = sum(line.participants for line in asked.lines)
        if together > _MOST_TOGETHER * limits.participants:
            problems.append(
                Problem("lines", f"are for {together} participants, more than are placed at once")
            )
    parts: list[tuple[str, OrderRequest | LineRequest | ChangeRequest | SlotsRequest]] = [("", asked)]
    if isinstance(asked, OrderRequest):
        parts += [(f"lines[{i}].", line) for i, line in enumerate(asked.lines)]
    for path, part in parts:
        participants = part.participants
        if not isinstance(participants, int):
            continue
        if participants > limits.participants:
            problems.append(Problem(f"{path}participants", f"is more than {limits.participants}, the most"))
        elif not isinstance(part.guests, UnsetType) and len(part.guests) > participants:
            problems.append(
                Problem(f"{path}guests", f"names {len(part.guests)} guests of {participants} participants")
            )
    if problems:
        raise Invalid(problems=tuple(problems))


def minute_up(at: datetime) -> int:
    """The first whole minute that is not before the instant."""
    return minute(at + timedelta(microseconds=59_999_999))
