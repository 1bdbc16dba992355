"""What every change of orders has in common at the border: preview, keeping, the answer."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from litestar import Response
from msgspec import UNSET, structs
from sqlalchemy.ext.asyncio import AsyncSession

from api.call import Call
from api.idempotency import Answer
from api.inputs import PreviewQuery
from api.mail.letters import letters_due
from api.mail.writing import customer_of, payer_as_person
from api.sale_views import given_view
from api.shapes import MailDueView, OrdersView, OrderView
from api.tickets import ticket_view
from api.views import changes_view, order_view
from booking.actions.quote import quote
from booking.apply import PartsChanged
from booking.handover import gives
from booking.lines import Order
from booking.outcome import Outcome
from booking.requests import OrderRequest
from catalog.queries import StoredVenue
from catalog.times import wall_of
from pricing.ledger import lots_by_order
from pricing.queries import find_customer, payments_by_order
from pricing.ticket_store import tickets_by_order

Action = Callable[..., Awaitable[Outcome]]
Locate = Callable[[AsyncSession, uuid.UUID, uuid.UUID], Awaitable[tuple[uuid.UUID, uuid.UUID]]]


async def changed(
    call: Call, venue: StoredVenue, action: Action, *arguments: Any, created: bool = False
) -> Response[Any]:
    """Carries the action out, or previews it, and answers with the orders as they are then."""
    preview = call.query(PreviewQuery).preview

    async def answer(session: AsyncSession, outcome: Outcome) -> Answer:
        return await _answer(session, call, venue, outcome, created=created, preview=preview)

    previewed: list[Answer] = []

    async def keep(session: AsyncSession, outcome: Outcome) -> None:
        made = await answer(session, outcome)
        if preview:
            previewed.append(made)  # what it would hand over is there until the session ends
        else:
            await call.keep(session, made)

    given: dict[str, Any] = {"caller": call.actor, "preview": preview, "keep": keep}
    try:
        outcome = await action(call.desk, venue, *arguments, **given)
    except PartsChanged:
        async with call.session() as session:
            venue = await call.venue_of(session, venue.id, "venue")
        outcome = await action(call.desk, venue, *arguments, **given)
    if previewed:
        return call.send(previewed[-1])
    if call.kept is not None:
        return call.send(call.kept)
    async with call.session() as session:
        return call.send(await answer(session, outcome))


async def quoted(call: Call, venue: StoredVenue, request: OrderRequest) -> Response[Any]:
    """Placement and price of what was asked, and nothing kept."""
    outcome = await quote(call.desk, venue, request, caller=call.actor)
    async with call.session() as session:
        return call.send(await _answer(session, call, venue, outcome, created=False, preview=True))


async def located(call: Call, locate: Locate, thing: uuid.UUID) -> tuple[StoredVenue, uuid.UUID]:
    """The venue and the order of what an address names by its id alone; raises NotFound."""
    async with call.session() as session:
        venue_id, order_id = await locate(session, call.caller.organisation, thing)
        return await call.venue_of(session, venue_id, locate.__name__.removeprefix("locate_")), order_id


async def view(session: AsyncSession, call: Call, venue: StoredVenue, order: Order) -> OrderView:
    """The order as sent to this caller."""
    return (await views(session, call, venue, [order]))[0]


async def views(
    session: AsyncSession,
    call: Call,
    venue: StoredVenue,
    orders: Sequence[Order],
    *,
    new: Collection[uuid.UUID] = (),
) -> list[OrderView]:
    """Several of them; `new` ones are of this moment, and nobody has paid for them yet."""
    payments = await payments_by_order(session, venue.id, [o.id for o in orders if o.id not in new])
    givers = [order.id for order in orders if gives(order)]
    tickets = await tickets_by_order(session, venue.id, givers)
    lots = await lots_by_order(session, venue.id, venue.catalog.venue.currency, givers)
    today = wall_of(venue.tz, call.now)[0]
    shown = []
    for order in orders:
        if len(orders) > 1:
            await asyncio.sleep(0)  # of a whole day there are hundreds: others are answered in between
        customer = None
        if order.customer is not None:
            customer = await find_customer(session, venue.id, order.customer)
        shown.append(
            order_view(
                order,
                venue.tz,
                customer=customer,
                payments=payments.get(order.id, ()),
                tickets=[ticket_view(ticket, venue.tz) for ticket in tickets.get(order.id, ())],
                credits=[given_view(lot, venue.tz) for lot in lots.get(order.id, ())],
                today=today,
                base_url=call.base_url,
            )
        )
    return shown


async def _mails(session: AsyncSession, venue: StoredVenue, outcome: Outcome) -> list[MailDueView]:
    """Who would be written to about the one order."""
    (before,), (after,) = outcome.before, outcome.orders
    payers = [payer_as_person(await customer_of(session, venue, order)) for order in (before, after)]
    due = letters_due(before, after, (payers[0], payers[1]))
    return [MailDueView(kind=d.kind, recipient=d.recipient.address) for d in due if d.kind != "reminder"]


async def _answer(
    session: AsyncSession,
    call: Call,
    venue: StoredVenue,
    outcome: Outcome,
    *,
    created: bool,
    preview: bool,
) -> Answer:
    pairs = zip(outcome.before, outcome.orders, strict=True)
    new = [after.id for before, after in pairs if before is None]
    found = await views(session, call, venue, outcome.orders, new=new)
    told: dict[str, Any] = {
        "changes": changes_view(outcome, venue.tz),
        "price_difference": outcome.price_difference,
        "warnings": outcome.warnings,
        "plan": outcome.plan if preview and outcome.plan is not None else UNSET,
    }
    if len(found) != 1 or call.endpoint.answer is OrdersView:
        return call.answer(OrdersView(orders=found, **told))
    shown = structs.replace(found[0], **told)
    if preview:
        shown = structs.replace(shown, mails=await _mails(session, venue, outcome))
        if outcome.before == (None,):  # there is nothing to be found under these
            shown = structs.replace(shown, number=None, calendar_url=None)
        return call.answer(shown, status=200)
    headers = {"ETag": f'"{shown.version}"'}
    if created:
        headers["Location"] = f"/v1/orders/{shown.id}"
    return call.answer(shown, headers=headers)
