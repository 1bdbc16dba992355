"""Days planned anew: valid as it would be applied, nothing locked moves, nothing becomes worse."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from booking.case import Asked, case_of
from booking.check import unforgiven, violations
from booking.fit import situation_of
from booking.placement.effort import lasting
from booking.placement.fill import Filling, atoms
from booking.placement.improve import improve
from booking.placement.planning import Aim
from booking.placement.schedule import Schedule
from booking.placement.wishes import AIMS
from booking.placement.worth import worth
from booking.prepare import prepare
from booking.sketch import Sketch, Sketching, ToPlan, held_by
from catalog.specs import Catalog
from tests.bench.houses import whole_day
from tests.building import THERAPIST, ask, between, need, party, service, therapist, venue
from tests.placement.test_replanning import booked
from tests.placement.worlds import houses


def planned(asked: Asked, aim: Aim) -> Sketch:
    """The plan when nothing better is to be expected, every line an order."""
    sketching = Sketching(ToPlan(asked=asked, orders=tuple(line.position for line in asked.lines), aim=aim))
    for _ in range(40):
        sketch = sketching.carry_on(0.05, last=False)
        if sketch.done:
            return sketch
    return sketching.carry_on(0.05, last=True)


def as_applied(asked: Asked, sketch: Sketch) -> list[str]:
    """What the plain check says of the orders that change, among the others where they stand."""
    case = case_of(asked)
    changing = [line for line in asked.lines if line.position in sketch.places]
    stands = Sketching(
        ToPlan(asked=asked, orders=tuple(line.position for line in asked.lines), aim="shortest")
    )
    others = {i: p for i, p in stands.present.items() if case.sessions[i].line not in sketch.places}
    alone = replace(asked, lines=tuple(changing), held=(*asked.held, *held_by(case, others)))
    placings = [placing for line in changing for placing in sketch.places[line.position]]
    cut = case_of(alone)
    return [v.sentence for v in unforgiven(cut, violations(cut, placings))]


@settings(max_examples=25)
@given(
    house=houses(count=2),
    old=st.lists(st.integers(1, 2), min_size=1, max_size=3),
    new=st.lists(st.integers(1, 2), max_size=2),
    locked=st.integers(0, 8),
    away=st.booleans(),
    aim=st.sampled_from(["shortest", "fewest_changes"]),
)
def test_what_is_found_is_valid_among_all_that_stays_and_nothing_locked_moves(
    house: Catalog, old: list[int], new: list[int], locked: int, away: bool, aim: Aim
) -> None:
    before = booked(ask(house, *(party(house, count) for count in old)))
    if before is None:
        return
    lines = []
    for n, line in enumerate(before.lines):
        bookings = [replace(b, locked=n * 3 + k == locked) for k, b in enumerate(line.bookings)]
        lines.append(replace(line, bookings=tuple(bookings)))
    fresh = ask(house, *(party(house, count) for count in new)).lines if new else ()
    lines += [replace(line, position=len(old) + n) for n, line in enumerate(fresh)]
    blocks = {"anna": (between("09:00", "11:00"),)} if away else {}
    asked = replace(before, lines=tuple(lines), blocks=blocks)
    sketch = planned(asked, aim)
    assert sketch.faults == ()
    assert (sketch.placed == sketch.wanted) == (not sketch.left)
    stay = {b.id for line in lines for b in line.bookings if b.locked}
    assert not stay & {move.booking for move in sketch.moves}
    if sketch.left:
        return
    assert as_applied(asked, sketch) == []
    if not sketch.wanted:
        assert sketch.after.waiting_minutes <= sketch.before.waiting_minutes or aim == "fewest_changes"
        assert aim == "shortest" or sketch.moves == ()


def test_who_stands_in_the_way_makes_room_for_who_has_no_place() -> None:
    """Anna alone gives facials; the massage that she gives at ten could as well be Bo's."""
    massage, facial = service("massage", 60, THERAPIST), service("facial", 60, need("faces"))
    anna, bo = therapist("anna", pool=["therapists", "faces"]), therapist("bo")
    alone = venue(massage, facial, anna)
    stands = booked(ask(alone, party(alone, product="massage")))
    assert stands is not None
    both = venue(massage, facial, anna, bo)
    fresh = replace(party(both, product="facial"), position=1)
    sketch = planned(replace(stands, catalog=both, lines=(*stands.lines, fresh)), "fewest_changes")
    assert (sketch.left, sketch.placed, sketch.moved, sketch.reassigned) == ((), 1, 0, 1)


def test_no_round_makes_a_schedule_worse() -> None:
    """Not even one that has to stop before the solver is done, as the third of these is."""
    case = case_of(whole_day(24, 12, booked=0.15))
    problem = prepare(situation_of(case), case).problem
    filling = Filling(Schedule(problem), atoms(problem, range(len(problem.tasks))))
    filling.quickly()
    best = worth(problem, filling.schedule.at)
    for atom in filling.atoms[:4]:
        improve(filling, AIMS, lasting(60), 1, leads=[atom], size=6, each=0.01)
        now = worth(problem, filling.schedule.at)
        assert now <= best
        best = now
