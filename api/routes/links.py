"""Links by which customers reach their order without an account: made, listed, taken back."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from litestar import Response
from msgspec import Meta

from api.auth import DESK
from api.call import Call
from api.changing import located
from api.endpoint import endpoint
from api.my.links import links_of, locate_link, new_link, revoke
from api.shapes import View
from booking.queries import load_order, locate_order
from booking.requests import Request


class LinkBody(Request, frozen=True, kw_only=True):
    """`days`: until the link expires; absent: thirty days after the visit."""

    days: Annotated[int, Meta(ge=1, le=800)] | None = None


class NewLinkView(View, frozen=True, kw_only=True):
    """A link that was made: its address is shown this once."""

    id: uuid.UUID
    url: str
    expires_at: datetime


class LinkView(View, frozen=True, kw_only=True):
    """A link to an order, without its secret."""

    id: uuid.UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class LinksView(View, frozen=True, kw_only=True):
    """The links of an order, the first one first."""

    items: list[LinkView]
    next: None


_PATH = "/v1/orders/{order_id:uuid}/links"


@endpoint(
    "POST",
    _PATH,
    roles=DESK,
    tag="links",
    summary="A link for the customer to see, change and cancel the order without an account",
    status=201,
    body=LinkBody,
    answer=NewLinkView,
    refusals=(404,),
)
async def make(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    wanted = call.body(LinkBody)
    now = call.desk.now()
    async with call.desk.sessions.begin() as session:
        order = await load_order(session, venue, order_id, now)
        link, token = new_link(session, venue.id, order, now, wanted.days)
        base = call.server.settings.public_url.rstrip("/") or call.base_url
        shown = NewLinkView(id=link.id, url=f"{base}/my/{token}", expires_at=link.expires_at)
        answer = call.answer(shown)
        call.note(session, "link_made", link.id, venue=venue.key, order=order.number)
        await session.flush()
        await call.keep_none(session)
    return call.send(answer)


@endpoint(
    "GET",
    _PATH,
    roles=DESK,
    tag="links",
    summary="The links of an order: made, expiring, last used",
    answer=LinksView,
    refusals=(404,),
)
async def find(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.session() as session:
        links = await links_of(session, venue.id, order_id)
    items = [
        LinkView(
            id=link.id,
            created_at=link.created_at,
            expires_at=link.expires_at,
            revoked_at=link.revoked_at,
            last_used_at=link.last_used_at,
        )
        for link in links
    ]
    return call.respond(LinksView(items=items, next=None))


@endpoint(
    "DELETE",
    _PATH,
    roles=DESK,
    tag="links",
    summary="No link to the order opens it any more",
    status=204,
    refusals=(404,),
)
async def end_all(call: Call, order_id: uuid.UUID) -> Response[Any]:
    venue, _ = await located(call, locate_order, order_id)
    async with call.desk.sessions.begin() as session:
        await revoke(session, venue.id, order_id, call.desk.now())
        call.note(session, "links_ended", order_id, venue=venue.key)
    return Response(b"", status_code=204)


@endpoint(
    "DELETE",
    "/v1/links/{link_id:uuid}",
    roles=DESK,
    tag="links",
    summary="This link opens nothing any more",
    status=204,
    refusals=(404,),
)
async def end(call: Call, link_id: uuid.UUID) -> Response[Any]:
    venue, order_id = await located(call, locate_link, link_id)
    async with call.desk.sessions.begin() as session:
        await revoke(session, venue.id, order_id, call.desk.now(), link_id)
        call.note(session, "links_ended", link_id, venue=venue.key)
    return Response(b"", status_code=204)


ROUTES = (make, find, end_all, end)
