"""Slots, exact: from the index in microseconds, of groups in their own time by the processes that search.

Equal work: what is answered is compared with every start tried by itself, on some of the days.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from itertools import groupby

from msgspec.structs import replace

from booking.actions.find_slots import CHUNK_DAYS
from booking.case import Asked, case_of, reach_of
from booking.computing import decided, plan_for, warm_up
from booking.fit import situation_of
from booking.index.days import Days
from booking.index.held import held_within, occupied
from booking.index.plan import Plan
from booking.index.rows import Rows
from booking.index.sift import Sifted, sift
from booking.occupancy import Held
from booking.placement.parts import parts
from booking.placement.solve import decide_part
from booking.prepare import prepare
from catalog.specs import Catalog
from catalog.times import starts_on, wall, wall_of, zone
from tests.bench.client import Client
from tests.bench.first_booking import PACKAGE, booked
from tests.bench.houses import FIRST, house, wanted
from tests.bench.over_http import server
from tests.bench.spa import share, spa
from tests.bench.telling import Row

ZONE = zone("Europe/Stockholm")
DAYS = 30
WARM = 0.1
"""Milliseconds for a package's slots of 90 days."""
GROUPS = (
    # name, guests, booked as the house is made, limit in milliseconds
    ("slots-staggered-30-days", 4, 0.6, 300.0),
    ("slots-staggered-7-days", 4, 0.6, 100.0),
    ("slots-party-30-days", 12, 0.6, 600.0),
    ("slots-hard-party-30-days", 12, 0.38, 1500.0),
)


def rows() -> Iterator[Row]:
    """The rows of one guest from the index, those of groups, and how the first grow."""
    yield from _packages()
    yield from _groups()
    yield from _growth()
    yield from _over_http()


