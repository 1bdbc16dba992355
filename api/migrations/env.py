"""Run by alembic: on the connection that `api.database.migrate` gives, or, for `alembic revision
--autogenerate` and its like, on the database of the settings."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from api.database import make_engine, open_database
from api.entities import METADATA
from api.settings import read_settings


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA)
    with context.begin_transaction():
        context.run_migrations()


async def run_on(address: str) -> None:
    engine = make_engine(address)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if given := context.config.attributes.get("connection"):
    run(given)
else:
    with open_database(read_settings()) as database:
        asyncio.run(run_on(database))
