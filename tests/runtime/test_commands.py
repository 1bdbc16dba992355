"""The command `sojourn`: 0 when done, 1 and a sentence when it cannot, 2 when used wrongly."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def sojourn(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["migrate"], ["import"], ["export"], ["check"], ["backup"], ["restore"]]
)
def test_every_command_explains_itself(command: list[str]) -> None:
    done = sojourn(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")


@pytest.mark.parametrize(
    "wrong", [["dance"], ["serve", "--port", "99999"], ["migrate", "--now"], ["import"], ["export"]]
)
def test_wrong_usage_ends_with_2(wrong: list[str]) -> None:
    assert sojourn(*wrong).returncode == 2


def test_a_wrong_setting_ends_with_1_and_a_sentence() -> None:
    done = sojourn("migrate", SOJOURN_PORT="http")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: SOJOURN_PORT must be")
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = sojourn("serve", "--port", str(port), SOJOURN_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"Port {port} is taken by " in done.stderr
    assert f"(process {os.getpid()})" in done.stderr
    assert "--port" in done.stderr
    assert not (tmp_path / "data").exists()


def test_migrate_refuses_a_database_that_may_lose_bookings(postgres: str) -> None:
    done = sojourn("migrate", SOJOURN_DATABASE_URL=postgres)
    assert done.returncode == 1
    assert "may lose bookings in a crash" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_document_is_checked_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "venue.toml"
    file.write_text('[venue]\ntime_zone = "Europe/Nowhere"\n')
    done = sojourn("check", str(file), SOJOURN_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 1
    assert "venue.currency: is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()
