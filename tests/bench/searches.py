"""Slots, exact: from the index in microseconds, of groups in their own time by the processes that search.

Equal work: what is answered is compared with every start tried by itself, on some of the days.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta

import httpx
from msgspec.structs import replace

from booking.case import Asked, case_of
from booking.computing import plan_for, searched, warm_up
from booking.fit import situation_of
from booking.index.days import Days
from booking.index.held import occupied
from booking.index.plan import Plan
from booking.index.rows import Rows
from booking.index.sift import Sifted, sift
from booking.placement.parts import parts
from booking.placement.solve import decide_part
from booking.prepare import prepare
from catalog.times import starts_on, wall, zone
from tests.bench.first_booking import PACKAGE, timed
from tests.bench.houses import FIRST, house, wanted
from tests.bench.over_http import booked, server
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
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=f"{address}/v1/", headers=headers, timeout=60) as client:
            took = []
            for n in range(51):
                if n % 5 == 0:
                    booked(client, 40 + n)
                took.append(_month(client))
        yield Row("http-slots-p50", statistics.median(took[1:]), "ms", 3.0, "limit")


def _month(client: httpx.Client) -> float:
    today = date.today()  # noqa: DTZ011 - the demo's days are around it
    asked = {"from": f"{today}", "to": f"{today + timedelta(days=DAYS)}", "step_minutes": "60"}
    answer, took = timed(lambda: client.get(f"venues/demo/packages/{PACKAGE}/slots", params=asked))
    assert answer.json()["complete"]
    assert answer.json()["slots"]
    return took


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
    known = Rows(catalog, Days(ZONE, FIRST - timedelta(days=2), 400, 5), {}, occupied(held))
    plan = plan_for(asked, known)
    assert plan is not None
    assert plan.exact
    first, last = wall(ZONE, FIRST, 0), wall(ZONE, FIRST + timedelta(days=days), 0)
    found = sift(plan, known, first, last, 60)
    assert len(found.starts)
    assert not found.open
    return _median(lambda: _sifted(plan, known, first, last)), found, asked


def _sifted(plan: Plan, known: Rows, first: int, last: int) -> Sifted:
    return sift(plan, known, first, last, 60)


def _median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(200):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _groups() -> Iterator[Row]:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(_warm, range(2)))
        for name, guests, booked, limit in GROUPS:
            days = 7 if "-7-" in name else DAYS
            catalog, held = spa(booked, DAYS + 3)
            asked = wanted(catalog, held, guests, "visit")
            chunks = [
                [
                    s
                    for day in range(at, min(at + 2, days))
                    for s in starts_on(ZONE, FIRST + timedelta(days=day), 60)
                ]
                for at in range(0, days, 2)
            ]
            questions = [_near(asked, chunk) for chunk in chunks]
            began = time.perf_counter()
            found = list(pool.map(searched, questions, chunks, [60.0] * len(chunks)))
            took = (time.perf_counter() - began) * 1000
            assert all(part.unknown_from is None for part in found)
            slots = {slot.start for part in found for slot in part.slots}
            for question, chunk in list(zip(questions, chunks, strict=True))[::5]:
                for start in chunk[9:20:5]:
                    assert _fits(question, start) == (start in slots)
            yield Row(name, took, "ms", limit, f"limit, {share(catalog, held, DAYS):.0%} booked")


def _hours(first: int, last: int) -> list[int]:
    """The full hours of these days."""
    days = (FIRST + timedelta(days=day) for day in range(first, last))
    return [start for day in days for start in starts_on(ZONE, day, 60)]


def _warm(_: int) -> str:
    return warm_up()


def _near(asked: Asked, chunk: Sequence[int]) -> Asked:
    """With what is held around these starts, as a process is sent it."""
    first, last = chunk[0] - 2 * 1440, chunk[-1] + 5 * 1440
    return replace(asked, held=tuple(h for h in asked.held if h.start < last and first < h.end))


def _fits(asked: Asked, start: int) -> bool:
    """Whether it can be booked, by the solver that books."""
    case = case_of(_near(asked, [start]), start)
    problem = prepare(situation_of(case), case).problem
    if any(not task.starts for task in problem.tasks):
        return False
    verdicts = {decide_part(problem, part, 60.0).verdict for part in parts(problem)}
    assert "undecided" not in verdicts
    return verdicts == {"yes"}


if __name__ == "__main__":
    for row in rows():
        row.tell()
