"""The variables of the model, in a container that answers questions about tasks and resources."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

from booking.bits import Mask, intervals, minutes
from booking.placement.engine import cp_model
from booking.placement.problem import Placed, Placement, Problem


@cache
def _bare() -> type[cp_model.CpModel]:
    """Models without the old names that OR-tools gives each one: making them takes as long as solving."""

    class Model(cp_model.CpModel):
        def _add_pre_pep8_methods(self) -> None:
            """None of them is used here."""

    return Model


class Variables:
    """Start variables, literals "this claim uses that resource", and what is held of each leaf."""

    def __init__(self, problem: Problem, among: Sequence[int]) -> None:
        self.problem = problem
        self.among = list(among)
        self.model = _bare()()
        self.start: dict[int, cp_model.IntVar] = {}
        self.pick: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.met: dict[tuple[int, int], cp_model.IntVar] = {}
        self.serves: dict[tuple[int, int, int, int], cp_model.IntVar] = {}
        self.held: dict[int, list[tuple[cp_model.IntervalVar, int | None]]] = {}
        self.domains: dict[Mask, cp_model.Domain] = {}
        for i in self.among:
            self.start[i] = self.model.new_int_var_from_domain(self.domain(problem.tasks[i].starts), "")
        for i in self.among:
            self._claims(i)

    def _claims(self, i: int) -> None:
        task, start = self.problem.tasks[i], self.start[i]
        for c, claim in enumerate(task.claims):
            for option in () if claim.at_will else claim.options:
                literal = self.model.new_bool_var("")
                self.pick[i, c, option.resource] = literal
                if option.starts != task.starts:
                    free = self.model.add_linear_expression_in_domain(start, self.domain(option.starts))
                    free.only_enforce_if(literal)
                a = start + claim.lead
                if claim.length is not None:
                    held = self.model.new_optional_fixed_size_interval_var(a, claim.length, literal, "")
                else:
                    until = claim.until or 0
                    held = self.model.new_optional_interval_var(
                        a, until - claim.lead - start, until, literal, ""
                    )
                for leaf in self.problem.leaves[option.resource]:
                    demand = claim.places if claim.shared else None
                    self.held.setdefault(leaf, []).append((held, demand))

    def domain(self, mask: Mask) -> cp_model.Domain:
        """A set of minutes as the solver's domain; guests of the same skill share theirs."""
        if mask not in self.domains:
            self.domains[mask] = (
                cp_model.Domain.from_intervals([[a, b - 1] for a, b in intervals(mask)])
                if mask & mask >> 1
                else cp_model.Domain.from_values(list(minutes(mask)))
            )
        return self.domains[mask]

    def end(self, i: int) -> cp_model.LinearExprT:
        """When the task ends."""
        task = self.problem.tasks[i]
        return self.start[i] + task.length if task.length is not None else task.end or 0

    def attended(self, i: int, gap: int) -> cp_model.IntervalVar:
        """The time a task occupies its guests, a gap behind it."""
        task = self.problem.tasks[i]
        if task.length is not None:
            return self.model.new_fixed_size_interval_var(self.start[i], task.length + gap, "")
        end = (task.end or 0) + gap
        return self.model.new_interval_var(self.start[i], end - self.start[i], end, "")

    def picks(self, i: int, c: int) -> dict[int, cp_model.IntVar]:
        """The literals of a claim by resource; none for what is chosen at will."""
        claim = self.problem.tasks[i].claims[c]
        return {} if claim.at_will else {o.resource: self.pick[i, c, o.resource] for o in claim.options}

    def place(self, i: int, c: int) -> dict[int, cp_model.IntVar]:
        """By resource whether it is the place of the task (claim c): its own, or its host's where that meets
        the claim (P11).
        """
        task = self.problem.tasks[i]
        out = self.picks(i, c)
        if task.host is not None and task.host_claim is not None:
            for resource, literal in self.place(task.host, task.host_claim).items():
                if task.met_at(resource) == c:
                    own = out.get(resource)
                    out[resource] = literal if own is None else self.any_of([own, literal])
        return out

    def any_of(self, literals: Sequence[cp_model.IntVar]) -> cp_model.IntVar:
        """A literal that is true if one of them is."""
        out = self.model.new_bool_var("")
        self.model.add_max_equality(out, literals)
        return out

    def placement(self, value: Solution) -> Placement:
        """What a solution says, by task."""
        out: Placement = {}
        for i in self.among:
            start = value.value(self.start[i])
            claims = self.problem.tasks[i].claims
            out[i] = Placed(start, tuple(self._used(i, c, start, value) for c in range(len(claims))))
        return out

    def _used(self, i: int, c: int, start: int, value: Solution) -> tuple[int, ...]:
        claim = self.problem.tasks[i].claims[c]
        if claim.at_will:
            return tuple(o.resource for o in claim.options if o.starts >> start & 1)[: claim.count]
        return tuple(r for r, literal in self.picks(i, c).items() if value.boolean_value(literal))

    def hint(self, placement: Placement) -> None:
        """Tells the solver where to look first."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]  # OR-tools has no types here
        for i in self.among:
            placed = placement.get(i)
            if placed is None:
                continue
            self.model.add_hint(self.start[i], placed.start)
            for c, used in enumerate(placed.resources):
                for resource, literal in self.picks(i, c).items():
                    self.model.add_hint(literal, resource in used)


Solution: TypeAlias = "cp_model.CpSolver"
