"""The job that writes mails: from the events of a venue, after their commit, each of them once."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import urlsplit

import structlog
from msgspec import Struct, to_builtins
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.errors import Unavailable, as_refusal
from api.mail.blocks import Facts, Money, Recipient
from api.mail.invitations import Person
from api.mail.letters import Letter, letter, letters_due
from api.mail.stored import Mail, MailCursor, MailTemplate
from api.mail.wordings import Kind, Wording
from api.my.links import new_link
from api.settings import Settings
from api.words import language_of, plain
from booking.billing import owed, payable
from booking.events import EventRow
from booking.lines import Order
from booking.order_history import OrderVersion, order_versions
from booking.queries import events_since
from booking.self_service import rights
from catalog.base import new_id
from catalog.queries import StoredVenue, load_venue_by_id
from catalog.times import minute, wall_of
from catalog.venues import VenueCounter
from pricing.customers import Customer
from pricing.installments import paid_off
from pricing.queries import find_customer, payments_of

Sessions = async_sessionmaker[AsyncSession]
AT_ONCE = 20
"""So many events are written about in one transaction."""
_log = structlog.get_logger()


class Occasion(Struct, frozen=True, kw_only=True):
    """Why mails are written: an event, a start that is near or, with neither, because staff asked."""

    at: datetime
    event_seq: int | None = None
    reminds_of: datetime | None = None


async def write_mails(sessions: Sessions, settings: Settings, now: datetime) -> None:
    """Whatever there is to write about in any venue. What another worker is at is left to it."""
    seen = func.coalesce(MailCursor.last_event, 0)
    behind = (
        select(VenueCounter.venue_id)
        .outerjoin(MailCursor, MailCursor.venue_id == VenueCounter.venue_id)
        .where(VenueCounter.last_event > seen)
    )
    async with sessions() as session:
        venues = (await session.scalars(behind)).all()
    for venue_id in venues:
        while await _write_some(sessions, settings, venue_id, now):
            pass


async def _write_some(sessions: Sessions, settings: Settings, venue_id: uuid.UUID, now: datetime) -> bool:
    """One transaction of events; whether there are more."""
    async with sessions.begin() as session:
        await session.execute(
            insert(MailCursor).values(venue_id=venue_id, last_event=0).on_conflict_do_nothing()
        )
        mine = select(MailCursor).where(MailCursor.venue_id == venue_id)
        cursor = await session.scalar(mine.with_for_update(skip_locked=True))
        if cursor is None:
            return False
        events = await events_since(session, venue_id, cursor.last_event, limit=AT_ONCE)
        if not events:
            return False
        venue = await load_venue_by_id(session, venue_id)
        orders = await order_versions(session, venue_id, _told_of(events))
        for event in events:
            await _write_about(session, settings, venue, event, orders, now)
        cursor.last_event = events[-1].seq
    return len(events) == AT_ONCE


def _told_of(events: Iterable[EventRow]) -> set[OrderVersion]:
    """The orders as the events made them, and as they were before."""
    made = {(e.order_id, e.data["version"]) for e in events if e.order_id and "version" in e.data}
    return made | {(order_id, version - 1) for order_id, version in made}


async def _write_about(
    session: AsyncSession,
    settings: Settings,
    venue: StoredVenue,
    event: EventRow,
    orders: Mapping[OrderVersion, Order],
    now: datetime,
) -> None:
    """The mails about one event. A defect in one does not keep back the others: it is kept as a failure."""
    order_id, version = event.order_id, event.data.get("version")
    if order_id is None or version is None or (order_id, version) not in orders:
        return
    before, after = orders.get((order_id, version - 1)), orders[order_id, version]
    occasion = Occasion(at=event.at, event_seq=event.seq)
    try:
        async with session.begin_nested():
            await write_letters(session, settings, venue, before, after, occasion, now)
    except Exception as error:
        if isinstance(as_refusal(error), Unavailable):  # the database, not the mail: all of it again, later
            raise
        _log.error("a mail could not be written", order=str(after.id), seq=event.seq, exc_info=error)
        await _keep_failure(session, settings, venue, after, occasion, now, error)


async def write_letters(
    session: AsyncSession,
    settings: Settings,
    venue: StoredVenue,
    before: Order | None,
    after: Order,
    occasion: Occasion,
    now: datetime,
    kind: Kind | None = None,
) -> None:
    """A mail to everybody concerned; of this `kind`, or of the one that the change makes."""
    payers = [await customer_of(session, venue, order) for order in (before, after)]
    people = (payer_as_person(payers[0]), payer_as_person(payers[1]))
    letters = tuple(letters_due(before, after, people, kind))
    if not letters:
        return
    spoken = next((payer.language for payer in reversed(payers) if payer is not None), None)
    language = language_of(venue, spoken)
    facts = await facts_of(session, settings, venue, before, after, occasion.at)
    for due in letters:
        own = facts if due.pays else facts.without_money()
        if due.pays and due.kind != "cancellation":
            own = _with_addresses(session, settings, own, now)
        wording = await own_wording(session, venue.id, due.kind, language)
        was = {} if kind else due.was
        made = letter(due.kind, language, own, due.recipient, was, due.now, wording)
        await keep(session, settings, facts, made, occasion, now)


async def facts_of(
    session: AsyncSession,
    settings: Settings,
    venue: StoredVenue,
    before: Order | None,
    after: Order,
    at: datetime,
) -> Facts:
    """What every mail about this change has in common."""
    payments = await payments_of(session, venue.id, order_id=after.id)
    whole = owed(after).amount
    paid = sum((p.amount for p in payments), after.total * 0)
    today = wall_of(venue.tz, minute(at))[0]
    hours = venue.catalog.settings.customer_notice_hours
    may = rights(after, hours, at)
    return Facts(
        venue=venue,
        before=before,
        after=after,
        money=Money(owed=whole, paid=paid, parts=paid_off(payable(after), paid, today)),
        sender=sender_of(settings, venue),
        changed={b.id: at for b in after.bookings},
        until=may.until if may.change else None,
    )


def _with_addresses(session: AsyncSession, settings: Settings, facts: Facts, now: datetime) -> Facts:
    """With the addresses that are only for who booked it: a link of its own for each mail."""
    _, token = new_link(session, facts.venue.id, facts.after, now)
    base = base_url(settings)
    return replace(facts, link=f"{base}/my/{token}", calendar=f"{base}/ical/{facts.after.feed_token}.ics")


async def keep(
    session: AsyncSession, settings: Settings, facts: Facts, made: Letter, occasion: Occasion, now: datetime
) -> None:
    """Store the mail, to be sent or to be shown; one that is there already for this occasion stays."""
    sender = facts.sender
    address = one_address(made.recipient.address)
    state, error = ("queued", None) if can_send(settings) else ("kept", NOT_SET)
    if address is None:
        state, error = "failed", "This is not an e-mail address."
    if made.fault:
        _log.warning("a wording has a fault", venue=facts.venue.key, kind=made.kind, fault=made.fault)
    mail_id = new_id()
    await session.execute(
        insert(Mail)
        .values(
            venue_id=facts.venue.id,
            id=mail_id,
            order_id=facts.after.id,
            version=facts.after.version,
            event_seq=occasion.event_seq,
            reminds_of=occasion.reminds_of,
            kind=made.kind,
            language=made.language,
            recipient=address or plain(made.recipient.address),
            recipient_name=plain(made.recipient.name),
            sender=sender.address,
            sender_name=sender.name,
            message_id=f"<{mail_id}@{sender.address.rpartition('@')[2]}>",
            subject=made.subject,
            text=made.text,
            html=made.html,
            calendars=to_builtins(made.calendars),
            state=state,
            attempts=0,
            next_at=now if state == "queued" else None,
            last_error=error,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )


async def _keep_failure(
    session: AsyncSession,
    settings: Settings,
    venue: StoredVenue,
    order: Order,
    occasion: Occasion,
    now: datetime,
    error: Exception,
) -> None:
    customer = await customer_of(session, venue, order)
    if customer is None or not customer.email:
        return
    facts = Facts(
        venue=venue,
        before=None,
        after=order,
        money=None,
        sender=sender_of(settings, venue),
        changed={},
    )
    blank = Letter(
        kind="change",
        language=language_of(venue, customer.language),
        recipient=Recipient(customer.email, customer.name),
        subject="",
        text="",
        html="",
    )
    await keep(session, settings, facts, blank, occasion, now)
    mine = select(Mail).where(Mail.venue_id == venue.id, Mail.event_seq == occasion.event_seq)
    for mail in await session.scalars(mine):
        mail.state, mail.next_at = "failed", None
        mail.last_error = f"It could not be written: {type(error).__name__}."


async def customer_of(session: AsyncSession, venue: StoredVenue, order: Order | None) -> Customer | None:
    """Who pays, where somebody does."""
    if order is None or order.customer is None:
        return None
    return await find_customer(session, venue.id, order.customer)


def payer_as_person(payer: Customer | None) -> Person | None:
    """The customer as somebody to write to."""
    return None if payer is None else Person(payer.email.strip(), payer.name)


async def own_wording(session: AsyncSession, venue_id: uuid.UUID, kind: str, language: str) -> Wording | None:
    """The venue's own wording, where it has one."""
    own = await session.get(MailTemplate, (venue_id, kind, language))
    return None if own is None else Wording(own.subject, own.body)


def sender_of(settings: Settings, venue: StoredVenue) -> Person:
    """From whom mails come, and who invites: the address of the settings, under the venue's name."""
    name, address = parseaddr(settings.mail_from)
    host = urlsplit(base_url(settings)).hostname or "localhost"
    return Person(address or f"no-reply@{host}", plain(name or venue.catalog.venue.name or venue.key))


def base_url(settings: Settings) -> str:
    """Where the customers' addresses begin."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return (settings.public_url or f"http://{host}:{settings.port}").rstrip("/")


def can_send(settings: Settings) -> bool:
    return bool(settings.smtp_url and settings.mail_from)


NOT_SET = "Kept and not sent: SOJOURN_SMTP_URL and SOJOURN_MAIL_FROM are not set."


def one_address(text: str) -> str | None:
    """The address, where it is one and nothing else: no list, no name, no line of a header."""
    text = text.strip()
    local, at, domain = text.rpartition("@")
    odd: Iterable[str] = '<>()[]",;:\\'
    if not at or not local or "." in (domain[:1], domain[-1:]) or not domain or "@" in local:
        return None
    if any(c in odd or c.isspace() or not c.isprintable() for c in text) or len(text) > 254:
        return None
    return text
