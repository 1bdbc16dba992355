"""Each reason of placement.md, 7, on the smallest case that gives it, in words that can be read out."""

from typing import Any

import pytest

from booking.case import case_of
from booking.computing import refusal
from booking.explain import Refused, why
from booking.refusals import Reason
from catalog.specs import Catalog
from tests.building import (
    THERAPIST,
    ask,
    at,
    between,
    component,
    fits,
    guest,
    held,
    hours,
    need,
    package,
    party,
    room,
    service,
    therapist,
    venue,
)

MASSAGE = service("massage", 60, THERAPIST, name="Massage")
BATH = service("bath", 60, need("saunas", "shared"), name="Bath")
AT_START = package(component("massage", relative_start_minutes=0))
WOMAN, MAN = {"gender": "female"}, {"gender": "male"}


def refused(catalog: Catalog, guests: int = 1, start: str = "10:00", **fields: Any) -> Refused:
    """What is answered where nothing fits."""
    assert not fits(catalog, guests, start, **fields)
    of_the_party = {k: fields.pop(k) for k in ("wishes", "components") if k in fields}
    asked = ask(catalog, party(catalog, guests, start, **of_the_party), **fields)
    return why(case_of(asked), 10)


def reason(catalog: Catalog, guests: int = 1, start: str = "10:00", **fields: Any) -> Reason:
    return refused(catalog, guests, start, **fields).reasons[0]


def test_too_early_for_the_guests() -> None:
    house = venue(service("massage", 60, name="Massage"), package(component("massage", fixed_start="09:00")))
    found = reason(house)
    assert (found.code, found.component) == ("before_arrival", "massage")
    assert found.sentence == "Massage is at 09:00, before the guests arrive at 10:00."
    assert (found.start, found.end) == (at("09:00"), at("10:00"))


def test_the_house_is_closed() -> None:
    found = reason(venue(MASSAGE, AT_START, therapist("anna"), hours=hours("12:00-18:00")))
    assert found.code == "venue_closed"
    assert "Massage at 10:00 on Sat 5 Dec" in found.sentence


def test_nobody_of_the_pool_works() -> None:
    found = reason(venue(MASSAGE, AT_START, therapist("anna", hours=hours("12:00-18:00"))))
    assert (found.code, found.pool) == ("no_open_resource", "therapists")
    assert "therapists" in found.sentence


def test_a_block_is_not_a_booking() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"))
    assert reason(house, blocks={"anna": (between("10:30", "11:00"),)}).code == "no_open_resource"


def test_everybody_is_booked() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"))
    found = refused(house, held=(held("anna", "10:30", "11:00"),))
    assert (found.reasons[0].code, found.reasons[0].held_by) == ("resource_busy", ("another",))
    assert found.taken


def test_fewer_than_needed() -> None:
    house = venue(
        service("massage", 60, need("therapists", count=2)), AT_START, therapist("anna"), therapist("bea")
    )
    busy = reason(house, held=(held("anna", "10:00", "11:00"),))
    assert busy.code == "too_few_resources"
    assert "needs 2 of therapists" in busy.sentence
    assert "only 1 is free" in busy.sentence
    never = reason(venue(service("massage", 60, need("therapists", count=3)), AT_START, therapist("anna")))
    assert (never.code, never.sentence) == (
        "too_few_resources",
        "massage needs 3 of therapists; there is one.",
    )


def test_fewer_at_work_than_needed() -> None:
    anna, bea = therapist("anna"), therapist("bea", hours=hours("12:00-18:00"))
    house = venue(service("massage", 60, need("therapists", count=2)), AT_START, anna, bea)
    found = reason(house)
    assert found.code == "too_few_resources"
    assert "only 1 is open then" in found.sentence


def test_more_guests_than_therapists() -> None:
    """Each alone would find one; five at a time do not."""
    found = reason(venue(MASSAGE, AT_START, therapist("anna"), therapist("bea")), 5)
    assert (found.code, found.pool) == ("too_few_resources", "therapists")
    assert "needed 5 times" in found.sentence
    assert "room for 2" in found.sentence


