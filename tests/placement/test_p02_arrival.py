"""P2: nothing that a guest attends, and nothing flexible, starts before the start asked for."""

from tests.building import at, component, fits, goods, package, plan, service, venue

MASSAGE = service("massage", 60)
TABLE = service("table", 60)


def test_what_starts_on_arrival_is_in_time() -> None:
    assert plan(venue(MASSAGE, package(component("massage", fixed_start="10:00")))).starts("massage") == [
        "10:00"
    ]


def test_what_a_guest_attends_cannot_start_before_arrival() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="09:55")))
    assert not fits(house)
    assert fits(house, start="09:55")


def test_coffee_may_stand_ready_before_arrival() -> None:
    """Goods, and a fixed service that nobody attends."""
    house = venue(
        goods("coffee"),
        TABLE,
        package(component("coffee", fixed_start="09:00"), component("table", "one", fixed_start="09:00")),
    )
    found = plan(house)
    assert found.starts("table") == ["09:00"]
    assert next(b for b in found.booked()[0].bookings if b.goods).start == at("09:00")


def test_nothing_flexible_starts_before_arrival_even_if_nobody_attends_it() -> None:
    house = venue(TABLE, package(component("table", "one", window=["08:00", "10:30"])))
    assert not fits(house)
    assert fits(house, start="09:30")


def test_on_the_second_day_the_guests_are_there() -> None:
    house = venue(MASSAGE, package(component("massage", day=2, fixed_start="08:00")))
    assert plan(house, start="18:00").starts("massage") == ["08:00"]


def test_staff_may_let_a_session_begin_before_arrival() -> None:
    house = venue(MASSAGE, package(component("massage", fixed_start="09:00")))
    found = plan(house, overrides=("arrival",))
    assert found.starts("massage") == ["09:00"]
    assert found.fit.overridden


def test_the_check_sees_a_session_before_arrival_and_says_how_it_may_be_allowed() -> None:
    found = plan(venue(TABLE, package(component("table", "one"))))
    (fault,) = found.faults("table", start="09:55")
    assert (fault.rule, fault.override) == ("P2", "arrival")
    assert "09:55" in fault.sentence
    assert "10:00" in fault.sentence
