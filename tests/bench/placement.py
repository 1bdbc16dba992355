"""One order placed: ours against a textbook model of the same solver and against PyJobShop, the same optimum.

The declared objective is one that all can state: the sum of the guests' completion times.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from ortools.sat.python import cp_model

from booking.bits import intervals
from booking.case import Asked, Case, case_of
from booking.check import violations
from booking.fit import named, situation_of
from booking.placement.problem import Placement, Problem
from booking.placement.solve import BETTER, place
from booking.placement.solver import Aims, Answer
from booking.placement.variables import Variables
from booking.placement.wishes import AIMS, Term
from booking.prepare import Prepared, prepare
from catalog.times import wall
from tests.bench.houses import CHAINS, FIRST, SKILLS, house, wanted
from tests.bench.telling import Row, median
from tests.placement.worlds import worth

PEERS = Path(".bench")
LIMIT = 120.0
"""Seconds within which everybody has to have proven the best: a busy machine takes several times as long."""
FIVE_SECONDS = 0.5
"""Of an idle machine, in the solver's own units."""


def rows() -> Iterator[Row]:
    """`order-6-40` and `order-6-400`, each against both peers, and the first plan of a group of twelve."""
    for resources in (40, 400):
        catalog, held = house(resources)
        asked = wanted(catalog, held, 1)
        ours, found = median(5, lambda asked=asked: _ours(asked))
        best = _judged(*found)
        plain, plain_best = median(3, lambda asked=asked: _textbook(asked))
        assert best == plain_best, (best, plain_best)
        yield Row(f"order-6-{resources}", ours, "ms", plain, "textbook CP-SAT")
        peer = pyjobshop(_instance(asked))
        if peer is not None:
            assert best == peer["objective"], (best, peer["objective"])
            yield Row(f"order-6-{resources}", ours, "ms", peer["ms"], "PyJobShop")
        own, found = median(5, lambda asked=asked: _placed_best(asked))
        _judged(*found)
        yield Row(f"order-6-{resources}-as-booked", own, "ms")
    catalog, held = house(60, booked=0.3)
    asked = wanted(catalog, held, 12)
    first, found = median(3, lambda: _first_plan(asked))
    _judged(*found)
    yield Row("group-12-first", first, "ms", 500.0, "limit")
    soon, late = (_starts(asked, units) for units in (BETTER, FIVE_SECONDS))
    limit = f"limit, 1.02 × what five seconds find, {late}"
    yield Row("group-12-better", soon, "minutes from arrival to start, summed", 1.02 * late, limit)
    for guests in (1, 2, 4, 8, 16, 24, 40):
        catalog, held = house(max(40, 5 * guests), booked=0.3)
        asked = wanted(catalog, held, guests)
        took, found = median(1, lambda asked=asked: _first_plan(asked))
        _judged(*found)
        yield Row(f"group-{guests}-placed", took, "ms")


def completion(v: Variables) -> list[Term]:
    """When each guest is done on each day."""
    followed = {j for task in v.problem.tasks for j in task.precedes}
    last = [i for i in v.among if not v.problem.tasks[i].precedes and i in followed]
    return [(v.start[i], 1) for i in last]


def done(problem: Problem, placement: Placement) -> int:
    followed = {j for task in problem.tasks for j in task.precedes}
    return sum(
        problem.tasks[i].end_at(placed.start)
        for i, placed in placement.items()
        if not problem.tasks[i].precedes and i in followed
    )


Found = tuple[Case, Prepared, Placement]


def _ours(asked: Asked) -> Found:
    case, prepared, answer = _answered(asked, [[completion]])
    assert answer.optimal, f"ours was {answer.verdict}, not proven best"
    assert answer.placement is not None
    return case, prepared, answer.placement


def _placed_best(asked: Asked) -> Found:
    """By the order of placement.md, 5, as orders are booked, and proven."""
    case, prepared, answer = _answered(asked, AIMS)
    assert answer.placement is not None
    assert answer.optimal
    return case, prepared, answer.placement


def _first_plan(asked: Asked) -> Found:
    case, prepared, answer = _answered(asked, ())
    assert answer.placement is not None, answer.verdict
    return case, prepared, answer.placement


