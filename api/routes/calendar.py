"""The calendar of a venue: what the reception page draws, what changes on it, and what is out of use."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Response
from litestar.response import Stream
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import CREW, DESK
from api.calendar_shapes import BlockView, CalendarView, EntryView, OpenView, RowView
from api.call import Call, needs_no_body
from api.endpoint import endpoint
from api.idempotency import Answer
from api.inputs import BlockBody, EventsQuery, RangeQuery, read_range, read_when
from api.views import held_until
from booking.actions.block import block, unblock
from booking.actions.replan import replan
from booking.outcome import Outcome
from booking.queries import Entry, calendar_entries
from catalog.errors import Conflict, Invalid, Problem
from catalog.opening import common, resource_hours
from catalog.queries import StoredBlock, StoredVenue, find_block, list_blocks
from catalog.specs import ResourceSpec
from catalog.times import DAY, Interval, date_span, local
from catalog.venues import VenueCounter

LONGEST_BLOCK_DAYS = 800


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/calendar",
    roles=CREW,
    tag="calendar",
    summary="The resources with their open intervals, and all that holds them; for staff, their own",
    query=RangeQuery,
    answer=CalendarView,
    refusals=(404, 422),
)
async def read(call: Call, venue: str) -> Response[Any]:
    asked = call.query(RangeQuery)
    own = call.caller.resource if call.caller.role == "staff" else None
    async with call.session() as session:
        at = await call.venue(session, venue)
        span = read_range(at.tz, asked.from_, asked.to, most_days=call.desk.limits.slots_range_days)
        event = await _last_event(session, at.id)  # first: the stream repeats what came in between
        entries = await calendar_entries(session, at, *span, call.desk.now())
        blocks = await list_blocks(session, at.id, *span)
    shown = [e for e in entries if own in (None, e.allocation.resource)]
    retired = {e.allocation.resource for e in shown} | {b.resource for b in blocks}
    resources = [
        *at.catalog.resources,
        *(spec for key, spec in at.retired.items() if key in retired),
    ]
    return call.respond(
        CalendarView(
            start=local(at.tz, span[0]),
            end=local(at.tz, span[1]),
            time_zone=at.tz.key,
            grid_minutes=at.catalog.venue.grid_minutes,
            event=event,
            resources=[_row(at, spec, span, blocks) for spec in resources if own in (None, spec.key)],
            entries=[_entry(entry, at.tz) for entry in shown],
        )
    )


@endpoint(
    "GET",
    "/v1/venues/{venue:str}/events",
    roles=DESK,
    tag="calendar",
    summary="Server-sent events of every change of the calendar; goes on after `Last-Event-ID`, or `after`",
    query=EventsQuery,
    media=("text/event-stream",),
    refusals=(404, 422),
)
async def follow(call: Call, venue: str) -> Response[Any]:
    after, who = call.query(EventsQuery).after, str(call.caller.key)
    call.server.feed.admit(who)
    async with call.session() as session:
        at = await call.venue(session, venue)
        newest = await _last_event(session, at.id)
    given = call.request.headers.get("last-event-id", "").strip()
    if given.isascii() and given.isdigit() and len(given) < 19:
        after = int(given)
    stream = call.server.feed.follow(
        at.id,
        newest if after is None else after,
        lambda: call.server.callers.caller(call.request),
        who,
    )
    return Stream(
        stream,
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@endpoint(
    "POST",
    "/v1/venues/{venue:str}/blocks",
    roles=DESK,
    tag="calendar",
    summary="Take a resource out of use for a while; refused while bookings stand there",
    status=201,
    body=BlockBody,
    answer=BlockView,
    refusals=(404, 409, 422),
)
async def take(call: Call, venue: str) -> Response[Any]:
    async with call.desk.reading() as session:
        at = await call.venue(session, venue)
    asked = call.body(BlockBody)
    start, end = (read_when(at.tz, text, path) for text, path in ((asked.start, "start"), (asked.end, "end")))
    if not start < end <= start + LONGEST_BLOCK_DAYS * DAY:
        raise Invalid(problems=(Problem("end", f"is not within {LONGEST_BLOCK_DAYS} days after `start`"),))

    async def keep(session: AsyncSession, made: StoredBlock) -> None:
        span = {"from": start, "to": end}
        when = {name: local(at.tz, moment).isoformat() for name, moment in span.items()}
        call.note(session, "block_made", made.id, venue=at.key, resource=made.resource, **when)
        await call.keep(session, call.answer(_block(made, at.tz)))

    if not asked.replan:
        made = await block(call.desk, at, asked.resource, start, end, asked.note, before_commit=keep)
        return call.respond(_block(made, at.tz))
    blocked: list[StoredBlock] = []

    async def keep_block(session: AsyncSession, _: Outcome) -> None:
        await keep(session, blocked[0])

    await replan(
        call.desk,
        at,
        asked.resource,
        (start, end),
        caller=call.actor,
        keep=keep_block,
        block=asked.note,
        blocked=blocked,
    )
    return call.respond(_block(blocked[0], at.tz))


@endpoint(
    "DELETE",
    "/v1/blocks/{block_id:uuid}",
    roles=DESK,
    tag="calendar",
    summary="Put the resource back into use",
    status=204,
    refusals=(404, 409),
)
async def give_back(call: Call, block_id: uuid.UUID) -> Response[Any]:
    needs_no_body(call)
    async with call.session() as session:
        found = await find_block(session, call.caller.organisation, block_id)
        if found.calendar_id is not None:
            raise Conflict("This block comes from an imported calendar: free the time or remove that there.")
        at = await call.venue_of(session, found.venue_id, "block")

    async def keep(session: AsyncSession) -> None:
        resource = at.resource_keys[found.resource_id]
        call.note(session, "block_removed", block_id, venue=at.key, resource=resource)
        await call.keep(session, Answer(204, b""))

    await unblock(call.desk, at, block_id, at.resource_keys[found.resource_id], before_commit=keep)
    return call.send(Answer(204, b""))


async def _last_event(session: AsyncSession, venue_id: uuid.UUID) -> int:
    last = await session.scalar(select(VenueCounter.last_event).where(VenueCounter.venue_id == venue_id))
    return last or 0


def _row(venue: StoredVenue, spec: ResourceSpec, span: Interval, blocks: tuple[StoredBlock, ...]) -> RowView:
    hours = resource_hours(venue.catalog, venue.tz, spec, *date_span(venue.tz, *span))
    return RowView(
        key=spec.key,
        name=spec.label,
        kind=spec.kind,
        pools=spec.pools,
        capacity=spec.capacity,
        parts=spec.parts,
        open=[OpenView(start=local(venue.tz, a), end=local(venue.tz, b)) for a, b in common(hours, [span])],
        blocks=[_block(b, venue.tz) for b in blocks if b.resource == spec.key],
    )


def _block(stored: StoredBlock, tz: ZoneInfo) -> BlockView:
    return BlockView(
        id=stored.id,
        resource=stored.resource,
        start=local(tz, stored.start),
        end=local(tz, stored.end),
        note=stored.note,
        calendar=stored.calendar,
    )


def _entry(entry: Entry, tz: ZoneInfo) -> EntryView:
    order, line, booking, held = entry.order, entry.line, entry.booking, entry.allocation
    names = {guest.number: guest.name for guest in line.guests}
    return EntryView(
        resource=held.resource,
        held_from=local(tz, held.start),
        held_to=local(tz, held.end),
        use=held.use,
        places=held.places,
        booking=booking.id,
        order=order.id,
        number=order.number,
        line=line.id,
        component=booking.component,
        product=booking.product,
        name=line.sold.products[booking.product].label,
        customer=entry.customer,
        package=line.sold.package.label,
        guests=booking.guests,
        guest_names=tuple(names.get(number, "") for number in booking.guests),
        participants=line.participants,
        quantity=booking.quantity,
        start=local(tz, booking.start if booking.start is not None else held.start),
        end=local(tz, booking.end if booking.end is not None else held.end),
        status=booking.status,
        held_until=held_until(order, tz),
        message=booking.message,
        locked=booking.locked,
        warnings=booking.warnings,
    )


ROUTES = (read, follow, take, give_back)
