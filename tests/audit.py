"""What is known to be unsafe: in the code, by bandit, and in what it depends on, by pip-audit.

`python -m tests.audit` ends with 1 where something is found. Where the service that knows of advisories
cannot be reached, that is said, and does not count: no check depends on somebody else's server.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("catalog", "pricing", "booking", "api")


def code() -> bool:
    """Whether bandit finds nothing."""
    asked = ("bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *PACKAGES)
    return subprocess.run([sys.executable, "-m", *asked], cwd=ROOT, check=False).returncode == 0


def dependencies() -> bool:
    """Whether no advisory names what is installed, as far as anybody could be asked."""
    asked = (
        "pip_audit",
        "--progress-spinner",
        "off",
        "--format",
        "json",
        "--timeout",
        "20",
        "--skip-editable",
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", *asked], cwd=ROOT, check=False, capture_output=True, text=True, timeout=600
        )
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, subprocess.TimeoutExpired):
        print("NOT AUDITED: the service of advisories cannot be reached.")
        return True
    unsafe = [(p["name"], p["version"], v["id"]) for p in found for v in p.get("vulns", ())]
    skipped = [p["name"] for p in found if "skip_reason" in p]
    for name, version, advisory in unsafe:
        print(f"{name} {version}: {advisory}")
    if skipped:
        print(
            f"NOT AUDITED: the service of advisories does not know {len(skipped)} of {len(found)} packages."
        )
    print(f"{len(found) - len(skipped)} packages audited, {len(unsafe)} advisories.")
    return not unsafe


if __name__ == "__main__":
    results = [code(), dependencies()]
    sys.exit(0 if all(results) else 1)
