"""What is accepted and surely a mistake."""

from typing import Any

import pytest

from catalog import document
from catalog.doubts import doubts
from tests.catalog.builders import HARBOUR_SPA, MASSAGE, ROOM, VENUE, doc, one, package

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
OPEN = {**VENUE, "hours": [{"days": DAYS, "from": "09:00", "to": "12:00"}]}


def doubted(*products: dict[str, Any], **lists: Any) -> list[str]:
    return [p.path for p in doubts(document.from_data(doc(*products, **{"venue": OPEN, **lists})))]


def test_nothing_is_doubted_in_the_document_of_the_contract() -> None:
    assert doubts(document.read(HARBOUR_SPA, "toml")) == ()


def test_a_need_larger_than_its_pool() -> None:
    pair = {**MASSAGE, "key": "pair", "needs": [{"pool": "rooms", "count": 2}]}
    assert doubted(pair) == ["products[2].needs[0].count"]


def test_a_group_that_no_room_takes() -> None:
    pair = {**MASSAGE, "key": "pair", "group_size": 2, "needs": [{"pool": "rooms", "use": "seated"}]}
    assert doubted(pair) == ["products[2].needs[0]"]
    assert doubted(pair, resources=[{**ROOM, "capacity": 2}]) == []


def test_a_service_longer_than_any_opening() -> None:
    day = {"key": "long", "kind": "service", "duration_minutes": 181}
    assert doubted(day) == ["products[2]"]
    assert doubted({**day, "outside_venue_hours": True}) == []


def test_a_buffer_that_reaches_out_of_the_hours_of_every_room() -> None:
    need = {"pool": "rooms", "before_minutes": 66, "after_minutes": 65}
    assert doubted({**MASSAGE, "key": "slow", "needs": [need]}) == ["products[2]"]
    assert doubted({**MASSAGE, "key": "slow", "needs": [{**need, "after_minutes": 64}]}) == []


@pytest.mark.parametrize(
    ("when", "closed"),
    [
        ({"fixed_start": "09:00"}, False),
        ({"fixed_start": "11:10"}, False),
        ({"fixed_start": "11:15"}, True),
        ({"window": ["11:00", "18:00"]}, False),
        ({"window": ["11:30", "18:00"]}, True),
    ],
)
def test_a_component_at_a_time_when_everything_is_closed(when: dict[str, Any], closed: bool) -> None:
    found = doubted(package(one(**when)))
    assert (found != []) is closed
    assert set(found) <= {"products[2].components[0]"}


def test_a_night_shift_is_open_past_midnight() -> None:
    night = {**VENUE, "hours": [{"days": DAYS, "from": "20:00", "to": "04:00"}]}
    assert doubted(package(one(fixed_start="23:30")), venue=night) == []
    assert doubted(package(one(fixed_start="01:00")), venue=night) == []


def test_a_window_beside_a_start_that_is_set_and_a_host_that_is_nowhere() -> None:
    when = {"fixed_start": "09:00", "window": ["09:00", "12:00"]}
    assert doubted(package(one(**when))) == ["products[2].components[0].window"]
    assert doubted(package(one("coffee"), one(associated_with="coffee"))) == [
        "products[2].components[1].associated_with"
    ]


def test_a_card_worth_nothing() -> None:
    assert doubted({"key": "card", "kind": "value_card"}) == ["products[2]"]
