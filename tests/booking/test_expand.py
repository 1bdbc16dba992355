"""From a package as sold to sessions and deliveries (placement.md, 2)."""

from typing import Any

from msgspec.structs import replace

from booking.adjust import with_components, with_participants
from booking.expand import Desired, expand, form
from booking.lines import Booking, DayTime, Line
from booking.requests import ComponentRequest
from catalog.base import new_id
from catalog.specs import Component, ProductSpec
from catalog.times import zone
from tests.building import STOCKHOLM, at, component, goods, guest, package, party, plan, service, venue

TZ = zone(STOCKHOLM)
COFFEE = goods("coffee")


def visit(*things: ProductSpec | Component, guests: int = 1, start: str = "10:00", **fields: Any) -> Line:
    """A line of the package of these components."""
    specs = [t for t in things if isinstance(t, ProductSpec)]
    components = [t for t in things if isinstance(t, Component)]
    return party(venue(*specs, package(*components)), guests, start, **fields)


def of(line: Line) -> Desired:
    return expand(line, TZ)


def groups(line: Line) -> list[tuple[int, ...]]:
    return [s.guests for s in of(line).sessions]


def changed(line: Line, **request: Any) -> Line:
    return with_components(line, TZ, [ComponentRequest(**request)], 5)


def test_each_guest_has_a_session_of_his_own() -> None:
    assert groups(visit(service("massage", 60), component("massage"), guests=3)) == [(1,), (2,), (3,)]


def test_couples_are_two_to_a_session_and_the_last_may_be_alone() -> None:
    """⌈Q/k⌉ sessions, k to a session in the order of their numbers."""
    couple = service("massage", 60, group_size=2)
    assert groups(visit(couple, component("massage"), guests=5)) == [(1, 2), (3, 4), (5,)]


def test_lunch_is_for_everybody_together() -> None:
    for size in ("all", None):
        lunch = service("lunch", 60, group_size=size)
        assert groups(visit(lunch, component("lunch"), guests=3)) == [(1, 2, 3)]


def test_what_is_booked_once_is_one_session_for_all() -> None:
    """S3-22; whatever the group size of the product."""
    (session,) = of(visit(service("room", 60), component("room", "one"), guests=3)).sessions
    assert (session.guests, session.quantity, session.attended) == ((1, 2, 3), 1, False)


def test_goods_are_one_delivery_with_a_quantity() -> None:
    """S3-22, S3-25: 1 for `one`, one for each participant otherwise."""
    both = visit(COFFEE, component("coffee"), component("coffee", "one", key="pot"), guests=3)
    assert [d.quantity for d in of(both).deliveries] == [3, 1]


def test_guests_choose_their_products() -> None:
    line = visit(
        service("massage", 60),
        service("facial", 30),
        component("", key="care", choices=["massage", "facial"]),
        guests=3,
        wishes=[guest(choices={"care": "facial"}), guest(), guest(choices={"care": "massage"})],
    )
    assert [(s.product, s.guests, s.length) for s in of(line).sessions] == [
        ("massage", (2,), 60),
        ("massage", (3,), 60),
        ("facial", (1,), 30),
    ]


def test_who_attends_is_cut_from_the_highest_number() -> None:
    line = visit(service("massage", 60), component("massage"), guests=4)
    assert groups(changed(line, component="massage", quantity=2)) == [(1,), (2,)]


def test_who_attends_may_be_named() -> None:
    line = visit(service("massage", 60), component("massage"), guests=4)
    assert groups(changed(line, component="massage", guests=(2, 4))) == [(2,), (4,)]


def test_a_component_at_nought_gives_no_session_but_an_empty_delivery() -> None:
    """Goods at 0 stay, with 0; they are not cancelled."""
    line = visit(service("massage", 60), COFFEE, component("massage"), component("coffee"), guests=2)
    line = changed(changed(line, component="massage", quantity=0), component="coffee", quantity=0)
    assert of(line).sessions == ()
    assert [d.quantity for d in of(line).deliveries] == [0]


def test_what_is_booked_once_for_all_is_left_out_at_nought() -> None:
    line = visit(service("yoga", 60), component("yoga", quantity="one"), guests=2)
    assert len(of(line).sessions) == 1
    assert of(changed(line, component="yoga", quantity=0)).sessions == ()


