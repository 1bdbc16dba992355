"""An order as its customer or one of its guests reads it: what, when, where, day by day."""

import uuid
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import groupby

from msgspec import Struct

from api.words import plain
from booking.lines import Booking, Guest, Line, Order
from booking.requests import Language
from catalog.queries import StoredVenue
from catalog.times import wall_of

_GUEST = {"sv": "Gäst", "en": "Guest"}
_EVER_AFTER = 1 << 40


class Stop(Struct, frozen=True, kw_only=True):
    """One booking of a visit. `start` None: at any time. `guests`: who, of a `party` of so many."""

    booking: uuid.UUID
    line: uuid.UUID
    start: int | None
    end: int | None
    what: str
    place: str = ""
    guests: tuple[str, ...] = ()
    party: int = 1

    @property
    def who(self) -> tuple[str, ...]:
        """Who, where that is not everybody."""
        return self.guests if len(self.guests) < self.party else ()


class Together(Struct, frozen=True, kw_only=True):
    """The same for several guests at the same time: each part is a place, and who is there."""

    start: int | None
    end: int | None
    what: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]


def stops(
    order: Order, venue: StoredVenue, language: Language, only: Collection[uuid.UUID] | None = None
) -> tuple[Stop, ...]:
    """What is booked, by time; `only` these bookings."""
    found = [
        stop_of(line, booking, venue, language)
        for line in order.lines
        for booking in line.bookings
        if booking.active and booking.quantity and (only is None or booking.id in only)
    ]
    return tuple(sorted(found, key=lambda s: (_EVER_AFTER if s.start is None else s.start, s.what)))


def stop_of(line: Line, booking: Booking, venue: StoredVenue, language: Language) -> Stop:
    """One booking of the line."""
    product = line.sold.products[booking.product]
    count = f"{booking.quantity} × " if product.is_goods and booking.quantity > 1 else ""
    return Stop(
        booking=booking.id,
        line=line.id,
        start=booking.start,
        end=booking.end,
        what=plain(count + product.label),
        place=place_name(venue, booking.place),
        guests=tuple(guest_names(line, booking.guests, language)),
        party=line.participants,
    )


def together(found: Iterable[Stop]) -> list[Together]:
    """Stops that differ only in place and guests are told once; who is where, only where it differs."""
    groups: dict[tuple[object, ...], list[Stop]] = {}
    for stop in found:
        groups.setdefault((stop.line, stop.start, stop.end, stop.what), []).append(stop)
    out = []
    for same in groups.values():
        first = same[0]
        names = tuple(dict.fromkeys(name for stop in same for name in stop.guests))
        parts = [(stop.place, stop.who) for stop in same]
        if len({stop.place for stop in same}) == 1:
            parts = [(first.place, names if len(names) < first.party else ())]
        out.append(Together(start=first.start, end=first.end, what=first.what, parts=tuple(parts)))
    return out


def days(found: Iterable[Stop], venue: StoredVenue) -> list[tuple[date | None, list[Together]]]:
    """The visit by local day; what has no time comes last, under None."""

    def day(stop: Stop) -> date | None:
        return None if stop.start is None else wall_of(venue.tz, stop.start)[0]

    return [(key, together(group)) for key, group in groupby(found, day)]


def guest_names(line: Line, numbers: tuple[int, ...], language: Language) -> Iterator[str]:
    """The names of these guests, or what stands for one."""
    known = {guest.number: guest for guest in line.guests}
    for place, guest in enumerate(sorted(known.values(), key=lambda g: g.number), 1):
        if guest.number in numbers:
            yield guest_name(guest, place, language)


def guest_name(guest: Guest, place: int, language: Language) -> str:
    """The name, or `Guest 2`: the second of those who come."""
    return plain(guest.name) or f"{_GUEST[language]} {place}"


def place_name(venue: StoredVenue, key: str | None) -> str:
    """The name of a room; its key where the venue has it no more."""
    resource = venue.catalog.resource(key) if key else None
    return plain(resource.label if resource is not None else key or "")


def first_start(order: Order) -> int:
    """When the visit begins: the first thing booked, else the line's own start."""
    starts = [b.start for b in order.bookings if b.active and b.start is not None]
    return min(starts, default=min(line.start for line in order.lines))


def last_end(order: Order) -> int:
    """When all of it is over, cancelled or not."""
    ends = [b.end or b.start for b in order.bookings if b.start is not None]
    return max((e for e in ends if e is not None), default=max(line.start for line in order.lines))
