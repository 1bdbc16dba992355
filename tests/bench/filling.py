"""A venue filled with bookings by COPY: rows as the writer would have made them, without its pace."""

import random
from collections import defaultdict
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg

from booking.day_rows import Day, Part, parts_of, summed
from booking.rows import during_of
from catalog.base import new_id
from catalog.times import wall
from tests.bench.houses import FIRST
from tests.booking.stored import House, order_of, session_of, takes


async def filled(house: House, resources: int, days: int, limit: int = 10**9) -> int:
    """About half of every day of every resource is booked, `limit` bookings at most; how many were made.

    All belong to one booking of one order: what is measured reads and guards allocations and days.
    """
    owner = await house.keep(order_of(session_of(takes(house.venue.catalog.resources[0].key, 1, 2))))
    ids = [house.venue.resource_ids[resource.key] for resource in house.venue.catalog.resources]
    chance = random.Random(resources * 1000 + days)
    whose = {"venue_id": house.venue.id, "booking_id": owner.bookings[0].id, "order_id": owner.id}
    same = "\t".join(f"{whose.get(name, what)}" for name, what in COLUMNS.items()) + "\n"
    rows: list[str] = []
    parts: defaultdict[Day, list[Part]] = defaultdict(list)
    made = 0
    raw = await house.engine.raw_connection()
    connection: asyncpg.Connection = raw.driver_connection
    guards = await _without_guards(connection)
    for offset in range(days):
        slots = _slots(wall(house.venue.tz, FIRST + timedelta(days=offset), 0))
        for resource in ids:
            taken = [slot for slot in slots if chance.random() < 0.5][: limit - made]
            made += len(taken)
            for during, pieces in taken:
                rows.append(same.format(id=new_id(), resource=resource, during=during))
                for day, part in pieces:
                    parts[resource, day].append(part)
        if len(rows) > 50_000:
            await _copy(connection, house, rows, parts)
    await _copy(connection, house, rows, parts)
    for guard in guards:
        await connection.execute(guard)
    await connection.execute("analyze allocation")
    await connection.execute("vacuum analyze resource_day")
    raw.close()
    return made


def _slots(midnight: int) -> list[tuple[str, list[tuple[date, Part]]]]:
    """The hours of a day that can be booked, and what each comes to on the days that writers lock."""
    hours = [(midnight + at, midnight + at + 50) for at in range(480, 1200, 60)]
    return [
        (during_of(*hour), [(day, part) for (_, day), part in parts_of(UUID(int=0), *hour, "exclusive", 1)])
        for hour in hours
    ]


async def _without_guards(connection: asyncpg.Connection) -> list[str]:
    """Takes from the allocations what guards and finds them; what makes it again, looking at every row."""
    await connection.execute("set maintenance_work_mem = '512MB'")
    indices = await connection.fetch(
        "select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made from pg_index"
        " where indrelid = 'allocation'::regclass and not indisexclusion and not indisprimary"
    )
    constraints = await connection.fetch(
        "select conname as name, pg_get_constraintdef(oid) as made from pg_constraint"
        " where conrelid = 'allocation'::regclass and contype in ('x', 'f', 'p') order by contype desc"
    )
    for one in indices:
        await connection.execute(f"drop index {one['name']}")
    for one in constraints:
        await connection.execute(f"alter table allocation drop constraint {one['name']}")
    return [one["made"] for one in indices] + [
        f"alter table allocation add constraint {one['name']} {one['made']}" for one in constraints
    ]


async def _copy(connection: Any, house: House, rows: list[str], parts: dict[Day, list[Part]]) -> None:
    text = BytesIO("".join(rows).encode())
    await connection.copy_to_table("allocation", source=text, columns=list(COLUMNS))
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


COLUMNS = {
    "venue_id": "",
    "id": "{id}",
    "booking_id": "",
    "order_id": "",
    "resource_id": "{resource}",
    "chosen_id": "{resource}",
    "pool": "any",
    "need": "0",
    "use": "exclusive",
    "quantity": "1",
    "capacity": "1",
    "places": "{{[1,)}}",
    "during": "{during}",
    "doubled": "false",
}
"""A row as COPY takes it, but for what is the same for all."""
