"""The embedded PostgreSQL: made once, shared, stopped by the last, and back after whatever was killed."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from api.embedded import EmbeddedPostgres
from api.postmaster import Postmaster
from api.settings import CannotStart

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="of root alone")

USER = """
import sys
from pathlib import Path
from api.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
print(postgres.start(), flush=True)
sys.stdin.read()
print(postgres.stop(), flush=True)
"""


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """One that any user may enter, unlike those of pytest: root runs PostgreSQL as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="sojourn-home-"))
    folder.chmod(0o755)
    yield folder
    for gate in folder.rglob("gate.lock"):
        EmbeddedPostgres(gate.parent).stop()
    shutil.rmtree(folder)


@pytest.fixture
def new_home() -> Iterator[Path]:
    """Not yet there."""
    with folder_for_all() as folder:
        yield folder / "home"


@pytest.fixture(scope="module")
def used_home() -> Iterator[Path]:
    with folder_for_all() as folder:
        with embedded(folder / "home"):
            pass
        yield folder / "home"


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    """Of a server that ran before. The tests share it, and leave it as it was."""
    yield used_home
    EmbeddedPostgres(used_home).stop()


@pytest.fixture
def copied_home(new_home: Path, home: Path) -> Path:
    """Of a server that ran before, to be spoilt."""
    subprocess.run(["cp", "-a", home, new_home], check=True)
    return new_home


