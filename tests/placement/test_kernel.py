"""Of the resources that would do only those are looked at that could be needed; what has no rival is chosen
at will.
"""

from typing import Any

from booking.case import case_of
from booking.fit import situation_of
from booking.placement.problem import Problem
from booking.prepare import prepare
from tests.building import ask, component, hours, need, package, party, room, service, therapist, venue

HANDS = [therapist(f"t{n}", ["massage", "facial"], hours=hours("09:00-18:00")) for n in range(12)]


def problem_of(guests: int, *, gap: int = 0, **needs: Any) -> Problem:
    """Of guests who have a massage and a facial, each by any of twelve therapists."""
    visit = package(component("massage"), component("facial"), min_gap_minutes=gap)
    house = venue(
        service("massage", 60, need("massage", **needs)), service("facial", 60, need("facial")), visit, *HANDS
    )
    case = case_of(ask(house, party(house, guests, "09:00")))
    return prepare(situation_of(case), case).problem


def test_a_guests_own_sessions_are_no_rivals() -> None:
    assert all(claim.at_will for task in problem_of(1).tasks for claim in task.claims)


def test_cleaning_up_may_reach_into_a_guests_next_session() -> None:
    """Unless the gap between his sessions is as long."""
    assert not any(claim.at_will for task in problem_of(1, after_minutes=10).tasks for claim in task.claims)
    assert all(
        claim.at_will for task in problem_of(1, gap=10, after_minutes=10).tasks for claim in task.claims
    )


def test_other_guests_are_rivals() -> None:
    """Each claim meets both sessions of the two others: five resources do."""
    claims = [claim for task in problem_of(3).tasks for claim in task.claims]
    assert not any(claim.at_will for claim in claims)
    assert {len(claim.options) for claim in claims} == {5}


def test_what_cannot_be_at_the_same_time_are_no_rivals() -> None:
    """The room is wanted in the morning and in the afternoon."""
    visit = package(
        component("bath", window=["09:00", "11:00"]), component("walk", window=["13:00", "15:00"])
    )
    house = venue(
        service("bath", 60, need("rooms"), group_size="all"),
        service("walk", 60, need("rooms", after_minutes=30), group_size="all"),
        visit,
        room("r1"),
        room("r2"),
    )
    case = case_of(ask(house, party(house, 2, "09:00")))
    tasks = prepare(situation_of(case), case).problem.tasks
    assert all(claim.at_will for task in tasks for claim in task.claims)
