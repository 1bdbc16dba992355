"""The PostgreSQL of a machine that has none: made on first use, shared by the processes of a home.

The home holds
- `gate.lock`, locked by the process that makes, starts or stops the server;
- `users.lock`, locked and shared by every process that uses it: the kernel counts, and forgets the killed;
- `password`, of the role `sojourn`, for this user alone;
- `postgres.log`;
- `postgres`, which belongs to whom PostgreSQL runs as, with `data`, and `run` for the socket. Where that user
  cannot reach the home (it is root's, closed to others) it is a link to a folder in `/var/lib/sojourn`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import psutil
import structlog

from api.postmaster import SOCKET, Postmaster
from api.programs import SHARED, ProgramFailed, Programs
from api.settings import CannotStart

ROLE = "sojourn"
_LOOKING = 0.25  # seconds between two looks at whether the server is there
_LONGEST_PAUSE = 5.0
_LONGEST_SOCKET = 100  # bytes of its path; kernels allow 103 to 107
_PATIENCE = 120  # seconds, for the recovery after a crash
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",  # a refused statement is for its sender, and may hold the names of guests
}
_log = structlog.get_logger()
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres:
    """The server of one home; as a context, its address. Not `durable`: for tests, it may lose all."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.home = home.absolute()
        self.durable = durable
        self._users: BinaryIO | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._over = threading.Event()
        self._keeper: threading.Thread | None = None

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Join the server, or start it; its address. Raises `CannotStart`."""
        try:
            self._claim_home()
            with self._gate():
                self._users = self._private("users.lock")
                fcntl.flock(self._users, fcntl.LOCK_SH)
                try:
                    programs = self._make_cluster()
                    if not self._runs_already():
                        self._launch(programs)
                    self._folder = self._postmaster.socket_folder
                    return self.url
                except BaseException:
                    self._leave()
                    raise
        except OSError as error:
            raise CannotStart(self._sentence(error.strerror or "", error.filename)) from error
        except ProgramFailed as error:
            raise CannotStart(self._sentence(str(error))) from error

    def keep_running(self) -> None:
        """From now until `stop`, start the server again whenever it is gone: killed, or out of disk."""
        self._keeper = threading.Thread(target=self._keep, name="postgresql", daemon=True)
        self._keeper.start()

    def stop(self) -> bool:
        """Leave the server; true when it was stopped, since nobody else uses it."""
        self._over.set()
        if self._keeper is not None:
            self._keeper.join()
        with self._gate():
            return self._leave()

    def _keep(self) -> None:
        """In a thread. Many processes may do so at once: the gate lets one after the other look.

        Knocking costs the server a process each time: it is done where no server is known to run.
        """
        pause, server = _LOOKING, None
        while not self._over.wait(pause):
            if not _runs(server):
                server = self._postmaster.process()
            if server is not None:
                pause = _LOOKING
                continue
            try:
                with self._gate():
                    programs = self._make_cluster()
                    if not self._runs_already():
                        _log.warning("PostgreSQL is gone, and is started again")
                        self._launch(programs)
            except (OSError, ProgramFailed, CannotStart) as error:
                pause = min(_LONGEST_PAUSE, 2 * pause)
                _log.error("PostgreSQL does not start", failure=str(error), again_in=pause)

    @property
    def url(self) -> str:
        """The address while it runs, password included."""
        password = (self.home / "password").read_text()
        return f"postgresql://{ROLE}:{password}@/postgres?host={quote(str(self._postmaster.socket_folder))}"

    def _claim_home(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.home / "gate.lock").exists():
            others = {path.name for path in self.home.iterdir()} - {"lost+found", "gate.lock"}
            if others:
                raise CannotStart(
                    f"{self.home} holds other things ({min(others)}): name an empty folder for data."
                )

    def _private(self, name: str) -> BinaryIO:
        """A file of the home that nobody else can open, nor lock."""
        return open(os.open(self.home / name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab+")

    @contextmanager
    def _gate(self) -> Iterator[None]:
        with self._private("gate.lock") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    @property
    def _data(self) -> Path:
        return (self.home / "postgres").resolve() / "data"

    @property
    def _postmaster(self) -> Postmaster:
        return Postmaster(self._data)

    def _make_cluster(self) -> Programs:
        """The cluster where there is none, and the programs that can run it."""
        place = self.home / "postgres"
        if place.is_symlink() and not place.exists():
            raise CannotStart(f"The database of {self.home} was in {place.readlink()}, which is gone.")
        owner = place.stat() if place.exists() else None
        programs = Programs((owner.st_uid, owner.st_gid) if owner and owner.st_uid else None)
        if programs.owner:
            self.home.chmod(self.home.stat().st_mode | 0o011)  # may be passed through, not looked into
        if not place.exists():
            if programs.can_enter(self.home):
                place.mkdir(mode=0o700)
            else:
                SHARED.mkdir(mode=0o755, exist_ok=True)
                place.symlink_to(tempfile.mkdtemp(dir=SHARED, prefix="data-"))
            programs.give(place)
        if not self._data.exists():
            self._initialise(programs)
        theirs, ours = (self._data / "PG_VERSION").read_text().strip(), str(programs.version)
        if theirs != ours:
            raise CannotStart(f"The database in {self.home} is of PostgreSQL {theirs}, and this is {ours}.")
        if not (self.home / "password").exists():
            raise CannotStart(f"{self.home / 'password'} is gone, without which the database does not open.")
        return programs

    def _initialise(self, programs: Programs) -> None:
        """Made aside and renamed at the end: what is called `data` is whole."""
        password = secrets.token_urlsafe(24)
        aside = self._data.with_name("new")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        for file in (self.home / "password", aside / "password"):
            file.unlink(missing_ok=True)
            with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as secret:
                secret.write(password)
                secret.flush()
                os.fsync(secret.fileno())
        programs.give(aside)
        programs.give(aside / "password")
        # The provider that knows the letters of all languages and does not change with the machine.
        collation = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if programs.version >= 17 else []
        )
        programs.run(
            *("initdb", "--pgdata", str(aside / "data"), "--pwfile", str(aside / "password")),
            *("--username", ROLE, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", *collation),
            *("--data-checksums", *([] if self.durable else ["--no-sync"])),
        )
        (aside / "data").rename(self._data)
        shutil.rmtree(aside)

    def _runs_already(self) -> bool:
        """True when a server of this home answers, whatever became of the process that started it.

        One that recovers is waited for; backends that have lost their server are ended; then there is none.
        """
        postmaster = self._postmaster
        impatient = time.monotonic() + 10
        while not postmaster.answers():
            left = postmaster.processes()
            if not left:
                postmaster.clear()
                return False
            if time.monotonic() > impatient and not postmaster.listens():
                postmaster.end_at_once()
            if time.monotonic() > impatient + _PATIENCE:
                raise CannotStart(
                    f"A PostgreSQL (process {left[0].pid}) holds {self.home} and does not answer."
                )
            time.sleep(0.02)
        return True

    def _launch(self, programs: Programs) -> None:
        postmaster = self._postmaster
        folder = self._folder or self._data.with_name("run")  # again where the address says that it is
        if len(os.fsencode(folder / SOCKET)) > _LONGEST_SOCKET:
            folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="sojourn-"))  # nosec B108 - made by mkdtemp
        folder.mkdir(mode=0o700, exist_ok=True)
        programs.give(folder)
        options = {
            **_OPTIONS,
            **({} if self.durable else _NOT_DURABLE),
            "cluster_name": postmaster.name,
            "unix_socket_directories": str(folder),
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with self._private("postgres.log") as log:
            begin = log.tell()
            self._process = programs.spawn("postgres", "-D", str(self._data), *arguments, log=log)
            impatient = time.monotonic() + _PATIENCE
            while not postmaster.answers():
                if self._process.poll() is not None or time.monotonic() > impatient:
                    log.seek(begin)
                    raise ProgramFailed(log.read().decode(errors="replace"))
                time.sleep(0.01)

    def _leave(self) -> bool:
        """The gate is held. Who can have the users' lock alone is the last, and stops the server."""
        users, self._users = self._users or self._private("users.lock"), None
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self._postmaster.shut_down()
        if self._process:
            self._process.wait(10)  # it has ended: this buries it
            self._process = None
        return True

    def _sentence(self, said: str, path: str | None = None) -> str:
        if "No space left" in said or "quota exceeded" in said:
            return f"The disk of {self.home} is full."
        if "Permission denied" in said or "Read-only" in said or "not permitted" in said:
            return f"This user may not write {path or self.home}: name another folder with SOJOURN_DATA_DIR."
        if path:
            return f"{path} does not serve for data: {said}."
        lines = said.strip().splitlines() or ["it said nothing"]
        worst = [line for line in lines if "FATAL" in line or "error:" in line] or lines
        return f"PostgreSQL did not start: {worst[-1]} (more in {self.home / 'postgres.log'})"


def _runs(server: psutil.Process | None) -> bool:
    """Whether it does still; nobody may have asked yet what became of one that has ended."""
    with suppress(psutil.NoSuchProcess):
        return server is not None and server.is_running() and server.status() != psutil.STATUS_ZOMBIE
    return False
