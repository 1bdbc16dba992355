"""The mails of an order: what was written, what would be, and trying again."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Response
from msgspec import Meta
from sqlalchemy import select

from api.auth import DESK
from api.call import Call, needs_no_body
from api.changing import located
from api.endpoint import endpoint
from api.mail.blocks import Recipient
from api.mail.letters import concerning, kind_of, letter, recipients
from api.mail.outgoing import send_again
from api.mail.stored import Mail
from api.mail.wordings import BUILT_IN, Kind, Wording
from api.mail.writing import (
    Occasion,
    can_send,
    customer_of,
    facts_of,
    own_wording,
    payer_as_person,
    write_letters,
)
from api.shapes import View
from api.words import language_of
from booking.lines import Order
from booking.order_history import order_version
from booking.queries import load_order, locate_order
from booking.requests import Language, Request
from booking.rows import cancelled
from catalog.errors import Conflict, NotFound
from catalog.venues import Venue

Body = Annotated[str, Meta(max_length=20_000)]
Subject = Annotated[str, Meta(max_length=300)]


class CalendarPart(View, frozen=True, kw_only=True):
    """A part of a mail for calendars: `text/calendar; method=…`."""

    method: Literal["REQUEST", "CANCEL"]
    name: str
    content: str


class MailView(View, frozen=True, kw_only=True):
    """A mail about an order. `last_error`: why it was not sent, or not yet."""

    id: uuid.UUID
    version: int
    kind: Kind
    language: Language
    recipient: str
    message_id: str
    subject: str
    text: str
    html: str
    calendars: list[CalendarPart]
    state: Literal["queued", "sent", "failed", "kept"]
    attempts: int
    next_at: datetime | None
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


class MailsView(View, frozen=True, kw_only=True):
    """The mails of an order, the first one first."""

    items: list[MailView]
    next: None


class LetterView(View, frozen=True, kw_only=True):
    """A mail as it would be. `fault`: of the venue's own wording, for which the built-in one stands in."""

    kind: Kind
    language: Language
    recipient: str
    subject: str
    text: str
    html: str
    calendars: list[CalendarPart]
    fault: str


class MailBody(Request, frozen=True, kw_only=True):
    """Which mail staff want sent now, as the order is now."""

    kind: Literal["confirmation", "reminder"] = "confirmation"


