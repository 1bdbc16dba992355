"""Keys, for administrators: made, listed, revoked; and the record of what was done with rights."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response
from msgspec import Meta

from api.auth import ADMINS
from api.call import Call, needs_no_body
from api.endpoint import endpoint
from api.inputs import PageQuery
from api.people.administering import own_venue, page_after, venue_keys
from api.people.audit import What, entries
from api.people.keys import create_key, find_key, list_keys, revoke
from api.shapes import View
from booking.requests import Request
from catalog.errors import NotAllowed, NotFound
from catalog.organisations import ApiKey
from catalog.specs import Key, Name
from pricing.queries import locate_customer

KeyRole = Literal["admin", "manager", "reception", "staff", "customer"]


class KeyBody(Request, frozen=True, kw_only=True):
    """A new key. `days`: until it expires; absent: never. `venue`: for that venue alone."""

    role: KeyRole
    name: Name = ""
    venue: Key | None = None
    resource: Key | None = None
    customer: UUID | None = None
    days: Annotated[int, Meta(ge=1, le=36_500)] | None = None


class KeysQuery(PageQuery, frozen=True, kw_only=True):
    """`revoked`: also those that open nothing any more."""

    revoked: bool = False


class AuditQuery(PageQuery, frozen=True, kw_only=True):
    """`what` was done; `subject`: by it or to it."""

    what: What | None = None
    subject: UUID | None = None


class KeyView(View, frozen=True, kw_only=True):
    """A key, without what opens. `last_used_at`: to within a minute."""

    id: UUID
    role: str
    name: str
    venue: str | None
    resource: str | None
    customer: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewKeyView(KeyView, frozen=True, kw_only=True):
    """A key that was made: `key` is shown this once."""

    key: str


class KeyPage(View, frozen=True, kw_only=True):
    """A page of keys, the oldest first."""

    items: list[KeyView]
    next: str | None


class AuditEntryView(View, frozen=True, kw_only=True):
    """What was done: by whom (`by`: a key or user; null: the server), from which address, to what."""

    id: UUID
    at: datetime
    what: str
    by: UUID | None
    role: str
    name: str
    address: str
    subject: UUID | None
    details: dict[str, str | int | bool | None]


class AuditPage(View, frozen=True, kw_only=True):
    """A page of the record, the newest first."""

    items: list[AuditEntryView]
    next: str | None


@endpoint(
    "GET",
    "/v1/keys",
    roles=ADMINS,
    tag="people",
    summary="The keys in force: what they may, until when, when last used",
    query=KeysQuery,
    answer=KeyPage,
    refusals=(422,),
)
async def find(call: Call) -> Response[Any]:
    asked = call.query(KeysQuery)
    async with call.session() as session:
        rows, following = await list_keys(
            session,
            call.caller.organisation,
            venue=call.caller.venue,
            revoked=asked.revoked,
            limit=asked.limit,
            after=page_after(asked.after),
        )
        keys = await venue_keys(session, call.caller.organisation)
    shown = [KeyView(**_shown(row, keys)) for row in rows]
    return call.respond(KeyPage(items=shown, next=None if following is None else str(following)))


@endpoint(
    "POST",
    "/v1/keys",
    roles=ADMINS,
    tag="people",
    summary="A new key; the answer is the only one that shows it",
    status=201,
    body=KeyBody,
    answer=NewKeyView,
    refusals=(404, 422),
)
async def make(call: Call) -> Response[Any]:
    wanted = call.body(KeyBody)
    async with call.desk.sessions.begin() as session:
        keys = await venue_keys(session, call.caller.organisation)
        venue = own_venue(call, keys, wanted.venue)
        if wanted.customer is not None:
            customer = await locate_customer(session, call.caller.organisation, wanted.customer)
            if customer is None or call.caller.venue not in (None, customer.venue_id):
                raise NotFound("There is no such customer.")
        row, made = await create_key(
            session,
            wanted.role,
            who=call.who,
            organisation=call.caller.organisation,
            venue=venue,
            resource=wanted.resource,
            customer=wanted.customer,
            name=wanted.name,
            days=wanted.days,
        )
        answer = call.answer(NewKeyView(key=made, **_shown(row, keys)))
        await call.keep_none(session)
    return call.send(answer)


@endpoint(
    "DELETE",
    "/v1/keys/{key_id:uuid}",
    roles=ADMINS,
    tag="people",
    summary="End a key, within seconds everywhere",
    status=204,
    refusals=(404,),
)
async def end(call: Call, key_id: UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.desk.sessions.begin() as session:
        row = await find_key(session, call.caller.organisation, key_id)
        if call.caller.venue not in (None, row.venue_id):
            raise NotFound("There is no such key.")
        revoke(session, row, call.who)
    call.server.callers.forget()
    return Response(b"", status_code=204)


@endpoint(
    "GET",
    "/v1/audit",
    roles=ADMINS,
    tag="people",
    summary="What was done with rights and personal data: sign-ins, keys, users, exports; the newest first",
    query=AuditQuery,
    answer=AuditPage,
    refusals=(422,),
)
async def audit(call: Call) -> Response[Any]:
    if call.caller.venue is not None:
        raise NotAllowed("The record is for administrators of the whole organisation.")
    asked = call.query(AuditQuery)
    async with call.session() as session:
        rows, following = await entries(
            session,
            call.caller.organisation,
            what=asked.what,
            subject=asked.subject,
            limit=asked.limit,
            before=page_after(asked.after),
        )
    shown = [
        AuditEntryView(
            id=row.id,
            at=row.at,
            what=row.what,
            by=row.by,
            role=row.role,
            name=row.name,
            address=row.address,
            subject=row.subject,
            details=row.details,
        )
        for row in rows
    ]
    return call.respond(AuditPage(items=shown, next=None if following is None else str(following)))


def _shown(row: ApiKey, keys: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "role": row.role,
        "name": row.name,
        "venue": keys[row.venue_id] if row.venue_id is not None else None,
        "resource": row.resource_key,
        "customer": row.customer_id,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "last_used_at": row.last_used_at,
    }


ROUTES = (find, make, end, audit)
