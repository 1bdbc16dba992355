"""Orders: quote, book, find, change, confirm, cancel, undo."""

import uuid
from functools import partial
from typing import Any

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import DESK, DESK_AND_CUSTOMER
from api.bills import ChargesView, charges_view
from api.call import Call, etag_matches
from api.changing import changed, located, quoted, view, views
from api.endpoint import endpoint
from api.inputs import OrdersQuery, PreviewQuery, check_limits, read_when
from api.own import version_to_change
from api.shapes import HistoryView, OrderPage, OrderView, VersionView
from booking.actions.book import book
from booking.actions.cancel import cancel_line, cancel_order
from booking.actions.change import add_line, change_line, change_order
from booking.actions.confirm import confirm
from booking.actions.pay import pay
from booking.actions.undo import undo
from booking.lines import Order
from booking.order_history import charges_of, history
from booking.queries import find_orders, load_order, locate_line, locate_order
from booking.requests import AddLineRequest, CancelRequest, ChangeRequest, OrderRequest, PlanRequest
from catalog.errors import Invalid, NotFound, Problem
from pricing.paying import PaymentRequest

_REFUSALS = (404, 409, 422, 503)
_CHANGE: dict[str, Any] = {
    "roles": DESK,
    "tag": "orders",
    "query": PreviewQuery,
    "answer": OrderView,
    "refusals": (*_REFUSALS, 412),
    "conditional": True,
}
_OWN = _CHANGE | {"roles": DESK_AND_CUSTOMER}


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/quotes",
    roles=DESK,
    tag="orders",
    summary="Placement and price of an order; nothing is kept",
    body=OrderRequest,
    answer=OrderView,
    refusals=_REFUSALS,
)
async def ask(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    request = call.body(OrderRequest)
    check_limits(request, call.desk.limits)
    return await quoted(call, at, request)


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/orders",
    roles=DESK,
    tag="orders",
    summary="Book: all of it or nothing",
    status=201,
    body=OrderRequest,
    query=PreviewQuery,
    answer=OrderView,
    refusals=_REFUSALS,
)
async def make(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    request = call.body(OrderRequest)
    check_limits(request, call.desk.limits)
    return await changed(call, at, book, request, created=True)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/orders",
    roles=DESK_AND_CUSTOMER,
    tag="orders",
    summary="Find orders by time, customer and status",
    query=OrdersQuery,
    answer=OrderPage,
    refusals=(404, 422),
)
async def find(call: Call, venue: str) -> Response[Any]:
    asked = call.query(OrdersQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        customer = _customer(asked.customer)
        if call.caller.role == "customer":
            if customer not in (None, call.caller.customer):
                return call.respond(OrderPage(items=[], next=None))
            customer = call.caller.customer
        orders, following = await find_orders(
            session,
            at,
            call.desk.now(),
            first=None if asked.from_ is None else read_when(at.tz, asked.from_, "from"),
            last=None if asked.to is None else read_when(at.tz, asked.to, "to"),
            customer=customer,
            status=asked.status,
            limit=asked.limit,
            after=asked.after,
        )
        items = await views(session, call, at, orders)
    return call.respond(OrderPage(items=items, next=following))


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}",
    roles=DESK_AND_CUSTOMER,
    tag="orders",
    summary="One order",
    answer=OrderView,
    refusals=(404,),
)
async def read(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        order = await load_order(session, venue, order_id, call.desk.now())
        if call.caller.role == "customer" and order.customer != call.caller.customer:
            raise NotFound("There is no such order.")
        etag = f'"{order.version}"'
        shown = await view(session, call, venue, order)
        # Payments, and their being late, change the view but not the version.
        lasts = not shown.payments and not shown.overdue
        if lasts and etag_matches(call.request.headers.get("if-none-match"), etag):
            return Response(b"", status_code=304, headers={"ETag": etag})
        return call.respond(shown, headers={"ETag": etag})


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/history",
    roles=DESK,
    tag="orders",
    summary="Every version of the order: when, by whom, what",
    answer=HistoryView,
    refusals=(404,),
)
async def versions(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        entries = await history(session, venue.id, order_id)
    shown = [
        VersionView(
            version=entry.version,
            at=entry.at.astimezone(venue.tz),
            what=entry.what,
            role=entry.actor_role,
            by=entry.actor_name,
            address=entry.actor_address,
        )
        for entry in entries
    ]
    return call.respond(HistoryView(items=shown, next=None))


@endpoint(
    "GET",
    "/v1/orders/{order_id:uuid}/charges",
    roles=DESK,
    tag="orders",
    summary="Every charge of the order; they sum to its price and fees",
    answer=ChargesView,
    refusals=(404,),
)
async def charges(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        entries = await charges_of(session, venue.id, order_id)
    return call.respond(ChargesView(items=charges_view(entries, venue.tz), next=None))


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/payments",
    roles=DESK,
    tag="orders",
    summary="Record a payment; a negative amount is paid back",
    status=201,
    body=PaymentRequest,
    answer=OrderView,
    refusals=(404, 409, 412, 422),
    conditional=True,
)
async def take_payment(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    request = call.body(PaymentRequest)

    async def keep(session: AsyncSession, order: Order) -> None:
        shown = await view(session, call, venue, order)
        await call.keep(session, call.answer(shown, headers={"ETag": f'"{shown.version}"'}))

    await pay(call.desk, venue, order_id, request, call.if_match, caller=call.actor, keep=keep)
    assert call.kept is not None  # noqa: S101 - kept above
    return call.send(call.kept)


@endpoint(
    "PATCH",
    "/v1/orders/{order_id:uuid}",
    summary="Change participants, guests, start, components, customer, note or discount",
    body=ChangeRequest,
    **_OWN,
)
async def change(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    request = call.body(ChangeRequest)
    check_limits(request, call.desk.limits)
    version = await version_to_change(call, venue, order_id, request)
    return await changed(call, venue, change_order, order_id, request, version)


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/lines",
    summary="A further package or single product on the order",
    status=201,
    body=AddLineRequest,
    **_CHANGE,
)
async def add(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    request = call.body(AddLineRequest)
    check_limits(request, call.desk.limits)
    return await changed(call, venue, add_line, order_id, request, call.if_match)


@endpoint(
    "PATCH", "/v1/lines/{line_id:uuid}", summary="Change one of several lines", body=ChangeRequest, **_OWN
)
async def change_one_line(call: Call, line_id: uuid.UUID) -> Response[Any]:
    venue, order_id = await located(call, locate_line, line_id)
    request = call.body(ChangeRequest)
    check_limits(request, call.desk.limits)
    version = await version_to_change(call, venue, order_id, request)
    return await changed(call, venue, change_line, order_id, line_id, request, version)


@endpoint(
    "POST",
    "/v1/lines/{line_id:uuid}/cancel",
    summary="Cancel one of several lines",
    body=CancelRequest,
    **_OWN,
)
async def cancel_one_line(call: Call, line_id: uuid.UUID) -> Response[Any]:
    venue, order_id = await located(call, locate_line, line_id)
    asked = call.body(CancelRequest)
    action = partial(cancel_line, waive_fee=asked.waive_fee)
    version = await version_to_change(call, venue, order_id, asked)
    return await changed(call, venue, action, order_id, line_id, asked.plan, version)


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/confirm",
    summary="Make a held order firm",
    body=PlanRequest,
    **_CHANGE,
)
async def make_firm(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    return await changed(call, venue, confirm, order_id, call.body(PlanRequest).plan, call.if_match)


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/cancel",
    summary="Cancel all of an order",
    body=CancelRequest,
    **_OWN,
)
async def cancel(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    asked = call.body(CancelRequest)
    action = partial(cancel_order, waive_fee=asked.waive_fee)
    version = await version_to_change(call, venue, order_id, asked)
    return await changed(call, venue, action, order_id, asked.plan, version)


@endpoint(
    "POST",
    "/v1/orders/{order_id:uuid}/undo",
    summary="Back to the version before, as a new version",
    body=PlanRequest,
    **_CHANGE,
)
async def take_back(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    return await changed(call, venue, undo, order_id, call.body(PlanRequest).plan, call.if_match)


def _customer(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError:
        raise Invalid(problems=(Problem("customer", "is not the id of a customer"),)) from None


ROUTES = (
    ask,
    make,
    find,
    read,
    versions,
    charges,
    take_payment,
    change,
    add,
    change_one_line,
    cancel_one_line,
    make_firm,
    cancel,
    take_back,
)
