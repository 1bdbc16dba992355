"""The commands beside a server that runs: what they do, it shows, and the other way round."""

import uuid
from pathlib import Path

import pytest

from tests.walks import documents
from tests.walks.server import House, SojournServer

DOCUMENT = Path(__file__).parents[1] / "catalog" / "harbour-spa.toml"


def test_a_document_goes_in_and_comes_out_as_it_was(server: SojournServer, tmp_path: Path) -> None:
    key = f"v{uuid.uuid4().hex[:12]}"
    said = server.sojourn("import", str(DOCUMENT), "--venue", key)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(f"{key} is new: ")
    written = server.sojourn("export", "--venue", key)
    assert written.returncode == 0
    with server.client() as client:
        served = client.get(f"/venues/{key}/catalog", headers={"Accept": "application/toml"}).text
    assert written.stdout == served
    copy = tmp_path / "copy.toml"
    copy.write_text(written.stdout)
    assert server.sojourn("check", str(copy)).stdout.startswith("copy.toml is a sound catalog: ")
    again = server.sojourn("import", str(copy), "--venue", key)
    assert again.stdout == f"{key} is what copy.toml says already.\n"


def test_a_document_with_faults_changes_nothing(server: SojournServer, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(DOCUMENT.read_text().replace('currency = "SEK"', 'currency = "KRONOR"'))
    refused = server.sojourn("import", str(bad), "--venue", "never-made")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "venue.currency" in refused.stderr
    assert "Traceback" not in refused.stderr
    with server.client() as client:
        assert client.get("/venues/never-made/catalog").status_code == 404
    missing = server.sojourn("export", "--venue", "never-made")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.count("\n") == 1


def test_a_key_for_the_reception_opens_what_the_reception_does(server: SojournServer) -> None:
    """B16: it books, and not the past, which takes a manager."""
    made = server.sojourn("key", "create", "--role", "reception", "--name", "Front desk")
    assert (made.returncode, made.stderr) == (0, "")
    with server.client() as admin, server.client(made.stdout.strip()) as desk:
        house = House(server, admin, f"v{uuid.uuid4().hex[:12]}")
        house.read_in(documents.conference())
        body = {"package": "day", "participants": 2, "start": "2027-04-05T10:00"}
        order = house.done(desk.post(f"{house.path}/orders", json=body), 201)
        history = desk.get(f"/orders/{order['id']}/history").json()["items"]
        assert (history[0]["role"], history[0]["by"]) == ("reception", "Front desk")
        assert desk.put(f"{house.path}/catalog", json=documents.spa()).status_code == 403
        past = body | {"start": "2026-01-05T10:00"}
        late = desk.post(f"{house.path}/orders", json=past)
        assert (late.status_code, late.json()["errors"][0]["path"]) == (422, "start")
        assert house.book(**past)["warnings"] == ["The start is in the past."]


def test_whom_nobody_trusts_may_say_of_himself_what_he_likes(server: SojournServer) -> None:
    """Without SOJOURN_TRUSTED_PROXIES it is recorded, and counted, from where a request really came."""
    elsewhere = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}
    with server.client() as client:
        made = client.post("/keys", json={"role": "reception"}, headers=elsewhere).json()
        found = client.get("/audit", params={"subject": made["id"]}).json()["items"]
    assert {entry["address"] for entry in found} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SOJOURN_ADMIN_KEY", "too-short", "SOJOURN_ADMIN_KEY must be any string of 20 to 200 characters"),
        ("SOJOURN_DATA_DIR", "/dev/null/data", "/dev/null/data"),
        ("SOJOURN_DATABASE_URL", "mysql://somewhere", "SOJOURN_DATABASE_URL must be an address"),
        ("SOJOURN_DATABASE_URL", "postgresql://127.0.0.1:1/none", "The database does not let us in"),
    ],
)
def test_what_keeps_a_server_from_starting_is_one_sentence(variable: str, value: str, said: str) -> None:
    server = SojournServer(**{variable: value})
    done = server.sojourn("serve")
    server.data.rmdir()
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert "too-short" not in done.stderr
