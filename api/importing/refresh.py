"""Keeping imported calendars fresh: read when they are made, then again and again by a chore."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.importing.addresses import networks
from api.importing.child import Answer, Task
from api.importing.errors import Unreadable
from api.importing.fetch import checked
from api.importing.reader import read_elsewhere
from api.settings import Settings
from booking.actions.take_calendar import replace_blocks, with_foreign
from booking.desk import Desk
from catalog.base import new_id
from catalog.calendars import ImportedCalendar
from catalog.errors import NotFound
from catalog.queries import StoredVenue, load_venue_by_id
from catalog.times import DAY, minute
from catalog.venues import Venue

EVERY = timedelta(minutes=15)
SELDOM = timedelta(hours=6)
"""How often a calendar is tried that fails again and again, and a file is worked out anew."""
_LEASE = timedelta(minutes=3)


async def read(
    settings: Settings, venue: StoredVenue, now: datetime, *, url: str | None, content: bytes | None
) -> Answer:
    """What the calendar has from yesterday to the horizon; raises Unreadable."""
    if url is not None:
        checked(url)
        try:
            networks(settings.calendar_networks)
        except ValueError:
            raise Unreadable(
                "SOJOURN_CALENDAR_NETWORKS does not name networks: tell who runs this."
            ) from None
    window = (minute(now) - DAY, minute(now) + (settings.horizon_days + 1) * DAY)
    task = Task(url=url or "", allowed=settings.calendar_networks, time_zone=venue.tz.key, window=window)
    return await read_elsewhere(task, content or b"")


async def take(
    session: AsyncSession,
    venue: StoredVenue,
    calendar: ImportedCalendar,
    found: Answer,
    now: datetime,
) -> None:
    """What was found becomes the calendar's blocks, with this transaction."""
    calendar.tried_at = calendar.refreshed_at = now
    calendar.next_at = now + (EVERY if calendar.url is not None else SELDOM)
    calendar.failures, calendar.error = 0, ""
    await session.flush()
    busy = await with_foreign(session, venue, found.busy, found.sojourn)
    await replace_blocks(session, venue, calendar, busy, now)


async def refresh(desk: Desk, settings: Settings, venue_id: uuid.UUID, calendar_id: uuid.UUID) -> None:
    """Reads the calendar again. A failure is written beside it, and its blocks stay as they are."""
    async with desk.sessions() as session:
        venue = await load_venue_by_id(session, venue_id)
        calendar = await _locked(session, venue_id, calendar_id)
        url, content = calendar.url, calendar.content
    found, failure = None, ""
    try:
        found = await read(settings, venue, desk.now(), url=url, content=content)
    except Unreadable as reason:
        failure = str(reason)
    async with desk.sessions.begin() as session:
        calendar = await _locked(session, venue_id, calendar_id)
        now = desk.now()
        if (calendar.url, calendar.content) != (url, content):
            return  # it reads something else now
        if found is not None:
            await take(session, venue, calendar, found, now)
            return
        calendar.tried_at, calendar.error = now, failure
        calendar.failures += 1
        calendar.next_at = now + min(EVERY * 2 ** min(calendar.failures - 1, 8), SELDOM)


async def refresh_due(desk: Desk, settings: Settings, now: Callable[[], datetime]) -> int:
    """Refreshes what is due, one after the other; how many there were. Several may be at work at once."""
    done = 0
    while (claimed := await _claim(desk, now())) is not None:
        with suppress(NotFound):  # removed meanwhile
            await refresh(desk, settings, *claimed)
        done += 1
    return done


async def _claim(desk: Desk, now: datetime) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The next calendar that is due, which nobody else gets for a while."""
    key = (ImportedCalendar.venue_id, ImportedCalendar.id)
    due = (
        select(*key)
        .where(ImportedCalendar.removed_at.is_(None), ImportedCalendar.next_at <= now)
        .order_by(ImportedCalendar.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    async with desk.sessions.begin() as session:
        found = (await session.execute(due)).one_or_none()
        if found is None:
            return None
        these = update(ImportedCalendar).where(tuple_(*key) == tuple_(found[0], found[1]))
        await session.execute(these.values(next_at=now + _LEASE))
        return found[0], found[1]


async def _locked(session: AsyncSession, venue_id: uuid.UUID, calendar_id: uuid.UUID) -> ImportedCalendar:
    wanted = select(ImportedCalendar).where(
        ImportedCalendar.venue_id == venue_id,
        ImportedCalendar.id == calendar_id,
        ImportedCalendar.removed_at.is_(None),
    )
    found = await session.scalar(wanted.with_for_update())
    if found is None:
        raise NotFound("There is no such calendar.")
    return found


async def locate_imported(
    session: AsyncSession, organisation_id: uuid.UUID, calendar_id: uuid.UUID, *, lock: bool = False
) -> ImportedCalendar:
    """An imported calendar of any venue of the organisation; raises NotFound."""
    wanted = (
        select(ImportedCalendar)
        .join(Venue, Venue.id == ImportedCalendar.venue_id)
        .where(
            ImportedCalendar.id == calendar_id,
            ImportedCalendar.removed_at.is_(None),
            Venue.organisation_id == organisation_id,
        )
    )
    found = await session.scalar(wanted.with_for_update(of=ImportedCalendar) if lock else wanted)
    if found is None:
        raise NotFound("There is no such calendar.")
    return found


def new_calendar(
    venue: StoredVenue, resource: str, name: str, url: str | None, content: bytes | None, now: datetime
) -> ImportedCalendar:
    """Not read yet."""
    return ImportedCalendar(
        venue_id=venue.id,
        id=new_id(),
        resource_id=venue.resource_ids[resource],
        name=name,
        url=url,
        content=content,
        created_at=now,
        tried_at=now,
        refreshed_at=now,
        next_at=now,
        failures=0,
        error="",
    )


def source_of(calendar: ImportedCalendar) -> str:
    """Where it comes from, without what is secret of its address."""
    return "file" if calendar.url is None else urlsplit(calendar.url).hostname or ""
