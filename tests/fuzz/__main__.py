"""`make fuzz SECONDS=600 SEED=1`: requests made from the document, as each role; what comes back is judged.

Each role has a house of its own, on one server. First everything that the document bounds, at its bounds and
beyond (its coverage), then chance and chains of requests until the role's time is over.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from tests.fuzz.houses import ROLES, Guise, guise_of, told
from tests.walks.server import ROOT, SojournServer

Figures = dict[str, Any]
REFUSED = ["304", "400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "503"]
CONFIGURED: Figures = {
    "max-stream-events": 2,
    "request-timeout": 20.0,
    "continue-on-failure": True,
    "suppress-health-check": ["all"],
    "warnings": False,
    "cache": {"enabled": False},
    "checks": {
        "max_response_time": 10.0,
        "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
        # A version that is not the present one is refused as such, before the body is looked at.
        "negative_data_rejection": {"expected-statuses": REFUSED},
        # What the document allows may make no sense in this house; `the_document_says_it` looks at why.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSED[2:]]},
    },
    # One finding stands for itself; the time goes into others.
    "generation": {"no-shrink": True, "database": "none"},
}
PHASES = (("examples,coverage", 0.4), ("fuzzing", 0.3), ("stateful", 0.3))
ONE_BY_ONE = (("examples,coverage", 0.2), ("fuzzing", 0.8))


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=600, help="for all roles together")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", nargs="*", default=[], help=f"of {', '.join(ROLES)}")
    options.add_argument("--report", type=Path, default=ROOT / "fuzz-report")
    given = options.parse_args()
    roles = [role for role in ROLES if not given.only or role in given.only]
    began = time.monotonic()
    found = {}
    with SojournServer(SOJOURN_TRUSTED_PROXIES="127.0.0.1") as server:
        for number, role in enumerate(roles):
            print(f"{role} …", flush=True)
            guise = guise_of(server, role, number)
            folder = given.report.resolve() / role
            seconds = given.seconds / len(roles)
            found[role] = [
                phase(server, guise, phases, max(1, round(seconds * share)), given.seed, folder)
                for phases, share in (PHASES if role != "link" else ONE_BY_ONE)
            ]
        defects = [line for line in server.log.splitlines() if '"event": "defect"' in line]
    whole = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": given.seed,
        "seconds": round(time.monotonic() - began),
        "sound": not defects and all(part["sound"] for parts in found.values() for part in parts),
        "defects": defects,
        "roles": found,
    }
    (given.report / "fuzz.json").write_text(json.dumps(whole, indent=2) + "\n")
    print(summary(whole))
    return 0 if whole["sound"] else 1


def phase(server: SojournServer, guise: Guise, phases: str, seconds: int, seed: int, folder: Path) -> Figures:
    """One run of schemathesis; what it found in words stands in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    auth = {"auth": {"openapi": guise.auth}} if guise.auth else {}
    reports = {"json": {"path": str(folder / f"{phases}.json")}}
    configured = {**CONFIGURED, **auth, "headers": guise.headers, "reports": reports, "seed": seed}
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(tomli_w.dumps(configured))
        file.flush()
        program = Path(sys.executable).with_name("schemathesis")
        command = [str(program), "--config-file", file.name, "run", f"{server.url}/v1/openapi.json"]
        command += [
            "--phases",
            phases,
            "--max-time",
            str(seconds),
            "--no-color",
            "--output-sanitize",
            "false",
            *(("--include-path-regex", "^/my/") if guise.role == "link" else ()),
        ]
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "SOJOURN_FUZZ": told(guise, seed),
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    (folder / f"{phases}.txt").write_text(done.stdout + done.stderr)
    lines = done.stdout.splitlines()
    cases = next((line.strip() for line in lines if " generated, " in line), "none were made")
    return {"phases": phases, "cases": cases, "sound": done.returncode == 0}


def summary(whole: Figures) -> str:
    """To be read by people."""
    said = "SOUND" if whole["sound"] else "NOT SOUND"
    lines = [
        f"{said}, seed {whole['seed']}, {whole['seconds']} seconds, {len(whole['defects'])} defects logged"
    ]
    for role, parts in whole["roles"].items():
        lines += [f"  {role}, {part['phases']}: {part['cases']}" for part in parts]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
