"""What is found does not hang on how busy the machine is: a clock that runs away changes no answer."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from booking.case import case_of
from booking.fit import fit, refit, situation_of
from booking.placement import planning
from booking.placement.effort import Effort, lasting
from booking.placement.planning import Aim, Planning
from booking.placement.problem import Placement
from booking.prepare import prepare
from tests.bench.houses import house, wanted, whole_day
from tests.placement.test_replanning import booked

LONG = 1e7
"""Seconds: the last resort is far away even where they go by this much faster."""
FASTER = 1000


@contextmanager
def a_busy_machine() -> Iterator[None]:
    """Whatever is done takes so many times as long by the clock."""
    began, real = time.monotonic(), time.monotonic
    with patch.object(time, "monotonic", lambda: began + (real() - began) * FASTER):
        yield


def test_an_order_is_placed_alike() -> None:
    catalog, held = house(60, booked=0.3)
    case = case_of(wanted(catalog, held, 4))
    calm = fit(case, LONG)
    with a_busy_machine():
        assert fit(case, LONG) == calm


def test_a_therapist_who_is_ill_is_replaced_alike() -> None:
    asked = booked(whole_day(24, 12, booked=0.15))
    assert asked is not None
    situation = situation_of(case_of(asked))
    ill = replace(asked, blocks={"t1": ((situation.base, situation.base + situation.end),)})
    concerned = {
        line.position
        for line in asked.lines
        if any(a.resource == "t1" for booking in line.bookings for a in booking.allocations)
    }
    assert concerned
    calm = refit(case_of(ill), concerned, LONG)
    assert calm.placings is not None
    with a_busy_machine():
        assert refit(case_of(ill), concerned, LONG) == calm


@pytest.mark.parametrize("aim", ["shortest", "fewest_changes"])
def test_a_day_is_planned_alike(aim: Aim) -> None:
    with patch.object(planning, "STEP", LONG):
        calm = planned(aim)
        with a_busy_machine():
            assert planned(aim) == calm


def planned(aim: Aim) -> Placement:
    """A day as it is after so many steps."""
    asked = whole_day(16, 6, booked=0.4)
    problem = prepare(situation_of(case_of(asked)), case_of(asked)).problem
    orders = [session.line for session in case_of(asked).sessions]
    made = Planning(problem, orders, frozenset(), aim)
    while made.steps < 20 and made.carry_on(0.0):
        pass
    return dict(made.at)


def test_units_are_spent_and_seconds_are_the_last_resort() -> None:
    spent = lasting(LONG, 1.0)
    spent.spend(0.5, sessions=10)
    assert not spent.is_spent
    spent.spend(0.5, sessions=0)
    assert spent.is_spent
    assert Effort(time.monotonic(), inf).is_spent
