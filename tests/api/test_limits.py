"""Limits that hold for all servers together, and what is kept and written of who asks."""

import httpx
import pytest
import structlog
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from api.errors import NoKey, TooMany
from api.limits import Allowance, Throttle
from api.people import sessions as signing_in
from api.people.audit import Who
from api.people.passwords import Passwords
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


class Wrong(Passwords):
    """None is right, at no cost."""

    async def matches(self, stored: str | None, password: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("addresses", "people"),
    [
        (("192.0.2.1", "198.51.100.2", "203.0.113.3", "2001:db8::4"), ("ada",)),
        (("192.0.2.1",), ("ada", "bo", "carl", "dora")),
        (("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::2", "2001:db8:1:2::3"), ("ada",)),
    ],
    ids=["one person from everywhere", "everybody from one address", "from a network of one's own"],
)
async def test_guessing_ends_whoever_is_guessed_at_and_from_wherever(
    engine: AsyncEngine,
    monkeypatch: pytest.MonkeyPatch,
    addresses: tuple[str, ...],
    people: tuple[str, ...],
) -> None:
    """Three attempts in place of sixty; what is counted for a person at one address does not matter here."""
    is_network = addresses[0].startswith("2001") or len(people) > 1
    least, most = ("ANYBODY", "ANYWHERE") if is_network else ("ANYWHERE", "ANYBODY")
    monkeypatch.setattr(signing_in, least, FEW)
    monkeypatch.setattr(signing_in, most, Allowance(100, 60.0, "Wait."))
    sessions = async_sessionmaker(engine)

    async def attempt(n: int) -> None:
        await signing_in.check_sign_in(
            sessions,
            Throttle(sessions),
            Wrong(),
            Who(address=addresses[n % len(addresses)]),
            organisation="default",
            email=f"{people[n % len(people)]}@spa.example",
            password="a guess",
        )

    for n in range(FEW.burst):
        with pytest.raises(NoKey):
            await attempt(n)
    with pytest.raises(TooMany):
        await attempt(FEW.burst)


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
