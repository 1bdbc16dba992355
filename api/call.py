"""One request on its way through: who calls, what is asked, the venue, the answer that is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response
from litestar.exceptions import InternalServerException
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import Caller, Callers, admit
from api.errors import Malformed, Unsupported, refused
from api.idempotency import Answer, Claim
from api.inputs import Query, read_body, read_if_match, read_query
from api.limits import Throttle
from api.people.audit import What, Who, record
from api.people.browsers import Browsers
from api.people.passwords import Passwords
from api.people.sessions import network_of
from api.pulse import Pulse
from api.settings import Settings
from api.stream import Feed
from booking.desk import Desk
from booking.state import State, venue_and_state
from catalog.actors import Actor
from catalog.errors import Conflict, NotFound
from catalog.queries import StoredVenue, load_venue, load_venue_by_id
from catalog.times import minute

if TYPE_CHECKING:
    from api.endpoint import Endpoint

B = TypeVar("B", bound=Struct)
Q = TypeVar("Q", bound=Query)
JSON = "application/json"
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
        await self.keep(session, as_answer(refused(again, tz=self.tz, staff=True)))

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


def response(answer: Answer, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    """The answer as it goes out."""
    given = {**answer.headers, **(headers or {})}
    media = given.pop("Content-Type", None)
    return Response(answer.body, status_code=answer.status, media_type=media, headers=given)


def as_answer(response: Response[Any]) -> Answer:
    headers = {name: str(value) for name, value in response.headers.items()}
    if response.media_type is not None:
        headers["Content-Type"] = str(response.media_type)
    return Answer(response.status_code or 200, response.content or b"", headers)


def etag_matches(header: str | None, etag: str) -> bool:
    """Whether `If-None-Match` names the present state (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in header.split(","))


def needs_no_body(call: Call) -> None:
    """Raises Malformed where a body is sent that nobody reads."""
    if call.raw.strip():
        raise Malformed("This address takes no body.")
