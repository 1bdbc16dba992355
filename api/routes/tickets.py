"""Tickets of sales and orders: as JSON, on paper, and used at the gate."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response

from api.auth import DESK, DESK_AND_CUSTOMER
from api.call import Call
from api.changing import located
from api.documents import PDF
from api.endpoint import endpoint
from api.given_shapes import TicketPage, TicketView
from api.idempotency import Answer
from api.own import own_order
from api.selling import carried, sale_at
from api.tickets import Paper, ticket_view, tickets_pdf
from booking.lines import Order
from booking.queries import load_order, locate_order
from catalog.errors import NotFound
from catalog.queries import StoredVenue
from catalog.times import wall_of
from pricing.becoming import Till
from pricing.sale_store import load_sale
from pricing.ticket_store import Ticket, tickets_by_order, tickets_in_force, use_ticket


@endpoint(
    "GET",
    "/v1/sales/{sale_id:uuid}/tickets",
    roles=DESK,
    tag="tickets",
    summary="The tickets of the sale that are in force",
    answer=TicketPage,
    refusals=(404,),
)
async def of_sale(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    venue = await sale_at(call, sale_id)
    async with call.session() as session:
        tickets = await tickets_in_force(session, venue.id, sale_id=sale_id)
    return _listed(call, venue, tickets)


@endpoint(
    "GET",
    "/v1/sales/{sale_id:uuid}/tickets.pdf",
    roles=DESK,
    tag="tickets",
    summary="The tickets of the sale, a page each, with their QR codes",
    media=(PDF,),
    refusals=(404,),
)
async def printed_of_sale(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    venue = await sale_at(call, sale_id)
    async with call.session() as session:
        sale = await load_sale(session, venue.id, sale_id)
        tickets = await tickets_in_force(session, venue.id, sale_id=sale_id)
    names = {line.id: line.description for line in sale.lines}
    day = sale.sold_at.astimezone(venue.tz).date()
    papers = [Paper(t, None if t.component is None else names.get(t.line_id), day) for t in tickets]
    return await _printed(venue, papers, "The sale has no tickets: it sells no entry, or is not saved yet.")


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/tickets",
    roles=DESK_AND_CUSTOMER,
    tag="tickets",
    summary="The tickets of the order that are in force",
    answer=TicketPage,
    refusals=(404,),
)
async def of_order(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _, tickets = await _of_order(call, order_id)
    return _listed(call, venue, tickets)


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/tickets.pdf",
    roles=DESK_AND_CUSTOMER,
    tag="tickets",
    summary="The tickets of the order, a page each, with their QR codes",
    media=(PDF,),
    refusals=(404,),
)
async def printed_of_order(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, order, tickets = await _of_order(call, order_id)
    lines = {line.id: line for line in order.lines}
    papers = [
        Paper(
            ticket,
            None if ticket.component is None else lines[ticket.line_id].sold.package.label,
            ticket.day or wall_of(venue.tz, lines[ticket.line_id].start)[0],
        )
        for ticket in tickets
    ]
    return await _printed(
        venue, papers, "The order has no tickets: it holds no entry, or is not confirmed yet."
    )


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/tickets/{code:str}/use",
    roles=DESK,
    tag="tickets",
    summary="Somebody comes in with the ticket: once",
    answer=TicketView,
    refusals=(404, 409),
)
async def use(call: Call, venue: str, code: str) -> Response[Any]:
    async with call.session() as session:
        at = await call.venue(session, venue)

    async def work(till: Till) -> Answer:
        ticket = await use_ticket(till.session, at.id, code, till.now)
        call.note(till.session, "ticket_used", ticket.id, venue=at.key, product=ticket.product)
        return call.answer(ticket_view(ticket, at.tz))

    return await carried(call, at, work)


async def _of_order(call: Call, order_id: uuid.UUID) -> tuple[StoredVenue, Order, list[Ticket]]:
    venue, _ = await located(call, locate_order, order_id)
    order = await own_order(call, venue, order_id)
    async with call.session() as session:
        if order is None:
            order = await load_order(session, venue, order_id, call.desk.now())
        return venue, order, (await tickets_by_order(session, venue.id, [order_id]))[order_id]


def _listed(call: Call, venue: StoredVenue, tickets: Sequence[Ticket]) -> Response[Any]:
    return call.respond(TicketPage(items=[ticket_view(ticket, venue.tz) for ticket in tickets], next=None))


async def _printed(venue: StoredVenue, papers: Sequence[Paper], none: str) -> Response[Any]:
    if not papers:
        raise NotFound(none)
    body = await asyncio.to_thread(tickets_pdf, venue, papers)
    headers = {"Content-Disposition": 'attachment; filename="tickets.pdf"'}
    return Response(body, media_type=PDF, headers=headers)


ROUTES = (of_sale, printed_of_sale, of_order, printed_of_order, use)
