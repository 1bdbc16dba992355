"""Calendars from elsewhere: a staff member's own, whose busy times are blocks here."""

import uuid
from typing import Any

from litestar import Response
from msgspec import UNSET
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import DESK
from api.calendar_inputs import ImportBody, ImportChangeBody
from api.calendar_shapes import AffectedView, ImportPage, ImportView
from api.call import Call, needs_no_body
from api.endpoint import endpoint
from api.idempotency import Answer
from api.importing.child import Answer as Found
from api.importing.errors import Unreadable
from api.importing.refresh import locate_imported, new_calendar, read, refresh, source_of, take
from api.inputs import PageQuery
from booking.actions.take_calendar import affected_by, blocks_of, replace_blocks
from catalog.calendars import ImportedCalendar
from catalog.errors import Invalid, NotFound, Problem
from catalog.queries import StoredVenue
from catalog.times import local

SHOWN = 50


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/calendars",
    roles=DESK,
    tag="calendars",
    summary="Import a calendar from an address or a file: its busy times become blocks of the resource",
    status=201,
    body=ImportBody,
    answer=ImportView,
    refusals=(404, 422),
)
async def make(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    asked = call.body(ImportBody)
    if at.catalog.resource(asked.resource) is None:
        raise NotFound(f"'{at.key}' has no resource '{asked.resource}'.")
    if (asked.url is UNSET) == (asked.content is UNSET):
        raise Invalid(problems=(Problem("url", "or `content` is needed, and not both"),))
    url = asked.url if isinstance(asked.url, str) else None
    content = asked.content.encode(errors="replace") if isinstance(asked.content, str) else None
    found = await _found(call, at, url, content)
    async with call.desk.sessions.begin() as session:
        now = call.desk.now()
        calendar = new_calendar(at, asked.resource, asked.name or "Imported calendar", url, content, now)
        session.add(calendar)
        await take(session, at, calendar, found, now)
        source = source_of(calendar)
        call.note(
            session, "calendar_imported", calendar.id, venue=at.key, resource=asked.resource, source=source
        )
        answer = call.answer(
            await _view(call, session, at, calendar), headers={"Location": f"/v1/calendars/{calendar.id}"}
        )
        await call.keep(session, answer)
    return call.send(answer)


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/calendars",
    roles=DESK,
    tag="calendars",
    summary="The imported calendars: when each was last read, what went wrong since, whom it affects",
    query=PageQuery,
    answer=ImportPage,
    refusals=(404, 422),
)
async def find(call: Call, venue: str) -> Response[Any]:
    asked = call.query(PageQuery)
    async with call.session() as session:
        at = await call.venue(session, venue)
        wanted = select(ImportedCalendar).where(
            ImportedCalendar.venue_id == at.id, ImportedCalendar.removed_at.is_(None)
        )
        if asked.after is not None:
            try:
                wanted = wanted.where(ImportedCalendar.id > uuid.UUID(asked.after))
            except ValueError:
                problem = Problem("after", "is not the `next` of an earlier page")
                raise Invalid(problems=(problem,)) from None
        found = list(await session.scalars(wanted.order_by(ImportedCalendar.id).limit(asked.limit + 1)))
        items = [await _view(call, session, at, calendar) for calendar in found[: asked.limit]]
    following = str(items[-1].id) if len(found) > asked.limit else None
    return call.respond(ImportPage(items=items, next=following))


@endpoint(
    "GET",
    "/v1/calendars/{calendar_id:uuid}",
    roles=DESK,
    tag="calendars",
    summary="One imported calendar",
    answer=ImportView,
    refusals=(404,),
)
async def get(call: Call, calendar_id: uuid.UUID) -> Response[Any]:
    async with call.session() as session:
        return call.respond(await _view(call, session, *await _located(call, session, calendar_id)))


