"""A linear programme in plain columns and rows, and the solver at work on it."""

from collections.abc import Sequence

from booking.placement.engine import linear_solver_pb2 as messages
from booking.placement.engine import pywraplp

_ENDLESS = float("inf")


class Programme:
    """Columns are numbers from 0 up to a bound; rows hold sums of them within bounds.

    It is written as the solver's own message: made piece by piece it would take longer to make than to solve.
    """

    def __init__(self) -> None:
        self._request = messages.MPModelRequest(solver_type=messages.MPModelRequest.GLOP_LINEAR_PROGRAMMING)
        self._model = self._request.model
        self._model.maximize = True
        self.columns = 0

    def column(self, most: float = _ENDLESS, worth: float = 0.0) -> int:
        """A new column of at most so much; the sum of what all are worth is made as great as can be."""
        self._model.variable.add(lower_bound=0.0, upper_bound=most, objective_coefficient=worth)
        self.columns += 1
        return self.columns - 1

    def row(self, low: float, high: float, columns: Sequence[int], factors: Sequence[float]) -> None:
        """The columns, each times its factor, come to something in [low, high]."""
        self._model.constraint.add(lower_bound=low, upper_bound=high, var_index=columns, coefficient=factors)

    def at_most(self, high: float, columns: Sequence[int], factors: Sequence[float]) -> None:
        """The columns, each times its factor, come to at most so much."""
        self.row(-_ENDLESS, high, columns, factors)

    def bound(self, column: int, low: float, high: float) -> None:
        """The column is in [low, high] from now on."""
        variable = self._model.variable[column]
        variable.lower_bound, variable.upper_bound = low, high

    def best(self, seconds: float) -> tuple[float, Sequence[float]] | None:
        """The greatest sum and the columns' values then; None: there is none, or it was not found in time."""
        self._request.solver_time_limit_seconds = max(seconds, 0.001)
        response = messages.MPSolutionResponse()
        pywraplp.Solver.SolveWithProto(self._request, response)
        if response.status != messages.MPSOLVER_OPTIMAL:
            return None
        return response.objective_value, response.variable_value
