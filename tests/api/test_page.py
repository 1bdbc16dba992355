"""The reception page as it is served: its policy, its caching, and what it has to know to begin."""

from pathlib import Path
from typing import Any, get_args

import pytest

from api.routes import page
from booking.refusals import Code


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Sojourn</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("export {}")
    (tmp_path / "secret").write_text("no")
    monkeypatch.setattr(page, "STATIC", tmp_path)
    return tmp_path


async def test_the_page_takes_scripts_and_styles_from_here_alone(connect: Any, built: Path) -> None:
    answer = await connect(None).get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self';" in policy


async def test_the_page_is_asked_for_again_and_its_files_never(connect: Any, built: Path) -> None:
    first = await connect(None).get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = await connect(None).get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    script = await connect(None).get("/assets/index-abc.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (script.text, script.headers["content-encoding"]) == ("export {}", "gzip")


@pytest.mark.parametrize("name", ["..%2fsecret", "..%2f..%2fapp.py", "nothing.js", "%00"])
async def test_nothing_but_the_files_of_the_page_is_served(connect: Any, built: Path, name: str) -> None:
    assert (await connect(None).get(f"/assets/{name}")).status_code == 404


async def test_a_page_that_is_not_built_says_how_it_is(
    connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "STATIC", tmp_path)
    answer = await connect(None).get("/")
    assert answer.status_code == 404
    assert "make install" in answer.json()["detail"]


async def test_a_key_is_told_whose_it_is_and_what_it_sees(spa: Any) -> None:
    me = (await spa.get("/v1/me")).json()
    assert me["role"] == "admin"
    assert [v["currency"] for v in me["venues"]] == ["SEK"]


def test_the_page_has_swedish_words_for_every_reason() -> None:
    words = Path(page.__file__).parents[1].joinpath("web", "src", "lib", "refusals.sv.ts").read_text()
    assert [code for code in get_args(Code) if f"\n  {code}: " not in words] == []
