"""Taking and releasing resources in the writer's transaction: locks first, then places, then the guard."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ARRAY, Date, Text, Uuid, bindparam, cast, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, TSTZRANGE, Range, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.bookings import AllocationRow, ResourceDay
from booking.lines import Order
from booking.places import Stay, first_fit, fits, multirange, numbers_of, renumbered
from booking.rows import Row, allocation_rows, holdings
from catalog.opening import blocked
from catalog.queries import StoredVenue, load_blocks
from catalog.times import DAY, Interval, instant, minute

Day = tuple[uuid.UUID, date]
"""An indivisible resource on a UTC day."""


class Taken(Exception):
    """Somebody else has what was wanted: what was read before is no longer so."""


class DaysWanted(Exception):
    """These days must be locked too, in their place among the others: make them and begin again."""

    def __init__(self, days: Collection[Day]) -> None:
        super().__init__(f"{len(days)} days of resources are to be locked")
        self.days = frozenset(days)


async def make_days(
    sessions: async_sessionmaker[AsyncSession], venue_id: uuid.UUID, days: Iterable[Day]
) -> None:
    """Make the rows that are locked, in a transaction of their own: made in the writer's, they deadlock."""
    rows = [{"venue_id": venue_id, "resource_id": r, "day": d} for r, d in sorted(days)]
    async with sessions.begin() as session:
        for at in range(0, len(rows), 5000):
            await session.execute(insert(ResourceDay).values(rows[at : at + 5000]).on_conflict_do_nothing())


async def lock_days(session: AsyncSession, venue_id: uuid.UUID, days: Collection[Day]) -> None:
    """Wait for all other writers of these days, in the one order; DaysWanted where rows are missing.

    Whoever makes a resource unavailable locks its days before looking, as every writer of bookings does.
    """
    resources = bindparam("resources", [r for r, _ in days], type_=ARRAY(Uuid))
    dates = bindparam("dates", [d for _, d in days], type_=ARRAY(Date))
    wanted = (
        func.unnest(resources, dates)
        .table_valued(column("resource_id", Uuid), column("day", Date))
        .render_derived()
    )
    same = (ResourceDay.resource_id == wanted.c.resource_id) & (ResourceDay.day == wanted.c.day)
    locked = await session.execute(
        select(ResourceDay.day)
        .join(wanted, same)
        .where(ResourceDay.venue_id == venue_id)
        .order_by(ResourceDay.resource_id, ResourceDay.day)
        .with_for_update(of=ResourceDay)
    )
    if len(locked.all()) < len(days):
        raise DaysWanted(days)


async def exchange(
    session: AsyncSession,
    venue_id: uuid.UUID,
    venue: StoredVenue | None,
    changes: Iterable[tuple[Order | None, Order]],
    more_days: Collection[Day],
) -> list[Row]:
    """Release what the orders hold no more; the rows of what they take, for the caller to insert.

    A booking that holds anything else than before gives back all and takes all anew. `venue` may be absent
    where nothing is taken. Raises Taken where places are wanting or a resource is out of use; that nobody
    else holds it the guard tells when the rows are inserted. Conflict: a resource exists no more.
    """
    released: list[uuid.UUID] = []
    taken: list[Row] = []
    for before, after in changes:
        old, new = holdings(before), holdings(after)
        released += [booking for booking in old if new.get(booking) != old[booking]]
        for booking, allocations in new.items():
            if old.get(booking) != allocations and venue is not None:
                taken += allocation_rows(venue, after.id, booking, allocations)

    days = {d for row in taken for d in days_of(row["resource_id"], row["start"], row["end"])} | set(
        more_days
    )
    those = (AllocationRow.venue_id == venue_id, AllocationRow.booking_id.in_(released))
    if released:
        held = await session.execute(select(AllocationRow.resource_id, AllocationRow.during).where(*those))
        days |= {d for resource_id, during in held for d in days_of(resource_id, *_minutes(during))}
    if days:
        await lock_days(session, venue_id, days)
    if released:
        await session.execute(delete(AllocationRow).where(*those))
    if venue is not None and taken:
        await _refuse_blocks(session, venue, taken)
        await _number(session, venue_id, taken, days)
    return [_finished(row) for row in taken]