def _over_http() -> Iterator[Row]:
    """A month by the hour for one guest at the demo venue; before every fifth somebody books."""
    with server() as (address, key, _):
        with Client(address, key) as client:
            took = []
            for n in range(51):
                if n % 5 == 0:
                    booked(client, 1, n // 5)
                took.append(_month(client))
        yield Row("http-slots-p50", statistics.median(took[1:]), "ms", 3.0, "limit")


def _month(client: Client) -> float:
    today = date.today()  # noqa: DTZ011 - the demo's days are around it
    asked = {"from": f"{today}", "to": f"{today + timedelta(days=DAYS)}", "step_minutes": "60"}
    answer = client.get(f"venues/demo/packages/{PACKAGE}/slots", asked).good()
    assert answer.json()["complete"]
    assert answer.json()["slots"]
    return answer.took


def _packages() -> Iterator[Row]:
    told: dict[int, float] = {}
    for resources in (40, 400):
        took, found, asked = _package(resources, 90)
        some = _hours(0, 3)
        assert [s for s in some if _fits(asked, s)] == [s for s in found.starts.tolist() if s <= some[-1]]
        told[resources] = took
        yield Row(f"slots-package-{resources}", took * 1000, "µs", WARM * 1000, "limit")
    yield Row("slots-package-400-to-40", told[400] / told[40], "times", 1.5, "limit")


def _growth() -> Iterator[Row]:
    for resources in (40, 400, 4000):
        yield Row(f"growth-package-slots-by-resources-{resources}", _package(resources, 30)[0] * 1000, "µs")
    for days in (7, 30, 90, 365):
        yield Row(f"growth-package-slots-by-days-{days}", _package(40, days)[0] * 1000, "µs")


def _package(resources: int, days: int) -> tuple[float, Sifted, Asked]:
    """Milliseconds of a warm search by the hour, what it found, and what was asked."""
    catalog, held = house(resources, booked=0.5, days_booked=min(days, 90) + 2)
    asked = wanted(catalog, held, 1)
    known = _rows_of(catalog, held)
    plan = plan_for(asked, known)
    assert plan is not None
    assert plan.exact
    first, last = wall(ZONE, FIRST, 0), wall(ZONE, FIRST + timedelta(days=days), 0)
    found = sift(plan, known, first, last, 60)
    assert len(found.starts)
    assert found.open == [s for s in _hours(0, days) if _meets_a_change(known.days, s, plan.days)]
    return _median(lambda: _sifted(plan, known, first, last)), found, asked


def _meets_a_change(days: Days, start: int, count: int) -> bool:
    """Whether the clocks change on one of so many days from the start on, which the index leaves open."""
    number = days.number(wall_of(ZONE, start)[0])
    return any(row is None for row in days.rows[number : number + count])


def _sifted(plan: Plan, known: Rows, first: int, last: int) -> Sifted:
    return sift(plan, known, first, last, 60)


def _median(work: Callable[[], object]) -> float:
    """Over half a second: a processor that is shared goes at half its pace for some milliseconds and more."""
    took, until = [], time.perf_counter() + 0.5
    while (began := time.perf_counter()) < until:
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _groups() -> Iterator[Row]:
    """As a server answers: from an index that is there, and what that leaves open by two processes."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(_warm, range(2)))
        for name, guests, booked, limit in GROUPS:
            days = 7 if "-7-" in name else DAYS
            catalog, held = spa(booked, DAYS + 3)
            asked = wanted(catalog, held, guests, "visit")
            known = _rows_of(catalog, held)
            plan = plan_for(asked, known)
            assert plan is not None
            took, slots = [], set[int]()
            for _ in range(7):
                known.kept.clear()
                began = time.perf_counter()
                slots = _searched(pool, asked, plan, known, days)
                took.append((time.perf_counter() - began) * 1000)
            some = [s for day in range(0, days, 5) for s in _hours(day, day + 1)[9:20:5]]
            assert [s for s in some if _fits(asked, s)] == [s for s in some if s in slots]
            share_ = f"limit, {share(catalog, held, DAYS):.0%} booked"
            yield Row(name, statistics.median(took), "ms", limit, share_)


def _searched(pool: ProcessPoolExecutor, asked: Asked, plan: Plan, known: Rows, days: int) -> set[int]:
    """The slots of so many days by the hour."""
    found = sift(plan, known, wall(ZONE, FIRST, 0), wall(ZONE, FIRST + timedelta(days=days), 0), 60)
    begin = wall(ZONE, FIRST, 0)
    chunks = [list(chunk) for _, chunk in groupby(found.open, lambda s: (s - begin) // (CHUNK_DAYS * 1440))]
    questions = (_near(replace(asked, held=()), chunk, known) for chunk in chunks)
    parts = list(pool.map(decided, questions, chunks, [60.0] * len(chunks)))
    assert all(part.unknown_from is None for part in parts)
    return {*found.starts.tolist(), *(slot.start for part in parts for slot in part.slots)}


def _rows_of(catalog: Catalog, held: Sequence[Held]) -> Rows:
    """The index of a house over 400 days."""
    return Rows(catalog, Days(ZONE, FIRST - timedelta(days=2), 400, 5), {}, occupied(held))


def _hours(first: int, last: int) -> list[int]:
    """The full hours of these days."""
    days = (FIRST + timedelta(days=day) for day in range(first, last))
    return [start for day in days for start in starts_on(ZONE, day, 60)]


def _warm(_: int) -> str:
    return warm_up()


def _near(asked: Asked, chunk: Sequence[int], known: Rows) -> Asked:
    """With what is held on the days of these starts, as a process is sent it."""
    sessions = [s for start in (chunk[0], chunk[-1]) for s in case_of(asked, start).sessions]
    return replace(asked, held=held_within(known.occupied, *reach_of(asked.catalog, sessions)))


def _fits(asked: Asked, start: int) -> bool:
    """Whether it can be booked, by the solver that books."""
    near = tuple(h for h in asked.held if h.start < start + 5 * 1440 and start - 2 * 1440 < h.end)
    case = case_of(replace(asked, held=near), start)
    problem = prepare(situation_of(case), case).problem
    if any(not task.starts for task in problem.tasks):
        return False
    verdicts = {decide_part(problem, part, 60.0).verdict for part in parts(problem)}
    assert "undecided" not in verdicts
    return verdicts == {"yes"}


if __name__ == "__main__":
    for row in rows():
        row.tell()
