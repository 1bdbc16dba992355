"""Calendars to subscribe to and to download, and the addresses by which they are subscribed to."""

import uuid
from datetime import UTC
from typing import Any

from litestar import Response
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import CREW, DESK_AND_CUSTOMER
from api.calendar_inputs import FeedBody, FeedsQuery
from api.calendar_shapes import FeedPage, FeedView
from api.call import Call, needs_no_body
from api.changing import located, view
from api.endpoint import endpoint
from api.idempotency import Answer
from api.rendered import render, sent
from api.shapes import OrderView
from booking.actions.readdress import readdress
from booking.feeds import FeedRow, find_feed, list_feeds, locate_feed
from booking.lines import Order
from booking.orders import new_feed_token
from booking.queries import load_order, locate_order
from catalog.base import new_id
from catalog.errors import Invalid, NotAllowed, NotFound, Problem
from catalog.queries import StoredVenue, load_venue_by_id
from pricing.queries import find_customer

_EVERYBODY = CREW | DESK_AND_CUSTOMER


@endpoint(
    "GET",
    "/ical/{token:str}",
    roles=None,
    tag="calendars",
    summary="A calendar to subscribe to: `/ical/{token}.ics`; the address is the key",
    media=("text/calendar",),
    refusals=(404, 429),
)
async def subscribe(call: Call, token: str) -> Response[Any]:
    await call.admit("calendars")
    is_one = token.endswith(".ics") and token.isascii() and token.isprintable()
    async with call.session() as session:
        feed = await find_feed(session, token.removesuffix(".ics") if is_one else "")
        if feed is None:
            raise NotFound("There is no such calendar.")
        venue = await load_venue_by_id(session, feed.venue)
        return sent(call, await render(session, venue, feed, call.desk.now()), "calendar")


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/calendar.ics",
    roles=DESK_AND_CUSTOMER,
    tag="calendars",
    summary="The calendar of an order, to download",
    media=("text/calendar",),
    refusals=(404,),
)
async def download(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        order = await _order(call, session, venue, order_id)
        feed = await find_feed(session, order.feed_token)
        if feed is None:  # its address was renewed in between
            raise NotFound("There is no such order.")
        made = await render(session, venue, feed, call.desk.now())
        return sent(call, made, f"order-{order.number}")


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/calendar",
    roles=DESK_AND_CUSTOMER,
    tag="calendars",
    summary="Give the calendar of an order a new address; the one before leads nowhere from then on",
    answer=OrderView,
    refusals=(404, 409),
)
async def renew(call: Call, order_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        await _order(call, session, venue, order_id)

    async def keep(session: AsyncSession, orders: tuple[Order, ...]) -> None:
        shown = await view(session, call, venue, orders[0])
        await call.keep(session, call.answer(shown, headers={"ETag": f'"{shown.version}"'}))

    await readdress(call.desk, venue, order_id, caller=call.actor, before_commit=keep)
    return call.send(call.kept or Answer(204, b""))


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/feeds",
    roles=_EVERYBODY,
    tag="calendars",
    summary="A new address of a calendar, to subscribe to without a key; whoever has it can read it",
    status=201,
    body=FeedBody,
    answer=FeedView,
    refusals=(404, 422),
)
async def make(call: Call, venue: str) -> Response[Any]:
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        asked = call.body(FeedBody)
        row = FeedRow(
            venue_id=at.id,
            id=new_id(),
            kind=asked.kind,
            details=asked.details,
            token=new_feed_token(at.id),
            created_at=call.desk.now(),
        )
        await _set_subject(call, session, at, asked, row)
        session.add(row)
        call.note(session, "feed_made", row.id, venue=at.key, kind=row.kind, details=row.details)
        await session.flush()
        answer = call.answer(_view(call, at, row))
        await call.keep(session, answer)
    return call.send(answer)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/feeds",
    roles=_EVERYBODY,
    tag="calendars",
    summary="The addresses in force, by what they show",
    query=FeedsQuery,
    answer=FeedPage,
    refusals=(404, 422),
)
async def find(call: Call, venue: str) -> Response[Any]:
    asked = call.query(FeedsQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        after = None
        if asked.after is not None:
            try:
                after = uuid.UUID(asked.after)
            except ValueError:
                raise Invalid(problems=(Problem("after", "is not the `next` of an earlier page"),)) from None
        subjects: list[uuid.UUID] | None
        if call.caller.role == "staff":
            subjects = [i for k, i in at.resource_ids.items() if k == call.caller.resource]
        else:
            subjects = [asked.subject] if asked.subject is not None else None
        if call.caller.role == "customer":
            subjects = await _own(call, session, at, asked.subject)
        rows, following = await list_feeds(
            session, at.id, kind=asked.kind, subjects=subjects, limit=asked.limit, after=after
        )
    following_text = None if following is None else str(following)
    return call.respond(FeedPage(items=[_view(call, at, row) for row in rows], next=following_text))


@endpoint(
    "DELETE",
    "/v1/feeds/{feed_id:uuid}",
    roles=_EVERYBODY,
    tag="calendars",
    summary="Revoke an address: it leads nowhere from now on",
    status=204,
    refusals=(404,),
)
async def revoke(call: Call, feed_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.desk.sessions.begin() as session:
        row = await locate_feed(session, call.caller.organisation, feed_id)
        at = await call.venue_of(session, row.venue_id, "feed")
        if call.caller.role == "staff" and at.resource_keys.get(row.subject) != call.caller.resource:
            raise NotFound("There is no such feed.")
        if call.caller.role == "customer" and not await _is_own(call, session, at, row):
            raise NotFound("There is no such feed.")
        row.revoked_at = call.desk.now()
        call.note(session, "feed_revoked", feed_id)
        answer = await call.keep(session, Answer(204, b""))
    return call.send(answer)


async def _set_subject(
    call: Call, session: AsyncSession, venue: StoredVenue, asked: FeedBody, row: FeedRow
) -> None:
    """What the feed is of; raises Invalid, NotFound, and NotAllowed where it is not the caller's own."""
    wanted = {
        "order": {"order"},
        "guest": {"order", "guest"},
        "customer": {"customer"},
        "resource": {"resource"},
        "venue": set(),
    }[asked.kind]
    given = {n for n in ("order", "guest", "customer", "resource") if getattr(asked, n) is not UNSET}
    problems = [Problem(n, f"is needed for a feed of kind {asked.kind!r}") for n in sorted(wanted - given)]
    problems += [Problem(n, f"makes no sense for kind {asked.kind!r}") for n in sorted(given - wanted)]
    if asked.line is not UNSET and asked.kind != "guest":
        problems.append(Problem("line", f"makes no sense for kind {asked.kind!r}"))
    if asked.details and asked.kind not in ("resource", "venue"):
        problems.append(Problem("details", f"makes no sense for kind {asked.kind!r}"))
    if problems:
        raise Invalid(problems=tuple(problems))
    role = call.caller.role
    if role == "staff" and (asked.kind != "resource" or asked.resource != call.caller.resource):
        raise NotAllowed("A staff key makes feeds of its own resource alone.")
    if role == "customer" and asked.kind in ("resource", "venue"):
        raise NotAllowed("A customer's key makes feeds of the customer and of its orders alone.")
    if asked.kind == "venue":
        row.subject = venue.id
    elif isinstance(asked.resource, str):
        if asked.resource not in venue.resource_ids:
            raise NotFound(f"'{venue.key}' has no resource '{asked.resource}'.")
        row.subject = venue.resource_ids[asked.resource]
    elif isinstance(asked.customer, uuid.UUID):
        known = await find_customer(session, venue.id, asked.customer)
        if known is None or (role == "customer" and known.id != call.caller.customer):
            raise NotFound("There is no such customer.")
        row.subject = known.id
    elif isinstance(asked.order, uuid.UUID):
        order = await _order(call, session, venue, asked.order)
        row.order_id = row.subject = order.id
        if isinstance(asked.guest, int):
            row.subject, row.guest = _guest(order, asked), asked.guest


def _guest(order: Order, asked: FeedBody) -> uuid.UUID:
    """The line of the guest."""
    lines = [n for n in order.lines if asked.line in (UNSET, n.id)]
    if not lines:
        raise Invalid(problems=(Problem("line", "is not a line of this order"),))
    if len(lines) > 1:
        raise Invalid(problems=(Problem("line", "is needed: this order has several"),))
    if asked.guest not in {guest.number for guest in lines[0].guests}:
        raise Invalid(problems=(Problem("guest", f"is not the number of a guest: {asked.guest}"),))
    return lines[0].id


async def _order(call: Call, session: AsyncSession, venue: StoredVenue, order_id: uuid.UUID) -> Order:
    """The order, as far as this caller may know of it; raises NotFound."""
    order = await load_order(session, venue, order_id, call.desk.now())
    if call.caller.role == "customer" and order.customer != call.caller.customer:
        raise NotFound("There is no such order.")
    return order


async def _own(
    call: Call, session: AsyncSession, venue: StoredVenue, subject: uuid.UUID | None
) -> list[uuid.UUID]:
    """Of what a customer asks about, what is the customer's own; by default the customer."""
    own = call.caller.customer
    if subject is None or subject == own:
        return [own] if own is not None else []
    await _order(call, session, venue, subject)
    return [subject]


async def _is_own(call: Call, session: AsyncSession, venue: StoredVenue, row: FeedRow) -> bool:
    if row.order_id is None:
        return row.kind == "customer" and row.subject == call.caller.customer
    order = await load_order(session, venue, row.order_id, call.desk.now())
    return order.customer == call.caller.customer


def _view(call: Call, venue: StoredVenue, row: FeedRow) -> FeedView:
    return FeedView(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]  # the table's CHECK admits the kinds alone
        order=row.order_id,
        line=row.subject if row.kind == "guest" else None,
        guest=row.guest,
        customer=row.subject if row.kind == "customer" else None,
        resource=venue.resource_keys.get(row.subject) if row.kind == "resource" else None,
        details=row.details,
        url=f"{call.base_url}/ical/{row.token}.ics",
        created_at=row.created_at.astimezone(UTC).astimezone(venue.tz),
    )


ROUTES = (subscribe, download, renew, make, find, revoke)
