"""What stands in which calendar: from orders and blocks to events. Computing only.

Whoever opens a calendar reads in it what its kind says and nothing else: a guest no other guest's name, a
resource's or a venue's calendar no names at all unless staff asked for the details.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from api.ical import Event
from booking.feeds import CANCELLED_DAYS, Content, Feed
from booking.lines import Booking, Line, Order
from catalog.calendars import Block
from catalog.queries import StoredVenue
from catalog.specs import Catalog
from catalog.times import minute

_STATUS = {"held": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED"}
_KEPT = timedelta(days=CANCELLED_DAYS)


class Shown(Struct, frozen=True, kw_only=True):
    """The events of a calendar, its last change, and the first instant at which it may differ by itself."""

    events: tuple[Event, ...]
    changed_at: datetime
    until: datetime


def shown(
    venue: StoredVenue,
    feed: Feed,
    content: Content,
    blocks: Iterable[Block],
    now: datetime,
    *,
    first: int | None = None,
    resources: Collection[str] = (),
) -> Shown:
    """The calendar at `now`, without what has ended by `first` and what was cancelled too long ago."""
    found: dict[str, Event] = {}
    sequences: dict[str, int] = {}
    for order in content.orders:
        for event in _events(venue, feed, order, content.changed, resources):
            found[event.uid] = event
        sequences |= {_uid(feed, b): b.sequence for b in order.bookings}
    present = frozenset(found)
    for order, at in content.former:  # the last one is right: they come in the order of time
        for event in _events(venue, feed, order, {}, resources):
            if event.uid not in present:
                sequence = sequences.get(event.uid, event.sequence + 1)
                found[event.uid] = replace(event, status="CANCELLED", changed_at=at, sequence=sequence)
    for block in blocks:
        event = _block_event(venue, feed, block)
        found[event.uid] = event
    wanted = [e for e in found.values() if first is None or (e.end or e.start) > first]
    kept = [e for e in wanted if e.status != "CANCELLED" or e.changed_at + _KEPT > now]
    dropped = [
        e.changed_at + _KEPT for e in wanted if e.status == "CANCELLED" and e.changed_at + _KEPT <= now
    ]
    later = [e.changed_at + _KEPT for e in kept if e.status == "CANCELLED"]
    holds = [
        datetime.fromtimestamp(order.held_until, UTC)
        for order in content.orders
        if order.status == "held" and order.held_until is not None
    ]
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Shown(
        events=tuple(sorted(kept, key=lambda e: (e.start, e.uid))),
        changed_at=max([feed.since, *(e.changed_at for e in kept), *dropped]),
        until=min([tomorrow, *later, *holds]),
    )


def order_events(venue: StoredVenue, order: Order, changed: Mapping[uuid.UUID, datetime]) -> list[Event]:
    """All events of an order, for who booked it."""
    feed = Feed(venue=venue.id, kind="order", subject=order.id, order=order.id, since=_LONG_AGO)
    return list(_events(venue, feed, order, changed, ()))


def _events(
    venue: StoredVenue,
    feed: Feed,
    order: Order,
    changed: Mapping[uuid.UUID, datetime],
    resources: Collection[str],
) -> Iterator[Event]:
    for line in order.lines:
        if feed.kind == "guest" and line.id != feed.subject:
            continue
        names = {guest.number: guest.name for guest in line.guests}
        for booking in line.bookings:
            span = _span(feed, booking, resources)
            if span is None:
                continue
            at = changed.get(booking.id, _LONG_AGO)
            yield _event(venue, feed, order, line, booking, span, at, names)


def _span(feed: Feed, booking: Booking, resources: Collection[str]) -> tuple[int, int | None] | None:
    """When the booking stands in this calendar: in that of a resource, for as long as it holds it."""
    if booking.start is None:
        return None
    if feed.kind == "guest" and feed.guest not in booking.guests:
        return None
    if feed.kind != "resource":
        return booking.start, booking.end
    held = [(a.start, a.end) for a in booking.allocations if a.resource in resources]
    if not held:
        return None
    if feed.details:
        return booking.start, booking.end
    return min(start for start, _ in held), max(end for _, end in held)


def _event(
    venue: StoredVenue,
    feed: Feed,
    order: Order,
    line: Line,
    booking: Booking,
    span: tuple[int, int | None],
    changed_at: datetime,
    names: Mapping[int, str],
) -> Event:
    status = "CANCELLED" if order.status == "cancelled" else _STATUS[booking.status]
    summary, location, description = "Busy", "", ""
    if feed.kind != "resource" or feed.details:
        summary = _summary(line, booking, _named(feed, booking, names))
        place = label_of(venue, booking.place)
        location = ", ".join(part for part in (place, venue.catalog.venue.name or venue.key) if part)
        description = "\n".join(part for part in _described(feed, order, booking) if part)
    return Event(
        uid=_uid(feed, booking),
        changed_at=changed_at,
        sequence=booking.sequence,
        start=span[0],
        end=span[1],
        status=status,  # type: ignore[arg-type]  # one of the three above
        summary=summary,
        location=location,
        description=description,
        parent=_parent(feed, line, booking),
    )


def _uid(feed: Feed, booking: Booking) -> str:
    """The booking's own, wherever the event is the booking; busy time is a thing of its own."""
    if feed.kind == "resource" and not feed.details:
        return f"{booking.id}.busy@sojourn"
    return f"{booking.id}@sojourn"


