"""A server of its own, and the Chromium of the system. Skipped, with the reason, where there is none."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.desk import Desk, House

ROOT = Path(__file__).parents[2]
KEY = "the-key-of-the-walks-0123456789"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_days = count(8)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="needs the extra `e2e`: make e2e brings it"
    )
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        yield (chromium := driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]))
        chromium.close()


@pytest.fixture(scope="session")
def house(browser: Any) -> Iterator[House]:
    """A running server with the venue of house.toml, and a client with the first administrator's key."""
    if not (ROOT / "api" / "static" / "index.html").exists():
        pytest.skip("the page is not built: make install does it")
    home = Path(tempfile.mkdtemp(prefix="sojourn-e2e-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"DATA_DIR": str(home), "PORT": str(port), "HOST": "127.0.0.1", "ADMIN_KEY": KEY}
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **{f"SOJOURN_{name}": value for name, value in variables.items()}},
            stdout=log,
            stderr=log,
        )
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {KEY}"}, timeout=30
    )
    try:
        _wait(client, server, home / "log")
        toml = Path(__file__).with_name("house.toml").read_bytes()
        kind = {"Content-Type": "application/toml"}
        client.put("/v1/venues/house/catalog", content=toml, headers=kind).raise_for_status()
        yield House(client, KEY)
    finally:
        client.close()
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def day() -> date:
    """A day of the test's own, ahead."""
    return date.today() + timedelta(days=next(_days))  # noqa: DTZ011 - any day does


@pytest.fixture
def open_desk(browser: Any, house: House, request: pytest.FixtureRequest) -> Iterator[Callable[..., Desk]]:
    """Opens a page of its own, signed in; an error in its console fails the test."""
    contexts = []
    errors: list[str] = []

    def open_(
        day: date | None = None,
        *,
        signed_in: bool = True,
        width: int = 1440,
        height: int = 900,
        **options: Any,
    ) -> Desk:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, locale=options.pop("locale", "en-GB"), **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if "Content Security Policy" in m.text else None)
        desk = Desk(page, house)
        if not signed_in:
            page.goto(str(house.client.base_url))
            return desk
        desk.sign_in()
        if day is not None:
            desk.show(day)
        return desk

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


def _wait(client: httpx.Client, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            raise AssertionError(f"the server did not start:\n{log.read_text()}")
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server is not ready after two minutes")
