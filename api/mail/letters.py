"""What stands in a mail about an order: computed from the order as it was and as it is."""

import uuid
from collections.abc import Iterator
from decimal import Decimal
from html import escape

from msgspec import Struct
from msgspec.structs import replace

from api.feeds import order_events
from api.ical import Event
from api.itinerary import first_start
from api.mail.blocks import Bookings, Facts, Recipient, blocks_of, seen, stops_by_booking
from api.mail.invitations import Invitation, Person, invitations
from api.mail.wordings import BUILT_IN, Kind, Wording, fill
from api.words import day_text, plain, time_text, zone_text
from booking.billing import owed
from booking.lines import Booking, Line, Order
from booking.requests import Language
from catalog.errors import Invalid
from catalog.times import wall_of


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
    if {i: seen(b) for i, b in before.items()} != {i: seen(b) for i, b in after.items()}:
        return "change"
    return "change" if owes is not None and owes[0] != owes[1] else None


class Due(Struct, frozen=True):
    """A mail to be written: to whom, of which kind, about which bookings before and after."""

    recipient: Recipient
    kind: Kind
    was: Bookings
    now: Bookings
    pays: bool


def letters_due(
    before: Order | None,
    after: Order,
    payers: tuple[Person | None, Person | None],
    kind: Kind | None = None,
) -> Iterator[Due]:
    """Who is to be written to about the change, those who left too. `kind`: of this one, not the change's."""
    former = {} if before is None else recipients(before, payers[0])
    present = recipients(after, payers[1])
    owes = None if before is None else (owed(before).amount, owed(after).amount)
    for address in dict.fromkeys((*former, *present)):
        recipient = present.get(address) or former[address]
        was, now = concerning(before, former.get(address)), concerning(after, present.get(address))
        pays = recipient.guest is None and address in present
        found = kind or kind_of(was, now, owes=owes if pays else None)
        if found is not None and (kind is None or now):
            yield Due(recipient, found, was, now, pays)


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
    blocks = blocks_of(language, facts, recipient, before, after)
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
    stop = stops_by_booking(language, facts)[booking_id]
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


def _page(language: Language, title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(plain(title))}</title></head>\n"
        '<body style="font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem">\n'
        f"{body}\n</body></html>\n"
    )


_ORDER = {"sv": "Bokning {}", "en": "Booking {}"}
