"""How the figures grow: with resources, days, guests, bookings stored, venues in one database."""

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Iterator

from api.people.audit import THE_SERVER
from api.people.keys import create_key
from booking.computing import placed
from booking.day_rows import minutes_before
from booking.held_days import held_days
from booking.queries import occupancy
from tests.bench.client import Client
from tests.bench.filling import filled
from tests.bench.houses import house, wanted
from tests.bench.over_http import megabytes
from tests.bench.over_http import server as serving
from tests.bench.stored import address_of, database, day, open_bench_house, postgres
from tests.bench.telling import Row, median
from tests.bench.writing import one_order
from tests.booking.stored import NOW, House, open_house

BOOKINGS = tuple(10**n for n in range(4, int(os.environ.get("BENCH_POWER", "6")) + 1))
"""10^7 takes some twenty minutes to load, most of them for the guard: BENCH_POWER=7 asks for it."""


def rows() -> Iterator[Row]:
    for resources in (40, 400, 4000):
        catalog, held = house(resources)
        took, _ = median(3, lambda catalog=catalog, held=held: placed(wanted(catalog, held, 1), 10.0))
        yield Row(f"growth-one-order-by-resources-{resources}", took, "ms")
    for guests in (1, 2, 4, 8, 12, 20, 40):
        catalog, held = house(max(60, 4 * guests), booked=0.3)
        took, _ = median(1, lambda c=catalog, h=held, g=guests: placed(wanted(c, h, g), 10.0))
        yield Row(f"growth-one-order-by-guests-{guests}", took, "ms")
    with postgres() as server, asyncio.Runner() as runner:
        for measure in (_days, _bookings, _venues):
            found = measure(server)
            while (row := runner.run(_next(found))) is not None:
                yield row


async def _next(found: AsyncIterator[Row]) -> Row | None:
    return await anext(found, None)


async def _days(server: str) -> AsyncIterator[Row]:
    async with database(server) as (engine, _):
        at = await open_bench_house(engine, 40, 365)
        await filled(at, 40, 365)
        for days in (1, 7, 30, 90, 365):
            yield Row(f"growth-occupancy-40-by-days-{days}", await _read(at, days), "ms")


async def _bookings(server: str) -> AsyncIterator[Row]:
    """A venue of 400 resources that fills up: a day read, an order's rows written. And at the end the memory
    that a server takes.
    """
    for bookings in BOOKINGS:
        async with database(server) as (engine, name):
            days = bookings // (400 * 6) + 2
            at = await open_house(engine, house(400, days_booked=0)[0], "bench")
            began = time.perf_counter()
            made = await filled(at, 400, days, bookings)
            assert made == bookings, made
            yield Row(f"growth-load-by-bookings-{bookings}", time.perf_counter() - began, "s")
            yield Row(f"growth-occupancy-400x2-by-bookings-{bookings}", await _read(at, 2), "ms")
            yield Row(f"growth-write-by-bookings-{bookings}", await _written(at, days), "ms")
            if bookings == BOOKINGS[-1]:
                async with at.sessions.begin() as session:
                    organisation = at.venue.organisation_id
                    _, key = await create_key(session, "manager", who=THE_SERVER, organisation=organisation)
                used = await asyncio.to_thread(_memory, address_of(engine, server, name), key)
                yield Row("memory-400", used, "MB", 1000.0, f"limit, {bookings} bookings")


def _memory(address: str, key: str) -> float:
    """Of a server that has looked for slots of guests alone and of groups, on many days."""
    with serving("--workers", "1", database=address) as (url, _, process):
        with Client(url, key) as client:
            for guests, days in ((1, 90), (4, 30), (12, 7)):
                asked = {"participants": f"{guests}", "from": f"{day(0)}", "to": f"{day(days)}"}
                _answered(client, asked)
        return megabytes(process)


def _answered(client: Client, asked: dict[str, str]) -> None:
    """Asks again while the calendar is still being read."""
    for _ in range(120):
        answer = client.get("venues/bench/packages/weekend/slots", asked | {"step_minutes": "60"})
        if answer.status != 503:
            break
        time.sleep(1)
    answer.good()


async def _venues(server: str) -> AsyncIterator[Row]:
    async with database(server) as (engine, _):
        catalog, houses = house(40, days_booked=0)[0], list[House]()
        for venues in (1, 10, 100, 1000):
            while len(houses) < venues:
                houses.append(await open_house(engine, catalog, "bench"))
            yield Row(f"growth-write-by-venues-{venues}", await _written(houses[-1], 1), "ms")


async def _read(at: House, days: int) -> float:
    took = []
    async with at.sessions() as session:
        for _ in range(9):
            began = time.perf_counter()
            found = await held_days(session, at.venue.id, day(0), day(days), NOW)
            took.append((time.perf_counter() - began) * 1000)
        assert found
        start, end = minutes_before(day(0)), minutes_before(day(1))
        assert (await occupancy(session, at.venue, start, end, NOW)).held
    return statistics.median(took)


async def _written(at: House, after: int) -> float:
    """The whole write of an order of six sessions, on days on which nobody has booked yet."""
    took = []
    for n in range(9):
        order = one_order(at, 6, after + n + 1)
        began = time.perf_counter()
        await at.keep(order)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)
