"""Solvers without processes, for tests in which there is little or nothing to place."""

from typing import Any

from booking.solvers import Solvers


class InThisProcess(Solvers):
    """Computes at once."""

    def __init__(self) -> None:
        super().__init__(1)

    async def start(self) -> None:
        pass

    async def place(self, compute: Any, *args: object, seconds: float | None = None) -> Any:
        return compute(*args) if seconds is None else compute(*args, seconds)

    async def plan(self, compute: Any, *args: object) -> Any:
        return compute(*args)

    async def search(self, compute: Any, *args: object, seconds: float | None = None) -> Any:
        return compute(*args) if seconds is None else compute(*args, seconds)
