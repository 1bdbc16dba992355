"""The pages speak of what is there: links lead somewhere, what they name exists, and what exists is named."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import click
import pytest

from api.cli import main
from api.settings import Settings
from booking.refusals import Code
from catalog import document

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
LINK = re.compile(r"\]\(([^)\s]+)\)")
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives"]
CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def linked(page: Path) -> Iterator[tuple[Path, str]]:
    """What the page links to within the checkout: the file and the heading."""
    for target in LINK.findall(CODE_BLOCK.sub("", read(page))):
        if "://" not in target:
            path, _, heading = target.partition("#")
            yield (page.parent / path).resolve() if path else page, heading


def headings(page: Path) -> set[str]:
    """As they are addressed: in small letters, with hyphens, without signs."""
    titles = re.findall(r"^#+ (.+)$", CODE_BLOCK.sub("", read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def first_cells(page: str) -> set[str]:
    """What stands in backticks in the first column of the page's tables."""
    rows = re.findall(r"^\| ([^|]*)\|", read(DOCS / "reference" / page), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, heading in linked(page):
        assert target.exists(), target
        assert not heading or heading in headings(target), f"{target} has no {heading}"


def test_every_page_is_found_from_the_index() -> None:
    found = {target for target, _ in linked(DOCS / "index.md")}
    assert [page.name for page in PAGES if page.parent != ROOT and page not in found] == ["index.md"]


def test_every_test_that_is_named_exists() -> None:
    files = [read(file) for file in (ROOT / "tests").rglob("test_*.py")]
    existing = {name for file in files for name in re.findall(r"^(?:async )?def (test_\w+)", file, re.M)}
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", read(page))}
    assert len(named) > 80
    assert named - existing == set()


def test_every_file_that_is_named_exists() -> None:
    """Of the code, by its whole path."""
    path = r"`((?:api|booking|catalog|pricing|tests)/[\w/]+\.\w+)`"
    named = {name for page in PAGES for name in re.findall(path, read(page))}
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_setting_is_on_its_page() -> None:
    assert first_cells("settings.md") == {f"SOJOURN_{setting.name.upper()}" for setting in fields(Settings)}


def test_the_limits_have_the_defaults_that_the_page_says() -> None:
    rows = re.findall(r"^\| `SOJOURN_(\w+)` \| `(\d+)` \|", read(DOCS / "reference" / "settings.md"), re.M)
    defaults = {setting.name: setting.default for setting in fields(Settings)}
    assert len(rows) > 10
    assert {name.lower(): float(text) for name, text in rows} == {
        name.lower(): defaults[name.lower()] for name, _ in rows
    }


def test_every_command_and_option_is_on_its_page() -> None:
    page = read(DOCS / "reference" / "commands.md")
    missing = [said for said in spoken(main, "sojourn") if f"`{said}" not in page and f"[{said}" not in page]
    assert [said for said in missing if f" {said} " not in page] == []


def spoken(command: click.Command, name: str) -> Iterator[str]:
    """The command's name and its options, and those of its parts."""
    if isinstance(command, click.Group):
        for part in command.commands.values():
            yield from spoken(part, f"{name} {part.name}")
        return
    yield name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield parameter.opts[0]


def test_every_code_is_on_its_page() -> None:
    sources = [
        read(file) for name in ("api", "booking", "catalog", "pricing") for file in sourced(ROOT / name)
    ]
    used = {code for source in sources for code in re.findall(r"\bcode ?= ?\"([a-z_]+)\"", source)}
    assert {*get_args(Code), *used} - first_cells("errors-and-reasons.md") - {"refused"} == set()


def sourced(package: Path) -> Iterator[Path]:
    return (file for file in package.rglob("*.py") if "node_modules" not in file.parts)


def test_the_venue_of_the_guide_is_sound() -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```", read(DOCS / "guides" / "catalog.md"), re.M | re.S)
    catalog = document.read("\n".join(blocks), "toml")
    assert [product.key for product in catalog.products] == ["massage-50", "cava", "spa-day"]


def test_decisions_are_short_and_numbered() -> None:
    pages = sorted((DOCS / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{n:04d}" for n in range(1, len(pages) + 1)]
    for page in pages:
        text = read(page)
        assert text.startswith(f"# {int(page.name[:4])} · ")
        sections = re.findall(r"^## (\w+)", text, re.M)
        assert sections in (SECTIONS, SECTIONS[:3])  # alternatives, where there were any
        assert text.count("\n") <= 50, page.name
