"""Many rows of several tables in one statement: they travel as JSON texts, whatever their columns."""

import typing
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import JSON, Select, String, Table, bindparam, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import Insert


class Rows(NamedTuple):
    """Rows of one table that all have the same columns; `over` those that are there, but for `created_at`."""

    entity: type[DeclarativeBase]
    rows: Sequence[dict[str, Any]]
    over: bool = False


async def write(session: AsyncSession, *tables: Rows) -> None:
    """Insert the rows of several tables: what refers to what is checked when all are there."""
    given = [t for t in tables if t.rows]
    if given:
        statement = _statement(tuple((t.entity, tuple(t.rows[0]), t.over) for t in given))
        texts = {f"rows_{n}": msgspec.json.encode(t.rows).decode() for n, t in enumerate(given)}
        await session.execute(statement, texts)


@lru_cache
def _statement(tables: tuple[tuple[type[DeclarativeBase], tuple[str, ...], bool], ...]) -> Select[int]:
    inserts = [_insert(f"rows_{n}", *table) for n, table in enumerate(tables)]
    ctes = [one.cte(f"written_{n}") for n, one in enumerate(inserts)]
    return select(literal_column("1")).add_cte(*ctes)


def _insert(name: str, entity: type[DeclarativeBase], names: tuple[str, ...], over: bool) -> Insert:
    table = typing.cast(Table, entity.__table__)
    typed = [column(name, table.c[name].type) for name in names]
    given = cast(bindparam(name, type_=String), JSON)
    source = func.json_to_recordset(given).table_valued(*typed).render_derived(with_types=True)
    statement = insert(table).from_select(names, select(*source.c))
    if not over:
        return statement
    keys = [c.name for c in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys,
        set_={n: statement.excluded[n] for n in names if n not in (*keys, "created_at")},
    )
