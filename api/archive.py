"""A database in one file, by the tools of PostgreSQL: an archive of `pg_dump`, which `pg_restore` reads too.

What is written is one snapshot, however busy the house is meanwhile. What is read in is committed whole or
not at all.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import unquote, urlsplit

from api.settings import CannotStart

Told = Callable[[str], None]
"""Called with the name of each table when it is begun."""

_DUMPING = re.compile(r'dumping contents of table "(?:public\.)?([^"]+)"')
_COPYING = re.compile(rb"COPY public\.(\S+) ")
_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;"
_PORTABLE = ("--no-owner", "--no-privileges", "--no-comments", "--no-publications", "--no-subscriptions")


class Archive:
    """The file; `programs` is the folder of the tools (api.programs.client_folder)."""

    def __init__(self, path: Path, programs: Path) -> None:
        self.path, self._programs = path, programs

    def write(self, address: str, told: Told) -> None:
        """Of the database at that address, complete and on the disk when this returns."""
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))  # it holds names
        said: list[str] = []
        database, environment = _reaching(address)
        command = self._command("pg_dump", "--format=custom", "--verbose", "--lock-wait-timeout=60000")
        command += [*_PORTABLE, f"--file={self.path}", f"--dbname={database}"]
        with subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as dumping:
            for line in dumping.stderr or ():
                if table := _DUMPING.search(line):
                    told(table[1])
                elif "error:" in line:
                    said.append(line)
        if dumping.returncode:
            raise CannotStart(f"The database was not backed up: {_sentence(said)}.")
        self.check()
        with self.path.open("rb") as file:
            os.fsync(file.fileno())

    def check(self) -> None:
        """Read it to the end: what is packed carries check sums. Raises CannotStart where it is damaged."""
        try:
            self._restore("--file=/dev/null")
        except CannotStart as damaged:
            raise CannotStart(f"{self.path} is no whole backup: {damaged}.") from None

    def revision(self) -> str:
        """Of the schema that it holds; raises CannotStart where it is of something else."""
        data = self._restore("--data-only", "--table=alembic_version", "--file=-")
        found = re.search(r"^COPY [^\n]*\n(\S+)\n\\\.$", data, re.MULTILINE)
        if found is None:
            raise CannotStart(f"{self.path} is a backup of something else than Sojourn.")
        return found[1]

    def read_into(self, address: str, *, server: int, before: Sequence[str], told: Told) -> None:
        """Into the database, on a server of that version, in one transaction with what is `before`."""
        database, environment = _reaching(address)
        with TemporaryFile() as said, TemporaryFile() as heard:
            restoring = subprocess.Popen(
                self._command("pg_restore", *_PORTABLE, "--file=-", str(self.path)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
            storing = subprocess.Popen(
                self._command(
                    "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={database}"
                ),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=heard,
            )
            with storing, restoring:
                if restoring.stdout is None or storing.stdin is None:
                    raise AssertionError("both have pipes")
                try:
                    storing.stdin.write("\n".join(["BEGIN;", *before, ""]).encode())
                    for line in restoring.stdout:
                        if table := _COPYING.match(line):
                            told(table[1].decode())
                        if server >= 17 or line.rstrip() != _UNKNOWN_BEFORE_17:
                            storing.stdin.write(line)
                    if restoring.wait() == 0:  # else what came is not all there is
                        storing.stdin.write(b"COMMIT;\n")
                    storing.stdin.close()
                except BrokenPipeError:
                    restoring.kill()
                    with suppress(BrokenPipeError):  # what is left to be written; why is told below
                        storing.stdin.close()
                storing.wait()
            if storing.returncode or restoring.returncode:
                heard.seek(0)
                said.seek(0)
                lines = (heard.read() or said.read()).decode(errors="replace").splitlines()
                raise CannotStart(f"Nothing was restored, and nothing changed: {_sentence(lines)}.")

    def _restore(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command("pg_restore", *arguments, str(self.path)),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CannotStart(_sentence(done.stderr.splitlines()))
        return done.stdout

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [str(self._programs / program), *arguments]


def _reaching(address: str) -> tuple[str, dict[str, str]]:
    """The address without its password, and the environment that holds it: others see command lines."""
    parts = urlsplit(address)
    user, _, host = parts.netloc.rpartition("@")
    database = parts._replace(netloc=f"{user.partition(':')[0]}@{host}" if user else host).geturl()
    environment = {**os.environ, "PGAPPNAME": "sojourn backup", "LC_ALL": "C"}
    if parts.password is not None:
        environment["PGPASSWORD"] = unquote(parts.password)
    return database, environment


def _sentence(said: Sequence[str]) -> str:
    """The first thing that went wrong, without the names of the tools."""
    wrong = [line for line in said if "error" in line.lower()] or list(said) or ["it was not said why"]
    return re.sub(
        r"^(\S*(pg_dump|pg_restore|psql)\S*: *)?(<stdin>:\d+: *)?((error|ERROR): *)?", "", wrong[0]
    ).rstrip(". ")
