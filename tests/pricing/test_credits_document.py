"""The tables about credits name tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "explanation" / "credits.md"


def test_every_row_about_credits_names_tests_that_exist() -> None:
    existing = {
        name
        for folder in ("pricing", "api", "catalog", "properties", "walks")
        for file in (TESTS / folder).glob("test_*.py")
        for name in re.findall(
            r"^(?:async )?(?:def )?(test_\w+|TestLedger)", file.read_text("utf-8"), re.MULTILINE
        )
    }
    rows = [
        row
        for row in DOCUMENT.read_text("utf-8").splitlines()
        if row.startswith("| ") and not row.endswith("shown by |")
    ]
    named = [re.findall(r"`(test_\w+|TestLedger)`", row) for row in rows]
    assert len(named) > 40
    assert [name for names in named for name in (names or ["none"]) if name not in existing] == []
