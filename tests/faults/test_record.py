"""The record is whole: played again from empty it gives the same house, and nothing in it is ever changed."""

import ast
from collections.abc import AsyncIterator

import asyncpg
import pytest

from api.entities import METADATA
from catalog.base import Base
from tests.faults.acting import act, application
from tests.faults.books import ASIDE
from tests.faults.children import Nursery
from tests.faults.conftest import Copies
from tests.faults.operations import MAIN, Operation
from tests.faults.replay import amiss, of_orders, replay
from tests.test_architecture import PACKAGES, name_of, sources, tree

RECORDS = {
    "AuditRow",
    "CatalogVersion",
    "OrderVersionRow",
    "SaleVersionRow",
    "ChargeRow",
    "CreditEntry",
    "StockMovement",
    "Payment",
    "EventRow",
}
"""What is only ever added to."""
FORGETTING = (
    "api.people.addresses",
    "api.people.audit",
    "api.people.erasing",
    "booking.forget",
    "pricing.forget",
)
"""Who may: they take names out, and nothing else (tests/api/test_personal_data.py)."""
CHANGES = {"update", "delete", "merge"}
KEPT = tuple(
    next(m.local_table.name for m in Base.registry.mappers if m.class_.__name__ == name)  # type: ignore[attr-defined]
    for name in sorted(RECORDS)
)
LAST = ("cancel", "void", "refund", "revoke", "end", "unword", "unblock", "forget", "undo")
"""Operations that take away what others change."""


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


async def test_every_change_is_on_record_with_who_made_it_and_from_where(
    house: Copies, operations: dict[str, Operation]
) -> None:
    """Whatever may be asked: where it changed anything, a record tells of it, with the address."""
    app, address = application(), await house()
    connection = await asyncpg.connect(address)
    silent, was, told = [], "", 0
    try:
        for name in sorted(operations, key=lambda it: it.startswith(LAST)):
            answer = await act(app, address, operations[name], key=name)
            if not answer.is_success:  # another operation has taken away what this one changes
                await connection.close()
                address = await house()
                connection = await asyncpg.connect(address)
                was, told = "", await _told(connection)
                answer = await act(app, address, operations[name], key=name)
            assert answer.is_success, (name, answer.text)
            before, was, told_before, told = was, await _changed(connection), told, await _told(connection)
            if was != before and told == told_before:
                silent.append(name)
    finally:
        await connection.close()
    assert silent == []


async def _changed(connection: asyncpg.Connection) -> str:
    """Another text if anything stands in the database that did not."""
    tables = [table.name for table in METADATA.sorted_tables if table.name not in ASIDE]
    counted = ", ".join(
        f"(select md5(string_agg(md5(t::text), '' order by t::text)) from {t} t)" for t in tables
    )
    return str(await connection.fetchval(f"select concat_ws(',', {counted})"))


async def _told(connection: asyncpg.Connection) -> int:
    """How many changes are on record, each with the role of who made it and the address that it came from."""
    kept = ("order_version", "sale_version", "payment", "stock_movement", "credit_entry", "catalog_version")
    told = [f"select 1 from {t} where actor_role = 'admin' and actor_address = '127.0.0.1'" for t in kept]
    told.append("select 1 from audit_entry where role = 'admin' and address = '127.0.0.1'")
    return int(await connection.fetchval(f"select count(*) from ({' union all '.join(told)}) as t"))


@pytest.fixture
async def kept(house: Copies) -> AsyncIterator[asyncpg.Connection]:
    """A house with something in every record."""
    connection = await asyncpg.connect(await house())
    await connection.execute(
        "insert into audit_entry (id, at, what, role, name, address, details)"
        " values (gen_random_uuid(), now(), 'signed_in', 'admin', 'Ada', '192.0.2.1', '{}')"
    )
    for table in KEPT:
        assert await connection.fetchval(f"select count(*) from {table}"), table
    yield connection
    await connection.close()


@pytest.mark.parametrize("forgetting", ["off", "on"])
async def test_the_database_refuses_to_change_or_delete_what_is_on_record(
    kept: asyncpg.Connection, forgetting: str
) -> None:
    """Whoever asks it, also amid forgetting: that may empty texts, and has to leave all else as it was."""

    async def refuses(statement: str) -> bool:
        try:
            async with kept.transaction():
                await kept.execute(f"set local sojourn.forgetting = '{forgetting}'")
                await kept.execute(statement)
                raise _Done
        except asyncpg.RestrictViolationError:
            return True
        except _Done:
            return False

    for table in KEPT:
        assert await refuses(f"truncate {table} cascade")
        deletes = await refuses(f"delete from {table}")
        assert deletes is not (table == "audit_entry" and forgetting == "on"), table
        when = "recorded_at" if table == "credit_entry" else "at"
        assert await refuses(f"update {table} set {when} = {when} + interval '1 second'"), table
    for column in ("actor_name = 'Eve'", "what = ''||what||'!'", "version = version + 1", "actor_key = null"):
        assert await refuses(f"update order_version set {column}"), column
    for column in ("amount = amount + 1", "reference = 'none'", "taxes = '[1]'"):
        assert await refuses(f"update payment set {column}"), column
    for value in ('value || \'{"total": "0.00"}\'', "value - 'lines'", "value || '{\"lines\": []}'"):
        assert await refuses(f"update order_version set value = {value}"), value
    for emptied in ("actor_name = '', actor_address = ''", "actor_address = ''"):
        assert await refuses(f"update order_version set {emptied}") is (forgetting == "off"), emptied


class _Done(Exception):
    """It was not refused; and is not kept."""


async def emptied(address: str, recorded: str) -> None:
    """Without orders, and with the customers that were made together with some."""
    source, connection = await asyncpg.connect(recorded), await asyncpg.connect(address)
    try:
        await connection.execute("set session_replication_role = replica")  # who owns the server may
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
