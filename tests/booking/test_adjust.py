"""What a request makes of a line: guests, quantities, starts (S3-31, S3-33 … S3-35, S3-17)."""

from typing import Any

import pytest
from msgspec.structs import replace

from booking.adjust import day_time, with_components, with_participants, with_wishes
from booking.associated import associated, moved, without_booking
from booking.expand import Delivery, Session, expand
from booking.lines import DayTime, Line
from booking.requests import ComponentRequest
from catalog.errors import Invalid
from catalog.times import zone
from tests.building import (
    STOCKHOLM,
    ask,
    at,
    booking_of,
    component,
    goods,
    guest,
    judged,
    need,
    package,
    party,
    plan,
    room,
    service,
    venue,
)

TZ = zone(STOCKHOLM)
MASSAGE, COFFEE = service("massage", 60), goods("coffee")
HOUSE = venue(
    MASSAGE,
    COFFEE,
    service("room", 600),
    package(
        component("massage"),
        component("coffee"),
        component("room", "one"),
        component("coffee", key="follow", on_participants_change="follow"),
        component("coffee", key="pinned", on_participants_change="pinned"),
        component("massage", key="pinned-massage", on_participants_change="pinned"),
    ),
)


def numbers(line: Line) -> list[int]:
    return [g.number for g in line.guests]


def asked(line: Line, **request: Any) -> Line:
    return with_components(line, TZ, [ComponentRequest(**request)], 5)


def quantities(line: Line) -> dict[str, int]:
    """By component: portions of goods, guests of services."""
    desired = expand(line, TZ)
    out: dict[str, int] = {}
    found: list[Session | Delivery] = [*desired.sessions, *desired.deliveries]
    for one in found:
        out[one.component] = out.get(one.component, 0) + one.quantity
    return out


def test_coffee_for_nineteen_of_twenty_becomes_eighteen_of_nineteen() -> None:
    """S3-35, G2 … G4."""
    line = asked(party(HOUSE, 20), component="coffee", quantity=19)
    assert quantities(line)["coffee"] == 19
    line = with_participants(line, 19)
    assert quantities(line)["coffee"] == 18
    assert quantities(with_participants(line, 21))["coffee"] == 20


def test_a_difference_survives_nought() -> None:
    """S3-35: 20 → coffee 2 → participants 1 → participants 20 ends with coffee 2 again."""
    line = asked(party(HOUSE, 20), component="coffee", quantity=2)
    line = with_participants(line, 1)
    assert quantities(line)["coffee"] == 0
    assert quantities(with_participants(line, 20))["coffee"] == 2


def test_the_difference_says_how_many_attend_a_service() -> None:
    line = with_participants(asked(party(HOUSE, 3), component="massage", quantity=1), 4)
    assert quantities(line)["massage"] == 2


def test_other_policies_follow_or_stay() -> None:
    line = party(HOUSE, 20)
    for key in ("follow", "pinned", "pinned-massage"):
        line = asked(line, component=key, quantity=15)
    line = with_participants(line, 10)
    assert [quantities(line)[k] for k in ("follow", "pinned", "pinned-massage")] == [10, 15, 10]
    line = with_participants(line, 30)
    assert [quantities(line)[k] for k in ("follow", "pinned", "pinned-massage")] == [30, 15, 15]


def test_what_is_booked_once_stays_one() -> None:
    assert quantities(with_participants(party(HOUSE, 2), 9))["room"] == 1


def test_those_with_the_highest_numbers_leave_unless_others_are_named() -> None:
    line = party(HOUSE, 4)
    assert numbers(with_participants(line, 2)) == [1, 2]
    assert numbers(with_participants(line, 2, leaving=(1,))) == [2, 3]


def test_a_number_is_never_given_twice() -> None:
    line = with_participants(with_participants(party(HOUSE, 3), 1), 3)
    assert numbers(line) == [1, 4, 5]
    assert numbers(with_participants(line, 4)) == [1, 4, 5, 6]


def test_who_is_not_there_cannot_leave() -> None:
    with pytest.raises(Invalid, match="no guest 7"):
        with_participants(party(HOUSE, 2), 1, leaving=(7,))


def test_wishes_are_told_in_the_order_of_numbers_and_others_keep_theirs() -> None:
    line = party(HOUSE, 2, wishes=[guest(name="Ada"), guest(name="Bo")])
    assert [g.name for g in with_wishes(line, [guest(name="Eva")]).guests] == ["Eva", "Bo"]
    with pytest.raises(Invalid, match="3 guests are named"):
        with_wishes(line, [guest()] * 3)


