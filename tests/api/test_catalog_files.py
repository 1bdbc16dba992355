"""`sojourn check`, `import` and `export`, as far as they are about documents."""

from pathlib import Path

import click
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from api.commands.catalog import check_file, export_catalog, import_catalog, told
from catalog import document
from catalog.errors import NotFound
from tests.catalog.builders import HARBOUR_SPA, MASSAGE, VENUE, doc

NIGHT_PORTER = """
[venue]
time_zone = "Europe/Oslo"
currency = "NOK"
[[products]]
key = "walk"
kind = "service"
duration_minutes = 60
"""


def file(folder: Path, text: str, name: str = "harbour.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_sound_document_is_summed_up_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_file(file(tmp_path, HARBOUR_SPA))
    assert capsys.readouterr().out == (
        "harbour.toml is a sound catalog: 6 resources, 6 products, 2 packages.\n"
    )


def test_every_fault_is_a_line_with_its_path(tmp_path: Path) -> None:
    text = HARBOUR_SPA.replace('"SEK"', '"kr"').replace("capacity = 120", "capacity = 0")
    with pytest.raises(click.ClickException) as caught:
        check_file(file(tmp_path, text))
    assert [line.partition(":")[0] for line in caught.value.message.splitlines()] == [
        "venue.currency",
        "resources[5].capacity",
    ]


def test_what_is_surely_a_mistake_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_file(file(tmp_path, NIGHT_PORTER))
    assert capsys.readouterr().out.startswith("warning: products[0]: the venue is never open")


@pytest.mark.parametrize("name", ["harbour.txt", "harbour"])
def test_the_format_is_told_by_the_suffix(tmp_path: Path, name: str) -> None:
    with pytest.raises(click.ClickException, match="none of"):
        check_file(file(tmp_path, HARBOUR_SPA, name))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="cannot be read"):
        check_file(tmp_path / "none.toml")


async def test_a_venue_is_imported_once_and_exported_as_it_was(engine: AsyncEngine) -> None:
    catalog = document.read(HARBOUR_SPA, "toml")
    async with AsyncSession(engine) as session, session.begin():
        with pytest.raises(NotFound):
            await export_catalog(session, "default", "harbour")
        first = await import_catalog(session, "default", "harbour", catalog)
        again = await import_catalog(session, "default", "harbour", catalog)
        assert await export_catalog(session, "default", "harbour") == catalog
    assert told(first, "a file").startswith("harbour is new: 6 resources new, 2 taxes new, 8 products new")
    assert told(again, "a file") == "harbour is what a file says already."


async def test_what_an_import_changed_is_told(engine: AsyncEngine) -> None:
    async with AsyncSession(engine) as session, session.begin():
        await import_catalog(session, "default", "spa", document.from_data(doc()))
        renamed = document.from_data(doc(venue={**VENUE, "name": "Spa"}))
        assert told(await import_catalog(session, "default", "spa", renamed), "") == (
            "spa is changed: the venue itself."
        )
        less = document.from_data(doc(products=[{**MASSAGE, "price": "1.00"}]))
        assert told(await import_catalog(session, "default", "spa", less), "") == (
            "spa is changed: 1 products changed, 1 products retired."
        )
