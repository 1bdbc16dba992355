"""`make chaos SECONDS=300 SEED=1`: every campaign in turn, and a report of figures as JSON and to be read."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.chaos.campaigns import Figures, histories, kills, races
from tests.walks.server import ROOT, SojournServer

SHARES = {"kills": (kills, 0.5), "histories": (histories, 0.25), "races": (races, 0.25)}


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument("--seconds", type=float, default=300, help="for kills, histories and races together")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", nargs="*", default=[], help=f"of {', '.join([*SHARES, 'points'])}")
    options.add_argument("--report", type=Path, default=ROOT / "chaos-report")
    given = options.parse_args()
    began = time.monotonic()
    figures: dict[str, Figures] = {}
    with SojournServer(SOJOURN_SOLVER_PROCESSES="2") as server:
        for name, (campaign, share) in SHARES.items():
            if not given.only or name in given.only:
                print(f"{name} …", flush=True)
                figures[name] = asyncio.run(campaign(server, given.seconds * share, given.seed))
    if not given.only or "points" in given.only:
        print("every point of every operation …", flush=True)
        figures["points"] = points(given.report)
    whole = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": given.seed,
        "seconds": round(time.monotonic() - began),
        "sound": all(found["sound"] for found in figures.values()),
        "campaigns": figures,
    }
    given.report.mkdir(exist_ok=True)
    (given.report / "chaos.json").write_text(json.dumps(whole, indent=2) + "\n")
    text = summary(whole)
    (given.report / "chaos.txt").write_text(text)
    print(text)
    return 0 if whole["sound"] else 1


def points(report: Path) -> Figures:
    """The tests of tests/faults on everything that changes something, and at every COMMIT."""
    report.mkdir(exist_ok=True)
    junit = report / "points.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "tests/faults", f"--junitxml={junit}"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "SOJOURN_TEST_EVERYTHING": "yes"}, check=False)
    suite = next(ElementTree.parse(junit).getroot().iter("testsuite"))
    failed = [
        case.attrib["name"]
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]
    return {"tests": int(suite.attrib["tests"]), "failed": failed, "sound": not failed}


def summary(whole: Figures) -> str:
    """To be read by people."""
    lines = [
        f"{'SOUND' if whole['sound'] else 'NOT SOUND'}, seed {whole['seed']}, {whole['seconds']} seconds"
    ]
    for name, figures in whole["campaigns"].items():
        lines.append(f"\n{name}: {'sound' if figures['sound'] else 'NOT SOUND'}")
        for what, value in figures.items():
            if what != "sound":
                lines.append(f"  {what.replace('_', ' ')}: {value if value or value == 0 else 'none'}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
