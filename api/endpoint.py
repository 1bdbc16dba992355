"""How every address is answered: who may, what is read, what is kept, how a refusal is said.

An endpoint is a function of a Call and the parameters of its path; what it needs is declared beside it, and
the document at /v1/openapi.json is made from the same declaration.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.exceptions import InternalServerException
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import Caller, Callers, Role, admit
from api.errors import Malformed, Unsupported, as_refusal, refused
from api.idempotency import Answer, Claim, claim, digest_of
from api.inputs import NoQuery, Query, read_body, read_if_match, read_query
from api.limits import Throttle
from api.people.audit import What, Who, record
from api.people.browsers import Browsers
from api.people.passwords import Passwords
from api.people.sessions import network_of
from api.presence import Presence
from api.pulse import Pulse, while_it_beats
from api.settings import Settings
from api.stream import Feed
from booking.desk import Desk
from booking.solvers import asker
from booking.state import State, venue_and_state
from catalog.actors import Actor
from catalog.crash_points import passing
from catalog.errors import Conflict, NotFound, Refusal
from catalog.queries import StoredVenue, load_venue, load_venue_by_id
from catalog.times import minute

B = TypeVar("B", bound=Struct)
Q = TypeVar("Q", bound=Query)
Function = Callable[..., Awaitable[Response[Any]]]
JSON = "application/json"
_REPEATABLE = ("POST", "PATCH", "DELETE")
_SINGLE = (
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "Idempotency-Key",
    "If-Match",
    "Last-Event-ID",
)
"""Headers of which two would be understood differently by who stands between."""


class Server(Struct, frozen=True):
    """What one server process has: made when the application starts."""

    desk: Desk
    settings: Settings
    callers: Callers
    browsers: Browsers
    passwords: Passwords
    feed: Feed
    throttle: Throttle
    pulse: Pulse
    instance: uuid.UUID
    running: set[Claim]


class Endpoint(Struct, frozen=True, kw_only=True):
    """The declaration of an address. `roles` None: it needs no key. `answer` None: it has no JSON body.

    `secret`: a password stands in its body, of which not even a digest is kept to tell repetitions by.
    `choices`: what a parameter of the path may be, where that is known beforehand.
    """

    method: str
    path: str
    roles: frozenset[Role] | None
    summary: str
    tag: str
    status: int = 200
    body: Any = None
    query: type[Query] = NoQuery
    answer: Any = None
    media: tuple[str, ...] = (JSON,)
    body_media: tuple[str, ...] = (JSON,)
    refusals: tuple[int, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = {}
    conditional: bool = False
    secret: bool = False

    @property
    def repeatable(self) -> bool:
        """Whether it takes an Idempotency-Key."""
        return self.roles is not None and self.method in _REPEATABLE and not self.secret


class Call:
    """One request on its way through: the caller, the venue, the answer that is kept."""

    def __init__(self, endpoint: Endpoint, request: Request[Any, Any, Any], server: Server) -> None:
        self.endpoint, self.request, self.server = endpoint, request, server
        self.caller: Caller = ANYBODY
        self.tz = ZoneInfo("UTC")
        self.claim: Claim | None = None
        self.kept: Answer | None = None
        self._raw = b""

    async def start(self) -> None:
        """Who calls, and may they? Then reads the body and the query's bytes."""
        for name in _SINGLE:
            if len(self.request.headers.getall(name, ())) > 1:
                raise Malformed(f"The header `{name}` is given more than once.")
        if self.endpoint.roles is not None:
            self.caller = await self.server.callers.caller(self.request)
            if self.caller.role == "customer":
                await self.server.throttle.admit(f"customer {self.caller.key}")
            admit(self.caller, self.endpoint.roles)
        if self.endpoint.method != "GET":
            self._raw = await self._read()

    async def _read(self) -> bytes:
        """The body; raises Unsupported and Malformed."""
        coding = self.request.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("", "identity"):
            raise Unsupported("A body is read as it is, without a `Content-Encoding`.")
        try:
            return await self.request.body()
        except InternalServerException:
            raise Malformed("The request ended before its body did.") from None

    @property
    def desk(self) -> Desk:
        return self.server.desk

    @property
    def now(self) -> int:
        """Minutes since the epoch, rounded down."""
        return minute(self.desk.now())

    @property
    def raw(self) -> bytes:
        return self._raw

    @property
    def query_bytes(self) -> bytes:
        return bytes(self.request.scope["query_string"])

    @property
    def base_url(self) -> str:
        """Where this server is, as the caller sees it."""
        return str(self.request.base_url).rstrip("/")

    @property
    def address(self) -> str:
        """Of the network, from which the request came."""
        return self.request.client.host if self.request.client else ""

    @property
    def actor(self) -> Actor:
        """For the history of what is changed."""
        caller = self.caller
        return Actor(key=caller.key, role=caller.role, name=caller.name, address=self.address)

    @property
    def who(self) -> Who:
        """For the record of what is done with rights."""
        caller = self.caller
        return Who(by=caller.key, role=caller.role, name=caller.name, address=self.address)

    def note(self, session: AsyncSession, what: What, subject: uuid.UUID | None, /, **details: Any) -> None:
        """An entry in the record, in the transaction of what is done."""
        record(session, what, self.who, self.caller.organisation, subject, **details)

    async def admit(self, to: str) -> None:
        """Counts a request to what needs no key, by the network that it came from; raises TooMany."""
        await self.server.throttle.admit(f"{to} {network_of(self.address)}")

    @property
    def if_match(self) -> int | None:
        return read_if_match(self.request.headers.get("if-match"))

    def body(self, kind: type[B]) -> B:
        return read_body(self._raw, self.request.headers.get("content-type", ""), kind)

    def query(self, kind: type[Q]) -> Q:
        return read_query(self.query_bytes, kind)

    def session(self) -> AsyncSession:
        return self.desk.sessions()

    async def venue(self, session: AsyncSession, key: str) -> StoredVenue:
        """The venue of that key, as far as this caller may know of it; raises NotFound."""
        venue = await load_venue(session, self.caller.organisation, key)
        return self._known(venue, f"There is no venue '{key}'.")

    async def venue_and_state(self, session: AsyncSession, key: str) -> tuple[StoredVenue, State]:
        """The same with its state, which tells whether an index is as of now."""
        venue, state = await venue_and_state(session, self.caller.organisation, key, self.desk.now())
        return self._known(venue, f"There is no venue '{key}'."), state

    async def venue_of(self, session: AsyncSession, venue_id: uuid.UUID, thing: str) -> StoredVenue:
        """The venue where a thing was found; to a caller who may not know of it there is no such thing."""
        return self._known(await load_venue_by_id(session, venue_id), f"There is no such {thing}.")

    def _known(self, venue: StoredVenue, otherwise: str) -> StoredVenue:
        if venue.organisation_id != self.caller.organisation or self.caller.venue not in (None, venue.id):
            raise NotFound(otherwise)
        self.tz = venue.tz
        return venue

    async def keep(self, session: AsyncSession, answer: Answer) -> Answer:
        """Keep the answer with the transaction of the work, where the caller asked for it by a key."""
        if self.claim is not None:
            await self.claim.finish(session, answer)
        self.kept = answer
        return answer

    async def keep_none(self, session: AsyncSession) -> None:
        """The answer has a secret in it, which is kept nowhere: who repeats it is told so."""
        again = Conflict("It was made by this request before, and is shown once only.", code="shown_once")
        await self.keep(session, _as_answer(refused(again, tz=self.tz, staff=True)))

    def answer(
        self, value: object, *, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The value as JSON."""
        return Answer(
            status or self.endpoint.status,
            msgspec.json.encode(value),
            {"Content-Type": JSON, **(headers or {})},
        )

    def send(self, answer: Answer) -> Response[bytes]:
        return response(answer)

    def respond(
        self, value: object, *, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> Response[bytes]:
        return response(self.answer(value, status=status, headers=headers))


ANYBODY = Caller(
    key=uuid.UUID(int=0), organisation=uuid.UUID(int=0), role="customer", name="", expires_at=None
)


def endpoint(
    method: str, path: str, *, roles: frozenset[Role] | None, summary: str, tag: str, **declared: Any
) -> Callable[[Function], HTTPRouteHandler]:
    """Declares the function as the answer to this address."""
    declaration = Endpoint(method=method, path=path, roles=roles, summary=summary, tag=tag, **declared)

    def declare(function: Function) -> HTTPRouteHandler:
        async def handle(request: Request[Any, Any, Any]) -> Response[Any]:
            return await serve(declaration, function, request)

        handle.__name__ = function.__name__
        return HTTPRouteHandler(
            path,
            http_method=[HttpMethod.GET, HttpMethod.HEAD] if method == "GET" else HttpMethod(method),
            name=f"{tag}.{function.__name__}",
            opt={"endpoint": declaration},
            status_code=200,  # of the answers themselves
        )(handle)

    return declare


async def serve(endpoint: Endpoint, function: Function, request: Request[Any, Any, Any]) -> Response[Any]:
    """Answers one request; every refusal becomes a problem document here."""
    call = Call(endpoint, request, request.app.state.server)
    presence = Presence(request)
    before = asker.set(presence.gone)
    try:
        return await while_it_beats(call.server.pulse, _carried_out(call, function))
    except Exception as error:
        refusal = error if isinstance(error, Refusal) else as_refusal(error)
        if refusal is None:
            raise
        return refused(refusal, tz=call.tz, staff=call.caller.is_staff)
    finally:
        asker.reset(before)
        presence.stop()


async def _carried_out(call: Call, function: Function) -> Response[Any]:
    """Who calls, what is asked, and the answer."""
    await call.start()
    key = call.request.headers.get("idempotency-key")
    if key is None or not call.endpoint.repeatable or _is_preview(call):
        answered = await function(call, **call.request.path_params)
    else:
        answered = await _once(call, function, key.strip())
    passing("before_answer")
    return answered


async def _once(call: Call, function: Function, key: str) -> Response[Any]:
    sessions, running = call.desk.sessions, call.server.running
    mine = Claim(
        call.caller.key,
        f"{call.request.method} {call.request.url.path}",
        key,
        call.server.instance,
        digest_of(call.raw, call.query_bytes),
    )
    before = await claim(sessions, mine, running)
    if before is not None:
        return response(before, {"Idempotent-Replayed": "true"})
    passing("after_claim")
    call.claim = mine
    try:
        try:
            answered = await function(call, **call.request.path_params)
        except Refusal as refusal:
            answered = refused(refusal, tz=call.tz, staff=call.caller.is_staff)
            call.kept = None
        status = answered.status_code or call.endpoint.status
        if status >= 500 or status == 429:
            await mine.release(sessions)
        elif call.kept is None:
            async with sessions.begin() as session:
                await mine.finish(session, _as_answer(answered))
        return answered
    except BaseException:
        with suppress(DBAPIError, OSError):  # else it is taken over: it is not in `running` any more
            await mine.release(sessions)
        raise
    finally:
        running.discard(mine)


def response(answer: Answer, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """The answer as it goes out."""
    given = {**answer.headers, **(headers or {})}
    media = given.pop("Content-Type", None)
    return Response(answer.body, status_code=answer.status, media_type=media, headers=given)


def _as_answer(response: Response[Any]) -> Answer:
    headers = {name: str(value) for name, value in response.headers.items()}
    if response.media_type is not None:
        headers["Content-Type"] = str(response.media_type)
    return Answer(response.status_code or 200, response.content or b"", headers)


def _is_preview(call: Call) -> bool:
    if "preview" not in call.endpoint.query.__struct_fields__:
        return False
    return bool(getattr(call.query(call.endpoint.query), "preview", False))


def etag_matches(header: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names the present state (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in header.split(","))


def needs_no_body(call: Call) -> None:
    """Raises Malformed where a body is sent that nobody reads."""
    if call.raw.strip():
        raise Malformed("This address takes no body.")
