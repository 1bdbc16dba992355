"""The index answers as the solver does, where it answers at all (placement.md, 6)."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from booking.case import Asked, case_of, reach_of
from booking.computing import indexed, searched, undecided
from booking.fit import situation_of
from booking.index.days import Days
from booking.index.free import NOTHING
from booking.index.held import occupied
from booking.index.rows import Rows
from booking.occupancy import Held
from booking.placement.effort import lasting
from booking.placement.solver import decide, model
from booking.prepare import prepare
from catalog.specs import Need
from tests.building import ask, at, component, held, need, package, party, room, service, venue
from tests.placement.slot_worlds import question


def fits(asked: Asked, start: int) -> bool:
    """Whether the solver finds a placement: of the whole, without any attempt or proof ahead of it."""
    case = case_of(asked, start)
    problem = prepare(situation_of(case), case).problem
    if any(not task.starts for task in problem.tasks):
        return False
    answer = decide(model(problem, range(len(problem.tasks))), lasting(20))
    assert answer.verdict != "undecided"
    return answer.verdict == "yes"


@settings(max_examples=60)
@given(st.integers(0, 10**9))
def test_slots_are_the_starts_that_the_solver_can_place(seed: int) -> None:
    asked, starts = question(random.Random(seed))
    found = searched(asked, starts, 60)
    assert found.unknown_from is None
    assert [slot.start for slot in found.slots] == [s for s in starts if fits(asked, s)]


HALLS = (room("a", 9, "halls"), room("b", 9, "halls"), room("hall", 20, ["halls", "great"], parts=["a", "b"]))


@pytest.mark.parametrize(
    ("needed", "guests", "taken"),
    [
        (need("saunas", "shared"), 2, ("sauna", "shared", 3)),
        (need("saunas", "shared"), 1, ("sauna", "shared", 4)),
        (need("saunas", "shared"), 1, ("sauna", "exclusive", 1)),
        (need("saunas"), 1, ("sauna", "shared", 1)),
        (need("great", "seated"), 12, ("a", "exclusive", 1)),
        (need("great", "seated"), 12, ("b", "seated", 1)),
        (need("saunas", before_minutes=15, after_minutes=20), 1, ("sauna", "exclusive", 1)),
    ],
)
def test_what_is_held_of_a_part_or_of_the_places_is_missing(
    needed: Need, guests: int, taken: tuple[str, str, int]
) -> None:
    """From 12:00 to 13:00; what is offered ends before it, or begins after it."""
    house = venue(
        service("stay", 60, needed, group_size="all"),
        package(component("stay", relative_start_minutes=0)),
        room("sauna", 4, "saunas"),
        *HALLS,
    )
    resource, use, places = taken
    asked = ask(house, party(house, guests), held=(held(resource, "12:00", "13:00", use, places),))
    starts = [at(f"{hour:02}:{minute:02}") for hour in range(9, 17) for minute in (0, 15, 30, 45)]
    before, after = needed.before_minutes, needed.after_minutes
    free = [s for s in starts if s + 60 + after <= at("12:00") or s - before >= at("13:00")]
    assert [slot.start for slot in searched(asked, starts, 60).slots] == free
    sifted = indexed(asked, starts)
    assert sifted is not None  # and it is the index that has answered


@settings(max_examples=100)
@given(st.integers(0, 10**9))
def test_what_is_booked_or_freed_leaves_the_rows_as_if_made_anew(seed: int) -> None:
    """Rows that have followed changes are those that are made of the same afterwards."""
    chance = random.Random(seed)
    asked, starts = question(chance)
    held = occupied(asked.held)
    catalog, kept = asked.catalog, {k: v for k, v in held.items() if chance.random() < 0.5}
    days = Days(
        situation_of(case_of(asked, starts[0])).tz, case_of(asked).span()[0], 6, catalog.venue.grid_minutes
    )
    rows, anew = Rows(catalog, days, {}, kept), Rows(catalog, days, asked.blocks, held)
    for one in (rows, anew):
        indexed(asked, starts, one)
    rows.replace({k: held.get(k, NOTHING) for k in held.keys() | kept.keys()}, asked.blocks)
    for known, made in zip(rows.tables(), anew.tables(), strict=True):
        assert np.array_equal(known, made)


@pytest.mark.parametrize("seed", range(8))
def test_rows_are_the_same_however_many_are_made_at_once(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _ = question(random.Random(seed))
    first, last = case_of(asked).span()
    days = Days(
        situation_of(case_of(asked)).tz, first, (last - first).days + 1, asked.catalog.venue.grid_minutes
    )
    keys = [r.key for r in asked.catalog.resources]
    made = []
    for some in (1, 2, len(keys)):
        monkeypatch.setattr("booking.index.rows.AT_ONCE", some * days.points)
        made.append(Rows(asked.catalog, days, asked.blocks, occupied(asked.held)).runs(keys, 0, 0))
    assert np.any(made[0])
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0], made[2])


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_what_is_held_out_of_reach_changes_no_slot(seed: int) -> None:
    """Everything is taken before and after the minutes that the sessions can reach."""
    asked, starts = question(random.Random(seed))
    sessions = [s for start in (starts[0], starts[-1]) for s in case_of(asked, start).sessions]
    a, b = reach_of(asked.catalog, sessions)
    keys = [r.key for r in asked.catalog.resources if not r.parts]
    far = [Held(key, "exclusive", 1, *span, "") for key in keys for span in ((a - 999, a), (b, b + 999))]
    near = tuple(h for h in asked.held if h.start < b and a < h.end)
    assert (
        undecided(replace(asked, held=near), starts, None, 60).slots
        == undecided(replace(asked, held=(*near, *far)), starts, None, 60).slots
    )
