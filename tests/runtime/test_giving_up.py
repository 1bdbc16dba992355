"""A computation that nobody waits for ends within a moment, in the solver and in Python alike."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ortools.sat.python import cp_model

from api.presence import Presence
from booking.placement.effort import lasting
from booking.placement.giving_up import GivenUp, prepare_process, while_wanted
from booking.placement.solver import decide
from booking.placement.variables import Variables
from booking.solvers import Solvers, asker
from catalog.errors import Abandoned, OutOfTime

FAR = 30.0
SOON = 5.0
"""Seconds: far less than the work would take, far more than giving it up does."""


@pytest.fixture(scope="module")
async def solvers() -> AsyncIterator[Solvers]:
    pool = Solvers(1)
    await pool.start()
    yield pool
    await pool.stop()


def hard() -> Variables:
    """A model that keeps the solver busy for longer than anybody would wait: sums that must meet exactly."""
    chance, model = random.Random(1), cp_model.CpModel()
    picks = [model.new_bool_var("") for _ in range(50)]
    for _ in range(6):
        weights = [chance.randrange(100) for _ in picks]
        model.add(cp_model.LinearExpr.weighted_sum(picks, weights) == sum(weights) // 2)
    return cast(Variables, SimpleNamespace(model=model, among=()))


def test_the_solver_stops() -> None:
    prepare_process()
    until = time.monotonic() + 0.2
    with pytest.raises(GivenUp), while_wanted(lambda: time.monotonic() < until):
        decide(hard(), lasting(FAR))
    assert time.monotonic() < until + SOON


def test_python_stops() -> None:
    prepare_process()
    until = time.monotonic() + 0.1
    with pytest.raises(GivenUp), while_wanted(lambda: time.monotonic() < until):
        sum(0 for _ in iter(time.monotonic, None))


def test_what_is_wanted_goes_on() -> None:
    prepare_process()
    with while_wanted(lambda: True):
        time.sleep(0.1)


async def test_the_process_is_free_again_when_its_caller_was_cancelled(solvers: Solvers) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(solvers.search(time.sleep, FAR), 0.2)
    assert await solvers.search(pow, 2, 5) == 32
    assert time.monotonic() - began < SOON


async def test_what_waits_in_the_queue_is_never_begun(solvers: Solvers) -> None:
    first = asyncio.create_task(solvers.search(time.sleep, FAR))
    waiting = [asyncio.create_task(solvers.search(time.sleep, FAR)) for _ in range(3)]
    await asyncio.sleep(0.1)
    for task in (first, *waiting):
        task.cancel()
    await asyncio.gather(first, *waiting, return_exceptions=True)
    assert await asyncio.wait_for(solvers.search(pow, 2, 5), SOON) == 32


async def test_it_is_given_up_when_the_client_has_gone(solvers: Solvers) -> None:
    messages = [{"type": "http.request"}, {"type": "http.disconnect"}]

    async def receive() -> dict[str, str]:
        await asyncio.sleep(0.05)
        return messages.pop(0)

    presence = Presence(cast(Any, SimpleNamespace(receive=receive)))
    before = asker.set(presence.gone)
    try:
        with pytest.raises(Abandoned):
            await asyncio.wait_for(solvers.place(time.sleep, FAR), SOON)
    finally:
        asker.reset(before)
    assert await asyncio.wait_for(solvers.place(pow, 2, 5), SOON) == 32


async def test_what_takes_much_longer_than_it_may_is_given_up(
    solvers: Solvers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.solvers.GRACE", 0.1 - FAR)
    for run in (solvers.place, solvers.search):
        with pytest.raises(OutOfTime):
            await asyncio.wait_for(run(time.sleep, seconds=FAR), SOON)
        assert await asyncio.wait_for(run(pow, 2, 5), SOON) == 32


async def test_what_several_wait_for_goes_on_while_one_of_them_does(solvers: Solvers) -> None:
    leaving = asyncio.create_task(solvers.search_once("nap", time.sleep, 1.0))
    staying = asyncio.create_task(solvers.search_once("nap", time.sleep, 1.0))
    await asyncio.sleep(0.1)
    leaving.cancel()
    assert await asyncio.wait_for(staying, FAR) is None


async def test_what_several_wait_for_is_given_up_with_the_last(solvers: Solvers) -> None:
    tasks = [asyncio.create_task(solvers.search_once("long nap", time.sleep, FAR)) for _ in range(2)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await asyncio.wait_for(solvers.search(pow, 2, 5), SOON) == 32
