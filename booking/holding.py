"""Taking and releasing resources in the writer's transaction: locks first, then places, then the guard."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import AllocationRow
from booking.crowded_days import resettle
from booking.day_locks import DaysWanted, lock_days
from booking.day_rows import Day, DayRow, Part, days_of, exchanged, is_shared, meets, parts_of
from booking.lines import Order
from booking.places import Stay, first_fit, fits, multirange, numbers_of, renumbered
from booking.rows import Row, allocation_rows, during_of, holdings, minutes_of
from catalog.opening import blocked
from catalog.queries import StoredVenue, load_blocks
from catalog.times import Interval


class Taken(Exception):
    """Somebody else has what was wanted: what was read before is no longer so."""


class Taking(NamedTuple):
    """A resource, as it was chosen, that is taken for [start, end)."""

    chosen: uuid.UUID
    start: int
    end: int


class Exchanged(NamedTuple):
    """What is to be written: rows of allocations, and of the days that look different with them.

    `wanted`: what must not be out of use then.
    """

    allocations: list[Row]
    days: dict[Day, DayRow]
    wanted: tuple[Taking, ...] = ()

    @property
    def within(self) -> Interval | None:
        """The time in which anything is taken."""
        if not self.wanted:
            return None
        return min(w.start for w in self.wanted), max(w.end for w in self.wanted)


async def exchange(
    session: AsyncSession,
    venue_id: uuid.UUID,
    venue: StoredVenue | None,
    changes: Iterable[tuple[Order | None, Order]],
    more_days: Collection[Day],
) -> Exchanged:
    """Release what the orders hold no more; what they take, for the caller to write.

    A booking that holds anything else than before gives back all and takes all anew. `venue` may be absent
    where nothing is taken. Raises Taken where places are wanting; that nobody else holds it the guard tells
    when the rows are inserted, and that it is not out of use `refuse_blocks`. Conflict: a resource exists no
    more.
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
    if released:
        those = (AllocationRow.venue_id == venue_id, AllocationRow.booking_id.in_(released))
        held = await session.execute(select(AllocationRow.resource_id, AllocationRow.during).where(*those))
        days |= {d for resource_id, during in held for d in days_of(resource_id, *minutes_of(during))}
    if not days:
        return Exchanged([], {})
    locked = await lock_days(session, venue_id, days)
    gone, come = await _release(session, those) if released else {}, _parts(taken)
    if missing := gone.keys() - locked.keys():  # of rows that followed a hall to its new parts meanwhile
        raise DaysWanted(missing)
    if taken:
        await _number(session, venue_id, taken, locked)
    crowded = [day for day in gone if locked[day].crowded]
    left = await resettle(session, venue_id, crowded, locked) if crowded else {}
    for day in gone.keys() - left.keys():
        left[day] = exchanged(locked[day], gone[day], ())
    for day, parts in come.items():
        row = left.get(day, locked[day])
        if any(meets(row, part) for part in parts):
            raise Taken("somebody was faster")
        left[day] = exchanged(row, (), parts)
    different = {day: row for day, row in left.items() if row != locked[day]}
    wanted = tuple(Taking(row["chosen_id"], row["start"], row["end"]) for row in taken)
    return Exchanged([_finished(row) for row in taken], different, wanted)


async def _release(session: AsyncSession, those: tuple[ColumnElement[bool], ...]) -> dict[Day, list[Part]]:
    """Delete the rows; what they held on each day."""
    held = AllocationRow.resource_id, AllocationRow.during, AllocationRow.use, AllocationRow.quantity
    found = await session.execute(delete(AllocationRow).where(*those).returning(*held))
    rows = [
        dict(zip(_HELD, (resource_id, *minutes_of(d), *rest), strict=True)) for resource_id, d, *rest in found
    ]
    return _parts(rows)


_HELD = ("resource_id", "start", "end", "use", "quantity")


def _parts(rows: Iterable[Row]) -> dict[Day, list[Part]]:
    """What rows of allocations come to on each day."""
    parts: defaultdict[Day, list[Part]] = defaultdict(list)
    for row in rows:
        for day, part in parts_of(*(row[name] for name in _HELD)):
            parts[day].append(part)
    return parts


def _finished(row: Row) -> Row:
    start, end = row.pop("start"), row.pop("end")
    return {**row, "during": during_of(start, end)}


async def refuse_blocks(session: AsyncSession, venue: StoredVenue, exchanged: Exchanged) -> None:
    """Somebody may have put a resource out of use since it was chosen (P4): raises Taken. The days have to be
    locked, as they are for whoever does so.
    """
    if exchanged.within is None:
        return
    blocks = await load_blocks(session, venue.id, *exchanged.within)
    for chosen, start, end in exchanged.wanted if blocks else ():
        spec = venue.catalog.resource(venue.resource_keys[chosen])
        if spec and any(a < end and start < b for a, b in blocked(venue.catalog, spec, blocks)):
            raise Taken(f"{spec.label} is out of use")


async def _number(
    session: AsyncSession, venue_id: uuid.UUID, taken: Sequence[Row], locked: Mapping[Day, DayRow]
) -> None:
    """Give every guest of a shared use a place of his own (P6); others change places where they must."""
    rows_of: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    for row in taken:
        if row["use"] == "shared":
            rows_of[row["resource_id"]].append(row)
    windows = {r: (min(x["start"] for x in rows), max(x["end"] for x in rows)) for r, rows in rows_of.items()}
    shared = {day[0] for day, row in locked.items() if is_shared(row)}
    seated = await _seated(session, venue_id, {r: w for r, w in windows.items() if r in shared})
    for resource_id, rows in rows_of.items():
        newcomers = [Stay(row["id"], row["start"], row["end"], row["quantity"]) for row in rows]
        there, capacity = seated.get(resource_id, []), rows[0]["capacity"]
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
    times = [during_of(*window) for window in windows.values()]
    given = {"venue": venue_id, "resources": list(windows), "times": times}
    found = await session.execute(_SEATED, given)
    for resource_id, stay, during, places, ranges in found:
        numbers = numbers_of((r.lower, r.upper) for r in ranges)
        seated[resource_id].append(Stay(stay, *minutes_of(during), places, numbers))
    return seated


# OFFSET 0: each is looked up by itself, and not joined with all that the venue holds (decision 0036).
_SEATED = text("""
    SELECT a.resource_id, a.id, a.during, a.quantity, a.places
    FROM unnest(cast(:resources AS uuid[]), cast(:times AS text[])) AS wanted (resource_id, time)
    CROSS JOIN LATERAL (
        SELECT * FROM allocation a
        WHERE a.venue_id = :venue AND a.resource_id = wanted.resource_id
          AND a.during && cast(wanted.time AS tstzrange) AND a.use = 'shared'
        OFFSET 0
    ) a
""")


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
