from datetime import date
from decimal import Decimal

import msgspec
import pytest

from catalog.specs import AsSold, Component
from pricing.discounts import Discount
from pricing.quote import LineToPrice, Portion, Price
from tests.pricing.builders import SATURDAY, amounts, each, line, once, price_of, product, sold

CONFERENCE = sold(
    product("room", "100"), product("coffee", "30", tax="food"), components=(once("room"), each("coffee"))
)


@pytest.mark.parametrize(
    ("participants", "coffees", "expected", "total"),
    [
        pytest.param(20, 20, ["2000.00", "600.00"], "2600.00", id="G1"),
        pytest.param(20, 19, ["2000.00", "570.00"], "2570.00", id="G2"),
        pytest.param(19, 18, ["1900.00", "540.00"], "2440.00", id="G3"),
        pytest.param(21, 20, ["2100.00", "600.00"], "2700.00", id="G4"),
    ],
)
def test_one_room_and_coffee_for_each_participant(
    participants: int, coffees: int, expected: list[str], total: str
) -> None:
    """G1 … G4 (S3-22, S3-25, S3-35)."""
    price = price_of(line(CONFERENCE, participants, quantities={"coffee": coffees}))
    assert amounts(price) == expected
    assert str(price.total) == total


def test_a_component_sold_one_is_one_whose_price_is_multiplied_by_the_participants_s3_22() -> None:
    room, coffee = price_of(line(CONFERENCE, 20)).lines
    assert (room.quantity, room.multiplier, str(room.unit_price)) == (1, 20, "100.00")
    assert (coffee.quantity, coffee.multiplier, str(coffee.unit_price)) == (20, 1, "30.00")


def test_a_portion_may_hold_several_units() -> None:
    price = price_of(line(sold(product("cava", "110"), components=(each("cava", count=3),)), 2))
    assert price.lines[0].count == 3
    assert amounts(price) == ["660.00"]


def test_the_price_field_of_a_package_sold_as_its_sum_does_not_matter_s3_19() -> None:
    assert str(price_of(line(sold(product("cava", "110"), price=Decimal("1")))).total) == "110.00"


def test_a_product_used_on_two_days_is_paid_twice_s3_4() -> None:
    first, second = (
        each("lunch"),
        Component(key="lunch-2", product="lunch", quantity="one_per_participant", day=2),
    )
    assert str(price_of(line(sold(product("lunch", "225"), components=(first, second)))).total) == "450.00"


def test_what_the_guests_chose_is_paid_at_its_own_price() -> None:
    choice = Component(key="treatment", choices=("massage", "facial"), quantity="one_per_participant")
    package = sold(product("massage", "950"), product("facial", "700"), components=(choice,))
    portions = tuple(
        Portion(component="treatment", product=key, quantity=n, date=SATURDAY)
        for key, n in (("massage", 2), ("facial", 1))
    )
    price = price_of(LineToPrice(line=1, sold=package, participants=3, start=SATURDAY, portions=portions))
    assert amounts(price) == ["1900.00", "700.00"]


@pytest.mark.parametrize(("currency", "total"), [("SEK", "90.00"), ("JPY", "90"), ("KWD", "90.000")])
def test_a_price_is_sent_with_the_decimals_of_the_currency(currency: str, total: str) -> None:
    price = price_of(line(sold(product("cava", "90"))), currency=currency)
    sent = msgspec.json.decode(msgspec.json.encode(price))
    assert sent["total"] == total
    assert sent["lines"][0]["unit_price"] == total
    assert sent["installments"] == [{"due": "2026-11-01", "amount": total}]


def test_a_price_is_sent_as_the_contract_says_and_read_back_as_it_was() -> None:
    price = price_of(line(CONFERENCE, 2), discount=Discount(percent=Decimal("10.0"), reason="regular"))
    sent = msgspec.json.decode(msgspec.json.encode(price))
    assert sent["lines"][1] == {
        "line": 1,
        "component": "coffee",
        "product": "coffee",
        "quantity": 2,
        "count": 1,
        "multiplier": 1,
        "unit_price": "30.00",
        "discount": "6.00",
        "amount": "54.00",
        "price_list": None,
        "why": "Standard price 30.00: the only price that applies.",
        "taxes": [{"rate": "6", "net": "50.94", "tax": "3.06", "gross": "54.00"}],
    }
    assert sent["discount"] == {"percent": "10", "amount": "26.00", "reason": "regular"}
    assert msgspec.convert(sent, Price) == price


def test_an_order_with_nothing_on_it_costs_nothing() -> None:
    price = price_of(discount=Discount(amount=Decimal("5")))
    assert (str(price.total), price.lines, price.taxes, price.installments, price.discount) == (
        "0.00",
        (),
        (),
        (),
        None,
    )


def test_a_single_product_is_priced_as_a_package_of_one() -> None:
    coffee = product("coffee", "30")
    single = AsSold(
        package=sold(coffee).package, products={"coffee": coffee}, taxes=CONFERENCE.taxes, single=True
    )
    assert str(price_of(line(single, 4, day=date(2026, 1, 1))).total) == "120.00"
