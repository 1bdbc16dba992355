"""P11: what is associated takes place where its host does, while the host holds its place."""

from typing import Any

import pytest

from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    Plan,
    component,
    fits,
    goods,
    held,
    hours,
    need,
    package,
    plan,
    room,
    service,
    therapist,
    venue,
)

ROOM = need("rooms", "seated")
MASSAGE = service("massage", 60, THERAPIST, ROOM)
MASK = service("mask", 20, ROOM)
ROOMS = (room("r1"), room("r2"))


def spa(**of_the_mask: Any) -> Catalog:
    """A massage at ten, and a mask in its room."""
    mask = component("mask", associated_with="massage", **of_the_mask)
    return venue(
        MASSAGE, MASK, package(component("massage", fixed_start="10:00"), mask), *ROOMS, therapist("anna")
    )


def place_of(found: Plan, component_key: str) -> str | None:
    return next(b.place for b in found.booked()[0].bookings if b.component == component_key)


@pytest.mark.parametrize(
    ("needs", "place"),
    [
        ((THERAPIST, need("saunas", "shared"), ROOM), "r1"),
        ((THERAPIST, need("saunas", "shared")), "sauna"),
        ((THERAPIST,), "anna"),
        ((), None),
    ],
)
def test_the_place_is_the_first_seated_else_the_first_shared_else_the_first(
    needs: Any, place: str | None
) -> None:
    house = venue(
        service("massage", 60, *needs), package(component("massage")), ROOMS[0], therapist("anna"),
        room("sauna", 4, "saunas"),
    )  # fmt: skip
    assert place_of(plan(house), "massage") == place


def test_a_need_met_by_the_hosts_place_holds_nothing_of_its_own() -> None:
    found = plan(spa())
    assert found.uses("mask") == [""]
    assert place_of(found, "mask") == place_of(found, "massage")


def test_the_place_of_the_host_is_enough_where_no_other_room_is_free() -> None:
    assert fits(spa(), held=(held("r2", "00:00", "23:00"),))


def test_it_lies_within_the_time_of_its_host() -> None:
    assert fits(spa(fixed_start="10:40"))
    assert not fits(spa(fixed_start="10:45"))
    assert not fits(spa(fixed_start="11:00"))


def test_the_hosts_buffers_count_as_time_at_its_place() -> None:
    massage = service("massage", 60, need("rooms", "seated", before_minutes=10, after_minutes=20))
    before = component("mask", "one", associated_with="massage", fixed_start="10:50")
    house = venue(massage, MASK, package(component("massage", fixed_start="11:00"), before), *ROOMS)
    assert fits(house)
    after = component("mask", "one", associated_with="massage", fixed_start="12:00")
    assert fits(venue(massage, MASK, package(component("massage", fixed_start="11:00"), after), *ROOMS))
    too_early = component("mask", "one", associated_with="massage", fixed_start="10:45")
    assert not fits(
        venue(massage, MASK, package(component("massage", fixed_start="11:00"), too_early), *ROOMS)
    )


def test_a_need_of_another_pool_is_its_own() -> None:
    mask = service("mask", 20, ROOM, need("therapists"))
    house = venue(
        MASSAGE, mask, package(component("massage"), component("mask", associated_with="massage")), *ROOMS,
        therapist("anna"), therapist("bea"),
    )  # fmt: skip
    found = plan(house)
    assert {*found.uses("mask")} | {found.uses("massage")[0].split()[0]} == {"anna", "bea"}


def test_each_guests_session_follows_that_guests_host() -> None:
    massage = service("massage", 60, ROOM)
    house = venue(
        massage, MASK, package(component("massage"), component("mask", associated_with="massage")), ROOMS[0]
    )
    found = plan(house, 2)
    for massage_of, mask_of in zip(found.of("massage"), found.of("mask"), strict=True):
        assert massage_of.start <= mask_of.start
        assert mask_of.end <= massage_of.end


def test_a_host_without_needs_has_no_place_and_binds_nobody() -> None:
    talk = service("talk", 60)
    house = venue(
        talk,
        MASK,
        package(
            component("talk", fixed_start="10:00"),
            component("mask", associated_with="talk", fixed_start="15:00"),
        ),
        *ROOMS,
    )
    assert plan(house).uses("mask") == ["r1"]


def test_goods_are_served_at_the_place_of_the_first_session_at_any_time() -> None:
    house = venue(
        MASSAGE,
        goods("cava"),
        package(component("massage"), component("cava", fixed_start="18:00", associated_with="massage")),
        *ROOMS,
        therapist("anna"),
    )
    found = plan(house, 2)
    assert place_of(found, "cava") == place_of(found, "massage")


def test_a_hosts_place_too_small_for_the_group_does_not_do() -> None:
    """Three share a mask in the room of a massage for one; only the large room takes them."""
    mask = service("mask", 20, need("rooms", "seated"), group_size="all")
    massage = service("massage", 60, need("rooms"))
    visit = package(component("massage", "one"), component("mask", associated_with="massage"))
    assert plan(venue(massage, mask, visit, room("r1"), room("large", 3)), 3).uses("massage") == ["large"]
    assert not fits(venue(massage, mask, visit, room("r1"), room("r2")), 3)


def test_which_need_the_place_meets_depends_on_the_place() -> None:
    """Only r1 is quiet. In r1 the massage would meet the first need of the mask, in r2 the second: it has to
    be r2, because r2 is not free for the mask while the massage could be in r1."""
    mask = service("mask", 30, need("quiet", until_minutes=10), ROOM)
    visit = package(component("massage"), component("mask", associated_with="massage"))
    quiet = room("r1", 1, ["rooms", "quiet"], hours=hours("10:00-11:20"))
    house = venue(service("massage", 60, ROOM), mask, visit, quiet, room("r2", hours=hours("11:00-12:00")))
    found = plan(house)
    assert (found.uses("massage"), found.uses("mask")) == (["r2"], ["r1"])


def test_a_guest_of_a_guest_is_at_the_place_of_the_first() -> None:
    """The tea is associated with the mask, the mask with the massage: all of it in one room."""
    tea = service("tea", 10, ROOM)
    chain = package(
        component("massage", fixed_start="10:00"),
        component("mask", associated_with="massage"),
        component("tea", associated_with="mask"),
    )
    found = plan(venue(MASSAGE, MASK, tea, chain, ROOMS[0], therapist("anna")))
    assert place_of(found, "tea") == "r1"


def test_the_check_sees_what_is_not_within_its_host() -> None:
    found = plan(spa())
    (fault,) = found.faults("mask", start="10:45")
    assert (fault.rule, fault.override) == ("P11", None)


def test_the_check_sees_a_second_room_held_for_what_is_at_its_host() -> None:
    assert plan(spa()).broken_by("mask", resources=["r2"]) == {"P11"}


def test_the_check_sees_a_need_left_open_that_the_host_does_not_meet() -> None:
    mask = service("mask", 20, need("others"))
    visit = package(component("massage"), component("mask", associated_with="massage"))
    found = plan(venue(MASSAGE, mask, visit, *ROOMS, therapist("anna"), room("x", 1, "others")))
    assert found.broken_by("mask", resources=[""]) == {"P7"}
