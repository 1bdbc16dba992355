"""About the server itself: health, and the description of this API."""

from typing import Any

from litestar import Response
from sqlalchemy import text

from api.docs import docs_page
from api.endpoint import Call, endpoint
from api.errors import Unavailable, as_refusal
from api.openapi import described


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


ROUTES = (health, document, docs)
