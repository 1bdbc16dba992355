"""The catalog document of a venue: read in, and given back, as JSON, TOML or YAML."""

import asyncio
from datetime import datetime
from typing import Any

from litestar import Response
from msgspec import convert

from api.auth import CREW, MANAGERS
from api.call import JSON, Call, etag_matches
from api.endpoint import endpoint
from api.errors import Malformed, Unsupported
from api.inputs import PageQuery
from api.shapes import View
from booking.actions.revise import revise
from catalog.document import Format, read, write
from catalog.errors import Invalid
from catalog.service import ImportResult
from catalog.specs import Catalog
from catalog.versions import CatalogChange, catalog_at, catalog_versions


class CatalogVersionView(View, frozen=True, kw_only=True):
    """A document that changed the venue. `digest`: SHA-256, the same for the same document.

    `changes`: the definitions that differ from the version before, by list and key. `address`: of the
    network, empty where no request made it, and once it is forgotten (`SOJOURN_ADDRESS_DAYS`).
    """

    version: int
    at: datetime
    role: str
    by: str
    address: str
    digest: str
    changes: tuple[CatalogChange, ...]


class CatalogVersionPage(View, frozen=True, kw_only=True):
    """A page of versions, the newest first."""

    items: list[CatalogVersionView]
    next: str | None


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
        result = await revise(session, call.caller.organisation, venue, catalog, now, call.actor)
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


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/catalog/versions",
    roles=MANAGERS,
    tag="catalog",
    summary="Every document that changed the venue: when, by whom, from where, what it changed; newest first",
    query=PageQuery,
    answer=CatalogVersionPage,
    refusals=(404, 422),
)
async def versions(call: Call, venue: str) -> Response[Any]:
    asked = call.query(PageQuery)
    before = _version(asked.after) if asked.after is not None else None
    async with call.session() as session:
        at = await call.venue(session, venue)
        rows, following = await catalog_versions(session, at.id, limit=asked.limit, before=before)
    shown = [
        CatalogVersionView(
            version=row.version,
            at=row.at.astimezone(at.tz),
            role=row.actor_role,
            by=row.actor_name,
            address=row.actor_address,
            digest=row.digest,
            changes=convert(row.changes, tuple[CatalogChange, ...]),
        )
        for row in rows
    ]
    return call.respond(CatalogVersionPage(items=shown, next=None if following is None else str(following)))


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/catalog/versions/{version:int}",
    roles=MANAGERS,
    tag="catalog",
    summary="The catalog document as it was, by `Accept`; put it to go back to it",
    answer=Catalog,
    media=tuple(FORMATS),
    refusals=(404,),
)
async def version(call: Call, venue: str, version: int) -> Response[Any]:
    media = _accepted(call)
    async with call.session() as session:
        at = await call.venue(session, venue)
        document = await catalog_at(session, at.id, version)
    return Response(write(document, FORMATS[media]).encode(), media_type=media, headers={"Vary": "Accept"})


def _version(after: str) -> int:
    if not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Invalid("`after` is not the `next` of an earlier page.")
    return int(after)


def _accepted(call: Call) -> str:
    """The media type that the caller would like best; JSON where it cannot be read what that is."""
    try:
        return call.request.accept.best_match(list(FORMATS), default=JSON) or JSON
    except (ValueError, IndexError, OverflowError):
        return JSON


ROUTES = (put, get, versions, version)
