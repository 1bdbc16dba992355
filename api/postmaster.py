"""The server of a data folder as seen from outside, by whoever may have started it."""

from __future__ import annotations

import hashlib
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path

import psutil

SOCKET = ".s.PGSQL.5432"


class Postmaster:
    """`name` is the `cluster_name` to start it with: it shows in the title of each of its processes.

    They are known by that and not by their working folder, which root in a container may not read of others.
    """

    def __init__(self, data: Path) -> None:
        self.name = f"sojourn-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"
        self._file = data / "postmaster.pid"

    @property
    def socket_folder(self) -> Path | None:
        lines = self._written()
        return Path(lines[4]) if len(lines) > 4 else None

    def answers(self) -> bool:
        lines = self._written()
        return len(lines) > 7 and lines[7].strip() == "ready" and self.listens()

    def process(self) -> psutil.Process | None:
        """The server itself, where it listens: told from others that get its pid later."""
        lines = self._written()
        with suppress(psutil.NoSuchProcess, ValueError):
            return psutil.Process(int(lines[0])) if lines and self.listens() else None
        return None

    def listens(self) -> bool:
        """Only a live server listens on its socket; a pid alone proves nothing, pids are reused."""
        if folder := self.socket_folder:
            with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
                client.connect(f"{folder}/{SOCKET}")
                return True
        return False

    def processes(self) -> list[psutil.Process]:
        """The server and its backends, also those that lost it; not zombies, which have no command line."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if (words := process.info["cmdline"])
            and Path(words[0]).name.startswith("postgres")
            and self.name in " ".join(words)
        ]

    def shut_down(self) -> None:
        """Fast, which ends the connections that are left; at once where that takes a minute."""
        folder = self.socket_folder
        _signal([it for it in self.processes() if self._written()[:1] == [str(it.pid)]], signal.SIGINT)
        impatient = time.monotonic() + 60
        while self.processes():
            if time.monotonic() > impatient:
                self.end_at_once()
            time.sleep(0.02)
        self._file.unlink(missing_ok=True)
        _clear_socket(folder)

    def end_at_once(self) -> None:
        """As a crash would: the next start recovers, and nothing that was committed is lost."""
        _signal(self.processes(), signal.SIGQUIT)

    def clear(self) -> None:
        """Remove the traces of a server that is gone, with which PostgreSQL may refuse to start for ever:
        its pid file may be empty, or its pid another program's by now."""
        _clear_socket(self.socket_folder)
        self._file.unlink(missing_ok=True)

    def _written(self) -> list[str]:
        """Its own words: pid, data, start, port, folder of the socket … and, on line eight, its status."""
        try:
            return self._file.read_text().splitlines()
        except FileNotFoundError:
            return []


def _signal(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _clear_socket(folder: Path | None) -> None:
    if folder:
        for name in (SOCKET, f"{SOCKET}.lock"):
            (folder / name).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()
