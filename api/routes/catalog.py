"""The catalog document of a venue: read in, and given back, as JSON, TOML or YAML."""

import asyncio
from typing import Any

from litestar import Response

from api.auth import CREW, MANAGERS
from api.endpoint import JSON, Call, endpoint, etag_matches
from api.errors import Malformed, Unsupported
from booking.actions.revise import revise
from catalog.document import Format, read, write
from catalog.errors import Invalid
from catalog.service import ImportResult
from catalog.specs import Catalog

FORMATS: dict[str, Format] = {JSON: "json", "application/toml": "toml", "application/yaml": "yaml"}


@endpoint(
    "PUT",
    "/v1/venues/{venue:str}/catalog",
    roles=MANAGERS,
    tag="catalog",
    summary="Read a catalog document in, creating the venue; the same document again changes nothing",
    body=Catalog,
    body_media=tuple(FORMATS),
    answer=ImportResult,
    refusals=(409,),
)
async def put(call: Call, venue: str) -> Response[Any]:
    media = call.request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if media not in FORMATS:
        raise Unsupported(f"The body is {media!r}; a catalog is read as {', '.join(FORMATS)}.")
    try:
        catalog = await asyncio.to_thread(read, call.raw, FORMATS[media])
    except Invalid as refusal:
        if refusal.code == "malformed":
            raise Malformed(refusal.sentence) from None
        raise
    async with call.desk.sessions.begin() as session:
        if call.caller.venue is not None:  # a key for one venue makes no other
            await call.venue(session, venue)
        now = call.desk.now()
        result = await revise(session, call.caller.organisation, venue, catalog, now)
    return call.respond(result, status=201 if result.is_new else 200)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/catalog",
    roles=CREW,
    tag="catalog",
    summary="The catalog document, by `Accept`; what is retired is not in it",
    answer=Catalog,
    media=tuple(FORMATS),
    refusals=(404,),
)
async def get(call: Call, venue: str) -> Response[Any]:
    media = _accepted(call)
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    etag = f'"{at.version}-{FORMATS[media]}"'
    headers = {"ETag": etag, "Vary": "Accept"}
    if etag_matches(call.request.headers.get("if-none-match"), etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(write(at.catalog, FORMATS[media]).encode(), media_type=media, headers=headers)


def _accepted(call: Call) -> str:
    """The media type that the caller would like best; JSON where it cannot be read what that is."""
    try:
        return call.request.accept.best_match(list(FORMATS), default=JSON) or JSON
    except (ValueError, IndexError, OverflowError):
        return JSON


ROUTES = (put, get)
