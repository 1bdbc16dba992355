"""Many rows in one statement: they travel as one JSON text, whatever their columns."""

import typing
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import JSON, String, Table, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import Insert


async def write(
    session: AsyncSession,
    entity: type[DeclarativeBase],
    rows: Sequence[dict[str, Any]],
    *,
    over: bool = False,
) -> None:
    """Insert rows that all have the same columns; `over` those that are there, except for `created_at`."""
    if rows:
        statement = _statement(entity, tuple(rows[0]), over)
        await session.execute(statement, {"rows": msgspec.json.encode(rows).decode()})


@lru_cache
def _statement(entity: type[DeclarativeBase], names: tuple[str, ...], over: bool) -> Insert:
    table = typing.cast(Table, entity.__table__)
    typed = [column(name, table.c[name].type) for name in names]
    given = cast(bindparam("rows", type_=String), JSON)
    source = func.json_to_recordset(given).table_valued(*typed).render_derived(with_types=True)
    statement = insert(table).from_select(names, select(*source.c))
    if not over:
        return statement
    keys = [c.name for c in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={n: statement.excluded[n] for n in names if n not in (*keys, "created_at")},
    )