def _named(feed: Feed, booking: Booking, names: Mapping[int, str]) -> list[str]:
    if feed.kind == "guest":
        return [names[feed.guest]] if feed.guest is not None and names.get(feed.guest) else []
    if feed.kind in ("resource", "venue") and not feed.details:
        return []
    return [names[n] for n in booking.guests if names.get(n)]


def _described(feed: Feed, order: Order, booking: Booking) -> Iterator[str]:
    """The order's number and the message about the booking, which may be about another guest."""
    if feed.kind in ("resource", "venue") and not feed.details:
        return
    if order.number:
        yield f"Order {order.number}"
    if feed.kind != "guest" or booking.guests == (feed.guest,):
        yield booking.message


def _summary(line: Line, booking: Booking, names: list[str]) -> str:
    product = line.sold.products[booking.product]
    count = f"{booking.quantity} × " if product.is_goods and booking.quantity != 1 else ""
    return f"{count}{product.label}" + (f" ({', '.join(names)})" if names else "")


def _parent(feed: Feed, line: Line, booking: Booking) -> str:
    """What this one is associated with: the host's session that shares a guest, or its first."""
    component = line.sold.component(booking.component)
    if component is None or component.associated_with is None or feed.kind == "resource":
        return ""
    hosts = [b for b in line.bookings if b.component == component.associated_with and b.start is not None]
    if feed.kind == "guest":
        hosts = [h for h in hosts if feed.guest in h.guests]
    shared = [h for h in hosts if set(h.guests) & set(booking.guests)]
    return next((_uid(feed, host) for host in (*shared, *hosts)), "")


def _block_event(venue: StoredVenue, feed: Feed, block: Block) -> Event:
    removed = block.removed_at is not None
    return Event(
        uid=f"{block.id}@sojourn",
        changed_at=block.removed_at or block.created_at,
        sequence=int(removed),
        start=minute(block.starts_at),
        end=minute(block.ends_at),
        status="CANCELLED" if removed else "CONFIRMED",
        summary=(block.note or "Out of use") if feed.details else "Busy",
        location=label_of(venue, venue.resource_keys[block.resource_id]) if feed.details else "",
    )


def label_of(venue: StoredVenue, resource: str | None) -> str:
    """The name of the resource, also of one that is retired."""
    if resource is None:
        return ""
    spec = venue.catalog.resource(resource) or venue.retired.get(resource)
    return spec.label if spec is not None else resource


def concerned(catalog: Catalog, resource: str) -> tuple[str, ...]:
    """Every resource whose being held makes this one unavailable: itself, its wholes, its parts."""

    def wholes(key: str) -> Iterator[str]:
        for whole in catalog.resources:
            if key in whole.parts:
                yield whole.key
                yield from wholes(whole.key)

    below = parts_of(catalog, resource)
    above = (key for part in below for key in wholes(part))
    return tuple(dict.fromkeys((*below, *above)))


def parts_of(catalog: Catalog, resource: str) -> tuple[str, ...]:
    """The resource and all its parts, whose blocks are its own."""
    spec = catalog.resource(resource)
    parts = spec.parts if spec is not None else ()
    return (resource, *(key for part in parts for key in parts_of(catalog, part)))


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
