"""The server's clock is set back and ahead: holds, keys and the record keep their word."""

import ast

import pytest

from tests.faults.books import books
from tests.faults.children import Nursery
from tests.faults.conftest import Copies
from tests.faults.operations import Operation, at
from tests.faults.replay import amiss
from tests.test_architecture import PACKAGES, called, name_of, sources, tree

HOUR = 3600
HOLDS: Operation = ("CHORE", "holds", None)


@pytest.mark.parametrize("clock", [-3 * HOUR, 3 * HOUR], ids=["set back", "set ahead"])
async def test_a_request_sent_again_after_the_clock_was_set_is_done_once(
    house: Copies, nursery: Nursery, operations: dict[str, Operation], clock: int
) -> None:
    address = await house()
    first = nursery.run(address, operations["book"], key="one")
    once = await books(address)
    again = nursery.run(address, operations["book"], key="one", clock=clock)
    assert (again.status, again.body) == (first.status, first.body)
    assert await books(address) == once


async def test_a_hold_outlives_a_clock_that_is_set_back_and_ends_once_when_it_is_set_ahead(
    house: Copies, nursery: Nursery, operations: dict[str, Operation]
) -> None:
    address = await house()
    hold: Operation = (*operations["hold"][:2], {**operations["hold"][2], "resource": "therapist-1"})
    same_again: Operation = (
        "POST",
        hold[1],
        {"product": "massage", "start": at(16), "resource": "therapist-1"},
    )
    assert nursery.run(address, hold, key="hold").status == 201
    nursery.run(address, HOLDS, clock=-3 * HOUR)
    assert nursery.run(address, same_again, clock=-3 * HOUR).status == 409
    for clock in (2 * HOUR, 2 * HOUR, -3 * HOUR):  # what has ended does not come back
        nursery.run(address, HOLDS, clock=clock)
    assert nursery.run(address, same_again, clock=-3 * HOUR).status == 201
    assert nursery.run(address, same_again).status == 409
    assert await amiss(address) == {}


async def test_the_record_stays_in_order_when_the_clock_is_set_back(
    house: Copies, nursery: Nursery, operations: dict[str, Operation]
) -> None:
    address = await house()
    for name, clock in (("change", 0), ("move", -5 * HOUR), ("pay", -HOUR), ("cancel", -9 * HOUR)):
        assert 200 <= nursery.run(address, operations[name], key=name, clock=clock).status < 300
    assert await amiss(address) == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_bounded_in_seconds_looks_at_the_monotonic_clock(package: str) -> None:
    """`time.time` jumps with the clock: nothing of ours asks it."""
    for path in sources(package).values():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and called(node) == "time":
                on = node.func.value if isinstance(node.func, ast.Attribute) else None
                assert getattr(on, "id", "") != "time", f"{name_of(path)}:{node.lineno}"
