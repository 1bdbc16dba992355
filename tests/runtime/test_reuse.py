"""A test finds nothing of those before it in its database."""

import asyncpg

from tests.reuse import Databases

ORGANISATION = (
    "insert into organisation (id, key, name, created_at) values (gen_random_uuid(), 'left', 'Left', now())"
)


async def at(address: str, statement: str) -> object:
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_what_is_given_back_is_empty_when_it_is_lent_again(
    postgres: str, maintenance: asyncpg.Connection
) -> None:
    databases = Databases(postgres, maintenance, "template_of_tests")
    first = await databases.lend()
    oid = await at(first, "select oid from pg_database where datname = current_database()")
    await at(first, ORGANISATION)
    stays = await asyncpg.connect(first)
    await databases.give_back(first)
    second = await databases.lend()
    assert await at(second, "select oid from pg_database where datname = current_database()") == oid
    assert second != first
    assert await at(second, "select count(*) from organisation") == 0
    assert stays.is_closed()
    await maintenance.execute(f'drop database "{second.rpartition("/")[2].partition("?")[0]}" with (force)')


async def test_what_lost_its_guard_is_lent_to_nobody(postgres: str, maintenance: asyncpg.Connection) -> None:
    databases = Databases(postgres, maintenance, "template_of_tests")
    first = await databases.lend()
    await at(first, "alter table allocation drop constraint allocation_guard")
    oid = await at(first, "select oid from pg_database where datname = current_database()")
    await databases.give_back(first)
    found = await maintenance.fetchval("select count(*) from pg_database where oid = $1", oid)
    assert found == 0
