"""The lines of the README and of the guides are run, as they stand, at a server started as they say."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = "http://localhost:8000"
KEY = "the-key-that-you-chose"
PRELUDE = """
set -eu
curl() { command curl --silent --show-error --write-out '%{stderr}%{http_code}\\n' "$@"; echo; }
"""

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None or not sys.platform.startswith("linux"),
    reason="lines for curl and GNU date",
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of `sojourn serve --demo`; the venue is there already, without the visits of two weeks."""
    home = tempfile.mkdtemp(prefix="sojourn-docs-")
    variables = {**os.environ, "SOJOURN_DATA_DIR": f"{home}/data", "SOJOURN_ADMIN_KEY": KEY}
    sojourn = [sys.executable, "-c", "from api.cli import main; main()"]
    subprocess.run(
        [*sojourn, "import", "api/demo/venue.toml", "--venue", "demo"], env=variables, cwd=ROOT, check=True
    )
    process = subprocess.Popen(
        [*sojourn, "serve", "--demo", "--port", "0"],
        env=variables,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield heard_from(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree((Path(home) / "data" / "postgresql" / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


def heard_from(process: "subprocess.Popen[str]") -> str:
    """Where it says that it listens, once it is ready."""
    assert process.stdout is not None
    address, until = "", time.monotonic() + 180
    while time.monotonic() < until:
        assert process.poll() is None, "it ended"
        if address:
            with suppress(httpx.TransportError):
                if httpx.get(f"{address}/health").status_code == 200:
                    return address
            time.sleep(0.1)
        elif select.select([process.stdout], [], [], 1)[0]:
            found = re.search(r"listens on (http://\S+)", process.stdout.readline())
            address = found[1] if found else ""
    raise AssertionError("it is not ready")


def run(lines: str, server: str, folder: Path) -> tuple[list[str], str]:
    """The statuses of the answers, and the answers."""
    done = subprocess.run(
        ["bash", "-c", PRELUDE + lines.replace(ADDRESS, server)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.split(), done.stdout


def blocks(page: str, kind: str) -> str:
    """The blocks of code of that kind, one after the other."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
    return "".join(found)


def test_the_readme_makes_a_first_booking(server: str, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## A first booking")[2]
    found = re.search(r"^```sh\n(.*?)^```", section, re.M | re.S)
    assert found
    assert found[1].count("\n") == 5
    statuses, answers = run(found[1], server, tmp_path)
    assert statuses == ["200", "200", "201"], answers
    assert "T11:00:00+01:00" in answers or "T11:00:00+02:00" in answers
    assert '"Ada Berg"' in answers


def test_the_guides_lead_from_a_first_booking_through_its_changes(server: str, tmp_path: Path) -> None:
    first = blocks("docs/guides/first-booking.md", "sh run")
    changes = blocks("docs/guides/changes.md", "sh run")
    assert first.count("curl") > 8
    assert changes.count("curl") > 6
    statuses, answers = run(first + changes, server, tmp_path)
    assert [status for status in statuses if status not in ("200", "201", "202")] == ["422"]  # “Hear a no”
    assert "Lunch is at 12:00, before the guests arrive at 12:30." in answers
    assert "The house is not open for Massage 50 min at 05:00" in answers


def test_the_command_that_the_readme_gives_is_the_one_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^run:.*\n\t\$\(BIN\)/sojourn serve --demo$", makefile, re.M)
    assert f"SOJOURN_ADMIN_KEY={KEY} make run" in (ROOT / "README.md").read_text(encoding="utf-8")
