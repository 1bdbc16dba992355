"""How every address is answered: who may, what is read, what is kept, how a refusal is said.

An endpoint is a function of a Call and the parameters of its path; what it needs is declared beside it, and
the document at /v1/openapi.json is made from the same declaration.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from api.auth import Role
from api.call import JSON, Call, as_answer, response
from api.errors import as_refusal, refused
from api.idempotency import Claim, claim, digest_of
from api.inputs import NoQuery, Query
from api.presence import Presence
from api.pulse import while_it_beats
from booking.solvers import asker
from catalog.crash_points import passing
from catalog.errors import Refusal

Function = Callable[..., Awaitable[Response[Any]]]
_REPEATABLE = ("POST", "PATCH", "DELETE")


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
                await mine.finish(session, as_answer(answered))
        return answered
    except BaseException:
        with suppress(DBAPIError, OSError):  # else it is taken over: it is not in `running` any more
            await mine.release(sessions)
        raise
    finally:
        running.discard(mine)


def _is_preview(call: Call) -> bool:
    if "preview" not in call.endpoint.query.__struct_fields__:
        return False
    return bool(getattr(call.query(call.endpoint.query), "preview", False))