def test_a_group_too_large_for_the_rooms() -> None:
    dinner = service("massage", 60, need("rooms", "seated"), group_size="all")
    found = reason(venue(dinner, AT_START, room("r1", 4)), 6)
    assert (found.code, found.pool) == ("capacity_exceeded", "rooms")
    assert "6 guests" in found.sentence
    assert "takes 4" in found.sentence


def test_too_few_places_left() -> None:
    house = venue(BATH, package(component("bath", relative_start_minutes=0)), room("sauna", 2, "saunas"))
    found = refused(house, held=(held("sauna", "10:00", "11:00", "shared", 2),))
    assert found.reasons[0].code == "capacity_exceeded"
    assert "0 places left" in found.reasons[0].sentence
    assert found.taken


def test_a_guest_would_be_in_two_places() -> None:
    both = package(component("massage", fixed_start="10:00"), component("bath", fixed_start="10:30"))
    found = reason(venue(MASSAGE, BATH, both, therapist("anna"), room("sauna", 9, "saunas")))
    assert (found.code, found.components) == ("guest_busy", ("massage", "bath"))


def test_a_guest_would_wait_too_long() -> None:
    both = package(
        component("massage", fixed_start="10:00"),
        component("bath", fixed_start="13:00"),
        max_waiting_minutes=30,
    )
    found = reason(venue(MASSAGE, BATH, both, therapist("anna"), room("sauna", 9, "saunas")))
    assert found.code == "waiting_too_long"
    assert "30 minutes" in found.sentence


def test_the_order_is_impossible() -> None:
    both = package(
        component("massage", fixed_start="12:00"), component("bath", fixed_start="10:00", after=["massage"])
    )
    assert (
        reason(venue(MASSAGE, BATH, both, therapist("anna"), room("s", 9, "saunas"))).code
        == "order_impossible"
    )


def test_the_wish_of_a_guest_cannot_be_met() -> None:
    house = venue(MASSAGE, AT_START, therapist("carl", attributes=MAN), therapist("anna", attributes=WOMAN))
    only_carl = venue(MASSAGE, AT_START, therapist("carl", attributes=MAN))
    found = reason(only_carl, wishes=[guest(required=WOMAN)])
    assert (found.code, found.guest) == ("wish_unmet", 1)
    assert (
        reason(house, wishes=[guest(required=WOMAN)], held=(held("anna", "10:00", "11:00"),)).code
        == "wish_unmet"
    )
    assert reason(house, 2, wishes=[guest(required=WOMAN)] * 2).code == "wish_unmet"


def test_what_is_outside_its_host() -> None:
    mask = service("mask", 20, name="Mask")
    both = package(
        component("massage", fixed_start="10:00"),
        component("mask", fixed_start="12:00", associated_with="massage"),
    )
    found = reason(venue(MASSAGE, mask, both, therapist("anna")))
    assert (found.code, found.components) == ("outside_host", ("massage", "mask"))


def test_each_fits_alone_but_not_together() -> None:
    """Two treatments for one therapist at the same time, of guests who could be elsewhere."""
    facial = service("facial", 60, THERAPIST, name="Facial")
    both = package(
        component("massage", "one", fixed_start="10:00"), component("facial", "one", fixed_start="10:30")
    )
    found = reason(venue(MASSAGE, facial, both, therapist("anna")))
    assert (found.code, found.components) == ("jointly_infeasible", ("massage", "facial"))
    assert "Massage and Facial" in found.sentence


def test_the_smallest_set_is_named() -> None:
    """The bath has nothing to do with it."""
    facial = service("facial", 60, THERAPIST)
    three = package(
        component("massage", "one", fixed_start="10:00"),
        component("bath", "one", fixed_start="10:00"),
        component("facial", "one", fixed_start="10:30"),
    )
    found = reason(venue(MASSAGE, BATH, facial, three, therapist("anna"), room("s", 9, "saunas")))
    assert found.components == ("massage", "facial")


