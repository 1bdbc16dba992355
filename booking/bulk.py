"""Many rows of several tables in one statement: they travel as JSON texts, whatever their columns."""

import typing
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import JSON, Select, String, Table, bindparam, cast, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import Insert

CHANNEL = "sojourn"
"""The channel that is notified, with the venue's id, when events of a venue are committed."""


class Rows(NamedTuple):
    """Rows of one table that all have the same columns; `over` those that are there, but for `created_at`,
    of which the column `counted` rises by one.
    """

    entity: type[DeclarativeBase]
    rows: Sequence[dict[str, Any]]
    over: bool = False
    counted: str | None = None


async def write(session: AsyncSession, *tables: Rows, wake: uuid.UUID | None = None) -> None:
    """Insert the rows of several tables: what refers to what is checked when all are there.

    With `wake`, a venue, those who listen for its events are woken when the transaction commits.
    """
    given = [t for t in tables if t.rows]
    if given:
        texts = {f"rows_{n}": msgspec.json.encode(t.rows).decode() for n, t in enumerate(given)}
        whom = {} if wake is None else {"channel": CHANNEL, "whom": str(wake)}
        await session.execute(statement(given, wakes=bool(whom)), texts | whom)


def statement(tables: Sequence[Rows], *, wakes: bool = False) -> Select[Any]:
    """What writes such rows, of each table at least one: the rows of table n as the text `rows_n`."""
    return _statement(tuple((t.entity, tuple(t.rows[0]), t.over, t.counted) for t in tables), wakes)


@lru_cache
def _statement(
    tables: tuple[tuple[type[DeclarativeBase], tuple[str, ...], bool, str | None], ...], wakes: bool
) -> Select[Any]:
    inserts = [_insert(f"rows_{n}", *table) for n, table in enumerate(tables)]
    ctes = [one.cte(f"written_{n}") for n, one in enumerate(inserts)]
    done = func.pg_notify(bindparam("channel"), bindparam("whom")) if wakes else literal_column("1")
    return select(done).add_cte(*ctes)


def _insert(
    name: str, entity: type[DeclarativeBase], names: tuple[str, ...], over: bool, counted: str | None
) -> Insert:
    table = typing.cast(Table, entity.__table__)
    typed = [column(name, table.c[name].type) for name in names]
    sent = bindparam(name, type_=String)
    if any(isinstance(one.type, JSONB) for one in typed):  # or the value of a version would be read twice
        given = func.jsonb_to_recordset(cast(sent, JSONB))
    else:  # as it stands: less work than to make JSONB of it first
        given = func.json_to_recordset(cast(sent, JSON))
    source = given.table_valued(*typed).render_derived(with_types=True)
    statement = insert(table).from_select(names, select(*source.c))
    if not over:
        return statement
    keys = [c.name for c in table.primary_key]
    new: dict[str, Any] = {n: statement.excluded[n] for n in names if n not in (*keys, "created_at")}
    if counted is not None:
        new[counted] = table.c[counted] + 1
    return statement.on_conflict_do_update(index_elements=keys, set_=new)
