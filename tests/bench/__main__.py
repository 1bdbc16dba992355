"""`make bench`: every row in one run, one JSON object a line, and two pictures of them in docs/images.

`make bench ROWS=commit` or `python -m tests.bench commit http-book` runs only the rows whose names begin so,
and draws nothing. A row that fails is told with its reason; the others go on; the exit status is 1 then.
"""

import importlib
import json
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.bench.picture import curves, ratios
from tests.bench.telling import Row

SUBJECTS = {
    "placement": ("order-", "group-"),
    "days": ("day-", "replan-"),
    "searches": ("slots-package-", "slots-staggered-", "slots-party-", "slots-hard-", "http-slots-"),
    "service": ("slots-service-",),
    "writing": ("commit-", "writers-", "occupancy-"),
    "over_http": ("http-book-", "memory-"),
    "feeds": ("feed-",),
    "growth": ("growth-", "memory-400"),
}
"""By module: how the names of its rows begin."""
IMAGES = Path("docs/images")


def main(wanted: list[str]) -> int:
    """Runs what is wanted, or everything; 1 where anything failed."""
    rows, failed = [], 0
    for subject in _subjects(wanted):
        try:
            for row in _rows(subject):
                if not wanted or row.name.startswith(tuple(wanted)):
                    row.tell()
                    rows.append(row)
        except Exception as error:
            failed += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {error}"
            told = {"subject": subject, "failed": said[:400]}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
    if not wanted:
        IMAGES.joinpath("bench.svg").write_text(
            ratios([r for r in rows if r.ratio and "growth" not in r.name])
        )
        IMAGES.joinpath("growth.svg").write_text(curves([r for r in rows if r.name.startswith("growth-")]))
    return 1 if failed else 0


def _subjects(wanted: Iterable[str]) -> Iterator[str]:
    for subject, starts in SUBJECTS.items():
        is_here = Path(__file__).with_name(f"{subject}.py").exists()
        asked = [w for w in wanted if any(w.startswith(s) or s.startswith(w) for s in starts)]
        if is_here and (asked or not wanted):
            yield subject


def _rows(subject: str) -> Iterator[Row]:
    yield from importlib.import_module(f"tests.bench.{subject}").rows()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
