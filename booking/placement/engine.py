"""OR-tools, loaded by whoever solves first.

A server leaves solving to its solver processes, and most commands solve nothing: without it each starts
sooner by most of a second, and takes 60 MB less. The rest of this package takes OR-tools from here.
"""

import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = ["MODULES", "cp_model", "linear_solver_pb2", "pywraplp"]

MODULES = (
    "ortools.sat.python.cp_model",
    "ortools.linear_solver.pywraplp",
    "ortools.linear_solver.linear_solver_pb2",
)
"""To be preloaded where processes that solve are forked."""


def _when_needed(name: str) -> ModuleType:
    """The module, which is executed when something of it is used first."""
    spec = importlib.util.find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return importlib.import_module(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from ortools.linear_solver import linear_solver_pb2, pywraplp
    from ortools.sat.python import cp_model
else:
    cp_model, pywraplp, linear_solver_pb2 = map(_when_needed, MODULES)
