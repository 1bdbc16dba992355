"""A customer's credits: on view with their history, used without a sale, corrected by a manager."""

import uuid
from typing import Any

from litestar import Response

from api.auth import DESK, DESK_AND_CUSTOMER, MANAGERS
from api.call import Call
from api.endpoint import endpoint
from api.idempotency import Answer
from api.inputs import PreviewQuery
from api.sale_shapes import CreditPage, LotView
from api.sale_views import balances, lot_view
from api.selling import carried, reader
from catalog.errors import NotFound
from catalog.queries import StoredVenue
from pricing.becoming import Till
from pricing.ledger import lots_of
from pricing.queries import locate_customer
from pricing.redeem import in_order
from pricing.redeeming import LotChangeRequest, RedeemRequest, adjust_lot, locate_lot, redeem_lot


@endpoint(
    "GET",
    "/v1/customers/{customer_id:uuid}/credits",
    roles=DESK_AND_CUSTOMER,
    tag="credits",
    summary="The lots of a customer with their entries, and what is left of each product",
    answer=CreditPage,
    refusals=(404,),
)
async def read(call: Call, customer_id: uuid.UUID) -> Response[Any]:
    unknown = NotFound("There is no such customer.")
    if call.caller.role == "customer" and call.caller.customer != customer_id:
        raise unknown
    async with call.session() as session:
        customer = await locate_customer(session, call.caller.organisation, customer_id)
        if customer is None:
            raise unknown
        venue = await call.venue_of(session, customer.venue_id, "customer")
        found = await lots_of(session, venue.id, venue.catalog.venue.currency, customer_id)
    lots, now = in_order(found.values(), "first_bought"), call.desk.now()
    items = [lot_view(lot, venue.tz, now) for lot in lots]
    return call.respond(CreditPage(items=items, balances=balances(lots, now), next=None))


@endpoint(
    "POST",
    "/v1/credits/{lot_id:uuid}/redeem",
    roles=DESK,
    tag="credits",
    summary="Use credits without a sale; of a gift card an amount",
    body=RedeemRequest,
    query=PreviewQuery,
    answer=LotView,
    refusals=(404, 409, 422),
)
async def redeem(call: Call, lot_id: uuid.UUID) -> Response[Any]:
    at, asked = await _venue(call, lot_id), call.body(RedeemRequest)

    async def work(till: Till) -> Answer:
        lot = await redeem_lot(till, lot_id, asked, reader(at, "at"))
        return call.answer(lot_view(lot, at.tz, till.now))

    return await carried(call, at, work, preview=call.query(PreviewQuery).preview)


@endpoint(
    "PATCH",
    "/v1/credits/{lot_id:uuid}",
    roles=MANAGERS,
    tag="credits",
    summary="Another end of the validity or another number left, with a reason",
    body=LotChangeRequest,
    query=PreviewQuery,
    answer=LotView,
    refusals=(404, 409, 422),
)
async def adjust(call: Call, lot_id: uuid.UUID) -> Response[Any]:
    at, asked = await _venue(call, lot_id), call.body(LotChangeRequest)

    async def work(till: Till) -> Answer:
        lot = await adjust_lot(till, lot_id, asked, reader(at, "valid_until"))
        return call.answer(lot_view(lot, at.tz, till.now))

    return await carried(call, at, work, preview=call.query(PreviewQuery).preview)


async def _venue(call: Call, lot_id: uuid.UUID) -> StoredVenue:
    async with call.session() as session:
        venue_id = await locate_lot(session, call.caller.organisation, lot_id)
        return await call.venue_of(session, venue_id, "lot")


ROUTES = (read, redeem, adjust)
