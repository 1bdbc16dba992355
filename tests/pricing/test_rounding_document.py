import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "explanation" / "rounding.md"


def test_every_row_of_the_tables_names_a_test_that_exists() -> None:
    existing = {
        name
        for file in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = [
        re.findall(r"`(test_\w+)` \|$", row)
        for row in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if row.startswith("| ") and not row.endswith("shown by |")
    ]
    assert len(named) > 30
    assert [name for names in named for name in (names or ["none"]) if name not in existing] == []
