"""Large neighbourhood search: again and again a few guests are placed anew, as well as they can be together.

No round makes a placement worse, so it can be stopped at any time and what it has is valid.
"""

from collections.abc import Callable, Sequence

from booking.placement.effort import Effort
from booking.placement.fill import Atom, Filling
from booking.placement.problem import Placement
from booking.placement.solver import Aims, model, optimise
from booking.placement.symmetry import in_order, keep_alike_guests_in_order
from booking.placement.wishes import AIMS
from booking.placement.worth import worth

FEWEST, MOST = 2, 14
"""How many atoms a round places anew, at least and at most."""
ROUND = 0.01
"""What a round may cost for each group of aims, in the solver's deterministic units."""


def improve(
    filling: Filling,
    aims: Aims,
    effort: Effort,
    passes: int | None = None,
    after_round: Callable[[], bool] = lambda: True,
    *,
    leads: Sequence[Atom] | None = None,
    size: float = 4,
    each: float = ROUND,
) -> None:
    """Improves the schedule until the effort is spent or `after_round` says stop.

    With `passes` every atom leads so many rounds at most; a pass that betters nothing is the last.
    `leads`: the atoms around which it is improved (all); `size`: how many are placed anew at first;
    `each`: what a round may cost for each group of aims.
    """
    placed = [
        atom
        for atom in (filling.atoms if leads is None else leads)
        if all(i in filling.schedule.at for i in atom)
    ]
    done, better = 0, True
    while placed and better and (passes is None or done < passes):
        better, done = passes is None, done + 1
        filling.chance.shuffle(placed)
        for atom in placed:
            if effort.is_spent:
                return
            proven, moved = _round(filling, aims, atom, int(size), effort, each)
            better = better or moved
            size = min(size + 0.25, MOST) if proven else max(size - 0.5, FEWEST)
            if not after_round():
                return


def _round(
    filling: Filling, aims: Aims, atom: Atom, size: int, effort: Effort, each: float
) -> tuple[bool, bool]:
    """Places the atom and those near it anew: whether that is certainly the best, and whether any moved."""
    schedule = filling.schedule
    free = {i for one in (atom, *filling.nearest(atom, size - 1)) for i in one}
    before: Placement = {i: schedule.at[i] for i in free}
    for i in free:
        schedule.remove(i)
    found = filling.near.around(free)
    if found is None:
        schedule.put(before)
        return False, False
    problem, among = found
    v = model(problem, range(len(among)))
    stood = {n: before.get(i) or schedule.at[i] for n, i in enumerate(among)}
    stood = in_order(stood, keep_alike_guests_in_order(v))
    best, proven = optimise(v, aims, stood, effort, each)
    if aims is AIMS and worth(problem, best) > worth(problem, stood):
        best, proven = stood, False  # it had to stop before it was as far as it had begun
    schedule.put({among[n]: p for n, p in best.items() if among[n] in free})
    return proven, best != stood