def test_only_a_choice_can_be_chosen() -> None:
    house = venue(
        MASSAGE, service("facial", 30), package(component("", key="care", choices=["massage", "facial"]))
    )
    with pytest.raises(Invalid, match="coffee"):
        party(house, wishes=[guest(choices={"care": "coffee"})])
    with pytest.raises(Invalid, match="choices"):
        party(HOUSE, wishes=[guest(choices={"massage": "massage"})])


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({"component": "tea"}, "components[0].component"),
        ({"component": "massage", "quantity": 3}, "components[0].quantity"),
        ({"component": "room", "quantity": 2}, "components[0].quantity"),
        ({"component": "room", "guests": (1,)}, "components[0].guests"),
        ({"component": "massage", "guests": (3,)}, "components[0].guests"),
        ({"component": "massage", "start": "noon"}, "components[0].start"),
        ({"component": "massage", "start": "25:00"}, "components[0].start"),
    ],
)
def test_what_cannot_be_is_refused_with_its_path(request_: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        asked(party(HOUSE, 2), **request_)
    assert [p.path for p in refusal.value.problems] == [path]


def test_a_start_off_the_grid_or_in_the_gap_says_so() -> None:
    with pytest.raises(Invalid) as off:
        asked(party(HOUSE), component="massage", start="12:03")
    assert off.value.code == "off_grid"
    with pytest.raises(Invalid) as skipped:
        asked(party(HOUSE, start="2026-03-29T01:00"), component="massage", start="02:30")
    assert skipped.value.code == "nonexistent_local_time"


def test_a_start_with_an_offset_means_the_second_of_two() -> None:
    line = party(HOUSE, start="2026-10-24T10:00")
    line = asked(line, component="massage", start="2026-10-25T02:30+01:00")
    assert expand(line, TZ).sessions[0].start == at("2026-10-25T02:30+01:00")


def test_goods_take_any_quantity() -> None:
    assert quantities(asked(party(HOUSE, 2), component="coffee", quantity=50))["coffee"] == 50


def hosted() -> Line:
    """A massage at 13:00 on day 2, coffee at 13:30 and a mask in its room."""
    visit = package(
        component("massage", day=2, fixed_start="13:00"),
        component("coffee", "one", day=2, fixed_start="13:30", associated_with="massage"),
        component("mask", day=2, fixed_start="13:10", associated_with="massage"),
    )
    seat = need("rooms", "seated")
    house = venue(
        service("massage", 60, seat), service("mask", 20, seat), COFFEE, visit, room("w"), room("x")
    )
    return plan(house).booked()[0]


def test_coffee_follows_its_massage_to_another_day_and_room() -> None:
    """S3-17, G11."""
    line = hosted()
    massage = booking_of(line, "massage")
    line = moved(line, TZ, massage.id, DayTime(3, 14 * 60))
    house = venue(*line.sold.products.values(), line.sold.package, room("w"), room("x"))
    (after,) = judged(ask(house, line, require={massage.id: ("x",)})).booked()
    coffee, mask = booking_of(after, "coffee"), booking_of(after, "mask")
    assert (coffee.start, coffee.place) == (at("2026-12-07T14:30"), "x")
    assert (mask.start, mask.place) == (at("2026-12-07T14:10"), "x")
    assert booking_of(after, "massage").sequence == massage.sequence + 1


def test_the_link_is_one_way() -> None:
    line = hosted()
    line = moved(line, TZ, booking_of(line, "coffee").id, DayTime(2, 15 * 60))
    assert booking_of(line, "massage").adjusted is None
    assert booking_of(line, "coffee").adjusted == DayTime(2, 900)


def test_what_is_locked_does_not_follow() -> None:
    line = hosted()
    locked = tuple(replace(b, locked=b.component == "coffee") for b in line.bookings)
    line = moved(replace(line, bookings=locked), TZ, booking_of(line, "massage").id, DayTime(3, 840))
    assert booking_of(line, "coffee").adjusted is None
    assert booking_of(line, "mask").adjusted == DayTime(3, 850)


def test_a_component_moved_by_the_request_takes_its_associated_ones_along() -> None:
    line = asked(hosted(), component="massage", start="15:00")
    assert booking_of(line, "coffee").adjusted == DayTime(2, 930)
    both = [
        ComponentRequest(component="massage", start="15:00"),
        ComponentRequest(component="coffee", start="18:00"),
    ]
    line = with_components(hosted(), TZ, both, 5)
    coffee = next(d for d in expand(line, TZ).deliveries if d.component == "coffee")
    assert coffee.start == at("2026-12-06T18:00")


def test_the_solver_shifts_no_fixed_start() -> None:
    """Only a move by staff does: the massage is flexible here, the coffee stays at 13:30."""
    visit = package(
        component("massage"), component("coffee", "one", fixed_start="13:30", associated_with="massage")
    )
    (line,) = plan(venue(MASSAGE, COFFEE, visit)).booked()
    assert (booking_of(line, "massage").start, booking_of(line, "coffee").start) == (at("10:00"), at("13:30"))


def test_cancelling_a_host_cancels_what_is_linked_to_it() -> None:
    """S3-17, and it does not come back (S3-35)."""
    line = hosted()
    line = without_booking(line, TZ, booking_of(line, "massage"))
    assert expand(with_participants(line, 5), TZ).sessions == ()
    assert expand(line, TZ).deliveries == ()


def test_cancelling_one_session_of_several_leaves_the_others_and_their_goods() -> None:
    visit = package(component("massage"), component("coffee", "one", associated_with="massage"))
    (line,) = plan(venue(MASSAGE, COFFEE, visit), 2).booked()
    first = booking_of(line, "massage")
    assert [b.component for b in associated(line, TZ, first)] == ["coffee"]
    line = without_booking(line, TZ, first)
    assert [s.guests for s in expand(line, TZ).sessions] == [(2,)]
    assert len(expand(line, TZ).deliveries) == 1
    last = replace(line, bookings=tuple(b for b in line.bookings if b.id != first.id))
    last = without_booking(last, TZ, booking_of(last, "massage"))
    assert expand(last, TZ).deliveries == ()


def test_a_time_is_read_on_the_day_of_its_component() -> None:
    line = party(HOUSE)
    assert day_time(line, TZ, 2, "9:30", 5, "start") == DayTime(2, 570)
    assert day_time(line, TZ, 2, "2026-12-04T09:30", 5, "start") == DayTime(0, 570)
