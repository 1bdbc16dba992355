"""Settings come from the environment, and a wrong one is answered by a sentence that names it."""

from pathlib import Path

import pytest

from api.settings import CannotStart, read_settings


def test_without_variables_the_defaults_hold() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8000, "")
    assert settings.solver_seconds == 5
    assert 1 <= settings.solver_processes <= 4
    assert settings.max_participants == 500
    assert settings.max_body_bytes == 1024 * 1024


def test_data_goes_where_the_desktop_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")
    assert read_settings({}).data_dir == Path("/srv/data/sojourn")
    monkeypatch.setenv("XDG_DATA_HOME", "relative, so ignored")
    monkeypatch.setenv("HOME", "/home/ada")
    assert read_settings({}).data_dir == Path("/home/ada/.local/share/sojourn")


def test_a_variable_sets_the_field_of_its_name() -> None:
    settings = read_settings(
        {"SOJOURN_PORT": " 9000 ", "SOJOURN_SOLVER_SECONDS": "0.5", "SOJOURN_DATA_DIR": "data"}
    )
    assert (settings.port, settings.solver_seconds) == (9000, 0.5)
    assert settings.data_dir == Path.cwd() / "data"


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"SOJOURN_DATABASE_URL": "", "SOJOURN_PORT": " "}) == read_settings({})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_database_may_be_named_as_people_name_it(scheme: str) -> None:
    address = f"{scheme}://sojourn@db.example/sojourn"
    assert read_settings({"SOJOURN_DATABASE_URL": address}).database_url == address


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "http", "SOJOURN_PORT must be a whole number from 0 to 65535, which it is not ('http')."),
        ("PORT", "65536", "SOJOURN_PORT must be a whole number from 0 to 65535, which it is not ('65536')."),
        ("SOLVER_PROCESSES", "0", "a whole number from 1 to 64"),
        ("SOLVER_SECONDS", "nan", "a number of seconds, above 0 and at most 600"),
        ("SOLVER_SECONDS", "-1", "a number of seconds, above 0 and at most 600"),
        ("DATABASE_URL", "mysql://root@db/x", "an address like postgresql://user@host/name"),
        ("ADMIN_KEY", "too short", "any string of 20 to 200 characters"),
        ("MAX_PARTICIPANTS", "many", "a whole number from 1 to 10000"),
    ],
)
def test_a_wrong_value_is_refused_in_a_sentence(variable: str, value: str, sentence: str) -> None:
    with pytest.raises(CannotStart) as refusal:
        read_settings({f"SOJOURN_{variable}": value})
    assert sentence in str(refusal.value)
    assert f"SOJOURN_{variable}" in str(refusal.value)


def test_secrets_are_repeated_neither_in_a_refusal_nor_in_a_log() -> None:
    for variable, secret in (("ADMIN_KEY", "hunter2"), ("DATABASE_URL", "mysql://root:hunter2@db/x")):
        with pytest.raises(CannotStart) as refusal:
            read_settings({f"SOJOURN_{variable}": secret})
        assert "hunter2" not in str(refusal.value)
    settings = read_settings({"SOJOURN_ADMIN_KEY": "a-key-of-twenty-characters"})
    assert "a-key-of" not in repr(settings)
