"""P6: at every instant the places held of a shared resource are at most its capacity."""

import pytest

from tests.building import SAUNA, component, fits, held, need, package, plan, room, service, venue

BATH = service("bath", 60, SAUNA)
AT_START = package(component("bath", relative_start_minutes=0))
HOUSE = venue(BATH, AT_START, room("sauna", 4, "saunas"))


@pytest.mark.parametrize(
    ("taken", "guests", "room_left"), [(0, 4, True), (0, 5, False), (2, 2, True), (2, 3, False)]
)
def test_a_guest_takes_a_place(taken: int, guests: int, room_left: bool) -> None:
    others = (held("sauna", "10:00", "11:00", "shared", taken),) if taken else ()
    assert fits(HOUSE, guests, held=others) == room_left


def test_places_are_counted_at_every_instant_not_over_the_hour() -> None:
    """Two leave as two others come: at no instant are there more than two."""
    others = (held("sauna", "10:00", "10:30", "shared", 2), held("sauna", "10:30", "11:00", "shared", 2))
    assert fits(HOUSE, 2, held=others)
    overlapping = (held("sauna", "10:00", "10:31", "shared", 2), others[1])
    assert not fits(HOUSE, 2, held=overlapping)


def test_whole_use_takes_all_places() -> None:
    assert not fits(HOUSE, held=(held("sauna", "10:30", "10:35"),))
    assert fits(HOUSE, held=(held("sauna", "11:00", "12:00"),))


def test_two_sessions_of_one_order_share_the_places_too() -> None:
    """Of three guests, two may bathe at a time: the third goes later."""
    house = venue(BATH, package(component("bath")), room("sauna", 2, "saunas"))
    assert sorted(plan(house, 3).starts("bath")) == ["10:00", "10:00", "11:00"]


def test_a_group_bathes_together_or_in_another_room() -> None:
    together = service("bath", 60, SAUNA, group_size="all")
    rooms = (room("small", 2, "saunas"), room("large", 6, "saunas"))
    house = venue(together, AT_START, *rooms)
    assert plan(house, 3).uses("bath") == ["large"]
    assert not fits(house, 3, held=(held("large", "10:00", "11:00", "shared", 4),))


def test_whole_use_and_shared_use_of_one_order_do_not_meet() -> None:
    alone = service("alone", 60, need("saunas"))
    house = venue(
        BATH, alone, package(component("bath"), component("alone", "one")), room("sauna", 4, "saunas")
    )
    found = plan(house, 2)
    assert len({*found.starts("bath"), *found.starts("alone")}) == 2


def test_a_house_that_has_become_smaller_is_full_not_in_error() -> None:
    """Six bathe where there is room for four by now."""
    assert not fits(HOUSE, held=(held("sauna", "10:00", "11:00", "shared", 6),))
    assert fits(HOUSE, start="11:00", held=(held("sauna", "10:00", "11:00", "shared", 6),))


def test_the_check_sees_one_guest_too_many() -> None:
    house = venue(BATH, package(component("bath")), room("sauna", 2, "saunas"))
    found = plan(house, 2, held=(held("sauna", "12:00", "13:00", "shared", 1),))
    assert found.broken_by("bath", 0, start="12:30") == set()
    (fault,) = plan(house, 1, held=(held("sauna", "12:00", "13:00", "shared", 2),)).faults(
        "bath", start="12:30"
    )
    assert (fault.rule, fault.override) == ("P6", None)


def test_the_check_sees_its_own_sessions_crowd_a_room() -> None:
    house = venue(BATH, package(component("bath")), room("sauna", 2, "saunas"))
    found = plan(house, 3)
    last = found.starts("bath").index("11:00")
    assert found.broken_by("bath", last, start="10:30") == {"P6"}