class PreviewBody(Request, frozen=True, kw_only=True):
    """Which mail to show; `subject` and `body`: a wording that is being tried."""

    kind: Kind = "confirmation"
    language: Language | None = None
    recipient: Annotated[str, Meta(max_length=254)] | None = None
    subject: Subject | None = None
    body: Body | None = None


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/mails",
    roles=DESK,
    tag="mails",
    summary="What was written to the customer and the guests about the order, and what became of it",
    answer=MailsView,
    refusals=(404,),
)
async def find(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        mine = select(Mail).where(Mail.venue_id == venue.id, Mail.order_id == order_id)
        mails = (await session.scalars(mine.order_by(Mail.id))).all()
    return call.respond(MailsView(items=[_view(mail) for mail in mails], next=None))


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/mails",
    roles=DESK,
    tag="mails",
    summary="Write to the customer and the guests once more, as the order is now",
    status=201,
    body=MailBody,
    answer=MailsView,
    refusals=(404, 409),
)
async def write(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    wanted = call.body(MailBody)
    now = call.desk.now()
    async with call.desk.sessions.begin() as session:
        order = await load_order(session, venue, order_id, now)
        if order.status != "confirmed":
            raise Conflict(f"Order {order.number} is {order.status}: there is nothing to confirm.")
        await write_letters(
            session, call.server.settings, venue, order, order, Occasion(at=now), now, wanted.kind
        )
        mine = select(Mail).where(
            Mail.venue_id == venue.id, Mail.order_id == order_id, Mail.created_at == now
        )
        mails = (await session.scalars(mine.order_by(Mail.id))).all()
        if not mails:
            raise Conflict(f"Nobody on order {order.number} has an e-mail address.", code="no_address")
        for mail in mails:
            call.note(session, "mail_written", mail.id, venue=venue.key, order=order.number, kind=mail.kind)
        answer = call.answer(MailsView(items=[_view(mail) for mail in mails], next=None))
        await call.keep(session, answer)
    return call.send(answer)


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/mails/preview",
    roles=DESK,
    tag="mails",
    summary="A mail as it would be; nothing is kept or sent",
    body=PreviewBody,
    answer=LetterView,
    refusals=(404, 409),
)
async def preview(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    asked = call.body(PreviewBody)
    now = call.desk.now()
    async with call.session() as session:
        order = await load_order(session, venue, order_id, now)
        earlier = await order_version(session, venue.id, order_id, order.version - 1)
        before, after = _states(asked.kind, earlier, order)
        customer = await customer_of(session, venue, order)
        people = recipients(order, payer_as_person(customer))
        fallback = next(iter(people.values()), Recipient("guest@example.org", "Ada Berg"))
        recipient = people.get(asked.recipient.lower()) if asked.recipient else fallback
        if recipient is None:
            raise NotFound(f"Nobody on order {order.number} has the address {asked.recipient!r}.")
        language = asked.language or language_of(venue, customer.language if customer else None)
        facts = await facts_of(session, call.server.settings, venue, before, after, now)
        wording = await own_wording(session, venue.id, asked.kind, language)
    if asked.subject is not None or asked.body is not None:
        base = wording or BUILT_IN[asked.kind, language]
        wording = Wording(
            base.subject if asked.subject is None else asked.subject,
            base.body if asked.body is None else asked.body,
        )
    was, mine = concerning(before, recipient), concerning(after, recipient)
    if asked.kind == "change" and kind_of(was, mine, owes=None) is None:
        was = {}
    facts = facts.with_examples(call.base_url) if recipient.guest is None else facts.without_money()
    made = letter(asked.kind, language, facts, recipient, was, mine, wording)
    return call.respond(
        LetterView(
            kind=made.kind,
            language=made.language,
            recipient=recipient.address,
            subject=made.subject,
            text=made.text,
            html=made.html,
            calendars=[CalendarPart(method=c.method, name=c.name, content=c.content) for c in made.calendars],
            fault=made.fault,
        )
    )


@endpoint(
    "POST",
    "/v1/mails/{mail_id:uuid}/send",
    roles=DESK,
    tag="mails",
    summary="Try a mail again that failed or was only kept",
    answer=MailView,
    refusals=(404, 409),
)
async def retry(call: Call, mail_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    settings = call.server.settings
    async with call.desk.sessions.begin() as session:
        venues = select(Venue.id).where(Venue.organisation_id == call.caller.organisation)
        mail = await session.scalar(select(Mail).where(Mail.venue_id.in_(venues), Mail.id == mail_id))
        if mail is None:
            raise NotFound("There is no such mail.")
        await call.venue_of(session, mail.venue_id, "mail")
        if mail.state not in ("failed", "kept"):
            raise Conflict(f"This mail is {mail.state}.", code="not_failed")
        if not can_send(settings):
            raise Conflict("No mail server is set: SOJOURN_SMTP_URL and SOJOURN_MAIL_FROM.", code="no_server")
        if mail.sender not in settings.mail_from or not mail.subject:
            raise Conflict("This mail was written for another sender: write a new one.", code="other_sender")
        await send_again(session, mail.venue_id, mail.id, call.desk.now())
        await session.refresh(mail)
        call.note(session, "mail_sent_again", mail.id, kind=mail.kind)
        answer = call.answer(_view(mail))
        await call.keep(session, answer)
    return call.send(answer)


def _states(kind: Kind, earlier: Order | None, order: Order) -> tuple[Order | None, Order]:
    """The order before and after what a mail of this kind tells."""
    if kind == "cancellation":
        return (order, cancelled(order)) if order.status != "cancelled" else (earlier, order)
    if order.status == "cancelled":
        raise Conflict(f"Order {order.number} is cancelled.", code="cancelled")
    return (earlier, order) if kind == "change" else (None, order)


def _view(mail: Mail) -> MailView:
    return MailView(
        id=mail.id,
        version=mail.version,
        kind=mail.kind,  # type: ignore[arg-type]  # the table's CHECK admits the kinds alone
        language=mail.language,  # type: ignore[arg-type]
        recipient=mail.recipient,
        message_id=mail.message_id,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        calendars=[CalendarPart(**part) for part in mail.calendars],
        state=mail.state,  # type: ignore[arg-type]
        attempts=mail.attempts,
        next_at=mail.next_at,
        last_error=mail.last_error,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
    )


ROUTES = (find, write, preview, retry)
