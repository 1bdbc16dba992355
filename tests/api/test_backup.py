"""A backup that is made while the house books is one moment of it, and is restored whole or not at all."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar
from sqlalchemy.engine import make_url

from api.app import create_app
from api.commands.backup import backup, restore
from api.settings import CannotStart, Settings
from booking.solvers import Solvers
from tests.api.conftest import ADMIN, running

Rows = list[asyncpg.Record]
HOURS = range(9, 19)


@pytest.fixture
async def fresh(postgres: str, maintenance: asyncpg.Connection) -> AsyncIterator[str]:
    """The address of a database without anything in it."""
    name = f"fresh_{uuid.uuid4().hex}"
    await maintenance.execute(f"create database {name}")
    yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    await maintenance.execute(f"drop database {name} with (force)")


async def backed_up(database: str, path: Path, **how: bool) -> None:
    await asyncio.to_thread(backup, Settings(database_url=database), path, **{"overwrite": False, **how})


async def restored(database: str, path: Path, **how: bool) -> None:
    await asyncio.to_thread(restore, Settings(database_url=database), path, **{"replace": False, **how})


async def ask(database: str, query: str) -> Rows:
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetch(query)  # type: ignore[no-any-return]
    finally:
        await connection.close()


async def book_and_change(spa: httpx.AsyncClient, day: int, over: asyncio.Event) -> None:
    """Books through a day, then cancels and changes, until it is over."""
    while not over.is_set():
        made = []
        for hour in HOURS:
            body = {
                "package": "spa-day",
                "participants": 1 + hour % 2,
                "start": f"2027-05-{day:02}T{hour:02}:00",
            }
            answer = await spa.post("/v1/venues/spa/orders", json=body)
            assert answer.status_code in (201, 409), answer.text
            if answer.status_code == 201:
                made.append(answer.json()["id"])
        for n, order in enumerate(made):
            if n % 3:
                await spa.post(f"/v1/orders/{order}/cancel")
            else:
                await spa.patch(f"/v1/orders/{order}", json={"participants": 1})


async def is_one_moment_of(copy: str, original: str) -> None:
    """What the copy holds is what the original held when the copy's last event was committed."""
    (counter,) = await ask(copy, "select last_order, last_event from venue_counter")
    orders = await ask(copy, "select * from orders order by number")
    assert [order["number"] for order in orders] == list(range(1, counter["last_order"] + 1))
    events = "select seq, kind, order_id, data from event where seq <= {} order by seq"
    kept = await ask(copy, events.format(2**60))
    assert [event["seq"] for event in kept] == list(range(1, counter["last_event"] + 1))
    assert kept == await ask(original, events.format(counter["last_event"]))
    told = (
        "select order_id, max((data->>'version')::int) as version from event"
        f" where order_id is not null and seq <= {counter['last_event']} group by 1"
    )
    then = {row["order_id"]: row["version"] for row in await ask(original, told)}
    assert {order["id"]: order["version"] for order in orders} == then
    versions = "select order_id, version, what, value from order_version order by 1, 2"
    at_that_time = [
        row for row in await ask(original, versions) if row["version"] <= then.get(row["order_id"], 0)
    ]
    assert await ask(copy, versions) == at_that_time

    owed = "select order_id, sum(amount) as amount from charge group by 1 order by 1"
    assert {row["order_id"]: row["amount"] for row in await ask(copy, owed)} == {
        order["id"]: order["total"] for order in orders
    }
    rows = await ask(copy, "select order_id, count(*) as held from allocation group by 1")
    held = "select count(*) from jsonb_path_query(value, '$.lines[*].bookings[*].allocations[*]')"
    in_values = (
        f"select o.id, ({held}) as held from orders o join order_version v"
        " on v.order_id = o.id and v.version = o.version and v.venue_id = o.venue_id"
    )
    assert {r["order_id"]: r["held"] for r in rows} == {
        r["id"]: r["held"] for r in await ask(copy, in_values) if r["held"]
    }


async def test_a_backup_amid_bookings_is_one_moment_of_the_house(
    spa: httpx.AsyncClient, database: str, fresh: str, tmp_path: Path
) -> None:
    over = asyncio.Event()
    desks = [asyncio.create_task(book_and_change(spa, day, over)) for day in (3, 4, 4)]
    await asyncio.wait(desks, timeout=1)
    await backed_up(database, tmp_path / "house")
    over.set()
    await asyncio.gather(*desks)
    await restored(fresh, tmp_path / "house")
    await is_one_moment_of(fresh, database)
    (then,), (now,) = [await ask(it, "select last_event from venue_counter") for it in (fresh, database)]
    assert then[0] < now[0], "nothing was booked meanwhile"