@endpoint(
    "PATCH",
    "/v1/calendars/{calendar_id:uuid}",
    roles=DESK,
    tag="calendars",
    summary="Another name, address or file; what cannot be read is refused, and nothing changes",
    body=ImportChangeBody,
    answer=ImportView,
    refusals=(404, 422),
)
async def change(call: Call, calendar_id: uuid.UUID) -> Response[Any]:
    async with call.session() as session:
        at, _ = await _located(call, session, calendar_id)
    asked = call.body(ImportChangeBody)
    if asked.url is not UNSET and asked.content is not UNSET:
        raise Invalid(problems=(Problem("content", "cannot be given beside `url`"),))
    url = asked.url if isinstance(asked.url, str) else None
    content = asked.content.encode(errors="replace") if isinstance(asked.content, str) else None
    found = await _found(call, at, url, content) if (url, content) != (None, None) else None
    async with call.desk.sessions.begin() as session:
        calendar = await locate_imported(session, call.caller.organisation, calendar_id, lock=True)
        if isinstance(asked.name, str):
            calendar.name = asked.name
        details = {"resource": at.resource_keys[calendar.resource_id], "source_before": source_of(calendar)}
        if found is not None:
            calendar.url, calendar.content = url, content
            await take(session, at, calendar, found, call.desk.now())
        source = source_of(calendar)
        call.note(session, "import_changed", calendar_id, venue=at.key, **details, source=source)
        answer = call.answer(await _view(call, session, at, calendar))
        await call.keep(session, answer)
    return call.send(answer)


@endpoint(
    "POST",
    "/v1/calendars/{calendar_id:uuid}/refresh",
    roles=DESK,
    tag="calendars",
    summary="Read it again now; a failure is answered in `error`, and its blocks stay as they were",
    answer=ImportView,
    refusals=(404,),
)
async def again(call: Call, calendar_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.session() as session:
        at, _ = await _located(call, session, calendar_id)
    await refresh(call.desk, call.server.settings, at.id, calendar_id)
    async with call.desk.sessions.begin() as session:
        call.note(session, "import_read", calendar_id, venue=at.key)
    async with call.session() as session:
        return call.respond(await _view(call, session, *await _located(call, session, calendar_id)))


@endpoint(
    "DELETE",
    "/v1/calendars/{calendar_id:uuid}",
    roles=DESK,
    tag="calendars",
    summary="Forget an imported calendar; its blocks to come go with it",
    status=204,
    refusals=(404,),
)
async def remove(call: Call, calendar_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.desk.sessions.begin() as session:
        calendar = await locate_imported(session, call.caller.organisation, calendar_id, lock=True)
        at = await call.venue_of(session, calendar.venue_id, "calendar")
        now = call.desk.now()
        calendar.removed_at = now
        if calendar.url is not None:
            calendar.url = source_of(calendar)  # what was secret of it is forgotten
        await session.flush()
        await replace_blocks(session, at, calendar, (), now)
        resource = at.resource_keys[calendar.resource_id]
        call.note(session, "import_removed", calendar_id, venue=at.key, resource=resource)
        answer = await call.keep(session, Answer(204, b""))
    return call.send(answer)


async def _found(call: Call, venue: StoredVenue, url: str | None, content: bytes | None) -> Found:
    """What the calendar says; raises Invalid with the reason why it cannot be read."""
    try:
        return await read(call.server.settings, venue, call.desk.now(), url=url, content=content)
    except Unreadable as reason:
        path = "url" if url is not None else "content"
        problems = (Problem(path, str(reason)),)
        raise Invalid(str(reason), problems=problems, code="calendar_unreadable") from None


async def _located(
    call: Call, session: AsyncSession, calendar_id: uuid.UUID
) -> tuple[StoredVenue, ImportedCalendar]:
    calendar = await locate_imported(session, call.caller.organisation, calendar_id)
    return await call.venue_of(session, calendar.venue_id, "calendar"), calendar


async def _view(
    call: Call, session: AsyncSession, venue: StoredVenue, calendar: ImportedCalendar
) -> ImportView:
    blocks = await blocks_of(session, venue.id, calendar.id)
    affected = await affected_by(session, call.desk, venue, calendar, blocks)
    return ImportView(
        id=calendar.id,
        resource=venue.resource_keys[calendar.resource_id],
        name=calendar.name,
        source=source_of(calendar),
        refreshed_at=calendar.refreshed_at.astimezone(venue.tz),
        tried_at=calendar.tried_at.astimezone(venue.tz),
        next_at=calendar.next_at.astimezone(venue.tz),
        failures=calendar.failures,
        error=calendar.error,
        blocks=len(blocks),
        busy_until=local(venue.tz, max(end for _, end in blocks)) if blocks else None,
        affected_count=len(affected),
        affected=[
            AffectedView(
                booking=one.booking,
                order=one.order,
                number=one.number,
                start=one.during.lower.astimezone(venue.tz),
                end=one.during.upper.astimezone(venue.tz),
            )
            for one in affected[:SHOWN]
            if one.during.lower is not None and one.during.upper is not None
        ],
    )


ROUTES = (make, find, get, change, again, remove)
