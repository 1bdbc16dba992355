"""About the server itself: health, and the description of this API."""

from typing import Any

from litestar import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text

from api.auth import ADMINS, admit
from api.call import Call
from api.docs import docs_page
from api.endpoint import endpoint
from api.errors import Unavailable, as_refusal
from api.openapi import described
from api.watch.metrics import page

_PROMETHEUS = CONTENT_TYPE_LATEST.partition(";")[0]
_LOOPBACK = ("127.0.0.1", "::1")


@endpoint("GET", "/health", roles=None, tag="server", summary="Whether it is ready to serve", refusals=(503,))
async def health(call: Call) -> Response[Any]:
    try:
        async with call.session() as session:
            await session.execute(text("select 1"))
    except Exception as error:
        if as_refusal(error) is None:
            raise
        raise Unavailable("It is not ready: the database does not answer.") from None
    return call.respond({"status": "ready"}, headers={"Cache-Control": "no-store"})


@endpoint("GET", "/v1/openapi.json", roles=None, tag="server", summary="This document (OpenAPI 3.1)")
async def document(call: Call) -> Response[Any]:
    return call.respond(described(call.request.app))


@endpoint("GET", "/docs", roles=None, tag="server", summary="This document, to be read", media=("text/html",))
async def docs(call: Call) -> Response[Any]:
    page = docs_page(described(call.request.app))
    return Response(page, media_type="text/html", headers={"Cache-Control": "no-cache"})


@endpoint(
    "GET",
    "/metrics",
    roles=None,
    tag="server",
    summary="What is counted, for Prometheus: with an administrator's key, or from this machine itself",
    media=(_PROMETHEUS,),
    refusals=(401, 403),
)
async def metrics(call: Call) -> Response[Any]:
    if not _is_local(call.request):
        admit(await call.server.callers.caller(call.request), ADMINS)
    try:
        async with call.session() as session:
            counted = await page(session)
    except Exception as error:
        if as_refusal(error) is None:
            raise
        counted = await page(None)  # what this process knows by itself
    return Response(counted, media_type=_PROMETHEUS, headers={"Cache-Control": "no-store"})


def _is_local(request: Request[Any, Any, Any]) -> bool:
    """Asked on this machine, for this machine, and not through a proxy that passes on what others ask."""
    client = request.client.host if request.client else ""
    through = any(name.startswith("x-forwarded") or name in ("forwarded", "via") for name in request.headers)
    return client in _LOOPBACK and request.url.hostname in (*_LOOPBACK, "localhost") and not through


ROUTES = (health, metrics, document, docs)
