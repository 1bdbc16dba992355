"""P5: what is held whole meets nothing else held of that resource, its parts, or what it is a part of."""

from typing import Any

import pytest

from tests.building import (
    THERAPIST,
    component,
    fits,
    held,
    need,
    package,
    plan,
    room,
    service,
    therapist,
    venue,
)

MASSAGE = service("massage", 60, THERAPIST)
AT_START = package(component("massage", relative_start_minutes=0))
MEETING = service("meeting", 60, need("halls", "seated"))
HALLS = (
    room("a", 2, "halls"),
    room("b", 2, "halls"),
    room("hall", 5, "halls", parts=["a", "b"]),
)


def meeting(guests: int, **fields: Any) -> str | None:
    """The hall in which so many meet, None where there is none."""
    house = venue(MEETING, package(component("meeting", "one", relative_start_minutes=0)), *HALLS)
    found = plan(house, guests, **fields)
    return found.uses("meeting")[0] if found.exists else None


def test_two_guests_at_one_time_take_two_therapists() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"), therapist("bea"))
    assert sorted(plan(house, 2).uses("massage")) == ["anna", "bea"]
    assert not fits(house, 3)


def test_one_therapist_treats_two_guests_one_after_the_other() -> None:
    house = venue(MASSAGE, package(component("massage")), therapist("anna"))
    assert sorted(plan(house, 2).starts("massage")) == ["10:00", "11:00"]


def test_buffers_keep_two_sessions_apart() -> None:
    massage = service("massage", 60, need("therapists", before_minutes=5, after_minutes=10))
    house = venue(massage, package(component("massage")), therapist("anna"))
    assert sorted(plan(house, 2).starts("massage")) == ["10:00", "11:15"]


@pytest.mark.parametrize(
    ("start", "free"), [("09:00", True), ("09:05", False), ("10:55", False), ("11:00", True)]
)
def test_what_ends_at_ten_does_not_meet_what_begins_at_ten(start: str, free: bool) -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"))
    assert fits(house, start=start, held=(held("anna", "10:00", "11:00"),)) == free


def test_a_room_held_exclusively_is_taken_whole_whatever_its_capacity() -> None:
    single = service("massage", 60, need("rooms"))
    house = venue(single, AT_START, room("large", capacity=10))
    assert fits(house)
    assert not fits(house, held=(held("large", "10:55", "12:00", "seated"),))
    assert not fits(house, 2)


def test_a_held_part_makes_the_hall_unavailable() -> None:
    assert meeting(5) == "hall"
    assert meeting(5, held=(held("a", "10:30", "10:35", "seated"),)) is None


def test_a_held_hall_holds_its_parts() -> None:
    """A holding of the hall is stored as one of each part."""
    both = (held("a", "09:00", "10:30", "seated"), held("b", "09:00", "10:30", "seated"))
    assert meeting(1, held=both) is None
    assert meeting(1, held=both[:1]) == "b"


def test_one_order_cannot_hold_the_hall_and_its_part_at_once() -> None:
    talk = service("talk", 60, need("halls", "seated"))
    both = package(
        component("meeting", "one", relative_start_minutes=0),
        component("talk", "one", relative_start_minutes=30),
    )
    assert not fits(venue(MEETING, talk, both, *HALLS), 5)
    in_the_part = service("talk", 60, need("small"))
    part = room("a", 2, ["halls", "small"])
    assert not fits(venue(MEETING, in_the_part, both, part, *HALLS[1:]), 5)
    assert fits(venue(MEETING, in_the_part, both, part, *HALLS[1:]), 2)


def test_a_small_party_leaves_the_hall_to_others() -> None:
    assert meeting(2) in ("a", "b")


def test_a_room_that_is_shared_at_that_time_cannot_be_held_whole() -> None:
    party = service("massage", 60, need("saunas"))
    house = venue(party, AT_START, room("sauna", 4, "saunas"))
    assert not fits(house, held=(held("sauna", "10:00", "10:30", "shared", 1),))


def test_nobody_may_override_that_a_resource_is_taken() -> None:
    every = ("arrival", "venue_hours", "resource_hours", "waiting", "order", "wishes")
    house = venue(MASSAGE, AT_START, therapist("anna"))
    assert not fits(house, held=(held("anna", "10:00", "11:00"),), overrides=every)


def test_the_check_sees_a_resource_that_another_holds() -> None:
    house = venue(MASSAGE, package(component("massage")), therapist("anna"))
    (fault,) = plan(house, held=(held("anna", "12:00", "13:00"),)).faults("massage", start="11:30")
    assert (fault.rule, fault.override) == ("P5", None)


def test_the_check_sees_two_sessions_of_one_order_on_one_resource() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"), therapist("bea"))
    found = plan(house, 2)
    assert found.broken_by("massage", 0, resources=[found.uses("massage")[1]]) == {"P5"}


def test_the_check_sees_a_hall_whose_part_is_held() -> None:
    house = venue(MEETING, package(component("meeting", "one")), *HALLS)
    found = plan(house, 1, held=(held("b", "10:00", "11:00", "seated"),))
    assert found.uses("meeting") == ["a"]
    assert found.broken_by("meeting", resources=["hall"]) == {"P5"}


def test_the_check_sees_whole_use_of_what_is_shared() -> None:
    party = service("massage", 60, need("saunas"))
    house = venue(party, package(component("massage")), room("sauna", 4, "saunas"))
    found = plan(house, held=(held("sauna", "12:00", "13:00", "shared", 1),))
    assert found.broken_by("massage", start="12:30") == {"P5"}
