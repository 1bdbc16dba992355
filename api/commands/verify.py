"""`sojourn verify`: whether what is stored is what it should be; nothing is written."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import click
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.commands.catalog import counted
from api.database import connected, head, make_engine, open_database
from api.settings import CannotStart, Settings
from booking.orders import OrderRow
from booking.verifying import orders_amiss
from catalog.queries import load_venue_by_id
from catalog.venues import Venue
from catalog.verifying import Amiss, catalog_amiss
from pricing.sales import SaleRow
from pricing.verifying import money_amiss

SHOWN = 50


def verify(settings: Settings, venue: str | None) -> None:
    """Say what is amiss, with the keys, and end with status 1; or how much was looked at."""
    with open_database(settings) as address:
        found, looked_at = asyncio.run(_verified(address, venue))
    for key, amiss in found.items():
        for what, number in Counter(one.what for one in amiss).items():
            click.echo(f"{key}: {what}: {number} times" if number > 1 else f"{key}: {what}")
            for one in [one for one in amiss if one.what == what][:SHOWN]:
                click.echo(f"    {one.key}")
            if number > SHOWN:
                click.echo(f"    and {number - SHOWN} more")
    if found:
        raise click.ClickException(f"Amiss in {counted(len(found), 'venue')}; nothing was changed.")
    click.echo(f"Sound: {looked_at}.")


async def _verified(address: str, key: str | None) -> tuple[dict[str, list[Amiss]], str]:
    engine = make_engine(address, pool_size=2)
    try:
        async with connected(engine) as connection:
            revision = await connection.scalar(text("select version_num from alembic_version"))
        if revision != head():
            raise CannotStart(f"The database is of schema {revision}, not {head()}: migrate it first.")
        return await amiss(engine, key)
    finally:
        await engine.dispose()


async def amiss(engine: AsyncEngine, key: str | None = None) -> tuple[dict[str, list[Amiss]], str]:
    """What is amiss by the keys of venues, of one or all; and in a phrase, how much was looked at."""
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    async with AsyncSession(reading) as session:
        wanted = select(Venue.id, Venue.key).order_by(Venue.key)
        venues = (await session.execute(wanted if key is None else wanted.where(Venue.key == key))).all()
    if key is not None and not venues:
        raise CannotStart(f"There is no venue '{key}'.")
    found: dict[str, list[Amiss]] = {}
    looked_at: Counter[str] = Counter()
    for venue_id, venue_key in venues:
        async with AsyncSession(reading) as session:  # one moment of the venue, whatever is booked meanwhile
            for one in [one async for one in _of(session, venue_id)]:
                found.setdefault(venue_key, []).append(one)
            for noun, entity in (("order", OrderRow), ("sale", SaleRow)):
                number = select(func.count()).select_from(entity).where(entity.venue_id == venue_id)
                looked_at[noun] += await session.scalar(number) or 0
    said = ", ".join(counted(looked_at[noun], noun) for noun in ("order", "sale"))
    return found, f"{counted(len(venues), 'venue')}, {said}"


async def _of(session: AsyncSession, venue_id: uuid.UUID) -> AsyncIterator[Amiss]:
    venue = await load_venue_by_id(session, venue_id)
    for look in (
        catalog_amiss(session, venue.id),
        money_amiss(session, venue.id),
        orders_amiss(session, venue),
    ):
        async for one in look:
            yield one
