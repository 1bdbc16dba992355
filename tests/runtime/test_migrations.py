"""The schema that the migrations make is the one that the entities describe."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

import api.migrations
from api.entities import METADATA
from tests.booking.stored import open_house, order_of, takes


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


async def test_the_migration_to_days_by_the_minute_fills_in_what_was_booked_before(
    engine: AsyncEngine,
) -> None:
    house = await open_house(engine)
    for what in (takes("hall", 20, 30.5), takes("anna", 8, 9.25), takes("anna", 10, 11)):
        await house.keep(order_of(what))
    for places in (1, 3):
        await house.keep(order_of(takes("sauna", 23 - places, 26 + places, "shared", places)))

    def there_and_back(connection: Connection) -> None:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(api.migrations.__path__[0])))
        command.downgrade(config, "0006")
        command.upgrade(config, "0007")

    days = text("select resource_id, day, busy, load from resource_day order by 1, 2")
    async with engine.begin() as connection:
        before = (await connection.execute(days)).all()
        assert len(before) == 7
        await connection.run_sync(there_and_back)
        assert (await connection.execute(days)).all() == before
