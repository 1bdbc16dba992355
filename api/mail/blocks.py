"""The parts of a mail that are more than words, as text and as HTML: itinerary, changes, price, addresses."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from html import escape

from msgspec import Struct
from msgspec.structs import replace

from api.itinerary import Stop, Together, days, stop_of, stops, together
from api.mail.invitations import Person
from api.mail.wordings import Block
from api.words import day_text, money_text, time_text
from booking.lines import Booking, Order
from booking.requests import Language
from catalog.queries import StoredVenue
from catalog.times import wall_of
from pricing.installments import Due

Bookings = dict[uuid.UUID, Booking]


class Recipient(Struct, frozen=True):
    """Who is written to: the customer, about everything, or a guest, about the guest's own part."""

    address: str
    name: str
    guest: tuple[uuid.UUID, int] | None = None


class Money(Struct, frozen=True, kw_only=True):
    """What the order costs, fees included, what of it was paid, and what is due when."""

    owed: Decimal
    paid: Decimal
    parts: tuple[Due, ...] = ()


class Facts(Struct, frozen=True, kw_only=True):
    """All that a mail is made of. `before` None: there was nothing. `money` None: it is not shown."""

    venue: StoredVenue
    before: Order | None
    after: Order
    money: Money | None
    sender: Person
    changed: dict[uuid.UUID, datetime]
    until: int | None = None
    link: str = ""
    calendar: str = ""

    def with_examples(self, base: str) -> "Facts":
        """For a preview: addresses that look like those that would be made, and open nothing."""
        return replace(self, link=f"{base}/my/…", calendar=f"{base}/ical/….ics")

    def without_money(self) -> "Facts":
        """For guests who do not pay."""
        return replace(self, money=None)


def seen(booking: Booking) -> tuple[object, ...]:
    """All that a customer sees of a booking."""
    return booking.start, booking.end, booking.place, booking.quantity, booking.guests


def blocks_of(
    language: Language, facts: Facts, recipient: Recipient, before: Bookings, after: Bookings
) -> dict[str, Block]:
    found = stops(facts.after, facts.venue, language, frozenset(after))
    if recipient.guest is not None:
        found = tuple(replace(stop, guests=()) for stop in found)
    return {
        "itinerary": _itinerary(language, facts.venue, found),
        "changes": _changes(language, facts, recipient, before, after),
        "price": _price(language, facts),
        "link": _address(facts.link),
        "calendar": _address(facts.calendar),
    }


def _address(url: str) -> Block:
    return Block(url, f'<a href="{escape(url)}">{escape(url)}</a>', inline=True)


def _itinerary(language: Language, venue: StoredVenue, found: tuple[Stop, ...]) -> Block:
    text: list[str] = []
    rows: list[str] = []
    for day, of_the_day in days(found, venue):
        title = _ANY_TIME[language] if day is None else day_text(language, day)
        text += ["", title]
        rows.append(f'<tr><th colspan="2" align="left" style="padding:12px 0 4px">{escape(title)}</th></tr>')
        for stop in of_the_day:
            when, what = _when(venue, stop.start, stop.end), _gathered(stop)
            text.append(f"  {when:<13} {what}".rstrip() if when else f"  {what}")
            rows.append(
                f'<tr><td valign="top" style="padding:2px 16px 2px 0;white-space:nowrap">{escape(when)}</td>'
                f'<td style="padding:2px 0">{escape(what)}</td></tr>'
            )
    return Block("\n".join(text[1:]), f'<table role="presentation" cellspacing="0">{"".join(rows)}</table>')


