"""Databases of tests that are over, emptied for the next: a tenth of what making and dropping one costs."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.engine import make_url

USES = 25
"""So many tests in a row have the same one: what was deleted stays in its files."""
_ALONE = "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1"
_EMPTY = """
    do $$ declare name text; begin
        set local session_replication_role = replica;
        for name in select format('%I', tablename) from pg_tables
                    where schemaname = 'public' and tablename <> 'alembic_version' loop
            execute 'delete from ' || name;
        end loop;
    end $$
"""
_SCHEMA = """
    select md5(string_agg(version, '' order by version)) from (
        select oid::text || xmin from pg_class where relnamespace = 'public'::regnamespace
        union all select attrelid::text || attnum || xmin from pg_attribute where attrelid >= 16384
        union all select oid::text || xmin from pg_constraint
        union all select oid::text || xmin from pg_trigger
        union all select oid::text || xmin from pg_proc where pronamespace = 'public'::regnamespace
        union all select version_num from alembic_version
    ) as s (version)
"""


class Databases:
    """Copies of a template on one server, each for one test at a time."""

    def __init__(self, server: str, maintenance: asyncpg.Connection, template: str) -> None:
        self.server, self.maintenance, self.template = server, maintenance, template
        self._uses: dict[str, int] = {}
        self._idle: list[tuple[str, int]] = []
        self._schema: str | None = None

    async def lend(self) -> str:
        """The address of one with the schema and nothing in it, by a name that nobody knows yet."""
        name = f"test_{uuid.uuid4().hex}"
        if self._idle:
            before, self._uses[name] = self._idle.pop()
            await self.maintenance.execute(f"alter database {before} rename to {name}")
            return self._address(name)
        await self.maintenance.execute(f"create database {name} template {self.template} strategy file_copy")
        self._uses[name] = 0
        if self._schema is None:
            async with self._connected(name) as connection:
                self._schema = await connection.fetchval(_SCHEMA)
        return self._address(name)

    async def give_back(self, address: str) -> None:
        """Empties it, or drops it where it was used often or its schema is not what it was."""
        name = make_url(address).database or ""
        uses = self._uses.pop(name) + 1
        if uses < USES and await self._emptied(name):
            self._idle.append((name, uses))
        else:
            await self.maintenance.execute(f"drop database {name} with (force)")

    async def _emptied(self, name: str) -> bool:
        """Whether it could be, and is then like the template again."""
        await self.maintenance.execute(_ALONE, name)
        try:
            async with self._connected(name) as connection:
                if await connection.fetchval(_SCHEMA) != self._schema:
                    return False
                await connection.execute(_EMPTY)
        except asyncpg.PostgresError:  # without the tables, or without who may
            return False
        return True

    @asynccontextmanager
    async def _connected(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._address(name))
        try:
            yield connection
        finally:
            await connection.close()

    def _address(self, name: str) -> str:
        return make_url(self.server).set(database=name).render_as_string(hide_password=False)
