"""Killed at any point, an operation leaves the old state or the new; sent again, it is done once."""

import json
import os
import re
import signal
import subprocess
import sys

import pytest

from api.endpoint import Endpoint
from api.routes import ROUTES
from catalog.crash_points import VARIABLE
from tests.faults.books import Books, books, difference, plain, seal
from tests.faults.children import Nursery
from tests.faults.conftest import Copies
from tests.faults.operations import MAIN, TAKEN, VENUE, Operation
from tests.walks.server import ROOT

OF_A_VENUE = {"orders", "bookings", "calendar", "calendars", "catalog", "credits", "links", "mails"}
OF_A_VENUE |= {"plans", "sales"}
ANSWERS_ONLY = ("/quotes", "/slots", "/mails/preview")
"""Addresses to which something is sent that changes nothing."""


@pytest.mark.parametrize("name", TAKEN)
async def test_a_crash_at_any_point_leaves_the_old_state_or_the_new(
    house: Copies, nursery: Nursery, operations: dict[str, Operation], name: str
) -> None:
    await every_crash(house, nursery, operations[name], from_the_claim=TAKEN is MAIN and name != MAIN[0])


async def every_crash(
    house: Copies, nursery: Nursery, operation: Operation, *, from_the_claim: bool = False
) -> int:
    """Kills it at each of its points and sends it again each time; how often it was killed.

    `from_the_claim`: not before and at the commit of the claim, which is every operation's.
    """
    address = await house()
    old = await seal(address)
    whole = nursery.run(address, operation, key="one")
    assert 200 <= whole.status < 300, whole
    assert await seal(address) != old, "the operation does nothing"
    assert {"before_commit", "after_commit", "before_answer"} <= set(whole.passed)
    new = await books(address)

    first = whole.passed.index("after_claim") + 1 if from_the_claim and "after_claim" in whole.passed else 1
    address, kills = await house(), 0
    for point in range(first, len(whole.passed) + 1):
        crashed = nursery.run(address, operation, crash_at=point, key="one")
        if not crashed.killed:  # there are fewer: the days that are locked had been made before
            break
        kills += 1
        if await seal(address) == old:
            continue
        same(await books(address), new)
        again = nursery.run(address, operation, key="one")
        assert again.status == whole.status, again
        same(await books(address), new)
        if operation[0] != "PUT":  # which says what it changed
            assert _look(again.body) == _look(whole.body)
        address = await house() if point < len(whole.passed) else address
    else:
        crashed = nursery.run(address, operation, key="one")
    assert crashed.status == whole.status
    assert kills >= len(whole.passed) - first - 1
    return kills


def same(found: Books, expected: Books) -> None:
    assert difference(expected, found) == {}


def _look(body: str) -> object:
    return plain(json.loads(body)) if body else None


def test_every_address_that_changes_something_is_an_operation(operations: dict[str, Operation]) -> None:
    """So that `make chaos` leaves none out. The customer's page has forms of its own, without keys."""
    declared: list[Endpoint] = [handler.opt["endpoint"] for handler in ROUTES]
    writing = {
        (it.method, shape(it.path))
        for it in declared
        if it.method != "GET" and it.tag in OF_A_VENUE and not it.path.endswith(ANSWERS_ONLY)
    }
    known = {(method, shape(path)) for method, path, _ in operations.values()}
    assert writing - known == set()


def shape(path: str) -> str:
    """The address without what stands in the place of its parameters."""
    return re.sub(r"\{[^}]+\}", "#", re.sub(rf"[0-9a-f-]{{36}}|{VENUE}|confirmation|(?<=/)en$", "#", path))


def test_a_server_is_ended_where_its_environment_says() -> None:
    """And nowhere else: what arms the points is read once, at the start."""
    code = "from catalog.crash_points import passing; passing('after_locks'); passing('before_answer')"
    for at, ends in (("before_answer", True), ("before_answer:2", False), ("", False)):
        environment = {**os.environ, VARIABLE: at}
        done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=False)
        assert done.returncode == (-signal.SIGKILL if ends else 0)
