"""P12: required wishes are met by the staff of a guest's attended sessions; the row asked for is used."""

import pytest
from msgspec.structs import replace

from booking.check import violations
from catalog.errors import Invalid
from tests.building import (
    THERAPIST,
    component,
    fits,
    guest,
    held,
    need,
    package,
    plan,
    resource,
    room,
    service,
    therapist,
    venue,
)

WOMAN, MAN = {"gender": "female"}, {"gender": "male"}
ANNA, CARL, ROBOT = therapist("anna", attributes=WOMAN), therapist("carl", attributes=MAN), therapist("robot")
MASSAGE = service("massage", 60, THERAPIST)
AT_START = package(component("massage", relative_start_minutes=0))
BY_A_WOMAN, BY_A_MAN = guest(required=WOMAN), guest(required=MAN)


def test_a_guest_is_served_by_whom_he_asked_for() -> None:
    assert plan(venue(MASSAGE, AT_START, CARL, ANNA), wishes=[BY_A_WOMAN]).uses("massage") == ["anna"]


def test_there_is_no_placement_where_nobody_suits() -> None:
    assert not fits(venue(MASSAGE, AT_START, CARL), wishes=[BY_A_WOMAN])
    assert not fits(
        venue(MASSAGE, AT_START, CARL, ANNA), wishes=[BY_A_WOMAN], held=(held("anna", "10:00", "11:00"),)
    )


def test_staff_without_the_attribute_is_not_in_question() -> None:
    assert fits(venue(MASSAGE, AT_START, ROBOT), wishes=[BY_A_WOMAN])


def test_a_room_has_no_say_in_wishes() -> None:
    with_room = service("massage", 60, need("rooms"))
    house = venue(with_room, AT_START, resource("cave", "room", "rooms", attributes=MAN))
    assert fits(house, wishes=[BY_A_WOMAN])


def test_wishes_concern_what_the_guest_attends() -> None:
    house = venue(MASSAGE, package(component("massage", attended=False)), CARL)
    assert fits(house, wishes=[BY_A_WOMAN])


def test_each_guest_has_wishes_of_his_own() -> None:
    house = venue(MASSAGE, AT_START, CARL, ANNA)
    assert plan(house, 2, wishes=[BY_A_WOMAN, BY_A_MAN]).uses("massage") == ["anna", "carl"]
    assert not fits(house, 2, wishes=[BY_A_WOMAN, BY_A_WOMAN])


def test_one_therapist_for_a_couple_has_to_suit_both() -> None:
    couple = service("massage", 60, THERAPIST, group_size=2)
    house = venue(couple, AT_START, CARL, ANNA)
    assert plan(house, 2, wishes=[BY_A_WOMAN, BY_A_WOMAN]).uses("massage") == ["anna"]
    assert not fits(house, 2, wishes=[BY_A_WOMAN, BY_A_MAN])


def test_as_many_therapists_as_guests_are_matched_one_to_each() -> None:
    """A couple with two therapists: she wants a woman, he a man."""
    couple = service("massage", 60, need("therapists", count=2), group_size=2)
    house = venue(couple, AT_START, CARL, ANNA)
    assert fits(house, 2, wishes=[BY_A_WOMAN, BY_A_MAN])
    assert fits(house, 2, wishes=[BY_A_MAN])
    assert not fits(house, 2, wishes=[BY_A_WOMAN, BY_A_WOMAN])


def test_the_matching_is_found_where_the_first_choice_is_wrong() -> None:
    """Guest 1 takes anybody, guest 2 a woman, guest 3 the one who speaks Finnish."""
    group = service("massage", 60, need("therapists", count=3), group_size=3)
    eva = therapist("eva", attributes=WOMAN | {"language": "fi"})
    carl = therapist("carl", attributes=MAN | {"language": "sv"})
    anna = therapist("anna", attributes=WOMAN | {"language": "sv"})
    wishes = [guest(), guest(required=WOMAN), guest(required={"language": "fi"})]
    assert fits(venue(group, AT_START, eva, carl, anna), 3, wishes=wishes)
    assert not fits(
        venue(group, AT_START, eva, carl, therapist("dan", attributes=MAN | {"language": "sv"})),
        3,
        wishes=wishes,
    )


def test_two_therapists_for_one_guest_both_have_to_suit() -> None:
    four_hands = service("massage", 60, need("therapists", count=2))
    assert not fits(venue(four_hands, AT_START, CARL, ANNA), wishes=[BY_A_WOMAN])
    eva = therapist("eva", attributes=WOMAN)
    assert fits(venue(four_hands, AT_START, CARL, ANNA, eva), wishes=[BY_A_WOMAN])


