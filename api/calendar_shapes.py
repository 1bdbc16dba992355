"""The shapes of the calendar as it is answered: its rows and entries, blocks, feeds and imports."""

import uuid
from datetime import datetime

from api.shape import View as View
from booking.feeds import Kind
from booking.lines import Status
from catalog.specs import Use


class FeedView(View, frozen=True, kw_only=True):
    """An address of a calendar. `url` opens it without a key; `resource` is a key."""

    id: uuid.UUID
    kind: Kind
    order: uuid.UUID | None
    line: uuid.UUID | None
    guest: int | None
    customer: uuid.UUID | None
    resource: str | None
    details: bool
    url: str
    created_at: datetime


class FeedPage(View, frozen=True, kw_only=True):
    """One page of feeds."""

    items: list[FeedView]
    next: str | None


class AffectedView(View, frozen=True, kw_only=True):
    """A booking that stands where a resource is out of use, with the interval that it holds it for."""

    booking: uuid.UUID
    order: uuid.UUID
    number: int
    start: datetime
    end: datetime


class ImportView(View, frozen=True, kw_only=True):
    """An imported calendar. `source`: the name of the server it is read from, or `file`.

    `refreshed_at`: the last success; `error`: what went wrong since, `failures` times. `blocks` busy times
    stand, the last until `busy_until`; `affected`: the first of the bookings in them.
    """

    id: uuid.UUID
    resource: str
    name: str
    source: str
    refreshed_at: datetime
    tried_at: datetime
    next_at: datetime
    failures: int
    error: str
    blocks: int
    busy_until: datetime | None
    affected_count: int
    affected: list[AffectedView]


class ImportPage(View, frozen=True, kw_only=True):
    """One page of imported calendars."""

    items: list[ImportView]
    next: str | None


class OpenView(View, frozen=True, kw_only=True):
    """An interval of a calendar."""

    start: datetime
    end: datetime


class BlockView(View, frozen=True, kw_only=True):
    """A resource out of use; `calendar`: the imported calendar that says so, where somebody did not."""

    id: uuid.UUID
    resource: str
    start: datetime
    end: datetime
    note: str
    calendar: uuid.UUID | None


class RowView(View, frozen=True, kw_only=True):
    """A resource of the calendar, and when it is open in the range."""

    key: str
    name: str
    kind: str
    pools: tuple[str, ...]
    capacity: int
    parts: tuple[str, ...]
    open: list[OpenView]
    blocks: list[BlockView]


class EntryView(View, frozen=True, kw_only=True):
    """A resource held by a booking, buffers included; the booking itself is [`start`, `end`)."""

    resource: str
    held_from: datetime
    held_to: datetime
    use: Use
    places: int
    booking: uuid.UUID
    order: uuid.UUID
    number: int
    line: uuid.UUID
    component: str
    product: str
    name: str
    customer: str
    package: str
    guests: tuple[int, ...]
    guest_names: tuple[str, ...]
    participants: int
    quantity: int
    start: datetime
    end: datetime
    status: Status
    held_until: datetime | None
    message: str
    locked: bool
    warnings: tuple[str, ...]


class CalendarView(View, frozen=True, kw_only=True):
    """What the reception page draws. `event`: the last event in it; the stream goes on `after` it."""

    start: datetime
    end: datetime
    time_zone: str
    grid_minutes: int
    event: int
    resources: list[RowView]
    entries: list[EntryView]
