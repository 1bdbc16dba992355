"""Refusals as RFC 9457 problem details. The one place that knows which refusal is which status."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from booking.refusals import Alternative, NotPlaceable, Reason
from catalog.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Stale, Undecided
from catalog.times import local

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
AWAY = (
    "The database does not answer at this moment. Send it again: with the same Idempotency-Key it is done "
    "once, though it may have been done already."
)
_FULL = "The disk of the database is full: nothing was changed. Whoever runs this server has to make room."
Handler = Callable[[Request[Any, Any, Any], Any], Response[Any]]
_log = structlog.get_logger()

_STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (Invalid, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Stale, 412),
    (NotAllowed, 403),
    (Undecided, 503),
)
_CODES = {
    400: "malformed",
    401: "no_key",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not answer to {method}; it does to {allow}.",
    413: "The body is larger than this server reads.",
}


class Malformed(Refusal):
    """The request cannot be read at all: 400."""

    code = "malformed"


class Unsupported(Refusal):
    """The body is of a media type that is not read here: 415."""

    code = "unsupported_media_type"


class NoKey(Refusal):
    """No key, or one that is not valid (any more): 401."""

    code = "no_key"


class TooMany(Refusal):
    """More requests than a feed or a customer's link may make: 429. `seconds` until one is answered again."""

    code = "too_many_requests"

    def __init__(self, sentence: str, *, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class Unavailable(Refusal):
    """The database cannot be reached at this moment: 503."""

    code = "unavailable"


def status_of(refusal: Refusal) -> int:
    """The status that tells a program what to do about it."""
    if isinstance(refusal, NotPlaceable):
        return 409 if refusal.taken else 422
    if refusal.code == Malformed.code:  # a catalog document that is no document
        return 400
    for kind, status in (
        (Unsupported, 415),
        (NoKey, 401),
        (TooMany, 429),
        (Unavailable, 503),
        *_STATUS,
    ):
        if isinstance(refusal, kind):
            return status
    return 409


def reason_view(reason: Reason, tz: ZoneInfo, *, staff: bool) -> dict[str, object]:
    """A reason as sent: the interval by the venue's clock; what holds the resource, for staff only."""
    shown: dict[str, object] = {"code": reason.code, "sentence": reason.sentence}
    shown |= {
        name: value for name in ("component", "guest", "pool") if (value := getattr(reason, name)) is not None
    }
    if reason.start is not None:
        shown["start"] = local(tz, reason.start)
    if reason.end is not None:
        shown["end"] = local(tz, reason.end)
    if reason.components:
        shown["components"] = reason.components
    if reason.held_by and staff:
        shown["held_by"] = reason.held_by
    return shown


def alternative_view(alternative: Alternative, tz: ZoneInfo) -> dict[str, object]:
    """An alternative as sent."""
    shown: dict[str, object] = {"kind": alternative.kind, "sentence": alternative.sentence}
    if alternative.start is not None:
        shown["start"] = local(tz, alternative.start)
    shown |= {name: value for name in ("rule", "value") if (value := getattr(alternative, name)) is not None}
    return shown


def problem(
    status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **members: object
) -> Response[bytes]:
    """A problem document as an answer; `members` are its extensions."""
    document = problem_document(status, code, detail) | members
    return Response(
        msgspec.json.encode(document), status_code=status, media_type=MEDIA_TYPE, headers=headers or {}
    )


def problem_document(status: int, code: str, detail: str) -> dict[str, object]:
    """Problem details (RFC 9457, 3.1)."""
    return {
        "type": f"urn:sojourn:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": detail,
        "code": code,
    }


def refused(refusal: Refusal, *, tz: ZoneInfo, staff: bool) -> Response[bytes]:
    """The answer to a request that was refused; times by the clock of `tz`."""
    status = status_of(refusal)
    members: dict[str, object] = {}
    headers: dict[str, str] = {}
    if isinstance(refusal, Invalid):
        members["errors"] = [{"path": p.path, "message": p.message} for p in refusal.problems]
    if isinstance(refusal, NotPlaceable):
        members["reasons"] = [reason_view(r, tz, staff=staff) for r in refusal.reasons]
        members["alternatives"] = [alternative_view(a, tz) for a in refusal.alternatives]
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="sojourn"'
    if isinstance(refusal, TooMany):
        headers["Retry-After"] = str(refusal.seconds)
    elif status == 503:
        headers["Retry-After"] = str(RETRY_SECONDS)
    return problem(status, refusal.code, refusal.sentence, headers=headers, **members)


def as_refusal(error: Exception) -> Refusal | None:
    """What the database said about the request, or about itself, as a refusal; None for a defect."""
    if isinstance(error, (PoolTimeout, ConnectionError, TimeoutError)):
        return Unavailable(AWAY)
    if not isinstance(error, DBAPIError):
        return None
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state.startswith("22"):  # a character or a number that no column takes
        return Invalid("A value in this request cannot be stored: it has a character or a size out of reach.")
    if state == "53100":
        return Unavailable(_FULL)
    if error.connection_invalidated or not state or state[:2] in ("08", "53", "57"):
        return Unavailable(AWAY)
    return None


def _on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    status, headers = error.status_code, dict(error.headers or {})
    if status >= 500:
        return _on_defect(request, error)
    sentence = _SENTENCES.get(status, error.detail)
    sentence = sentence.format(method=request.method, allow=headers.get("allow", "others"))
    return problem(status, _CODES.get(status, "malformed"), sentence, headers=headers)


def _on_refusal(_: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    return refused(refusal, tz=ZoneInfo("UTC"), staff=False)


def _on_defect(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    known = as_refusal(error)
    if known is not None:
        return _on_refusal(request, known)
    path = request.scope.get("path_template", "")  # not what stands in it: it may be the key of a calendar
    _log.error("defect", method=request.method, path=path, exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "defect", "Something went wrong here that should not; it is logged."
    )


HANDLERS: dict[int | type[Exception], Handler] = {
    HTTPException: _on_http,
    Refusal: _on_refusal,
    Exception: _on_defect,
}
