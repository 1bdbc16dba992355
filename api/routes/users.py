"""People who sign in, for administrators; who is narrowed to a venue sees those who are so too."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Response
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import ADMINS
from api.call import Call, needs_no_body
from api.endpoint import endpoint
from api.inputs import PageQuery
from api.people.administering import own_venue, page_after, venue_keys
from api.people.audit import record
from api.people.passwords import check_password
from api.people.sessions import end_sessions
from api.people.stored import UserRow
from api.people.users import (
    Rights,
    create_user,
    disable,
    enable,
    find_user,
    list_users,
    read_email,
    set_password,
    set_rights,
)
from api.shapes import View
from booking.requests import Request
from catalog.errors import Conflict, NotFound
from catalog.specs import Key, Name

UserRole = Literal["admin", "manager", "reception", "staff"]
NewPassword = Annotated[str, Meta(min_length=1, max_length=1000)]


class UserBody(Request, frozen=True, kw_only=True):
    """A new user. `venue`: for that venue alone. `resource`: whose calendar the role staff sees."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    password: NewPassword
    role: UserRole
    name: Name = ""
    venue: Key | None = None
    resource: Key | None = None


class UserChangeBody(Request, frozen=True, kw_only=True):
    """What is to be another; what is left out stays."""

    name: Name | UnsetType = UNSET
    role: UserRole | UnsetType = UNSET
    venue: Key | None | UnsetType = UNSET
    resource: Key | None | UnsetType = UNSET
    password: NewPassword | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class UserView(View, frozen=True, kw_only=True):
    """A user. `last_seen_at`: to within a minute."""

    id: UUID
    email: str
    name: str
    role: str
    venue: str | None
    resource: str | None
    created_at: datetime
    last_seen_at: datetime | None
    disabled_at: datetime | None


class UserPage(View, frozen=True, kw_only=True):
    """A page of users, the oldest first."""

    items: list[UserView]
    next: str | None


@endpoint(
    "GET",
    "/v1/users",
    roles=ADMINS,
    tag="people",
    summary="All users",
    query=PageQuery,
    answer=UserPage,
    refusals=(422,),
)
async def find(call: Call) -> Response[Any]:
    asked = call.query(PageQuery)
    async with call.session() as session:
        rows, following = await list_users(
            session,
            call.caller.organisation,
            venue=call.caller.venue,
            limit=asked.limit,
            after=page_after(asked.after),
        )
        keys = await venue_keys(session, call.caller.organisation)
    shown = [_view(row, keys) for row in rows]
    return call.respond(UserPage(items=shown, next=None if following is None else str(following)))


@endpoint(
    "POST",
    "/v1/users",
    roles=ADMINS,
    tag="people",
    summary="A new user, who may sign in at once",
    status=201,
    body=UserBody,
    secret=True,
    answer=UserView,
    refusals=(404, 409, 422),
)
async def make(call: Call) -> Response[Any]:
    wanted = call.body(UserBody)
    email = read_email(wanted.email)
    check_password(wanted.password, email=email)
    hashed = await call.server.passwords.hash(wanted.password)
    async with call.desk.sessions.begin() as session:
        keys = await venue_keys(session, call.caller.organisation)
        user = await create_user(
            session,
            call.caller.organisation,
            call.who,
            call.desk.now(),
            email=email,
            name=wanted.name,
            rights=Rights(
                role=wanted.role, venue=own_venue(call, keys, wanted.venue), resource=wanted.resource
            ),
            password=hashed,
        )
    return call.respond(_view(user, keys), headers={"Location": f"/v1/users/{user.id}"})


@endpoint(
    "GET",
    "/v1/users/{user_id:uuid}",
    roles=ADMINS,
    tag="people",
    summary="One user",
    answer=UserView,
    refusals=(404,),
)
async def read(call: Call, user_id: UUID) -> Response[Any]:
    async with call.session() as session:
        user = await _user(call, session, user_id)
        return call.respond(_view(user, await venue_keys(session, call.caller.organisation)))


@endpoint(
    "PATCH",
    "/v1/users/{user_id:uuid}",
    roles=ADMINS,
    tag="people",
    summary="Another name, role or password for a user, or none of it any more: `disabled`",
    body=UserChangeBody,
    secret=True,
    answer=UserView,
    refusals=(404, 409, 422),
)
async def change(call: Call, user_id: UUID) -> Response[Any]:
    wanted = call.body(UserChangeBody)
    async with call.session() as session:
        email = (await _user(call, session, user_id)).email
    hashed = None
    if isinstance(wanted.password, str):
        check_password(wanted.password, email=email)
        hashed = await call.server.passwords.hash(wanted.password)
    now = call.desk.now()
    async with call.desk.sessions.begin() as session:
        user = await _user(call, session, user_id)
        keys = await venue_keys(session, call.caller.organisation)
        if _changes(wanted):
            await set_rights(
                session,
                user,
                _rights(call, user, wanted, keys),
                call.who,
                name=wanted.name if isinstance(wanted.name, str) else None,
            )
        if hashed is not None:
            await set_password(session, user, hashed, call.who, now)
        if wanted.disabled is True:
            if user.id == call.caller.key:
                raise Conflict("You cannot disable yourself: another administrator has to.")
            await disable(session, user, call.who, now)
        elif wanted.disabled is False:
            enable(session, user, call.who)
        await session.flush()
        shown = _view(user, keys)
    call.server.callers.forget()
    return call.respond(shown)


@endpoint(
    "DELETE",
    "/v1/users/{user_id:uuid}/sessions",
    roles=ADMINS,
    tag="people",
    summary="End every session of a user, who may sign in again",
    status=204,
    refusals=(404,),
)
async def end(call: Call, user_id: UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.desk.sessions.begin() as session:
        user = await _user(call, session, user_id)
        await end_sessions(session, user.id, call.desk.now())
        record(session, "sessions_ended", call.who, user.organisation_id, user.id)
    call.server.callers.forget()
    return Response(b"", status_code=204)


async def _user(call: Call, session: AsyncSession, user_id: UUID) -> UserRow:
    """As far as this administrator may know of it; raises NotFound."""
    user = await find_user(session, call.caller.organisation, user_id)
    if call.caller.venue not in (None, user.venue_id):
        raise NotFound("There is no such user.")
    return user


def _changes(wanted: UserChangeBody) -> bool:
    return any(value is not UNSET for value in (wanted.role, wanted.venue, wanted.resource, wanted.name))


def _rights(call: Call, user: UserRow, wanted: UserChangeBody, keys: dict[UUID, str]) -> Rights:
    """What the user has, with what is to be another."""
    had = keys[user.venue_id] if user.venue_id is not None else None
    role = wanted.role if isinstance(wanted.role, str) else user.role
    resource = user.resource_key if isinstance(wanted.resource, UnsetType) else wanted.resource
    if role != "staff" and isinstance(wanted.resource, UnsetType):
        resource = None
    venue = had if isinstance(wanted.venue, UnsetType) else own_venue(call, keys, wanted.venue)
    return Rights(role=role, venue=venue, resource=resource)


def _view(user: UserRow, keys: dict[UUID, str]) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        venue=keys[user.venue_id] if user.venue_id is not None else None,
        resource=user.resource_key,
        created_at=user.created_at,
        last_seen_at=user.last_seen_at,
        disabled_at=user.disabled_at,
    )


ROUTES = (find, make, read, change, end)
