"""The connection breaks at a COMMIT, and nobody knows if it was done: sent again, it is done once."""

import asyncio

import httpx
import pytest
from litestar import Litestar

from tests.faults.acting import act, application
from tests.faults.books import books, seal
from tests.faults.conftest import Copies
from tests.faults.operations import TAKEN, Operation
from tests.faults.proxy import Fault, Proxy
from tests.faults.test_crash_points import same


@pytest.fixture(scope="session")
def app() -> Litestar:
    return application()


@pytest.mark.parametrize("name", TAKEN)
async def test_what_was_committed_though_its_answer_was_lost_is_done_once(
    house: Copies, app: Litestar, operations: dict[str, Operation], name: str
) -> None:
    await every_fault(house, app, operations[name], ("cut after",))


@pytest.mark.parametrize("fault", ["cut before", "disk full"])
@pytest.mark.parametrize("name", ["book", "close a sale", "put the catalog"])
async def test_what_could_not_be_committed_left_nothing_and_is_done_when_it_is_sent_again(
    house: Copies, app: Litestar, operations: dict[str, Operation], name: str, fault: Fault
) -> None:
    await every_fault(house, app, operations[name], (fault,))


async def every_fault(
    house: Copies, app: Litestar, operation: Operation, faults: tuple[Fault, ...], *, last_only: bool = True
) -> int:
    """Each fault at the COMMIT of the work, or at every COMMIT; how many befell it."""
    address = await house()
    old = await seal(address)
    proxy = Proxy(address)
    async with proxy.listening() as wire:
        whole = await act(app, wire, operation, key="one")
    assert whole.is_success, whole.text
    new, commits = await books(address), proxy.commits

    struck = 0
    for fault in faults:
        for at in range(commits if last_only else 1, commits + 1):
            address = await house()
            proxy = Proxy(address)
            async with proxy.listening() as wire:
                proxy.strike(fault, at)
                answer = await asyncio.wait_for(act(app, wire, operation, key="one"), 60)
                assert proxy.struck.is_set()
                struck += 1
                unavailable(answer, claims_nothing=fault != "disk full")
                if at < commits or fault != "cut after":
                    assert await seal(address) == old
                again = await act(app, wire, operation, key="one")
            assert again.status_code == whole.status_code, again.text
            same(await books(address), new)
    return struck


def unavailable(answer: httpx.Response, *, claims_nothing: bool = True) -> None:
    """A deliberate 503 that says when to come back, and claims to know no more than it does."""
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["code"] == "unavailable"
    assert ("nothing was changed" in answer.json()["detail"]) != claims_nothing
