"""P7: the resources of one need differ, and those of two needs of one session; each suits its use."""

from tests.building import THERAPIST, component, fits, need, package, plan, room, service, therapist, venue

AT_START = package(component("massage", relative_start_minutes=0))
FOUR_HANDS = service("massage", 60, need("therapists", count=2))


def test_four_hands_are_two_therapists() -> None:
    house = venue(FOUR_HANDS, AT_START, therapist("anna"), therapist("bea"))
    assert set(plan(house).uses("massage")[0].split()) == {"anna", "bea"}


def test_one_therapist_has_not_four_hands() -> None:
    assert not fits(venue(FOUR_HANDS, AT_START, therapist("anna")))


def test_a_need_larger_than_its_pool_is_accepted_and_never_fits() -> None:
    many = service("massage", 60, need("therapists", count=3))
    assert not fits(venue(many, AT_START, therapist("anna"), therapist("bea")))


def test_two_needs_of_one_session_take_two_resources_even_from_pools_that_overlap() -> None:
    pair = service("massage", 60, need("seniors"), need("therapists"))
    anna = therapist("anna", ["seniors", "therapists"])
    assert not fits(venue(pair, AT_START, anna))
    assert plan(venue(pair, AT_START, anna, therapist("bea"))).uses("massage") == ["anna bea"]


def test_a_resource_used_at_another_time_of_the_session_still_has_to_differ() -> None:
    """Each half of the session needs a therapist: P7 speaks of the session, not of the minute."""
    halves = service("massage", 60, need("therapists", until_minutes=30), need("therapists", from_minutes=30))
    assert not fits(venue(halves, AT_START, therapist("anna")))
    assert fits(venue(halves, AT_START, therapist("anna"), therapist("bea")))


def test_a_seated_need_asks_for_a_room_as_large_as_the_group() -> None:
    couple = service("massage", 60, need("rooms", "seated"), group_size=2)
    house = venue(couple, AT_START, room("single"), room("double", 2))
    assert plan(house, 2).uses("massage") == ["double"]
    assert not fits(venue(couple, AT_START, room("single")), 2)


def test_the_check_sees_one_resource_used_twice() -> None:
    house = venue(FOUR_HANDS, AT_START, therapist("anna"), therapist("bea"))
    assert "P7" in plan(house).broken_by("massage", resources=["anna anna"])
    halves = service("massage", 60, need("therapists", until_minutes=30), need("therapists", from_minutes=30))
    found = plan(venue(halves, AT_START, therapist("anna"), therapist("bea")))
    assert found.broken_by("massage", resources=["anna", "anna"]) == {"P7"}


def test_the_check_sees_too_few_resources() -> None:
    house = venue(FOUR_HANDS, AT_START, therapist("anna"), therapist("bea"))
    assert plan(house).broken_by("massage", resources=["anna"]) == {"P7"}
    assert plan(house).broken_by("massage", resources=[""]) == {"P7"}


def test_the_check_sees_a_room_that_is_too_small_or_of_another_pool() -> None:
    couple = service("massage", 60, need("rooms", "seated"), THERAPIST, group_size=2)
    rooms = (room("single"), room("double", 2), room("lobby", 9, "lobbies"))
    found = plan(venue(couple, AT_START, *rooms, therapist("anna")), 2)
    assert found.broken_by("massage", resources=["single", "anna"]) == {"P7"}
    assert found.broken_by("massage", resources=["lobby", "anna"]) == {"P7"}


def test_the_check_sees_a_divisible_hall_used_as_if_it_had_places() -> None:
    bath = service("massage", 60, need("halls", "shared"))
    house = venue(bath, AT_START, room("a", 2, "halls"), room("hall", 5, "halls", parts=["a"]))
    found = plan(house)
    assert found.uses("massage") == ["a"]
    assert found.broken_by("massage", resources=["hall"]) == {"P7"}
