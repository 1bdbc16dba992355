"""Customers: who pays, and who is written to."""

import uuid
from datetime import datetime
from typing import Any

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import DESK, DESK_AND_CUSTOMER, MANAGERS
from api.call import Call, needs_no_body
from api.endpoint import endpoint
from api.inputs import CustomersQuery
from api.people.erasing import erase, exported
from api.shapes import CustomerPage, CustomerView, View
from api.views import customer_view
from booking.requests import CustomerRequest
from catalog.errors import NotFound
from pricing.customers import Customer
from pricing.queries import find_customers, locate_customer
from pricing.service import create_customer


class CustomerExport(View, frozen=True, kw_only=True):
    """Everything that is kept of a customer, as it is kept: each list is a table, each entry a row of it."""

    exported_at: datetime
    customer: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    credits: list[dict[str, Any]]
    mails: list[dict[str, Any]]


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
        call.note(session, "customer_created", customer.id, venue=at.key)
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


@endpoint(
    "GET",
    "/v1/customers/{customer_id:uuid}/export",
    roles=MANAGERS,
    tag="customers",
    summary="Everything that is kept of a customer: versions of orders, payments, sales, credits, mails",
    answer=CustomerExport,
    refusals=(404,),
)
async def export(call: Call, customer_id: uuid.UUID) -> Response[Any]:
    async with call.desk.sessions.begin() as session:
        customer = await _customer(call, session, customer_id)
        kept = await exported(session, customer)
        call.note(session, "customer_exported", customer_id)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="customer-{customer_id}.json"',
    }
    return call.respond(CustomerExport(exported_at=call.desk.now(), **kept), headers=headers)


@endpoint(
    "POST",
    "/v1/customers/{customer_id:uuid}/erase",
    roles=MANAGERS,
    tag="customers",
    summary="Take a customer's personal data out of everything; sums, times and versions stay as they are",
    answer=CustomerView,
    refusals=(404, 409),
)
async def forget(call: Call, customer_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.desk.sessions.begin() as session:
        customer = await _customer(call, session, customer_id)
        await erase(session, call.caller.organisation, customer, call.who, call.desk.now())
        await session.flush()
        answer = await call.keep(session, call.answer(customer_view(customer)))
    call.server.callers.forget()
    return call.send(answer)


async def _customer(call: Call, session: AsyncSession, customer_id: uuid.UUID) -> Customer:
    """As far as the caller may know of it; raises NotFound."""
    customer = await locate_customer(session, call.caller.organisation, customer_id)
    if customer is None:
        raise NotFound("There is no such customer.")
    await call.venue_of(session, customer.venue_id, "customer")
    return customer


ROUTES = (make, find, read, export, forget)
