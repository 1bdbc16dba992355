"""Signing in and out, and who one is."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import CREW, Caller, caller_of
from api.call import Call, needs_no_body
from api.digests import digest_of
from api.endpoint import endpoint
from api.inputs import Query
from api.people.audit import Who, record
from api.people.passwords import check_password
from api.people.sessions import check_sign_in, end_session, end_sessions, new_session
from api.people.users import find_user, set_password
from api.shapes import View
from booking.requests import Request
from catalog.errors import Invalid, NotAllowed
from catalog.organisations import Organisation
from catalog.queries import load_venue_by_id
from catalog.specs import Key
from catalog.venues import Venue

Secret = Annotated[str, Meta(min_length=1, max_length=1000)]


class SignInBody(Request, frozen=True, kw_only=True):
    """Who signs in. `organisation`: of an installation with several; else it may be left out."""

    email: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Secret
    organisation: Key = "default"


class PasswordBody(Request, frozen=True, kw_only=True):
    """The password as it is, and as it shall be."""

    password: Secret
    new: Secret


class SignOutQuery(Query, frozen=True, kw_only=True):
    """`everywhere`: in every browser, not this one alone."""

    everywhere: bool = False


class VenueName(View, frozen=True, kw_only=True):
    """A venue that the caller can see."""

    key: str
    name: str
    time_zone: str
    currency: str


class Me(View, frozen=True, kw_only=True):
    """Who calls. `user` and `email`: of a person who is signed in; a key has none. `resource`: whose calendar
    alone it shows."""

    role: str
    name: str
    user: UUID | None
    email: str | None
    resource: str | None
    venues: list[VenueName]


@endpoint(
    "POST",
    "/v1/session",
    roles=None,
    tag="people",
    summary="Sign in: the answer sets a cookie, which stands for a key from then on",
    body=SignInBody,
    answer=Me,
    refusals=(401, 403, 429),
)
async def sign_in(call: Call) -> Response[Any]:
    server, now = call.server, call.desk.now()
    server.browsers.check_same_origin(call.request, needed=False)
    wanted = call.body(SignInBody)
    user = await check_sign_in(
        call.desk.sessions,
        server.throttle,
        server.passwords,
        Who(address=call.address),
        organisation=wanted.organisation,
        email=wanted.email.strip().lower(),
        password=wanted.password,
    )
    token, before = server.browsers.new_token(), server.browsers.token(call.request)
    async with call.desk.sessions.begin() as session:
        if before is not None:
            await end_session(session, digest_of(before), now)
        signed_in = new_session(session, user, digest_of(token), now, server.browsers.hours)
        call.caller = caller_of(user, signed_in)
        record(session, "signed_in", call.who, user.organisation_id, user.id)
        shown = await _me(session, call.caller)
    headers = {"Set-Cookie": server.browsers.set_cookie(call.request, token), "Cache-Control": "no-store"}
    return call.respond(shown, headers=headers)


@endpoint(
    "DELETE",
    "/v1/session",
    roles=None,
    tag="people",
    summary="Sign out; nothing happens where nobody is signed in",
    status=204,
    query=SignOutQuery,
    refusals=(403,),
)
async def sign_out(call: Call) -> Response[Any]:
    needs_no_body(call)
    browsers, everywhere = call.server.browsers, call.query(SignOutQuery).everywhere
    token = browsers.token(call.request)
    if token is not None:
        browsers.check_same_origin(call.request)
        now = call.desk.now()
        async with call.desk.sessions.begin() as session:
            user = await end_session(session, digest_of(token), now)
            if user is not None:
                if everywhere:
                    await end_sessions(session, user.id, now)
                who = Who(by=user.id, role=user.role, name=user.name, address=call.address)
                record(session, "signed_out", who, user.organisation_id, user.id, everywhere=everywhere)
        call.server.callers.forget()
    return Response(b"", status_code=204, headers={"Set-Cookie": browsers.set_cookie(call.request, None)})


@endpoint(
    "GET",
    "/v1/me",
    roles=CREW,
    tag="people",
    summary="Who calls: the role, and the venues that it can see",
    answer=Me,
)
async def me(call: Call) -> Response[Any]:
    async with call.session() as session:
        return call.respond(await _me(session, call.caller), headers={"Cache-Control": "no-store"})


@endpoint(
    "POST",
    "/v1/me/password",
    roles=CREW,
    tag="people",
    summary="Another password for who is signed in; every other session of theirs ends",
    status=204,
    body=PasswordBody,
    secret=True,
    refusals=(401, 409),
)
async def change_password(call: Call) -> Response[Any]:
    wanted, caller, server = call.body(PasswordBody), call.caller, call.server
    if caller.session is None or caller.email is None:
        raise NotAllowed("A key has no password; this is for people who are signed in.")
    check_password(wanted.new, email=caller.email, path="new")
    if wanted.new == wanted.password:
        raise Invalid("The new password is the one that you have.")
    async with call.session() as session:
        organisation = await session.get_one(Organisation, caller.organisation)
    await check_sign_in(
        call.desk.sessions,
        server.throttle,
        server.passwords,
        call.who,
        organisation=organisation.key,
        email=caller.email,
        password=wanted.password,
    )
    hashed = await server.passwords.hash(wanted.new)
    async with call.desk.sessions.begin() as session:
        user = await find_user(session, caller.organisation, caller.key)
        await set_password(session, user, hashed, call.who, call.desk.now(), session_kept=caller.session)
    server.callers.forget()
    return Response(b"", status_code=204)


async def _me(session: AsyncSession, caller: Caller) -> Me:
    wanted = select(Venue.id).where(Venue.organisation_id == caller.organisation).order_by(Venue.key)
    if caller.venue is not None:
        wanted = wanted.where(Venue.id == caller.venue)
    venues = [await load_venue_by_id(session, found) for found in (await session.scalars(wanted)).all()]
    return Me(
        role=caller.role,
        name=caller.name,
        user=caller.key if caller.session is not None else None,
        email=caller.email,
        resource=caller.resource,
        venues=[
            VenueName(
                key=venue.key,
                name=venue.catalog.venue.name or venue.key,
                time_zone=venue.tz.key,
                currency=venue.catalog.venue.currency,
            )
            for venue in venues
        ],
    )


ROUTES = (sign_in, sign_out, me, change_password)
