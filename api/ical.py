"""Calendars of orders (RFC 5545, RFC 7986): for subscribing and for downloading.

One event for each booking with a time. Its UID is the booking's for ever, its SEQUENCE counts the changes of
time and place; a cancelled one stays, as CANCELLED, so that calendars take it away. Goods are a moment: an
event with a start and no end, which takes no time from anybody (3.6.1). No METHOD: that belongs in mails.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration, vText, vUri

from api.vtimezone import timezone
from booking.lines import Booking, Line, Order
from catalog.times import instant, local

MEDIA_TYPE = "text/calendar"  # sent as UTF-8, and said so
PRODUCT = "-//Sojourn//Sojourn//EN"
REFRESH = timedelta(minutes=15)
_STATUS = {"held": "TENTATIVE", "confirmed": "CONFIRMED", "cancelled": "CANCELLED"}


def etag(order: Order, venue_name: str, tz: ZoneInfo) -> str:
    """Names the calendar's content without building it: what it is made of, and the form it is made in."""
    made_of = f"1 {order.id} {order.version} {order.status} {venue_name} {tz.key}"
    return f'"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}"'


def order_calendar(order: Order, *, venue_name: str, tz: ZoneInfo, changed_at: datetime, url: str) -> bytes:
    """The calendar of one order; `changed_at`: its last change, `url`: where to subscribe to it."""
    name = f"{', '.join(line.sold.package.label for line in order.lines)} · {venue_name}"
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", tz.key)
    calendar.add("last-modified", changed_at.astimezone(UTC))
    calendar.add("refresh-interval", vDuration(REFRESH, params={"VALUE": "DURATION"}))
    calendar.add("x-published-ttl", vDuration(REFRESH))
    calendar.add("url", vUri(url))
    timed = [(line, b) for line in order.lines for b in line.bookings if b.start is not None]
    years = [local(tz, b.start or 0).year for _, b in timed]
    if timed:
        calendar.add_component(timezone(tz, min(years), max(years)))
    for line, booking in timed:
        calendar.add_component(_event(order, line, booking, venue_name, tz, changed_at))
    return bytes(calendar.to_ical())


def _event(
    order: Order, line: Line, booking: Booking, venue_name: str, tz: ZoneInfo, changed_at: datetime
) -> Event:
    event = Event()
    event.add("uid", f"{booking.id}@sojourn")
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("last-modified", changed_at.astimezone(UTC))
    event.add("sequence", booking.sequence)
    event.add("dtstart", _at(tz, booking.start or 0))
    if booking.end is not None:
        event.add("dtend", _at(tz, booking.end))
    event.add("transp", "OPAQUE" if booking.end is not None else "TRANSPARENT")
    event.add("summary", _summary(line, booking))
    event.add("location", ", ".join(part for part in (booking.place, venue_name) if part))
    event.add("status", "CANCELLED" if order.status == "cancelled" else _STATUS[booking.status])
    described = [f"Order {order.number}" if order.number else "", booking.message]
    if text := "\n".join(part for part in described if part):
        event.add("description", text)
    for host in _hosts(line, booking):
        event.add("related-to", vText(f"{host.id}@sojourn"))
    return event


def _at(tz: ZoneInfo, at: int) -> datetime:
    """By the wall where the wall says it clearly; in UTC in the hour that comes twice (3.3.5)."""
    shown = local(tz, at)
    if shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset():
        return instant(at)
    return shown


def _summary(line: Line, booking: Booking) -> str:
    product = line.sold.products[booking.product]
    named = {g.number: g.name for g in line.guests}
    names = [named[n] for n in booking.guests if named.get(n)]
    count = f"{booking.quantity} × " if product.is_goods and booking.quantity != 1 else ""
    return f"{count}{product.label}" + (f" ({', '.join(names)})" if names else "")


def _hosts(line: Line, booking: Booking) -> list[Booking]:
    """What this one is associated with: the host's session that shares a guest, or its first."""
    component = line.sold.component(booking.component)
    if component is None or component.associated_with is None:
        return []
    hosts = [b for b in line.bookings if b.component == component.associated_with]
    shared = [h for h in hosts if set(h.guests) & set(booking.guests)]
    return shared[:1] or hosts[:1]