def test_staff_may_override_wishes_which_are_then_met_as_far_as_they_can_be() -> None:
    house = venue(MASSAGE, AT_START, CARL, ANNA)
    found = plan(house, 2, wishes=[BY_A_WOMAN, BY_A_WOMAN], overrides=("wishes",))
    assert sorted(found.uses("massage")) == ["anna", "carl"]


def test_the_row_on_which_the_booking_was_begun_is_used() -> None:
    house = venue(MASSAGE, AT_START, CARL, ANNA)
    assert plan(house, resource={0: "anna"}).uses("massage") == ["anna"]
    assert plan(house, resource={0: "carl"}).uses("massage") == ["carl"]
    assert not fits(house, resource={0: "anna"}, held=(held("anna", "10:30", "11:00"),))


def test_the_first_session_that_can_use_the_row_does_and_the_others_are_free() -> None:
    talk = service("talk", 30, need("rooms"))
    house = venue(talk, MASSAGE, package(component("talk"), component("massage")), CARL, ANNA, room("r1"))
    found = plan(house, 2, resource={0: "anna"})
    assert found.uses("massage")[0] == "anna"


def test_the_row_is_one_of_those_that_a_session_needs_several_of() -> None:
    """Though others would please the guest more; and where either of two needs may be met by it."""
    eva = therapist("eva", attributes=WOMAN)
    several = service("massage", 60, need("therapists", count=2))
    twice = service("massage", 60, THERAPIST, need("therapists", until_minutes=60))
    for massage in (several, twice):
        house = venue(massage, AT_START, ANNA, CARL, eva)
        found = plan(house, wishes=[guest(preferred=WOMAN)], resource={0: "carl"})
        assert "carl" in found.uses("massage")[0].split()


def test_a_row_that_is_too_small_is_no_start() -> None:
    meeting = service("massage", 60, need("rooms", "seated"), group_size="all")
    house = venue(meeting, AT_START, room("r1", 1), room("r2", 2))
    assert fits(house, 2, resource={0: "r2"})
    assert not fits(house, 2, resource={0: "r1"})


def test_a_row_that_nothing_uses_is_an_error() -> None:
    house = venue(MASSAGE, AT_START, ANNA, room("r1"))
    with pytest.raises(Invalid, match="r1"):
        plan(house, resource={0: "r1"})


def test_a_row_may_be_used_by_being_the_place_of_the_host() -> None:
    """The mask needs the room in which its host is; the row is asked for by the mask's booking."""
    mask = service("mask", 20, need("rooms"))
    massage = service("massage", 60, need("rooms", "seated"))
    visit = package(component("massage"), component("mask", associated_with="massage"))
    house = venue(massage, mask, visit, room("r1"), room("r2"))
    assert plan(house, resource={0: "r2"}).uses("massage") == ["r2"]


def test_the_check_sees_a_required_wish_that_is_not_met() -> None:
    found = plan(venue(MASSAGE, AT_START, CARL, ANNA), wishes=[BY_A_WOMAN])
    (fault,) = found.faults("massage", resources=["carl"])
    assert (fault.rule, fault.override) == ("P12", "wishes")


def test_the_check_sees_that_a_matching_is_impossible() -> None:
    couple = service("massage", 60, need("therapists", count=2), group_size=2)
    dan = therapist("dan", attributes=MAN)
    found = plan(venue(couple, AT_START, CARL, ANNA, dan), 2, wishes=[BY_A_WOMAN, BY_A_MAN])
    assert found.broken_by("massage", resources=["carl anna"]) == set()
    assert found.broken_by("massage", resources=["carl dan"]) == {"P12"}


def test_the_check_sees_that_the_row_is_not_used() -> None:
    found = plan(venue(MASSAGE, AT_START, CARL, ANNA), resource={0: "anna"})
    (fault,) = found.faults("massage", resources=["carl"])
    assert (fault.rule, fault.override) == ("P12", None)


def test_the_check_does_not_take_the_hosts_therapist_for_the_row() -> None:
    """The mask is to be done by anna; that she does the massage to which it belongs is not enough."""
    mask = service("mask", 20, THERAPIST)
    massage = service("massage", 60, need("rooms", "seated"), need("masters"))
    visit = package(component("massage"), component("mask", associated_with="massage"))
    anna, bea = therapist("anna", ["therapists", "masters"]), therapist("bea")
    found = plan(venue(massage, mask, visit, room("r1"), anna, bea))
    assert found.uses("mask") == ["bea"]
    asked_for = replace(found.case, require={1: ("anna",)})
    assert [v.rule for v in violations(asked_for, found.placings)] == ["P12"]
