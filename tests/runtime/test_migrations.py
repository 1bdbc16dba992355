"""The schema that the migrations make is the one that the entities describe."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.entities import METADATA


async def test_the_migrations_make_what_the_entities_describe(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_migrations_make_the_guard(engine: AsyncEngine) -> None:
    """What alembic does not compare: without it a double booking would be possible."""
    guards = text("select pg_get_constraintdef(oid) from pg_constraint where contype = 'x'")
    async with engine.connect() as connection:
        found = (await connection.scalars(guards)).all()
    assert any(
        "venue_id WITH =, resource_id WITH =, during WITH &&, places WITH &&" in guard for guard in found
    )
