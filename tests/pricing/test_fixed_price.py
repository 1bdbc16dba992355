"""A package of fixed price: its own price, shared over what it covers (S2-2)."""

from decimal import Decimal

import pytest

from catalog.specs import AsSold, TaxSplit
from pricing.unit_prices import Unpriced
from tests.pricing.builders import amounts, each, line, once, price_list, price_of, product, rows, sold

MASSAGE, LUNCH = product("massage", "900"), product("lunch", "300", tax="food")


def fixed(*products: object, price: str | None = "1000", **package: object) -> AsSold:
    of_package = None if price is None else Decimal(price)
    return sold(*products, pricing="fixed", price=of_package, **package)  # type: ignore[arg-type]


def test_the_price_is_shared_in_proportion_to_the_standard_prices() -> None:
    assert amounts(price_of(line(fixed(MASSAGE, LUNCH)))) == ["750.00", "250.00"]


def test_the_cent_left_over_goes_to_the_earlier_of_equals() -> None:
    package = fixed(*(product(key, "5") for key in "abc"))
    assert amounts(price_of(line(package))) == ["333.34", "333.33", "333.33"]


def test_each_participant_is_a_package_s3_34() -> None:
    price = price_of(line(fixed(MASSAGE, LUNCH), 3))
    assert (amounts(price), str(price.total)) == (["2250.00", "750.00"], "3000.00")


def test_ten_massages_for_the_price_of_eight() -> None:
    package = fixed(product("massage", "950"), price="7600", components=(once("massage"),))
    [priced] = price_of(line(package)).lines
    assert str(priced.amount) == "7600.00"


def test_tax_follows_the_shares() -> None:
    assert rows(price_of(line(fixed(MASSAGE, LUNCH)))) == [
        ("6", "235.85", "14.15", "250.00"),
        ("25", "600.00", "150.00", "750.00"),
    ]


def test_a_tax_split_shrinks_with_the_share_s3_9() -> None:
    """200 of 1 000 is a fifth; of two shares of 500 that is 200."""
    split = TaxSplit(tax="food", amount=Decimal("200"))
    package = fixed(product("massage", "1000"), price="500", components=(each("massage", tax_split=split),))
    assert [row[3] for row in rows(price_of(line(package, 2)))] == ["200.00", "800.00"]


def test_who_takes_less_pays_no_less() -> None:
    assert str(price_of(line(fixed(MASSAGE, LUNCH), 2, quantities={"lunch": 1})).total) == "2000.00"


def test_what_goes_beyond_the_packages_is_charged_at_its_own_price() -> None:
    price = price_of(line(fixed(MASSAGE, LUNCH), 2, quantities={"lunch": 5}))
    assert [(x.component, x.quantity, str(x.amount)) for x in price.lines] == [
        ("massage", 2, "1500.00"),
        ("lunch", 2, "500.00"),
        ("lunch", 3, "900.00"),
    ]


def test_a_package_holds_one_of_a_component_sold_one_however_many_take_part_s3_22() -> None:
    package = fixed(product("room", "900"), components=(once("room"),))
    price = price_of(line(package, 2, quantities={"room": 2}))
    assert amounts(price) == ["2000.00", "1800.00"]


def test_where_nothing_is_delivered_nothing_is_charged() -> None:
    price = price_of(line(fixed(MASSAGE, LUNCH), 2, quantities={"massage": 0, "lunch": 0}))
    assert amounts(price) == ["0.00", "0.00"]


def test_components_that_are_free_alone_share_by_their_number() -> None:
    package = fixed(product("a", "0"), product("b", "0"), components=(each("a", count=3), each("b")))
    assert amounts(price_of(line(package))) == ["750.00", "250.00"]


def test_a_list_of_a_tier_may_price_the_package_s0_12() -> None:
    members = price_list("members", {"package": "800"}, tier="member")
    package = fixed(MASSAGE, LUNCH, price_lists=(members,))
    price = price_of(line(package), tier="member")
    assert (amounts(price), price.lines[0].price_list) == (["600.00", "200.00"], "members")


def test_the_sentence_names_the_fixed_price() -> None:
    assert price_of(line(fixed(MASSAGE), 2)).lines[0].why == (
        "Its share of the fixed price 1000.00 of “package” for each of 2, "
        "in proportion to the standard prices. Standard price 1000.00: the only price that applies."
    )


def test_a_package_without_its_price_is_refused_s3_20() -> None:
    with pytest.raises(Unpriced, match="“package” has no price"):
        price_of(line(fixed(MASSAGE, price=None)))


def test_a_component_without_any_price_blocks_the_sale_s3_20() -> None:
    with pytest.raises(Unpriced, match="“facial” has no price"):
        price_of(line(fixed(MASSAGE, product("facial", None))))
