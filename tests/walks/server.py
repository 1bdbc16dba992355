"""A real server: a process of its own on a data directory and a port of its own, as an operator runs it."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

from api.postmaster import Postmaster

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
ADMIN = "an-administrator's-key-of-the-walks"
LONG = 120  # seconds: longer than anything here may take, on a busy machine too


class SojournServer:
    """`sojourn serve`, from `start` to `stop` or `kill`; as a context, with its data removed at the end."""

    def __init__(self, **variables: str) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="sojourn-walks-"))
        self.data.chmod(0o711)  # root runs PostgreSQL as somebody else, who has to pass
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.heard: list[tuple[int, str]] = []
        self._variables = {
            "SOJOURN_DATA_DIR": str(self.data),
            "SOJOURN_PORT": str(port),
            "SOJOURN_ADMIN_KEY": ADMIN,
            "SOJOURN_SOLVER_PROCESSES": "2",
            **variables,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "SojournServer":
        return self.start()

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.data)

    def start(self) -> "SojournServer":
        """Returns when it is ready; `heard` is what /health said until then, each answer once."""
        with (self.data / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "serve"],
                cwd=ROOT,
                env={**os.environ, **self._variables},
                stdout=log,
                stderr=log,
            )
        self.heard.clear()
        until = time.monotonic() + LONG
        while self._process.poll() is None and time.monotonic() < until:
            try:
                answer = httpx.get(f"{self.url}/health", timeout=LONG)
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            said = (answer.status_code, answer.json().get("detail", ""))
            if said not in self.heard:
                self.heard.append(said)
            if answer.status_code == 200:
                return self
            time.sleep(0.02)
        self.stop()
        raise AssertionError(f"The server did not start:\n{self.log[-3000:]}")

    def kill(self, *, database_too: bool = False) -> None:
        """As the kernel does when memory runs out: no warning, no farewell."""
        if database_too:
            self.kill_postmaster()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def kill_postmaster(self) -> None:
        """PostgreSQL alone: the server has to see to it that there is another."""
        pid = (self.data / "postgresql" / "postgres" / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(pid), signal.SIGKILL)

    def kill_backend(self, chance: random.Random) -> None:
        """One process of PostgreSQL that works for this server: it ends all the others, and recovers."""
        data = self.data / "postgresql" / "postgres" / "data"
        backends = [
            it for it in Postmaster(data.resolve()).processes() if "sojourn postgres" in it.cmdline()[0]
        ]
        with suppress(psutil.NoSuchProcess):
            chance.choice(backends).kill()

    def wait_until_ready(self) -> float:
        """Until /health says so; the seconds that it took. What it says until then is a 503."""
        began = time.monotonic()
        while time.monotonic() < began + LONG:
            status = httpx.get(f"{self.url}/health", timeout=LONG).status_code
            if status == 200:
                return time.monotonic() - began
            assert status == 503
            time.sleep(0.02)
        raise AssertionError(f"The server did not come back:\n{self.log[-3000:]}")

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(LONG)

    def sojourn(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command with the same settings, while the server runs."""
        environment = {**os.environ, **self._variables}
        return subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LONG
        )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        """In which another process is one of this house."""
        return {**os.environ, **self._variables}

    @property
    def log(self) -> str:
        return (self.data / "log").read_text()

    def client(self, key: str = ADMIN) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/v1", headers=_bearer(key), timeout=LONG)

    def crowd(self, key: str = ADMIN) -> httpx.AsyncClient:
        """A client with as many connections as there are requests."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        base = f"{self.url}/v1"
        return httpx.AsyncClient(base_url=base, headers=_bearer(key), timeout=LONG, limits=limits)


class House:
    """One venue of a server, and who works at its desk."""

    def __init__(self, server: SojournServer, client: httpx.Client, key: str) -> None:
        self.server, self.client, self.key = server, client, key

    @property
    def path(self) -> str:
        return f"/venues/{self.key}"

    def read_in(self, document: dict[str, Any]) -> None:
        answer = self.client.put(f"{self.path}/catalog", json=document)
        assert answer.status_code in (200, 201), answer.text

    def book(self, **body: Any) -> dict[str, Any]:
        return self.done(self.client.post(f"{self.path}/orders", json=body), 201)

    def preview(self, **body: Any) -> dict[str, Any]:
        return self.done(self.client.post(f"{self.path}/orders?preview=true", json=body), 200)

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        return self.done(self.client.get(f"/orders/{order['id']}"), 200)

    def orders(self, **asked: Any) -> list[dict[str, Any]]:
        answer = self.client.get(f"{self.path}/orders", params={"limit": 500, **asked})
        items: list[dict[str, Any]] = self.done(answer, 200)["items"]
        return items

    def calendar(self, first: str, last: str) -> dict[str, Any]:
        return self.done(self.client.get(f"{self.path}/calendar", params={"from": first, "to": last}), 200)

    def slots(self, package: str, **asked: Any) -> dict[str, Any]:
        return self.done(self.client.get(f"{self.path}/packages/{package}/slots", params=asked), 200)

    def done(self, answer: httpx.Response, status: int) -> dict[str, Any]:
        assert answer.status_code == status, (answer.request.url, answer.text[:500])
        body: dict[str, Any] = answer.json()
        return body


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
