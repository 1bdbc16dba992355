"""Days on which something is held twice since a hall was divided: who stays gets back what others give up."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import AllocationRow
from booking.bulk import Rows, write
from booking.crowding import all_squeezed, is_doubled
from booking.day_locks import DaysWanted
from booking.day_rows import Day, DayRow, days_of, parts_of, summed
from booking.places import Stay, multirange, numbers_of
from booking.rows import Row, during_of, minutes_of
from catalog.base import new_id

COLUMNS = tuple(c for c in AllocationRow.__table__.columns if c.name != "during")


async def resettle(
    session: AsyncSession,
    venue_id: uuid.UUID,
    days: Collection[Day],
    locked: Mapping[Day, DayRow],
    come: Sequence[Row] = (),
) -> dict[Day, DayRow]:
    """Number all anew who hold something twice on the days, and the rows that `come`, beside who is there.

    What the days look like then, and the others that these stays reach to; raises DaysWanted where one of
    them is not locked.
    """
    rows = await allocations_on(session, venue_id, days)
    shares = {_share(row) for row in rows if row["doubled"]}
    pieces = await _pieces(session, venue_id, shares)
    all_days = {*days, *(day for row in [*pieces, *come] for day in _days(row))}
    if missing := all_days - locked.keys():
        raise DaysWanted(missing)
    if all_days - set(days):
        rows = await allocations_on(session, venue_id, all_days)
    others = [row for row in rows if _share(row) not in shares]
    made = _made(others, [*_wholes(pieces), *come])
    if pieces:
        gone = AllocationRow.id.in_([row["id"] for row in pieces])
        await session.execute(delete(AllocationRow).where(AllocationRow.venue_id == venue_id, gone))
    await write(session, Rows(AllocationRow, [_written(row) for row in made]))
    return {day: _day_row(day, [*others, *made]) for day in all_days}


async def allocations_on(session: AsyncSession, venue_id: uuid.UUID, days: Iterable[Day]) -> list[Row]:
    """The rows of allocations that reach into the days: `start` and `end` for `during`, and `numbers`."""
    pairs = list(days)
    given = {"venue": venue_id, "resources": [r for r, _ in pairs], "days": [d for _, d in pairs]}
    ids = [row.id for row in await session.execute(_ON_DAYS, given)]
    return await allocations(session, venue_id, AllocationRow.id.in_(ids)) if ids else []


async def allocations(session: AsyncSession, venue_id: uuid.UUID, *which: ColumnElement[bool]) -> list[Row]:
    """The same of any rows."""
    found = await session.execute(
        select(*COLUMNS, AllocationRow.during).where(AllocationRow.venue_id == venue_id, *which)
    )
    return [_read(row._asdict()) for row in found]


_ON_DAYS = text("""
    SELECT DISTINCT a.id
    FROM unnest(cast(:resources AS uuid[]), cast(:days AS date[])) AS wanted (resource_id, day)
    JOIN allocation a ON a.venue_id = :venue AND a.resource_id = wanted.resource_id
     AND a.during && tstzrange(wanted.day::timestamp AT TIME ZONE 'UTC',
                               (wanted.day + 1)::timestamp AT TIME ZONE 'UTC')
""")


def _read(row: Row) -> Row:
    start, end = minutes_of(row.pop("during"))
    return {
        **row,
        "start": start,
        "end": end,
        "numbers": numbers_of((r.lower, r.upper) for r in row["places"]),
    }


def _share(row: Row) -> tuple[object, ...]:
    """What the pieces of one stay have in common."""
    return row["booking_id"], row["need"], row["resource_id"]


async def _pieces(
    session: AsyncSession, venue_id: uuid.UUID, shares: Collection[tuple[object, ...]]
) -> list[Row]:
    if not shares:
        return []
    bookings = AllocationRow.booking_id.in_({booking for booking, _, _ in shares})
    return [row for row in await allocations(session, venue_id, bookings) if _share(row) in shares]


def _wholes(pieces: Iterable[Row]) -> list[Row]:
    """The stays, each in one piece."""
    by_share: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in pieces:
        by_share[_share(row)].append(row)
    return [
        {**rows[0], "start": min(r["start"] for r in rows), "end": max(r["end"] for r in rows)}
        for rows in by_share.values()
    ]


def _made(others: Iterable[Row], come: Iterable[Row]) -> list[Row]:
    """Rows for all who come, beside the others."""
    there: defaultdict[uuid.UUID, list[Stay]] = defaultdict(list)
    for row in others:
        there[row["resource_id"]].append(Stay(row["id"], row["start"], row["end"], 0, row["numbers"]))
    of = {row["id"]: row for row in come}
    newcomers: defaultdict[uuid.UUID, list[Stay]] = defaultdict(list)
    for row in of.values():
        places = row["quantity"] if row["use"] == "shared" else 0
        newcomers[row["resource_id"]].append(Stay(row["id"], row["start"], row["end"], places))
    return [
        {
            **of[piece.id],
            "id": new_id(),
            "start": piece.start,
            "end": piece.end,
            "numbers": piece.numbers,
            "doubled": is_doubled(piece),
        }
        for resource, stays in newcomers.items()
        for piece in all_squeezed(there[resource], stays)
    ]


def _written(row: Row) -> Row:
    """The row as it is stored. More than the capacity only beside guests who booked when it was greater."""
    stored = {c.name: row[c.name] for c in COLUMNS}
    numbers = row["numbers"]
    highest = 0 if numbers < 0 else numbers.bit_length() - 1
    return stored | {
        "places": multirange(numbers),
        "capacity": max(row["capacity"], highest),
        "during": during_of(row["start"], row["end"]),
    }


def _days(row: Row) -> list[Day]:
    return days_of(row["resource_id"], row["start"], row["end"])


def _day_row(day: Day, rows: Iterable[Row]) -> DayRow:
    parts, crowded = [], False
    for row in rows:
        if row["resource_id"] != day[0]:
            continue
        held = dict(parts_of(day[0], row["start"], row["end"], row["use"], row["quantity"]))
        if day in held:
            parts.append(held[day])
            crowded = crowded or row.get("doubled", False) or False
    return summed(parts)._replace(crowded=crowded)
