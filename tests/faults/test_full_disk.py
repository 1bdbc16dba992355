"""A disk that is really full: the database lies on a small file system, which something else fills.

Mounting one takes root; where it may not, the test says so and is left out. What a disk that is full at the
COMMIT does to every operation, `test_lost_answers` tries.
"""

import asyncio
import os
import shutil
import subprocess
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from api.app import create_app
from api.postmaster import Postmaster
from api.programs import Programs
from tests.api.conftest import running
from tests.faults.acting import SETTINGS, client
from tests.faults.conftest import at_database
from tests.faults.operations import VENUE, at
from tests.solving import InThisProcess
from tests.walks.documents import spa
from tests.walks.server import House, SojournServer

MEGABYTES = 40
MOST = 400  # bookings until nothing more fits


@dataclass(frozen=True)
class Disk:
    """Of which a database takes what it needs."""

    folder: Path
    address: str = ""

    def fill(self) -> None:
        """Something else takes all that is left."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast:
            block = bytes(1 << 16)
            with suppress(OSError):
                while ballast.write(block):
                    pass

    def make_room(self) -> None:
        (self.folder / "ballast").unlink()


def small(folder: Path, megabytes: int) -> None:
    """Puts a file system of that size there; skips the test where that is not permitted."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(folder)]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        folder.rmdir()
        pytest.skip("no file system can be mounted here: it takes root, and the right to")


@pytest.fixture
async def disk(
    postgres: str, maintenance: asyncpg.Connection, furnished: tuple[str, str]
) -> AsyncIterator[Disk]:
    folder = Path("/var/tmp") / f"sojourn-full-{uuid.uuid4().hex[:12]}"
    folder.mkdir()
    small(folder, MEGABYTES)
    name = f"full_{uuid.uuid4().hex}"
    try:
        owner = Programs().owner
        (folder / "data").mkdir()
        if owner is not None:
            os.chown(folder / "data", *owner)
        await maintenance.execute(f"create tablespace {name} location '{folder / 'data'}'")
        await maintenance.execute(
            f"create database {name} template {furnished[0]} tablespace {name} strategy file_copy"
        )
        yield Disk(folder, at_database(postgres, name))
        await maintenance.execute(f"drop database {name} with (force)")
        await maintenance.execute(f"drop tablespace {name}")
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


async def book(desk: httpx.AsyncClient, number: int) -> httpx.Response:
    """Another massage each time, under a key of its own."""
    body = {"product": "massage", "start": at(8 + number % 12, 20 + number // 12), "note": "x" * 2000}
    headers = {"Idempotency-Key": f"full-{number}"}
    return await desk.post(f"/v1/venues/{VENUE}/orders", json=body, headers=headers)


async def all_orders(desk: httpx.AsyncClient) -> int:
    """As many as can be read; that they can be read is looked at too."""
    count, after = 0, ""
    while after is not None:
        page = await desk.get(f"/v1/venues/{VENUE}/orders?limit=500{after and f'&after={after}'}")
        assert page.status_code == 200, page.text
        count, after = count + len(page.json()["items"]), page.json()["next"]
    return count


async def test_on_a_full_disk_nothing_is_half_written_reads_go_on_and_all_goes_on_when_there_is_room(
    disk: Disk,
) -> None:
    app = create_app(SETTINGS, disk.address, solvers=InThisProcess())
    async with running(app), client(app) as desk:
        before = await all_orders(desk)
        disk.fill()
        answers: dict[int, httpx.Response] = {}
        refused: list[int] = []
        while len(refused) < 5 and len(answers) < MOST:
            number = len(answers)
            answers[number] = await book(desk, number)
            if answers[number].status_code == 503:
                refused.append(number)
        assert len(refused) == 5
        assert set(Counter(a.status_code for a in answers.values())) <= {201, 503}
        for number in refused:
            assert int(answers[number].headers["retry-after"]) > 0
            assert "disk" in answers[number].json()["detail"]
        assert await all_orders(desk) == before + len(answers) - len(refused)
        for address in ("catalog", f"calendar?from={at(8)}&to={at(20, 3)}", "feeds", "customers"):
            assert (await desk.get(f"/v1/venues/{VENUE}/{address}")).status_code == 200
        disk.make_room()
        for number in refused:
            again = await book(desk, number)
            assert again.status_code == 201, again.text
        assert await all_orders(desk) == before + len(answers)


@pytest.mark.skipif(
    not os.environ.get("SOJOURN_TEST_EVERYTHING"), reason="of `make chaos`: it takes a server"
)
def test_when_the_write_ahead_log_finds_no_room_postgresql_ends_and_comes_back_by_itself() -> None:
    """Nothing can be read meanwhile either: PostgreSQL stops rather than lose what it has acknowledged."""
    server = SojournServer()
    small(server.data, 160)
    try:
        server.start()
        with server.client() as client:
            house = House(server, client, "full")
            house.read_in(spa())
            booked = house.book(product="massage", start="2027-06-12T10:00")
            disk = Disk(server.data)
            disk.fill()
            asyncio.run(exhaust(server.data / "postgresql"))
            for _ in range(20):
                for answer in (
                    client.post(
                        f"{house.path}/orders", json={"product": "massage", "start": "2027-06-13T10:00"}
                    ),
                    client.get(f"{house.path}/orders"),
                ):
                    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
            disk.make_room()
            server.wait_until_ready()
            assert [order["id"] for order in house.orders()] == [booked["id"]]
            house.book(product="massage", start="2027-06-13T10:00")
    finally:
        server.stop()
        subprocess.run(["umount", "--lazy", str(server.data)], check=True)
        server.data.rmdir()


async def exhaust(home: Path) -> None:
    """Writes to the log until it cannot be written."""
    postmaster = Postmaster((home / "postgres").resolve() / "data")
    password = (home / "password").read_text()
    folder = str(postmaster.socket_folder)
    connection = await asyncpg.connect(user="sojourn", password=password, database="postgres", host=folder)
    with suppress(asyncpg.PostgresError, ConnectionError, asyncpg.InterfaceError):
        while True:
            await connection.execute("select pg_logical_emit_message(false, 'full', repeat('x', 1000000))")
            await connection.execute("select pg_switch_wal()")