def embedded(home: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(home, durable=False)


def another_process(home: Path) -> subprocess.Popen[str]:
    """One that uses the server until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def data_of(home: Path) -> Path:
    return (home / "postgres").resolve() / "data"


def server_of(home: Path) -> psutil.Process | None:
    file = data_of(home) / "postmaster.pid"
    return psutil.Process(int(file.read_text().split()[0])) if file.exists() else None


def kill(process: psutil.Process | subprocess.Popen[str] | None) -> None:
    assert process is not None
    process.send_signal(signal.SIGKILL)
    process.wait()


async def ask(address: str, query: str) -> object:
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_is_kept_is_there_at_the_next_start(new_home: Path) -> None:
    postgres = EmbeddedPostgres(new_home)
    address = postgres.start()
    await ask(address, "create table kept as select 7 as number")
    assert await ask(address, "select lower('ÅSA')") == "åsa"
    assert await ask(address, "show fsync") == "on"
    assert await ask(address, "show synchronous_commit") == "on"
    assert await ask(address, "show data_checksums") == "on"
    assert await ask(address, "show listen_addresses") == ""
    assert postgres.stop()
    assert server_of(new_home) is None
    with EmbeddedPostgres(new_home) as address:
        assert await ask(address, "select number from kept") == 7


async def test_processes_of_one_home_share_a_server_and_the_last_stops_it(new_home: Path) -> None:
    others = [another_process(new_home) for _ in range(3)]  # at once, and none of them made the home before
    addresses = {other.stdout.readline().strip() for other in others if other.stdout}
    postgres = embedded(new_home)
    assert addresses == {postgres.start()}
    answers = [other.communicate()[0].strip() for other in others]
    assert answers == ["False"] * 3
    assert await ask(postgres.url, "select 1") == 1
    assert postgres.stop()
    assert server_of(new_home) is None


def test_two_homes_have_two_servers(home: Path, copied_home: Path) -> None:
    with embedded(home) as one, embedded(copied_home) as two:
        assert one != two
        assert server_of(home) != server_of(copied_home)


def test_a_server_whose_user_was_killed_is_taken_over(home: Path) -> None:
    other = another_process(home)
    assert other.stdout
    address = other.stdout.readline().strip()
    kill(other)
    orphan = server_of(home)
    assert orphan is not None
    postgres = embedded(home)
    assert postgres.start() == address
    assert server_of(home) == orphan
    assert postgres.stop()
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE  # where nobody buries orphans


async def test_a_killed_server_starts_again_with_all_that_was_committed(home: Path) -> None:
    postgres = EmbeddedPostgres(home)
    address = postgres.start()
    await ask(address, "create table kept as select 7 as number")
    kill(server_of(home))
    again = embedded(home)
    assert await ask(again.start(), "select number from kept") == 7
    postgres.stop()
    again.stop()


async def test_backends_that_lost_their_server_do_not_keep_the_next_from_starting(home: Path) -> None:
    postgres = embedded(home)
    connection = await asyncpg.connect(postgres.start())
    kill(server_of(home))
    again = embedded(home)
    assert await ask(again.start(), "select 1") == 1
    connection.terminate()
    postgres.stop()
    again.stop()


async def test_a_server_that_is_killed_while_it_is_used_is_started_again_at_the_same_address(
    home: Path,
) -> None:
    """And again, as often as it is; whoever stops using it is not kept waiting, and starts none."""
    postgres = EmbeddedPostgres(home)
    address = postgres.start()
    postgres.keep_running()
    await ask(address, "create table if not exists kept_running as select 0 as number")
    for number in (1, 2):
        await ask(address, f"update kept_running set number = {number}")
        kill(server_of(home))
        until = time.monotonic() + 20
        while True:
            try:
                assert await ask(address, "select number from kept_running") == number
                break
            except (OSError, asyncpg.PostgresError):
                assert time.monotonic() < until
                await asyncio.sleep(0.05)
    assert postgres.url == address
    assert postgres.stop()
    assert server_of(home) is None


@pytest.mark.parametrize(
    "pid", [None, os.getpid(), os.getppid(), 2**22 - 3], ids=["empty", "ours", "other", "none"]
)
def test_a_stale_pid_file_does_not_keep_the_server_from_starting(home: Path, pid: int | None) -> None:
    postgres = embedded(home)
    postgres.start()
    file = data_of(home) / "postmaster.pid"
    left = file.read_text().splitlines()
    server = server_of(home)
    kill(server)
    file.write_text("\n".join([str(pid), *left[1:], ""]) if pid else "")
    postgres.start()
    assert server_of(home) != server
    assert postgres.stop()


async def test_nobody_enters_without_the_password(home: Path) -> None:
    with embedded(home) as address:
        folder = address.split("host=")[1]
        for password in (None, "", "guessed"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(host=folder, user="sojourn", database="postgres", password=password)
    assert (home / "password").stat().st_mode & 0o777 == 0o600
    assert (home / "gate.lock").stat().st_mode & 0o777 == 0o600
    assert (home / "postgres").stat().st_mode & 0o777 == 0o700


def test_the_interrupt_key_of_the_terminal_is_not_for_postgres(home: Path) -> None:
    with embedded(home):
        server = server_of(home)
        assert server is not None
        assert os.getsid(server.pid) != os.getsid(0)


async def test_a_home_of_a_long_path_has_its_socket_elsewhere(copied_home: Path) -> None:
    deep = copied_home.parent / ("a-long-name-" * 6) / ("another-long-name-" * 4)
    deep.parent.mkdir()
    copied_home.rename(deep)
    postgres = embedded(deep)
    address = postgres.start()
    assert await ask(address, "select 1") == 1
    folder = Postmaster(data_of(deep)).socket_folder
    assert folder is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    postgres.stop()
    assert not folder.exists()


def test_a_database_of_another_version_is_refused(copied_home: Path) -> None:
    (data_of(copied_home) / "PG_VERSION").write_text("15\n")
    with pytest.raises(CannotStart, match=r"is of PostgreSQL 15, and this is \d\d\.$"):
        embedded(copied_home).start()


def test_a_folder_of_other_things_is_refused_and_left_alone(new_home: Path) -> None:
    new_home.mkdir()
    (new_home / "holiday.jpg").touch()
    with pytest.raises(CannotStart, match=r"holds other things \(holiday.jpg\): name an empty folder"):
        embedded(new_home).start()
    assert [path.name for path in new_home.iterdir()] == ["holiday.jpg"]


def test_a_file_in_the_place_of_the_home_is_refused(new_home: Path) -> None:
    new_home.touch()
    with pytest.raises(CannotStart, match=f"{new_home} does not serve for data"):
        embedded(new_home).start()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_refused(new_home: Path) -> None:
    new_home.mkdir(mode=0o500)
    with pytest.raises(CannotStart, match=r"This user may not write .* SOJOURN_DATA_DIR"):
        embedded(new_home).start()


def test_a_lost_password_is_said(home: Path) -> None:
    (home / "password").rename(home / "lost")
    with pytest.raises(CannotStart, match="password is gone"):
        embedded(home).start()
    (home / "lost").rename(home / "password")


@as_root
async def test_root_puts_the_data_where_the_user_of_postgres_can_reach_it(new_home: Path) -> None:
    closed = new_home / "root" / "sojourn"
    new_home.mkdir()
    (new_home / "root").mkdir(mode=0o700)
    with embedded(closed) as address:
        assert await ask(address, "select 1") == 1
    place = (closed / "postgres").readlink()
    assert place.stat().st_mode & 0o777 == 0o700
    assert place.stat().st_uid != 0
    shutil.rmtree(place)
    with pytest.raises(CannotStart, match=f"was in {place}, which is gone"):
        embedded(closed).start()


@as_root
def test_root_runs_postgres_as_whom_the_data_belongs_to(copied_home: Path) -> None:
    for path in ((copied_home / "postgres"), *(copied_home / "postgres").rglob("*")):
        os.chown(path, 4321, 4321)
    with embedded(copied_home):
        server = server_of(copied_home)
        assert server is not None
        assert server.uids().effective == 4321


def test_it_starts_quickly(home: Path) -> None:
    begin = time.monotonic()
    with embedded(home):
        assert time.monotonic() - begin < 30  # warm: 0.04 s where nothing else runs
