from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from catalog.errors import Invalid
from pricing.quote import PriceLine
from pricing.unit_prices import PriceRefused, Unpriced
from tests.pricing.builders import SATURDAY, line, price_list, price_of, product, sold


def only_line(*lists: Any, day: date = SATURDAY, tier: str | None = None, **package: Any) -> PriceLine:
    """The line of a massage at a standard price of 100."""
    massage = product("massage", "100", name="Massage")
    [priced] = price_of(line(sold(massage, price_lists=lists, **package), day=day), tier=tier).lines
    return priced


PACKAGE_LIST = price_list("weekend", {"massage": "80"}, name="Weekend packages")
MEMBER_LIST = price_list("members", {"massage": "70"}, tier="member")


def test_g10_always_on_the_list_of_the_package_wins_though_another_is_lower_s3_21() -> None:
    priced = only_line(
        PACKAGE_LIST, MEMBER_LIST, tier="member", price_list="weekend", always_use_package_price_list=True
    )
    assert (str(priced.unit_price), priced.price_list) == ("80.00", "weekend")
    assert priced.why == (
        "“Weekend packages” 80.00: the package's price list is always used, "
        "whatever the others say (standard price 100.00, “members” 70.00)."
    )


def test_g10_always_off_the_lowest_list_wins_s3_21() -> None:
    priced = only_line(PACKAGE_LIST, MEMBER_LIST, tier="member", price_list="weekend")
    assert (str(priced.unit_price), priced.price_list) == ("70.00", "members")
    assert priced.why == (
        "“members” 70.00: the lowest of the prices that apply "
        "(standard price 100.00, “Weekend packages” 80.00)."
    )


def test_always_on_the_lowest_wins_where_the_list_of_the_package_is_silent_s3_21() -> None:
    silent = price_list("weekend", {"lunch": "1"})
    priced = only_line(
        silent, MEMBER_LIST, tier="member", price_list="weekend", always_use_package_price_list=True
    )
    assert str(priced.unit_price) == "70.00"


def test_always_on_changes_nothing_for_a_package_without_a_list_s3_21() -> None:
    priced = only_line(MEMBER_LIST, tier="member", always_use_package_price_list=True)
    assert str(priced.unit_price) == "70.00"


def test_always_on_the_list_of_the_package_wins_though_the_standard_price_is_lower_s3_21() -> None:
    dearer = price_list("weekend", {"massage": "120"})
    assert str(only_line(dearer, price_list="weekend").unit_price) == "100.00"
    assert (
        str(only_line(dearer, price_list="weekend", always_use_package_price_list=True).unit_price)
        == "120.00"
    )


def test_a_component_that_the_list_does_not_price_has_its_standard_price_s3_6() -> None:
    priced = only_line(price_list("weekend", {"lunch": "1"}), price_list="weekend")
    assert (str(priced.unit_price), priced.price_list) == ("100.00", None)
    assert priced.why == "Standard price 100.00: the only price that applies."


def test_at_a_tie_the_standard_price_is_named() -> None:
    assert only_line(price_list("same", {"massage": "100.00"})).price_list is None


def test_the_lowest_wins_component_by_component() -> None:
    package = sold(
        product("massage", "100"),
        product("lunch", "20"),
        price_list="weekend",
        price_lists=(price_list("weekend", {"massage": "80", "lunch": "30"}),),
    )
    assert [str(priced.unit_price) for priced in price_of(line(package)).lines] == ["80.00", "20.00"]


@pytest.mark.parametrize(("tier", "expected"), [("member", "70.00"), ("guest", "100.00"), (None, "100.00")])
def test_a_list_of_a_tier_is_for_its_customers_alone_s0_12(tier: str | None, expected: str) -> None:
    assert str(only_line(MEMBER_LIST, tier=tier).unit_price) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [(4, "100.00"), (5, "90.00"), (6, "90.00"), (7, "100.00")],
)
def test_a_list_holds_from_its_first_date_to_its_last_inclusive(day: int, expected: str) -> None:
    limited = price_list(
        "days", {"massage": "90"}, valid_from=date(2026, 12, 5), valid_until=date(2026, 12, 6)
    )
    assert str(only_line(limited, day=date(2026, 12, day)).unit_price) == expected


@pytest.mark.parametrize(("day", "expected"), [(4, "100.00"), (5, "90.00"), (6, "100.00")])
def test_a_list_may_hold_on_some_weekdays_only(day: int, expected: str) -> None:
    saturdays = price_list("saturdays", {"massage": "90"}, days=("sat",))
    assert str(only_line(saturdays, day=date(2026, 12, day)).unit_price) == expected


def test_the_limits_that_the_list_of_the_package_states_hold_too() -> None:
    sundays = price_list("weekend", {"massage": "80"}, days=("sun",))
    for always in (False, True):
        priced = only_line(sundays, price_list="weekend", always_use_package_price_list=always)
        assert str(priced.unit_price) == "100.00"


def test_a_list_alone_is_price_enough() -> None:
    package = sold(product("facial", None), price_lists=(price_list("spring", {"facial": "60"}),))
    assert str(price_of(line(package)).total) == "60.00"


def test_a_component_without_any_price_blocks_the_sale_by_name_s3_20() -> None:
    package = sold(product("massage", "100"), product("facial", None, name="Facial"))
    with pytest.raises(Unpriced, match="“Facial” has no price on 2026-12-05") as refusal:
        price_of(line(package))
    assert isinstance(refusal.value, Invalid)
    assert refusal.value.component == "facial"


def test_a_price_of_nothing_is_a_price_s3_20() -> None:
    assert str(price_of(line(sold(product("towel", "0")))).total) == "0.00"


def test_a_price_that_a_manager_set_wins_over_every_list_and_says_so() -> None:
    lists = (price_list("cheap", {"facial": "1.00"}),)
    one = line(sold(product("facial", "100.00"), price_lists=lists), 2)
    price = price_of(replace(one, prices={"facial": Decimal("90")}))
    assert (str(price.total), price.lines[0].price_list) == ("180.00", None)
    assert price.lines[0].why == "Set by a manager: 90.00."


def test_a_price_that_a_manager_set_makes_up_for_a_missing_one() -> None:
    one = line(sold(product("facial", None)))
    assert price_of(replace(one, prices={"facial": Decimal(0)})).total == 0


@pytest.mark.parametrize("amount", ["-0.01", "0.001"])
def test_what_is_no_price_cannot_be_set(amount: str) -> None:
    one = line(sold(product("facial", "100.00")))
    with pytest.raises(PriceRefused):
        price_of(replace(one, prices={"facial": Decimal(amount)}))