def formed(*members: tuple[int, ...]) -> list[Booking]:
    return [Booking(id=new_id(), component="c", product="c", guests=guests) for guests in members]


def test_one_who_leaves_leaves_his_session_to_the_others() -> None:
    first, second = formed((1, 2), (3, 4))
    assert form([first, second], [1, 3, 4], 2) == [(first, (1,)), (second, (3, 4))]


def test_an_empty_session_is_released() -> None:
    first, second = formed((1,), (2,))
    assert form([first, second], [2], 1) == [(second, (2,))]


def test_newcomers_fill_the_last_session_with_room_then_new_ones() -> None:
    first, second, third = formed((1,), (2,), (3, 4))
    grouped = form([first, second, third], [1, 2, 3, 4, 5, 6, 7, 8, 9], 2)
    assert grouped == [(first, (1, 6)), (second, (2, 5)), (third, (3, 4)), (None, (7, 8)), (None, (9,))]


def test_newcomers_sit_down_with_everybody() -> None:
    (lunch,) = formed((1, 2))
    assert form([lunch], [1, 2, 3], "all") == [(lunch, (1, 2, 3))]


def test_an_adjusted_start_goes_along_when_the_order_moves_to_another_date() -> None:
    """It is a day and a wall-clock time: three days later it is still 12:40, whatever S is."""
    line = changed(
        visit(service("massage", 60), component("massage", fixed_start="12:00")),
        component="massage",
        start="12:40",
    )
    assert line.adjustments["massage"].start == DayTime(1, 760)
    later = replace(line, start=at("2026-12-08T09:00"))
    assert of(later).sessions[0].start == at("2026-12-08T12:40")


def test_an_adjusted_start_may_be_on_another_day() -> None:
    line = visit(service("massage", 60), component("massage", day=2))
    moved = changed(line, component="massage", start="2026-12-08T09:00")
    assert moved.adjustments["massage"].start == DayTime(4, 540)
    assert of(moved).sessions[0].start == at("2026-12-08T09:00")
    assert changed(line, component="massage", start="09:00").adjustments["massage"].start == DayTime(2, 540)


def test_a_window_is_that_of_its_day() -> None:
    (session,) = of(
        visit(service("massage", 60), component("massage", day=2, window=["09:00", "12:00"]))
    ).sessions
    assert session.window == (at("2026-12-06T09:00"), at("2026-12-06T12:00"))
    assert session.start is None


def test_a_stay_that_moves_keeps_its_nights() -> None:
    bed = component("bed", fixed_start="18:00", fixed_end="10:00", end_day=3)
    line = changed(visit(service("bed", None), bed), component="bed", start="2026-12-07T20:00")
    (session,) = of(line).sessions
    assert (session.start, session.end) == (at("2026-12-07T20:00"), at("2026-12-09T10:00"))


def test_a_stay_ends_as_many_days_after_its_own_day_as_the_package_says() -> None:
    """Of the second day to the fourth: two nights, also when it is moved by a day."""
    bed = component("bed", day=2, fixed_start="18:00", fixed_end="10:00", end_day=4)
    line = visit(service("bed", None), bed)
    assert [s.end for s in of(line).sessions] == [at("2026-12-08T10:00")]
    later = changed(line, component="bed", start="2026-12-07T18:00")
    assert [s.end for s in of(later).sessions] == [at("2026-12-09T10:00")]


def test_a_locked_booking_stays_when_the_order_moves() -> None:
    (line,) = plan(
        venue(service("massage", 60), package(component("massage", relative_start_minutes=0)))
    ).booked()
    locked = replace(line, bookings=tuple(replace(b, locked=True) for b in line.bookings))
    assert of(replace(locked, start=at("12:00"))).sessions[0].start == at("10:00")
    assert of(replace(line, start=at("12:00"))).sessions[0].start == at("12:00")


def test_a_session_continues_its_booking() -> None:
    house = venue(service("massage", 60), package(component("massage")))
    (line,) = plan(house, 2).booked()
    more = of(with_participants(line, 3)).sessions
    assert [s.was.id if s.was else None for s in more] == [*(b.id for b in line.bookings), None]
