"""`sojourn migrate`."""

import asyncio

from api.database import make_engine, open_database, prepare_database
from api.settings import Settings


def migrate(settings: Settings) -> None:
    with open_database(settings) as address:
        asyncio.run(_prepare(address))


async def _prepare(address: str) -> None:
    engine = make_engine(address)
    try:
        await prepare_database(engine)
    finally:
        await engine.dispose()
