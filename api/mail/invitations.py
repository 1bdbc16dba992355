"""The calendar parts of mails (iTIP, RFC 5546): REQUEST for what is new or moved, CANCEL for what is gone.

The events are those of the order's feed, with the people added: one UID and one SEQUENCE in feed, download
and mail. One calendar for each event, as 3.2.2 and 3.2.5 demand.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from api.ical import PRODUCT, Event, event_lines, folded
from api.vtimezone import timezone_text
from api.words import plain
from booking.lines import Booking
from catalog.queries import StoredVenue
from catalog.times import local

Method = Literal["REQUEST", "CANCEL"]
MOST = 40
"""So many in one mail, the earliest first: the calendar to subscribe to has them all."""


class Person(Struct, frozen=True):
    """An address and the name beside it."""

    address: str
    name: str


class Invitation(Struct, frozen=True):
    """A part of a mail: `text/calendar; method=…`."""

    method: Method
    name: str
    content: str


def invitations(
    venue: StoredVenue,
    events: Mapping[uuid.UUID, Event],
    before: Mapping[uuid.UUID, Booking],
    after: Mapping[uuid.UUID, Booking],
    organizer: Person,
    attendee: Person,
) -> tuple[Invitation, ...]:
    """What a person is told of the bookings that were theirs `before` and are theirs `after`.

    `events`: of the bookings as they are now. What stays and keeps its time and place is not mentioned, so
    that nobody hears of what became of others.
    """
    found: list[tuple[Method, Event]] = []
    for booking_id, booking in after.items():
        was = before.get(booking_id)
        if booking_id in events and (was is None or was.sequence != booking.sequence):
            found.append(("REQUEST", events[booking_id]))
    gone = (events[i] for i in before if i not in after and i in events)
    found += (("CANCEL", replace(event, status="CANCELLED")) for event in gone)
    found.sort(key=lambda one: (one[1].start, one[1].uid))
    return tuple(
        Invitation(
            method,
            f"{'invitation' if method == 'REQUEST' else 'cancellation'}-{i}.ics",
            _calendar(venue, method, event, organizer, attendee),
        )
        for i, (method, event) in enumerate(found[:MOST], 1)
    )


def _calendar(
    venue: StoredVenue,
    method: Method,
    event: Event,
    organizer: Person,
    attendee: Person,
) -> str:
    year = local(venue.tz, event.start).year
    people = (
        folded(f"ORGANIZER;CN={_parameter(organizer.name)}:{_mailto(organizer.address)}"),
        folded(
            f"ATTENDEE;CN={_parameter(attendee.name or attendee.address)};ROLE=REQ-PARTICIPANT;"
            f"PARTSTAT=ACCEPTED;RSVP=FALSE:{_mailto(attendee.address)}"
        ),
    )
    lines: Sequence[str] = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        timezone_text(venue.tz, year, year),
        *event_lines(event, venue.tz, people),
        "END:VCALENDAR\r\n",
    )
    return "\r\n".join(lines)


def _parameter(value: str) -> str:
    """The value of a parameter, quoted (RFC 6868: a quotation mark and a caret have signs of their own)."""
    return '"' + plain(value).replace("^", "^^").replace('"', "^'") + '"'


def _mailto(address: str) -> str:
    return "mailto:" + quote(address, safe="@!$&'*+-/=?^_`{|}~.")