def _changes(
    language: Language, facts: Facts, recipient: Recipient, before: Bookings, after: Bookings
) -> Block:
    """Each booking that is new, different or gone, the earliest first."""
    known = stops_by_booking(language, facts)
    found: dict[tuple[str, str, str], list[Stop]] = {}
    for booking_id in dict.fromkeys((*before, *after)):
        was, now = before.get(booking_id), after.get(booking_id)
        if booking_id not in known or (was and now and seen(was) == seen(now)):
            continue
        stop = known[booking_id]
        if recipient.guest is not None:
            stop = replace(stop, guests=())
        old, new = _moment(language, facts.venue, was), _moment(language, facts.venue, now)
        key = "added" if was is None else "gone" if now is None else "same" if old == new else "moved"
        found.setdefault((key, old, new), []).append(stop)
    said = sorted(
        (stop.start or 0, _CHANGED[language][key].format(what=_gathered(stop), old=old, new=new).rstrip(", "))
        for (key, old, new), some in found.items()
        for stop in together(some)
    )
    sentences = [sentence for _, sentence in said]
    return Block(
        "\n".join(f"  - {sentence}" for sentence in sentences),
        f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else "",
    )


def _price(language: Language, facts: Facts) -> Block:
    """What it costs, what was paid, and what is due when."""
    currency, money, words = facts.venue.catalog.venue.currency, facts.money, _MONEY[language]
    if money is None or not (money.owed or money.paid):
        return Block("", "")
    rows = [(words["price"], money_text(language, money.owed, currency))]
    if money.paid:
        rows.append((words["paid"], money_text(language, money.paid, currency)))
    if money.paid > money.owed:
        rows.append((words["back"], money_text(language, money.paid - money.owed, currency)))
    for part in money.parts:
        if part.amount > part.paid:
            due = words["due"].format(day_text(language, part.due))
            rows.append((due, money_text(language, part.amount - part.paid, currency)))
    cells = (
        f'<tr><td style="padding:2px 16px 2px 0">{escape(name)}</td>'
        f'<td align="right">{escape(amount)}</td></tr>'
        for name, amount in rows
    )
    return Block(
        "\n".join(f"{name}: {amount}" for name, amount in rows),
        f'<table role="presentation" cellspacing="0">{"".join(cells)}</table>',
    )


def stops_by_booking(language: Language, facts: Facts) -> dict[uuid.UUID, Stop]:
    """Every booking that is or was, as a stop."""
    orders: Iterable[Order] = (o for o in (facts.before, facts.after) if o is not None)
    return {
        b.id: stop_of(line, b, facts.venue, language)
        for order in orders
        for line in order.lines
        for b in line.bookings
    }


def _when(venue: StoredVenue, start: int | None, end: int | None) -> str:
    if start is None:
        return ""
    return time_text(venue.tz, start) + ("" if end is None else f"–{time_text(venue.tz, end)}")


def _gathered(stop: Together) -> str:
    return stop.what + ";".join(_there(place, who) for place, who in stop.parts)


def _there(place: str, who: tuple[str, ...]) -> str:
    """` (Ada), Room 1`."""
    return (f" ({', '.join(who)})" if who else "") + (f", {place}" if place else "")


def _moment(language: Language, venue: StoredVenue, booking: Booking | None) -> str:
    """The day and time of a booking; a change of days shows."""
    if booking is None or booking.start is None:
        return ""
    day = day_text(language, wall_of(venue.tz, booking.start)[0], "short")
    return f"{day} {_when(venue, booking.start, booking.end)}"


_ANY_TIME = {"sv": "När som helst", "en": "At any time"}
_CHANGED = {
    "en": {
        "added": "New: {what}, {new}",
        "gone": "Cancelled: {what}, {old}",
        "moved": "{what}: {new} (was {old})",
        "same": "Changed: {what}, {new}",
    },
    "sv": {
        "added": "Ny: {what}, {new}",
        "gone": "Avbokad: {what}, {old}",
        "moved": "{what}: {new} (var {old})",
        "same": "Ändrad: {what}, {new}",
    },
}
_MONEY = {
    "en": {"price": "Price", "paid": "Paid", "back": "To be paid back", "due": "Due by {}"},
    "sv": {"price": "Pris", "paid": "Betalt", "back": "Att betala tillbaka", "due": "Att betala senast {}"},
}