def test_the_row_asked_for_is_taken() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", name="Anna"), therapist("bea"))
    found = reason(house, resource={0: "anna"}, held=(held("anna", "10:00", "11:00"),))
    assert (found.code, found.held_by) == ("resource_busy", ("another",))
    assert "Anna" in found.sentence


def test_what_is_overridden_is_no_reason() -> None:
    """Anna would begin before arrival, outside the hours of the house and of hers; but she is booked."""
    early = package(component("massage", fixed_start="09:00"))
    anna = therapist("anna", hours=hours("12:00-18:00"))
    house = venue(MASSAGE, early, anna, hours=hours("12:00-18:00"))
    every = ("arrival", "venue_hours", "resource_hours")
    found = refused(house, overrides=every, held=(held("anna", "09:30", "10:00"),))
    assert [r.code for r in found.reasons] == ["resource_busy"]


def test_wishes_overridden_are_no_reason() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna", attributes=WOMAN))
    busy = (held("anna", "10:00", "11:00"),)
    assert (
        reason(house, wishes=[guest(required=MAN)], overrides=("wishes",), held=busy).code == "resource_busy"
    )


def test_every_component_that_cannot_be_has_its_reason() -> None:
    both = package(component("massage", fixed_start="09:00"), component("bath", fixed_start="08:00"))
    found = refused(venue(MASSAGE, BATH, both, therapist("anna"), room("s", 9, "saunas")))
    assert [(r.code, r.component) for r in found.reasons] == [
        ("before_arrival", "massage"),
        ("before_arrival", "bath"),
    ]


def ways_out(catalog: Catalog, guests: int = 1, start: str = "10:00", **fields: Any) -> dict[str, Any]:
    asked = ask(catalog, party(catalog, guests, start), **fields)
    out: dict[str, Any] = {}
    for way in refusal(asked, 30, at("2026-12-04T00:00"), 20).alternatives:
        out[way.kind] = (way.rule, way.value) if way.kind == "relaxed" else way.start
    return out


def test_ways_out_are_the_nearest() -> None:
    """Busy from 10:00 to 12:00: at 09:00 that day it fits, and at 10:00 the day after."""
    house = venue(MASSAGE, AT_START, therapist("anna"))
    assert ways_out(house, held=(held("anna", "10:00", "12:00"),)) == {
        "same_day": at("09:00"),
        "other_day": at("2026-12-06T10:00"),
    }


def test_nothing_before_the_present_is_offered() -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"))
    asked = ask(house, party(house), held=(held("anna", "10:00", "12:00"),))
    starts = [way.start for way in refusal(asked, 30, at("09:30"), 20).alternatives]
    assert starts == [at("12:00"), at("2026-12-06T10:00")]


def test_the_least_longer_wait_is_offered() -> None:
    both = package(
        component("massage", fixed_start="10:00"),
        component("bath", fixed_start="11:40"),
        max_waiting_minutes=30,
    )
    house = venue(MASSAGE, BATH, both, therapist("anna"), room("s", 9, "saunas"))
    assert ways_out(house)["relaxed"] == ("waiting", 40)


@pytest.mark.parametrize("start", ["2026-03-29T01:30", "2026-10-25T01:30", "2026-03-28T02:30"])
def test_ways_out_are_found_when_clocks_change(start: str) -> None:
    house = venue(MASSAGE, AT_START, therapist("anna"))
    begin = at(start)
    busy = (held("anna", start, start)._replace(end=begin + 60),)
    asked = ask(house, party(house, 1, start), held=busy)
    for way in refusal(asked, 30, begin - 1440, 20).alternatives:
        assert way.start is not None
        assert fits(house, 1, start, held=busy) is False
        assert way.start not in range(begin - 59, begin + 60)
