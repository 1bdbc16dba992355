"""P8: the attended sessions of a guest do not meet, and the package's least gap lies between them."""

from typing import Any

from catalog.specs import Catalog
from tests.building import component, fits, package, plan, service, venue

MASSAGE, FACIAL, TABLE = service("massage", 60), service("facial", 60), service("table", 60)


def visit(first: str, second: str, *, second_is: dict[str, Any] | None = None, **fields: Any) -> Catalog:
    """A massage and a facial at these times."""
    return venue(
        MASSAGE,
        FACIAL,
        package(
            component("massage", fixed_start=first),
            component("facial", **({"fixed_start": second} | (second_is or {}))),
            **fields,
        ),
    )


def test_one_session_may_begin_as_the_other_ends() -> None:
    assert fits(visit("10:00", "11:00"))


def test_a_guest_cannot_be_in_two_places_at_once() -> None:
    assert not fits(visit("10:00", "10:55"))


def test_the_least_gap_lies_between_sessions() -> None:
    assert not fits(visit("10:00", "11:05", min_gap_minutes=10))
    assert fits(visit("10:00", "11:10", min_gap_minutes=10))


def test_the_solver_leaves_the_gap() -> None:
    house = venue(MASSAGE, FACIAL, package(component("massage"), component("facial"), min_gap_minutes=10))
    found = plan(house)
    assert sorted(found.starts("massage") + found.starts("facial")) == ["10:00", "11:10"]


def test_the_gap_holds_over_midnight() -> None:
    house = visit("23:00", "00:05", second_is={"day": 2}, min_gap_minutes=10)
    assert not fits(house, start="22:00")


def test_what_nobody_attends_may_meet_anything() -> None:
    """By default a service sold as `one`; else a component that says so."""
    one = visit("10:00", "10:30", second_is={"quantity": "one"})
    assert fits(one)
    assert fits(visit("10:00", "10:30", second_is={"attended": False}))
    assert not fits(visit("10:00", "10:30", second_is={"quantity": "one", "attended": True}))


def test_what_is_associated_is_not_attended_unless_it_says_so() -> None:
    at_the_massage = {"fixed_start": "10:30", "associated_with": "massage"}
    assert fits(visit("10:00", "10:30", second_is=at_the_massage))
    assert not fits(visit("10:00", "10:30", second_is=at_the_massage | {"attended": True}))


def test_other_guests_may_be_elsewhere_meanwhile() -> None:
    house = visit("10:00", "10:30")
    assert fits(
        house,
        2,
        components=[{"component": "massage", "guests": [1]}, {"component": "facial", "guests": [2]}],
    )


def test_a_session_of_several_binds_each_of_them() -> None:
    couple = service("facial", 60, group_size=2)
    house = venue(
        MASSAGE,
        couple,
        package(component("massage", fixed_start="10:00"), component("facial", fixed_start="10:30")),
    )
    only_the_second = [{"component": "massage", "guests": [2]}]
    assert not fits(house, 2, components=only_the_second)
    assert fits(house, 2, components=[*only_the_second, {"component": "facial", "guests": [1]}])


def test_nobody_may_override_that_a_guest_is_in_two_places() -> None:
    every = ("arrival", "venue_hours", "resource_hours", "waiting", "order", "wishes")
    assert not fits(visit("10:00", "10:30"), overrides=every)


def test_the_check_sees_a_guest_in_two_places() -> None:
    found = plan(
        venue(MASSAGE, FACIAL, package(component("massage"), component("facial", fixed_start="12:00")))
    )
    (fault,) = found.faults("massage", start="11:30")
    assert (fault.rule, fault.override) == ("P8", None)
    assert "massage" in fault.sentence
    assert "facial" in fault.sentence


def test_the_check_sees_a_gap_that_is_too_short() -> None:
    spaced = package(component("massage"), component("facial", fixed_start="12:00"), min_gap_minutes=10)
    found = plan(venue(MASSAGE, FACIAL, spaced))
    assert found.broken_by("massage", start="10:50") == set()
    assert found.broken_by("massage", start="10:55") == {"P8"}
