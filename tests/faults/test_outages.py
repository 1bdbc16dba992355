"""While the database is away every request is answered by a 503, soon; and then all goes on."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from api.app import create_app
from tests.api.conftest import running
from tests.faults.acting import SETTINGS, client
from tests.faults.conftest import Copies
from tests.faults.operations import Operation
from tests.faults.proxy import Proxy
from tests.faults.test_lost_answers import unavailable
from tests.solving import InThisProcess

LONGEST = 10  # seconds
AT_ONCE = 30
READS: tuple[Operation, ...] = (
    ("GET", "/v1/venues/harbour/orders", None),
    ("GET", "/v1/venues/harbour/catalog", None),
)


@pytest.fixture
async def wire(house: Copies) -> AsyncIterator[tuple[Proxy, httpx.AsyncClient]]:
    """A server with its chores, behind a wire that can fail."""
    proxy = Proxy(await house())
    async with proxy.listening() as address:
        app = create_app(replace(SETTINGS, jobs=True), address, solvers=InThisProcess())
        async with running(app), client(app) as desk:
            yield proxy, desk


async def ask(desk: httpx.AsyncClient, operation: Operation, key: str) -> tuple[httpx.Response, float]:
    method, path, body = operation
    began = time.monotonic()
    answer = await desk.request(method, path, json=body, headers={"Idempotency-Key": key})
    return answer, time.monotonic() - began


@pytest.mark.parametrize("how", ["refused", "silent", "cut"])
async def test_an_outage_is_a_503_within_ten_seconds_and_ends_with_the_outage(
    wire: tuple[Proxy, httpx.AsyncClient], operations: dict[str, Operation], how: str
) -> None:
    """`refused`: nobody listens. `silent`: nothing passes, on no connection. `cut`: amid the work."""
    proxy, desk = wire
    wanted = [operations[name] for name in ("book", "pay", "close a sale", "put the catalog")] + [*READS]
    assert (await ask(desk, READS[0], "before"))[0].status_code == 200
    if how == "silent":
        proxy.fall_silent()
    elif how == "refused":
        proxy.refuses = True
        proxy.cut()
    asking = [asyncio.create_task(ask(desk, wanted[n % len(wanted)], f"key {n}")) for n in range(AT_ONCE)]
    if how == "cut":
        proxy.strike("cut before", 1)
        await proxy.struck.wait()
        proxy.refuses = True
        proxy.cut()
    answered = await asyncio.gather(*asking)
    assert max(seconds for _, seconds in answered) < LONGEST
    for answer, _ in answered:
        if answer.status_code == 503:
            unavailable(answer)
        else:
            assert how == "cut"
            assert answer.status_code < 500
    assert (await desk.get("/health")).status_code == 503

    proxy.heal()
    for n, operation in enumerate(wanted):
        until = time.monotonic() + LONGEST
        while True:  # what was broken off may still be on its way out
            answer, _ = await ask(desk, operation, f"key {n}")
            if answer.status_code not in (503, 409) or time.monotonic() > until:
                break
            await asyncio.sleep(0.1)
        assert answer.is_success, answer.text
