"""P10: a session starts no earlier than the end of every session named in `after`, of a guest they share."""

from tests.building import THERAPIST, component, fits, package, plan, service, therapist, venue

MASSAGE, BATH = service("massage", 60), service("bath", 30)


def test_a_session_may_begin_as_the_one_before_ends() -> None:
    ordered = package(
        component("bath", fixed_start="11:00", after=["massage"]), component("massage", fixed_start="10:00")
    )
    assert fits(venue(MASSAGE, BATH, ordered))


def test_a_session_cannot_begin_before_the_one_before_has_ended() -> None:
    ordered = package(
        component("bath", fixed_start="10:55", after=["massage"], attended=False),
        component("massage", fixed_start="10:00"),
    )
    assert not fits(venue(MASSAGE, BATH, ordered))


def test_the_solver_keeps_the_order_that_it_would_not_choose() -> None:
    """Earliest would be the bath first: 10:00 and 10:30 rather than 10:00 and 11:00."""
    free = package(component("massage"), component("bath"))
    ordered = package(component("massage"), component("bath", after=["massage"]))
    assert plan(venue(MASSAGE, BATH, free)).starts("massage") == ["10:30"]
    assert plan(venue(MASSAGE, BATH, ordered)).starts("massage") == ["10:00"]


def test_only_guests_they_share_have_to_be_ready() -> None:
    """One therapist: guest 2 is massaged at 11:00, while guest 1 bathes already."""
    massage = service("massage", 60, THERAPIST)
    ordered = package(component("massage"), component("bath", after=["massage"]))
    found = plan(venue(massage, BATH, ordered, therapist("anna")), 2)
    assert sorted(found.starts("massage")) == ["10:00", "11:00"]
    assert sorted(found.starts("bath")) == ["11:00", "12:00"]


def test_what_is_booked_once_concerns_every_guest() -> None:
    """Both are massaged before the bath for everybody; the bath for everybody before both are massaged."""
    massage = service("massage", 60, THERAPIST)
    once = package(component("massage"), component("bath", "one", after=["massage"]))
    assert plan(venue(massage, BATH, once, therapist("anna")), 2).starts("bath") == ["12:00"]
    first = package(component("massage", after=["bath"]), component("bath", "one", fixed_start="13:00"))
    assert sorted(plan(venue(massage, BATH, first, therapist("anna")), 2).starts("massage")) == [
        "13:30",
        "14:30",
    ]


def test_what_has_no_sessions_is_waited_for_by_nobody() -> None:
    ordered = package(component("massage"), component("bath", fixed_start="10:00", after=["massage"]))
    none = [{"component": "massage", "quantity": 0}]
    assert fits(venue(MASSAGE, BATH, ordered), components=none)


def test_the_order_holds_over_days() -> None:
    ordered = package(component("bath", day=1, after=["massage"]), component("massage", day=2))
    assert not fits(venue(MASSAGE, BATH, ordered))


def test_staff_may_change_the_order() -> None:
    ordered = package(
        component("bath", fixed_start="10:00", after=["massage"]), component("massage", fixed_start="11:00")
    )
    assert not fits(venue(MASSAGE, BATH, ordered))
    assert fits(venue(MASSAGE, BATH, ordered), overrides=("order",))


def test_the_check_sees_a_session_before_its_turn() -> None:
    ordered = package(component("massage"), component("bath", after=["massage"], attended=False))
    (fault,) = plan(venue(MASSAGE, BATH, ordered)).faults("bath", start="10:55")
    assert (fault.rule, fault.override) == ("P10", "order")


def test_the_check_sees_that_one_for_all_has_to_wait_for_all() -> None:
    massage = service("massage", 60, THERAPIST)
    once = package(component("massage"), component("bath", "one", after=["massage"]))
    found = plan(venue(massage, BATH, once, therapist("anna")), 2)
    assert found.broken_by("bath", start="11:30") == {"P10"}
