"""Customers: who pays, and who is written to."""

import uuid
from typing import Any

from litestar import Response

from api.auth import DESK, DESK_AND_CUSTOMER
from api.endpoint import Call, endpoint
from api.inputs import CustomersQuery
from api.shapes import CustomerPage, CustomerView
from api.views import customer_view
from booking.requests import CustomerRequest
from catalog.errors import NotFound
from pricing.queries import find_customers, locate_customer
from pricing.service import create_customer


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/customers",
    roles=DESK,
    tag="customers",
    summary="A new customer; an e-mail address never merges two",
    status=201,
    body=CustomerRequest,
    answer=CustomerView,
    refusals=(404, 422),
)
async def make(call: Call, venue: str) -> Response[Any]:
    async with call.desk.sessions.begin() as session:
        at = await call.venue(session, venue)
        asked = call.body(CustomerRequest)
        customer = create_customer(
            session,
            at.id,
            name=asked.name,
            email=asked.email,
            phone=asked.phone,
            tier=asked.tier,
            language=asked.language,
            now=call.desk.now(),
        )
        await session.flush()
        answer = call.answer(customer_view(customer), headers={"Location": f"/v1/customers/{customer.id}"})
        await call.keep(session, answer)
    return call.send(answer)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/customers",
    roles=DESK,
    tag="customers",
    summary="Find customers by a part of the name, the e-mail address or the telephone number",
    query=CustomersQuery,
    answer=CustomerPage,
    refusals=(404, 422),
)
async def find(call: Call, venue: str) -> Response[Any]:
    asked = call.query(CustomersQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        customers, following = await find_customers(
            session, at.id, asked.q, limit=asked.limit, after=asked.after
        )
    return call.respond(CustomerPage(items=[customer_view(c) for c in customers], next=following))


@endpoint(
    "GET",
    "/v1/customers/{customer_id:uuid}",
    roles=DESK_AND_CUSTOMER,
    tag="customers",
    summary="One customer",
    answer=CustomerView,
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
        await call.venue_of(session, customer.venue_id, "customer")
        return call.respond(customer_view(customer))


ROUTES = (make, find, read)
