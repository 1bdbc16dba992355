"""The house rules that no linter knows, read off the syntax trees."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from booking.check import CHECKS
from booking.placement.rules import RULES

ROOT = Path(__file__).parent.parent
PACKAGES = ("catalog", "pricing", "booking", "api")
MOST_LINES = 400

WRITERS = {
    "booking.apply",
    "booking.bulk",
    "booking.crowded_days",
    "booking.dividing",
    "booking.events",
    "booking.forget",
    "booking.holding",
    "booking.plan_queue",
    "catalog.service",
    "catalog.versions",
    "pricing.forget",
    "pricing.ledger",
    "pricing.sale_store",
    "pricing.service",
    "pricing.stock_service",
    "pricing.ticket_store",
}
"""All that writes what belongs to a venue: `apply` with its helpers, and the modules of catalog and pricing.
What api keeps for itself (keys, links, mails, answers to repeat) is written where it is read."""

SECOND_WRITE = {"insert", "update", "delete"}
ONTO_THE_SESSION = {"add", "add_all", "delete", "merge", "bulk_save_objects"}
CLOCKS = {"now", "today", "utcnow", "utc_now"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def sources(*packages: str) -> dict[str, Path]:
    paths = [p for package in packages for p in sorted((ROOT / package).rglob("*.py"))]
    return {name_of(p): p for p in paths if "migrations" not in p.parts and "web" not in p.parts}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def computing() -> list[str]:
    """The modules of the contract for import-linter; a package stands for what is in it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (listed,) = (c["source_modules"] for c in contracts if c["name"].startswith("Computing modules"))
    return [name for name in sources(*PACKAGES) if any(name == m or name.startswith(f"{m}.") for m in listed)]


def called(node: ast.Call) -> str:
    """`now` of `now()`, `datetime.now()` and `desk.now()`."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def writes(module: ast.Module) -> Iterator[int]:
    """The lines that write: statements of SQLAlchemy, what is added to a session, SQL as text."""
    statements = {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in SECOND_WRITE
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in statements:
                yield node.lineno
            if isinstance(node.func, ast.Attribute) and node.func.attr in ONTO_THE_SESSION:
                on = node.func.value
                if isinstance(on, ast.Name) and on.id.endswith("session"):
                    yield node.lineno
            if called(node) == "text" and node.args and isinstance(node.args[0], ast.Constant):
                first = str(node.args[0].value).split()[:1]
                if first and first[0].lower() in SECOND_WRITE:
                    yield node.lineno


@pytest.mark.parametrize("name", computing())
def test_what_computes_neither_waits_nor_looks_at_the_clock(name: str) -> None:
    for node in ast.walk(tree(sources(*PACKAGES)[name])):
        assert not isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith), (
            node.lineno
        )
        if isinstance(node, ast.Call):
            assert called(node) not in CLOCKS, (
                f"{name}:{node.lineno} reads the clock; take `now` as a parameter"
            )


def test_the_engine_computes() -> None:
    """The list of the contract is the one place; these may not be missing from it."""
    engine = {
        "expand",
        "case",
        "occupancy",
        "prepare",
        "fit",
        "check",
        "slots",
        "explain",
        "adjust",
        "difference",
    }
    assert {f"booking.{name}" for name in engine} <= set(computing())
    assert "booking.placement.solve" in computing()


def test_only_the_writers_write() -> None:
    found = {
        name: list(writes(tree(path))) for name, path in sources("catalog", "pricing", "booking").items()
    }
    assert {name: lines for name, lines in found.items() if lines and name not in WRITERS} == {}
    assert sorted(name for name in WRITERS if not found.get(name)) == [], (
        "named as a writer, but writes nothing"
    )


def test_every_rule_of_the_solver_is_in_force() -> None:
    path = ROOT / "booking" / "placement" / "rules.py"
    rules = [n.name for n in tree(path).body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert sorted(rules) == sorted(rule.__name__ for rule in RULES)


def test_every_check_is_in_force_and_every_rule_has_one() -> None:
    module = tree(ROOT / "booking" / "check.py")
    named = {
        n.name: (ast.get_docstring(n) or "").replace(":", " ").replace(",", " ").split()[0]
        for n in module.body
        if isinstance(n, ast.FunctionDef) and (ast.get_docstring(n) or "").startswith("P")
    }
    checks = {name: rule for name, rule in named.items() if rule[1:].isdigit()}
    assert sorted(checks) == sorted(check.__name__ for check in CHECKS)
    assert set(checks.values()) == {f"P{n}" for n in range(1, 13)}


@pytest.mark.parametrize("number", range(1, 13))
def test_every_rule_of_placement_has_its_tests(number: int) -> None:
    (path,) = (ROOT / "tests" / "placement").glob(f"test_p{number:02d}_*.py")
    assert f"P{number}:" in path.read_text().splitlines()[0]


def test_no_relationship_loads_silently() -> None:
    for name, path in sources(*PACKAGES).items():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and called(node) == "relationship":
                lazy = {k.arg: k.value for k in node.keywords}.get("lazy")
                assert isinstance(lazy, ast.Constant), f"{name}:{node.lineno}"
                assert lazy.value == "raise", f"{name}:{node.lineno}"


def test_the_solver_is_called_from_placement_alone() -> None:
    for name, path in sources(*PACKAGES).items():
        for node in ast.walk(tree(path)):
            imported = []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module or ""]
            if any(module.split(".")[0] == "ortools" for module in imported):
                assert name.startswith("booking.placement."), name


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_has_two_subjects(package: str) -> None:
    """From 300 lines on a file is to be looked at; past 400 it is to be divided."""
    long = {name: len(path.read_text().splitlines()) for name, path in sources(package).items()}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}
