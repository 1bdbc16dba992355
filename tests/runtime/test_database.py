"""A database is taken as its owner names it, refused where it could lose bookings, and migrated once."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import check_server, make_engine, migrate, prepare_database
from api.settings import CannotStart


async def value(engine: AsyncEngine, query: str) -> object:
    async with engine.connect() as connection:
        return await connection.scalar(text(query))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
async def test_an_address_serves_in_all_its_spellings(postgres: str, scheme: str) -> None:
    engine = make_engine(postgres.replace("postgresql", scheme, 1))
    assert await value(engine, "select current_setting('timezone')") == "UTC"
    await engine.dispose()


async def test_a_test_has_a_database_of_its_own(engine: AsyncEngine) -> None:
    assert str(await value(engine, "select current_database()")).startswith("test_")
    assert await value(engine, "select count(*) from venue") == 0


async def test_a_server_that_may_lose_bookings_is_refused(empty: AsyncEngine) -> None:
    with pytest.raises(CannotStart, match="fsync and full_page_writes and synchronous_commit off"):
        await check_server(empty)
    await check_server(empty, durable=False)


async def test_processes_that_start_at_once_migrate_one_after_another(empty: AsyncEngine) -> None:
    await asyncio.gather(*(prepare_database(empty, durable=False) for _ in range(4)))
    assert await value(empty, "select count(*) from pg_extension where extname = 'btree_gist'") == 1
    await migrate(empty)


async def test_a_database_of_a_newer_sojourn_is_refused(empty: AsyncEngine) -> None:
    await migrate(empty)
    async with empty.begin() as connection:
        await connection.execute(text("delete from alembic_version"))
        await connection.execute(text("insert into alembic_version values ('of-the-future')"))
    with pytest.raises(CannotStart, match="of a newer Sojourn, which knows of-the-future: install that"):
        await migrate(empty)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://sojourn@127.0.0.1:1/sojourn", "Connect call failed"),
        (
            "postgresql://sojourn:wrong@/postgres?host={folder}",
            'password authentication failed for user "sojourn"',
        ),
        ("{postgres}&port=none", "none"),
    ],
)
async def test_a_database_that_cannot_be_reached_is_said(postgres: str, address: str, said: str) -> None:
    engine = make_engine(address.format(postgres=postgres, folder=postgres.split("host=")[1]))
    with pytest.raises(CannotStart, match=f"^The database does not let us in: .*{said}"):
        await check_server(engine)
