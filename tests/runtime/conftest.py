"""A database before Sojourn."""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from api.database import make_engine


@pytest.fixture
async def empty(postgres: str, maintenance: asyncpg.Connection) -> AsyncIterator[AsyncEngine]:
    """An engine on a database with nothing in it, not even a schema."""
    name = f"empty_{uuid.uuid4().hex}"
    await maintenance.execute(f"create database {name}")
    engine = make_engine(make_url(postgres).set(database=name).render_as_string(hide_password=False))
    yield engine
    await engine.dispose()
    await maintenance.execute(f"drop database {name} with (force)")