async def test_a_restored_house_goes_on_as_the_one_that_was_backed_up(
    spa: httpx.AsyncClient, database: str, fresh: str, tmp_path: Path, solvers: Solvers
) -> None:
    """With its keys, its guard, the same slots, and the next order's number."""
    body = {"package": "spa-day", "participants": 2, "start": "2027-05-03T10:00"}
    assert (await spa.post("/v1/venues/spa/orders", json=body)).status_code == 201
    await backed_up(database, tmp_path / "house")
    await restored(fresh, tmp_path / "house")
    constraints = "select conname, contype from pg_constraint where conname like '%\\_%' order by 1"
    guard = "select pg_get_constraintdef(oid) from pg_constraint where contype = 'x'"
    for query in (constraints, guard):
        assert await ask(fresh, query) == await ask(database, query) != []
    app = create_app(Settings(admin_key=ADMIN, jobs=False), fresh, solvers=solvers)
    async with running(app), client_of(app) as copy:
        asked = {"from": "2027-05-03", "to": "2027-05-04", "participants": 1}
        slots = "/v1/venues/spa/packages/spa-day/slots"
        assert (await copy.get(slots, params=asked)).json() == (await spa.get(slots, params=asked)).json()
        again = await copy.post("/v1/venues/spa/orders", json=body)
        assert (again.status_code, bool(again.json()["reasons"])) == (409, True)
        other = await copy.post("/v1/venues/spa/orders", json={**body, "start": "2027-05-03T12:00"})
        assert (other.status_code, other.json()["number"]) == (201, 2)


def client_of(app: Litestar) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {ADMIN}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://copy.test", headers=headers)


async def test_a_database_that_holds_something_is_not_written_over_unasked(
    spa: httpx.AsyncClient, database: str, fresh: str, tmp_path: Path
) -> None:
    await backed_up(database, tmp_path / "one")
    await restored(fresh, tmp_path / "one")
    with pytest.raises(CannotStart, match=r"is not empty \(it has .*--replace"):
        await restored(fresh, tmp_path / "one")
    answer = await spa.post("/v1/venues/spa/orders", json={"product": "cava", "start": "2027-05-03T10:00"})
    assert answer.status_code == 201, answer.text
    with pytest.raises(CannotStart, match=r"exists: name another file, or say --overwrite"):
        await backed_up(database, tmp_path / "one")
    await backed_up(database, tmp_path / "one", overwrite=True)
    await restored(fresh, tmp_path / "one", replace=True)
    assert len(await ask(fresh, "select 1 from orders")) == 1


async def test_a_house_that_is_open_is_not_written_over(
    spa: httpx.AsyncClient, database: str, tmp_path: Path
) -> None:
    await backed_up(database, tmp_path / "one")
    with pytest.raises(CannotStart, match=r"Others are connected .* stop all servers and workers first"):
        await restored(database, tmp_path / "one", replace=True)


@pytest.mark.parametrize("damage", ["truncated", "altered", "something else"])
async def test_of_a_damaged_backup_nothing_is_restored(
    database: str, fresh: str, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "house"
    await backed_up(database, file)
    whole: Any = file.read_bytes()
    middle = whole.rindex(b"\x78\x9c") + 8  # in what is packed last
    damaged = {
        "truncated": whole[:-100],
        "altered": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
        "something else": b"minutes of the last meeting",
    }
    file.write_bytes(damaged[damage])
    with pytest.raises(CannotStart, match=r"house is no whole backup: \S"):
        await restored(fresh, file)
    assert await ask(fresh, "select 1 from pg_class where relnamespace = 'public'::regnamespace") == []


async def test_a_restore_that_fails_halfway_changes_nothing(
    spa: httpx.AsyncClient, database: str, fresh: str, tmp_path: Path
) -> None:
    """A view of somebody's in the way: the tables beneath it went first."""
    await backed_up(database, tmp_path / "house")
    connection = await asyncpg.connect(fresh)
    await connection.execute("create table theirs (n int); insert into theirs values (7)")
    await connection.execute("create view venue as select 1 as id")
    await connection.close()
    with pytest.raises(
        CannotStart, match=r"Nothing was restored, and nothing changed: relation .venue. already"
    ):
        await restored(fresh, tmp_path / "house", replace=True)
    assert (await ask(fresh, "select n from theirs"))[0]["n"] == 7


async def test_the_password_of_the_database_stands_in_no_command_line(
    spa: httpx.AsyncClient, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    started: list[list[str]] = []
    real = subprocess.Popen.__init__

    def noted(self: Any, args: Any, *rest: Any, **named: Any) -> None:
        started.append([str(word) for word in args])
        real(self, args, *rest, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    await backed_up(database, tmp_path / "house")
    password = make_url(database).password
    assert password
    assert any("pg_dump" in command[0] for command in started)
    assert not any(str(password) in word for command in started for word in command)
    assert (tmp_path / "house").stat().st_mode & 0o777 == 0o600
