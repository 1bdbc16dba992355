"""What stands in a mail about an order: computed from the order as it was and as it is."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from html import escape

from msgspec import Struct
from msgspec.structs import replace

from api.feeds import order_events
from api.ical import Event
from api.itinerary import Stop, Together, days, first_start, stop_of, stops, together
from api.mail.invitations import Invitation, Person, invitations
from api.mail.wordings import BUILT_IN, Block, Kind, Wording, fill
from api.words import day_text, money_text, plain, time_text, zone_text
from booking.lines import Booking, Line, Order
from booking.requests import Language
from catalog.errors import Invalid
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


class Letter(Struct, frozen=True, kw_only=True):
    """A mail, but for what sending adds. `fault`: of the venue's own wording, which was not used then."""

    kind: Kind
    language: Language
    recipient: Recipient
    subject: str
    text: str
    html: str
    calendars: tuple[Invitation, ...] = ()
    fault: str = ""


def recipients(order: Order, customer: Person | None) -> dict[str, Recipient]:
    """Everybody who is written to about the order, by address; the customer hears of everything once."""
    found: dict[str, Recipient] = {}
    if customer is not None and customer.address:
        found[customer.address.lower()] = Recipient(customer.address, customer.name)
    for line in order.lines:
        for guest in line.guests:
            if guest.email:
                found.setdefault(
                    guest.email.lower(), Recipient(guest.email, guest.name, (line.id, guest.number))
                )
    return found


def concerning(order: Order | None, recipient: Recipient | None) -> Bookings:
    """The bookings that are this person's: only what is firm, and of the guest's those the guest attends."""
    if order is None or recipient is None or order.status != "confirmed":
        return {}
    return {
        b.id: b
        for line in order.lines
        for b in line.bookings
        if b.active and b.quantity and (recipient.guest is None or _attends(recipient.guest, line, b))
    }


def kind_of(before: Bookings, after: Bookings, *, owes: tuple[Decimal, Decimal] | None) -> Kind | None:
    """What there is to write about; None: nothing. `owes`: what the recipient pays, before and after."""
    if not before and not after:
        return None
    if not before:
        return "confirmation"
    if not after:
        return "cancellation"
    if {i: _seen(b) for i, b in before.items()} != {i: _seen(b) for i, b in after.items()}:
        return "change"
    return "change" if owes is not None and owes[0] != owes[1] else None


def letter(
    kind: Kind,
    language: Language,
    facts: Facts,
    recipient: Recipient,
    before: Bookings,
    after: Bookings,
    wording: Wording | None = None,
) -> Letter:
    """The mail; by the built-in wording where the venue's own has a fault."""
    values = _values(language, facts, recipient, after or before)
    blocks = _blocks(language, facts, recipient, before, after)
    fault = ""
    try:
        filled = fill(wording or BUILT_IN[kind, language], values, blocks)
    except Invalid as refusal:
        fault = " ".join(f"{p.path}: {p.message}" for p in refusal.problems)
        filled = fill(BUILT_IN[kind, language], values, blocks)
    parts: tuple[Invitation, ...] = ()
    if kind != "reminder":
        events = {
            booking_id: _event(language, facts, recipient, booking_id, event, after)
            for event in order_events(facts.venue, facts.after, facts.changed)
            for booking_id in (uuid.UUID(event.uid.partition("@")[0]),)
        }
        attendee = Person(recipient.address, recipient.name)
        parts = invitations(facts.venue, events, before, after, facts.sender, attendee)
    return Letter(
        kind=kind,
        language=language,
        recipient=recipient,
        subject=filled.subject,
        text=filled.text,
        html=_page(language, filled.subject, filled.html),
        calendars=parts,
        fault=fault,
    )


def _attends(guest: tuple[uuid.UUID, int], line: Line, booking: Booking) -> bool:
    return line.id == guest[0] and guest[1] in booking.guests


def _seen(booking: Booking) -> tuple[object, ...]:
    """All that a customer sees of a booking."""
    return booking.start, booking.end, booking.place, booking.quantity, booking.guests


def _event(
    language: Language,
    facts: Facts,
    recipient: Recipient,
    booking_id: uuid.UUID,
    event: Event,
    mine: Bookings,
) -> Event:
    """The event of the feed; for a guest, without a word about the others."""
    if recipient.guest is None:
        return event
    stop = _stops(language, facts)[booking_id]
    host = event.parent if event.parent.partition("@")[0] in map(str, mine) else ""
    said = _ORDER[language].format(facts.after.number)
    return replace(event, summary=stop.what, description=said, parent=host)


def _values(language: Language, facts: Facts, recipient: Recipient, mine: Bookings) -> dict[str, str]:
    venue, order = facts.venue, facts.after
    begin = min((b.start for b in mine.values() if b.start is not None), default=first_start(order))
    standing = [line for line in order.lines if line.status != "cancelled"] or order.lines
    until = ""
    if facts.until is not None and facts.link:
        day = wall_of(venue.tz, facts.until)[0]
        until = f"{day_text(language, day, 'short')} {time_text(venue.tz, facts.until)}"
    return {
        "name": recipient.name,
        "venue": venue.catalog.venue.name or venue.key,
        "number": str(order.number or ""),
        "what": ", ".join(dict.fromkeys(line.sold.package.label for line in standing)),
        "day": day_text(language, wall_of(venue.tz, begin)[0]),
        "time": time_text(venue.tz, begin),
        "zone": zone_text(language, venue.tz),
        "until": until,
        "guest": "" if recipient.guest is None else "1",
    }


def _blocks(
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
    known = _stops(language, facts)
    found: dict[tuple[str, str, str], list[Stop]] = {}
    for booking_id in dict.fromkeys((*before, *after)):
        was, now = before.get(booking_id), after.get(booking_id)
        if booking_id not in known or (was and now and _seen(was) == _seen(now)):
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


def _stops(language: Language, facts: Facts) -> dict[uuid.UUID, Stop]:
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


def _page(language: Language, title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(plain(title))}</title></head>\n"
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem">\n'
        f"{body}\n</body></html>\n"
    )


_ORDER = {"sv": "Bokning {}", "en": "Booking {}"}
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
