"""The record is whole: played again from empty it gives the same house, and nothing in it is ever changed."""

import ast

import asyncpg
import pytest

from tests.faults.children import Nursery
from tests.faults.conftest import Copies
from tests.faults.operations import MAIN, Operation
from tests.faults.replay import amiss, of_orders, replay
from tests.test_architecture import PACKAGES, name_of, sources, tree

RECORDS = {
    "OrderVersionRow",
    "SaleVersionRow",
    "ChargeRow",
    "CreditEntry",
    "StockMovement",
    "Payment",
    "EventRow",
}
"""What is only ever added to."""
FORGETTING = ("booking.forget", "pricing.forget")
"""Who may: they take names out, and nothing else (tests/api/test_personal_data.py)."""
CHANGES = {"update", "delete", "merge"}


async def test_the_record_played_again_from_empty_gives_the_same_house(
    house: Copies, nursery: Nursery, operations: dict[str, Operation]
) -> None:
    """Of everything that orders can live through; swaps of several are played at once, as they were made."""
    recorded, empty = await house(), await house()
    for name in ("move several", "cancel a booking", *MAIN, "pay back"):
        nursery.run(recorded, operations[name], key=name)
    assert await amiss(recorded) == {}
    await emptied(empty, recorded)
    assert await replay(recorded, empty) >= 12
    before, after = await of_orders(recorded), await of_orders(empty)
    for table in ("orders", "order_line", "booking", "allocation", "charge"):
        assert after[table] == before[table], table


async def emptied(address: str, recorded: str) -> None:
    """Without orders, and with the customers that were made together with some."""
    source, connection = await asyncpg.connect(recorded), await asyncpg.connect(address)
    try:
        await connection.execute("truncate orders, event, resource_day, idempotency cascade")
        await connection.execute("update venue_counter set last_order = 0, last_event = 0")
        assert await connection.fetchval("select count(*) from credit_lot")
        for row in await source.fetch("select to_jsonb(c)::text from customer c"):
            await connection.execute(
                "insert into customer select * from jsonb_populate_record(null::customer, $1::text::jsonb)"
                " on conflict do nothing",
                row[0],
            )
    finally:
        await source.close()
        await connection.close()


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_recorded_is_only_ever_added_to(package: str) -> None:
    """No statement of ours changes or deletes a row of a record; there is no other way to these tables."""
    for name, path in sources(package).items():
        if name in FORGETTING:
            continue
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in CHANGES:
                given = {arg.id for arg in node.args if isinstance(arg, ast.Name)}
                assert not given & RECORDS, f"{name}:{node.lineno}"
            if called == "text" and node.args and isinstance(node.args[0], ast.Constant):
                said = str(node.args[0].value).lower()
                for table in ("order_version", "sale_version", "credit_entry", "stock_movement", "payment"):
                    assert f"update {table}" not in said, f"{name_of(path)}:{node.lineno}"
                    assert f"delete from {table}" not in said, f"{name_of(path)}:{node.lineno}"
