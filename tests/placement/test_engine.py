"""OR-tools is large: who does not solve does not load it."""

import subprocess
import sys

SOLVER = "ortools.sat.python.cp_model_helper"


def loaded(program: str) -> set[str]:
    """Of OR-tools and what it brings along, what a process has loaded when it has run this."""
    asked = f"import sys\n{program}\nprint(*{{'pandas', '{SOLVER}'}} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_a_server_that_leaves_solving_to_others_does_not_load_the_solver() -> None:
    assert loaded("import api.app") == set()


def test_who_solves_loads_it_then() -> None:
    program = "from booking.placement.engine import cp_model\ncp_model.CpModel()"
    assert SOLVER in loaded(program)
