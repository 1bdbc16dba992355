"""Runs the sabotages, two at a time, each in a copy of the tree; ends with 1 where one is not noticed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.sabotage.variants import ROOT, Sabotage, sabotages

AT_ONCE = 2
LONGEST = 900  # seconds, of one; what hangs is noticed too
LEFT_OUT = (".git", ".venv", "node_modules", "__pycache__", ".*_cache", "e2e")


@dataclass(frozen=True)
class Outcome:
    """`by`: the tests that failed, or else how they ended."""

    is_noticed: bool
    seconds: float
    by: str


def run_all(words: list[str]) -> int:
    chosen = [s for s in sabotages() if not words or any(word in s.name for word in words)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sojourn-sabotage-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # root runs PostgreSQL as somebody else
        tests = dict.fromkeys(test for sabotage in chosen for test in sabotage.tests)
        print(f"{len(tests)} tests, before anything is wrong …", flush=True)
        said, failed = attempt(home / "whole", None, tests)
        if said != "all passed":
            print(f"They have to pass first: {said} {', '.join(failed)}")
            return 1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(lambda n: noticed(home / str(n), chosen[n]), range(len(chosen))))
    print(table(chosen, outcomes))
    unnoticed = [s.name for s, outcome in zip(chosen, outcomes, strict=True) if not outcome.is_noticed]
    minutes = (time.monotonic() - began) / 60
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed, in {minutes:.1f} minutes.")
    for name in unnoticed:
        print(f"NOT NOTICED: {name}")
    return 1 if unnoticed else 0


def table(chosen: list[Sabotage], outcomes: list[Outcome]) -> str:
    """Every sabotage with the seconds that it took and who noticed it."""
    widest = max((len(sabotage.name) for sabotage in chosen), default=0)
    return "\n".join(
        f"{sabotage.name:{widest}}  {outcome.seconds:4.0f} s  {outcome.by}"
        for sabotage, outcome in zip(chosen, outcomes, strict=True)
    )


def noticed(place: Path, sabotage: Sabotage) -> Outcome:
    """Whether one of its tests failed: not merely broke down, nor was left out."""
    began = time.monotonic()
    try:
        said, failed = attempt(place, sabotage, sabotage.tests)
    except ValueError as moved:
        said, failed = str(moved), []
    is_noticed = bool(failed) or said == "it hung"
    by = ", ".join(name.rpartition("::")[2] for name in failed) or said
    print(f"{'noticed' if is_noticed else 'NOT NOTICED'}: {sabotage.name} ({by})", flush=True)
    return Outcome(is_noticed, time.monotonic() - began, by)


def attempt(place: Path, sabotage: Sabotage | None, tests: Iterable[str]) -> tuple[str, list[str]]:
    """The tests on a copy of the tree: how they ended, and which of them failed."""
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(*LEFT_OUT))
    if sabotage is not None:
        sabotage.apply(place)  # where that cannot be done any more, the copy goes with the others
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", "--tb=line", "-rfE", *tests]
    longest = LONGEST if sabotage is not None else 4 * LONGEST
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, timeout=longest
        )
    except subprocess.TimeoutExpired:
        return "it hung", []
    finally:
        shutil.rmtree(place)
    failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    broken = re.findall(r"^ERROR (\S+)", done.stdout, re.MULTILINE)
    if done.returncode == 0:
        return "all passed", []
    return f"broke down at {', '.join(broken) or done.stdout[-500:] + done.stderr[-500:]}", failed


if __name__ == "__main__":
    sys.exit(run_all(sys.argv[1:]))
