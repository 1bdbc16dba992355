"""The point of sale: open, change, save, close, void, refund and pay sales; the stock of goods."""

import uuid
from typing import Any

from litestar import Response

from api.auth import DESK, MANAGERS
from api.call import Call, etag_matches
from api.endpoint import endpoint
from api.inputs import PreviewQuery, read_when
from api.sale_inputs import SalesQuery
from api.sale_shapes import SalePage, SaleView, StockPage, StockView
from api.selling import carried, reader, sale_at, shown_sale, sold
from api.shapes import HistoryView, VersionView
from catalog.errors import Invalid, Problem
from catalog.times import instant
from pricing.becoming import Till
from pricing.entering import RefundRequest, SaleChangeRequest, SalePlanRequest, SaleRequest, StockRequest
from pricing.paying import PaymentRequest
from pricing.sale_store import find_sales, load_sale, sale_history
from pricing.stock_service import move_stock, open_stock, stock_levels
from pricing.till import (
    change_sale,
    close_sale,
    open_sale,
    pay_sale,
    refund_sale,
    save_sale,
    void_sale,
)

_CHANGE: dict[str, Any] = {
    "roles": DESK,
    "tag": "sales",
    "query": PreviewQuery,
    "answer": SaleView,
    "refusals": (404, 409, 412, 422),
    "conditional": True,
}


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/sales",
    roles=DESK,
    tag="sales",
    summary="A new sale, open; with `use_credits` as it would be saved",
    status=201,
    body=SaleRequest,
    query=PreviewQuery,
    answer=SaleView,
    refusals=(404, 409, 422),
)
async def make(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    asked, read = call.body(SaleRequest), reader(at, "sold_at")
    return await sold(call, at, lambda till: open_sale(till, asked, read), asked, created=True)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/sales",
    roles=DESK,
    tag="sales",
    summary="Find sales by time, customer and status",
    query=SalesQuery,
    answer=SalePage,
    refusals=(404, 422),
)
async def find(call: Call, venue: str) -> Response[Any]:
    asked = call.query(SalesQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        found, following = await find_sales(
            session,
            at.id,
            first=None if asked.from_ is None else instant(read_when(at.tz, asked.from_, "from")),
            last=None if asked.to is None else instant(read_when(at.tz, asked.to, "to")),
            customer=asked.customer,
            status=asked.status,
            limit=asked.limit,
            after=asked.after,
        )
        items = [await shown_sale(session, at, sale) for sale in found]
    return call.respond(SalePage(items=items, next=following))


@endpoint(
    "GET",
    "/v1/sales/{sale_id:uuid}",
    roles=DESK,
    tag="sales",
    summary="One sale",
    answer=SaleView,
    refusals=(404,),
)
async def read(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    venue = await sale_at(call, sale_id)
    async with call.session() as session:
        sale = await load_sale(session, venue.id, sale_id)
        etag = f'"{sale.version}"'
        if etag_matches(call.request.headers.get("if-none-match"), etag):
            return Response(b"", status_code=304, headers={"ETag": etag})
        return call.respond(await shown_sale(session, venue, sale), headers={"ETag": etag})


@endpoint(
    "GET",
    "/v1/sales/{sale_id:uuid}/history",
    roles=DESK,
    tag="sales",
    summary="Every version of the sale: when, by whom, what",
    answer=HistoryView,
    refusals=(404,),
)
async def versions(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    venue = await sale_at(call, sale_id)
    async with call.session() as session:
        entries = await sale_history(session, venue.id, sale_id)
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
    "PATCH",
    "/v1/sales/{sale_id:uuid}",
    summary="Change an open or saved sale; `lines` are all that it has then",
    body=SaleChangeRequest,
    **_CHANGE,
)
async def change(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    at = await sale_at(call, sale_id)
    asked, moment = call.body(SaleChangeRequest), reader(at, "sold_at")
    return await sold(call, at, lambda till: change_sale(till, sale_id, asked, moment, call.if_match), asked)


@endpoint(
    "POST",
    "/v1/sales/{sale_id:uuid}/save",
    summary="Reserve the credits and hand over the goods",
    body=SalePlanRequest,
    **_CHANGE,
)
async def save(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    at, asked = await sale_at(call, sale_id), call.body(SalePlanRequest)
    return await sold(call, at, lambda till: save_sale(till, sale_id, call.if_match), asked)


@endpoint(
    "POST",
    "/v1/sales/{sale_id:uuid}/close",
    summary="Consume the credits; an open sale is saved first. It needs no payment",
    body=SalePlanRequest,
    **_CHANGE,
)
async def close(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    at, asked = await sale_at(call, sale_id), call.body(SalePlanRequest)
    return await sold(call, at, lambda till: close_sale(till, sale_id, call.if_match), asked)


@endpoint(
    "POST",
    "/v1/sales/{sale_id:uuid}/void",
    summary="As if it had never been: credits, goods and money go back",
    body=SalePlanRequest,
    **_CHANGE,
)
async def void(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    at, asked = await sale_at(call, sale_id), call.body(SalePlanRequest)
    return await sold(call, at, lambda till: void_sale(till, sale_id, call.if_match), asked)


@endpoint(
    "POST",
    "/v1/sales/{sale_id:uuid}/refund",
    summary="Take a closed sale back, and pay back what was paid",
    body=RefundRequest,
    **_CHANGE,
)
async def refund(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    at, asked = await sale_at(call, sale_id), call.body(RefundRequest)
    return await sold(call, at, lambda till: refund_sale(till, sale_id, asked, call.if_match), asked)


@endpoint(
    "POST",
    "/v1/sales/{sale_id:uuid}/payments",
    summary="Record a payment; a negative amount is paid back. `value_card`: the reference is its lot",
    status=201,
    body=PaymentRequest,
    **_CHANGE,
)
async def pay(call: Call, sale_id: uuid.UUID) -> Response[Any]:
    at, asked = await sale_at(call, sale_id), call.body(PaymentRequest)
    return await sold(call, at, lambda till: pay_sale(till, sale_id, asked, call.if_match), asked)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/stock",
    roles=DESK,
    tag="sales",
    summary="How many of each stock item are there",
    answer=StockPage,
    refusals=(404,),
)
async def stock(call: Call, venue: str) -> Response[Any]:
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        await open_stock(session, at.id, at.catalog.products, call.desk.now())
        levels = await stock_levels(session, at.id)
    items = [StockView(product=key, level=level) for key, level in levels.items()]
    return call.respond(StockPage(items=items, next=None))


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/stock",
    roles=MANAGERS,
    tag="sales",
    summary="A delivery, or a correction: so many more, or fewer, and why",
    body=StockRequest,
    answer=StockView,
    refusals=(404, 409, 422),
)
async def restock(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    asked = call.body(StockRequest)
    labels = {p.key: p.label for p in at.catalog.products}
    if not asked.change:
        sentence = "A movement of nothing is none: say how many more, or fewer."
        raise Invalid(sentence, problems=(Problem("change", sentence),))

    async def work(till: Till) -> Any:
        await open_stock(till.session, at.id, at.catalog.products, till.now)
        levels = await move_stock(
            till.session,
            at.id,
            {asked.product: asked.change},
            labels=labels,
            reason=asked.reason,
            now=till.now,
            actor=till.actor,
        )
        if asked.product not in levels:
            sentence = f"The stock of {asked.product!r} is not counted: give it an opening `stock`."
            raise Invalid(sentence, problems=(Problem("product", sentence),))
        return call.answer(StockView(product=asked.product, level=levels[asked.product]))

    return await carried(call, at, work)


ROUTES = (make, find, read, versions, change, save, close, void, refund, pay, stock, restock)