def days_of(resource_id: uuid.UUID, start: int, end: int) -> list[Day]:
    """The days that the interval touches."""
    return [(resource_id, instant(day * DAY).date()) for day in range(start // DAY, (end - 1) // DAY + 1)]


def _minutes(during: Range[datetime]) -> Interval:
    assert during.lower is not None  # noqa: S101 - a CHECK of the table
    assert during.upper is not None  # noqa: S101
    return minute(during.lower), minute(during.upper)


def _during(start: int, end: int) -> str:
    return f"[{instant(start).isoformat()},{instant(end).isoformat()})"


def _finished(row: Row) -> Row:
    start, end = row.pop("start"), row.pop("end")
    return {**row, "during": _during(start, end)}


async def _refuse_blocks(session: AsyncSession, venue: StoredVenue, taken: Sequence[Row]) -> None:
    """Somebody may have put a resource out of use since it was chosen (P4)."""
    first, last = min(row["start"] for row in taken), max(row["end"] for row in taken)
    blocks = await load_blocks(session, venue.id, first, last)
    if not blocks:
        return
    for row in taken:
        spec = venue.catalog.resource(venue.resource_keys[row["chosen_id"]])
        if spec and any(a < row["end"] and row["start"] < b for a, b in blocked(venue.catalog, spec, blocks)):
            raise Taken(f"{spec.label} is out of use")


async def _number(
    session: AsyncSession, venue_id: uuid.UUID, taken: Sequence[Row], locked: Collection[Day]
) -> None:
    """Give every guest of a shared use a place of his own (P6); others change places where they must."""
    rows_of: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    for row in taken:
        if row["use"] == "shared":
            rows_of[row["resource_id"]].append(row)
    windows = {r: (min(x["start"] for x in rows), max(x["end"] for x in rows)) for r, rows in rows_of.items()}
    seated = await _seated(session, venue_id, windows)
    for resource_id, rows in rows_of.items():
        newcomers = [Stay(row["id"], row["start"], row["end"], row["quantity"]) for row in rows]
        there, capacity = seated[resource_id], rows[0]["capacity"]
        if not fits(there, newcomers, capacity):
            raise Taken("too few places are left")
        numbered = first_fit(there, newcomers, capacity)
        if numbered is None:
            window = windows[resource_id]
            numbered = await _renumber(session, venue_id, resource_id, newcomers, window, locked)
        numbers = {s.id: s.numbers for s in numbered}
        for row in rows:
            row["places"] = multirange(numbers[row["id"]])
            # More than the capacity only beside guests who booked when it was greater.
            row["capacity"] = max(capacity, numbers[row["id"]].bit_length() - 1)


async def _seated(
    session: AsyncSession, venue_id: uuid.UUID, windows: Mapping[uuid.UUID, Interval]
) -> dict[uuid.UUID, list[Stay]]:
    """Who has numbered places of each resource in that time."""
    seated: dict[uuid.UUID, list[Stay]] = {resource_id: [] for resource_id in windows}
    if not windows:
        return seated
    ids = bindparam("ids", list(windows), type_=ARRAY(Uuid))
    times = bindparam("times", [_during(*window) for window in windows.values()], type_=ARRAY(Text))
    given = func.unnest(ids, times).table_valued(column("resource_id", Uuid), column("time", Text))
    wanted = given.render_derived()
    found = await session.execute(
        select(
            AllocationRow.resource_id,
            AllocationRow.id,
            AllocationRow.during,
            AllocationRow.quantity,
            AllocationRow.places,
        )
        .join(wanted, AllocationRow.resource_id == wanted.c.resource_id)
        .where(
            AllocationRow.venue_id == venue_id,
            AllocationRow.use == "shared",
            AllocationRow.during.op("&&")(cast(wanted.c.time, TSTZRANGE)),
        )
    )
    for resource_id, stay, during, places, ranges in found:
        numbers = numbers_of((r.lower, r.upper) for r in ranges)
        seated[resource_id].append(Stay(stay, *_minutes(during), places, numbers))
    return seated


async def _renumber(
    session: AsyncSession,
    venue_id: uuid.UUID,
    resource_id: uuid.UUID,
    newcomers: Sequence[Stay],
    window: Interval,
    locked: Collection[Day],
) -> tuple[Stay, ...]:
    """Number all guests anew whose stays hang together with the window, in one UPDATE.

    Raises DaysWanted where that reaches days that are not locked.
    """
    while True:
        seated = (await _seated(session, venue_id, {resource_id: window}))[resource_id]
        hull = min([window[0], *(s.start for s in seated)]), max([window[1], *(s.end for s in seated)])
        if hull == window:
            break
        window = hull
    missing = set(days_of(resource_id, *window)).difference(locked)
    if missing:
        raise DaysWanted(missing)
    everybody = renumbered([*seated, *newcomers])
    before = {s.id: s.numbers for s in seated}
    moved = [s for s in everybody if before.get(s.id, s.numbers) != s.numbers]
    ids = bindparam("ids", [s.id for s in moved], type_=ARRAY(Uuid))
    places = bindparam("places", [multirange(s.numbers) for s in moved], type_=ARRAY(Text))
    given = func.unnest(ids, places).table_valued(column("id", Uuid), column("places", Text)).render_derived()
    numbers = cast(given.c.places, INT4MULTIRANGE)
    await session.execute(
        update(AllocationRow)
        .where(AllocationRow.venue_id == venue_id, AllocationRow.id == given.c.id)
        .values(places=numbers, capacity=func.greatest(AllocationRow.capacity, func.upper(numbers) - 1))
        .execution_options(synchronize_session=False)
    )
    return everybody