def _starts(asked: Asked, units: float) -> int:
    """How late the guests' sessions start in all, with so much spent on it; nobody waits."""
    case, prepared, answer = _answered(asked, AIMS, units)
    assert answer.placement is not None
    placings = named(prepared, answer.placement)
    assert worth(case, placings)[:4] == (0, 0, 0, 0), "a plan in which nobody waits is better"
    return sum(p.start - case.arrivals[s.line] for s, p in zip(case.sessions, placings, strict=True))


def _answered(asked: Asked, aims: Aims, units: float = BETTER) -> tuple[Case, Prepared, Answer]:
    case = case_of(asked)
    prepared = prepare(situation_of(case), case)
    return case, prepared, place(prepared.problem, LIMIT, aims, units)


def _judged(case: Case, prepared: Prepared, placement: Placement) -> int:
    """What the plan comes to, which the plain check has passed."""
    assert not violations(case, named(prepared, placement))
    return done(prepared.problem, placement)


def _instance(asked: Any) -> dict[str, Any]:
    """The same in plain numbers: who is free when, what has to be done, minutes from the situation's base."""
    case = case_of(asked)
    situation = situation_of(case)
    resources = {
        r.key: {"pools": list(r.pools), "free": intervals(situation.free(r.key))}
        for r in asked.catalog.resources
    }
    days = []
    for chain in CHAINS:
        tasks = [{"skill": name, "room": SKILLS[name][1], "length": SKILLS[name][0]} for name in chain]
        days.append(tasks)
    midnights = [wall(situation.tz, FIRST + timedelta(days=n), 0) for n in range(len(days) + 1)]
    opening = [
        intervals(situation.venue_open & situation.minutes((midnights[n], midnights[n + 1])))
        for n in range(len(days))
    ]
    return {
        "resources": resources,
        "days": days,
        "opening": opening,
        "arrival": case.arrivals[0] - situation.base,
        "grid": 5,
        "seconds": LIMIT,
    }


def _textbook(asked: Any) -> int:
    """An optional interval for each task and resource, what is booked as fixed intervals."""
    given = _instance(asked)
    m = cp_model.CpModel()
    horizon = max(b for day in given["opening"] for _, b in day)
    used: dict[str, list[cp_model.IntervalVar]] = {
        key: [m.new_fixed_size_interval_var(a, b - a, "") for a, b in _gaps(r["free"], horizon)]
        for key, r in given["resources"].items()
    }
    ends = []
    for day, tasks in zip(given["opening"], given["days"], strict=True):
        before = None
        for task in tasks:
            low, high = max(day[0][0], given["arrival"]), day[-1][1] - task["length"]
            slots = cp_model.Domain.from_values([t for t in range(low, high + 1) if t % given["grid"] == 0])
            start = m.new_int_var_from_domain(slots, "")
            for pool in (task["skill"], task["room"]):
                picks = []
                for key, resource in given["resources"].items():
                    if pool in resource["pools"]:
                        pick = m.new_bool_var("")
                        picks.append(pick)
                        used[key].append(
                            m.new_optional_fixed_size_interval_var(start, task["length"], pick, "")
                        )
                m.add_exactly_one(picks)
            if before is not None:
                m.add(start >= before)
            before = start + task["length"]
        ends.append(before)
    for held in used.values():
        m.add_no_overlap(held)
    m.minimize(sum(ends))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = LIMIT
    status = solver.solve(m)
    assert status == cp_model.OPTIMAL, f"the textbook model is {solver.status_name(status)}"
    return round(solver.objective_value)


def _gaps(free: list[tuple[int, int]], horizon: int) -> list[tuple[int, int]]:
    out, at = [], 0
    for a, b in free:
        if at < a:
            out.append((at, a))
        at = b
    return [*out, (at, horizon)] if at < horizon else out


def pyjobshop(given: dict[str, Any], runs: int = 3) -> dict[str, Any] | None:
    """The same in an environment of its own, made on demand; None where it cannot be made."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    made = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "pyjobshop", f"ortools=={_ortools()}"],
        check=False,
        capture_output=True,
    )
    if made.returncode:
        return None
    script = Path(__file__).with_name("peer_pyjobshop.py")
    answers = []
    for _ in range(runs):
        run = subprocess.run(
            [python, script], input=json.dumps(given), capture_output=True, text=True, check=True
        )
        answers.append(json.loads(run.stdout.splitlines()[-1]))
    return sorted(answers, key=lambda a: a["ms"])[runs // 2]


def _ortools() -> str:
    from importlib.metadata import version

    return version("ortools")
