"""A venue filled with bookings by COPY: rows as the writer would have made them, without its pace."""

import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

import asyncpg

from booking.day_rows import Day, Part, parts_of, summed
from catalog.base import new_id
from catalog.times import instant, wall
from tests.bench.houses import FIRST
from tests.booking.stored import House, order_of, session_of, takes


async def filled(house: House, resources: int, days: int, limit: int = 10**9) -> int:
    """About half of every day of every resource is booked, `limit` bookings at most; how many were made.

    All belong to one booking of one order: what is measured reads and guards allocations and days.
    """
    owner = await house.keep(order_of(session_of(takes(house.venue.catalog.resources[0].key, 1, 2))))
    chance = random.Random(resources * 1000 + days)
    rows: list[tuple[Any, ...]] = []
    parts: defaultdict[Day, list[Part]] = defaultdict(list)
    made = 0
    raw = await house.engine.raw_connection()
    connection: asyncpg.Connection = raw.driver_connection
    for offset in range(days):
        midnight = wall(house.venue.tz, FIRST + timedelta(days=offset), 0)
        for resource in house.venue.catalog.resources:
            key = house.venue.resource_ids[resource.key]
            at = 480
            while at < 1200 and made < limit:
                if chance.random() < 0.5:
                    start, end = midnight + at, midnight + at + 50
                    rows.append(_row(house, owner, key, start, end))
                    for on, part in parts_of(key, start, end, "exclusive", 1):
                        parts[on].append(part)
                    made += 1
                at += 60
        if len(rows) > 50_000:
            await _copy(connection, house, rows, parts)
    await _copy(connection, house, rows, parts)
    await connection.execute("analyze allocation")
    await connection.execute("vacuum analyze resource_day")
    raw.close()
    return made


async def _copy(
    connection: Any, house: House, rows: list[tuple[Any, ...]], parts: dict[Day, list[Part]]
) -> None:
    await connection.copy_records_to_table("allocation", records=rows, columns=COLUMNS)
    days = [(house.venue.id, *on, *summed(held)) for on, held in parts.items()]
    await connection.execute("create temp table filling (like resource_day) on commit preserve rows")
    columns = ("venue_id", "resource_id", "day", "busy", "load", "crowded")
    await connection.execute("alter table filling alter version set default 1")
    await connection.copy_records_to_table("filling", records=days, columns=columns)
    await connection.execute(
        "insert into resource_day select * from filling on conflict (venue_id, resource_id, day)"
        " do update set busy = excluded.busy, load = excluded.load, version = resource_day.version + 1"
    )
    await connection.execute("drop table filling")
    rows.clear()
    parts.clear()


COLUMNS = (
    "venue_id",
    "id",
    "booking_id",
    "order_id",
    "resource_id",
    "chosen_id",
    "pool",
    "need",
    "use",
    "quantity",
    "capacity",
    "places",
    "during",
    "doubled",
)
_EVERY = [asyncpg.Range(1, None)]


def _row(house: House, owner: Any, resource: Any, start: int, end: int) -> tuple[Any, ...]:
    during = asyncpg.Range(instant(start), instant(end))
    booking = owner.bookings[0].id
    ids = (house.venue.id, new_id(), booking, owner.id, resource, resource)
    return (*ids, "any", 0, "exclusive", 1, 1, _EVERY, during, False)
