"""Limits that hold for all servers together, and what is kept and written of who asks."""

import httpx
import pytest
import structlog
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from api.errors import TooMany
from api.limits import Allowance, Throttle
from api.people.stored import BucketRow

FEW = Allowance(3, 60.0, "Wait.")


async def test_what_one_server_counts_another_one_knows(engine: AsyncEngine) -> None:
    sessions = async_sessionmaker(engine)
    here, there = Throttle(sessions), Throttle(sessions)
    assert [await throttle.admit("ada", FEW) for throttle in (here, there, here)] == [2, 1, 0]
    for throttle in (there, here, there):
        with pytest.raises(TooMany) as told:
            await throttle.admit("ada", FEW)
        assert 50 <= told.value.seconds <= 60
    assert await there.admit("bo", FEW) == 2
    async with sessions.begin() as session:
        await here.forgive(session, "ada")
    assert await Throttle(sessions).admit("ada", FEW) == 2


async def test_the_token_of_a_feed_is_found_by_the_database_and_stands_in_no_log(
    app: Litestar, spa: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """Equality is an index's to find; what is compared byte by byte would tell how much of it was right."""
    made = (await spa.post("/v1/venues/spa/feeds", json={"kind": "venue"})).json()
    token = made["url"].rpartition("/")[2].removesuffix(".ics")
    wrong = token[:-2] + ("xx" if token[-2:] != "xx" else "yy")
    with structlog.testing.capture_logs() as logged:
        assert (await spa.get(f"/ical/{token}.ics")).status_code == 200
        assert (await spa.get(f"/ical/{wrong}.ics")).status_code == 404
        assert (await spa.get(f"/my/{token}")).status_code == 404
    out, err = capfd.readouterr()
    async with app.state.desk.sessions() as session:
        counted = str((await session.scalars(select(BucketRow.who))).all())
    for said in (str(logged), out, err, counted):
        assert token not in said
        assert wrong not in said
