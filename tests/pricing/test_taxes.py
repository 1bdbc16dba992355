from datetime import date
from decimal import Decimal

import pytest

from catalog.specs import TaxRate, TaxSpec, TaxSplit
from pricing.taxes import NoTaxRate, TaxSplitTooLarge, rate_on
from tests.pricing.builders import FOOD, amounts, each, line, price_list, price_of, product, rows, sold


def test_g9_a_treatment_of_which_200_is_taxed_at_6_and_the_rest_at_25() -> None:
    treatment = product("treatment", "1000")
    split = TaxSplit(tax="food", amount=Decimal("200"))
    price = price_of(line(sold(treatment, components=(each("treatment", tax_split=split),))))
    assert rows(price) == [("6", "188.68", "11.32", "200.00"), ("25", "640.00", "160.00", "800.00")]
    assert str(price.total) == "1000.00"


def test_a_split_by_amount_is_taken_of_each_unit_s3_9() -> None:
    split = TaxSplit(tax="food", amount=Decimal("10"))
    package = sold(product("coffee", "30"), components=(each("coffee", count=2, tax_split=split),))
    assert [(rate, gross) for rate, _, _, gross in rows(price_of(line(package, 3)))] == [
        ("6", "60.00"),
        ("25", "120.00"),
    ]


def test_a_split_by_percent_is_of_the_price_that_won_s3_9() -> None:
    split = TaxSplit(tax="food", percent=Decimal("20"))
    package = sold(
        product("treatment", "1000"),
        components=(each("treatment", tax_split=split),),
        price_lists=(price_list("winter", {"treatment": "900"}),),
    )
    assert [row[3] for row in rows(price_of(line(package)))] == ["180.00", "720.00"]


def test_a_split_of_more_than_the_price_is_refused_s3_9() -> None:
    split = TaxSplit(tax="food", amount=Decimal("1000.01"))
    package = sold(product("treatment", "1000"), components=(each("treatment", tax_split=split),))
    with pytest.raises(
        TaxSplitTooLarge, match=r"takes 1000\.01 of each unit, more than its price of 1000\.00"
    ):
        price_of(line(package))


def test_a_split_may_be_the_whole_price_s3_9() -> None:
    split = TaxSplit(tax="food", amount=Decimal("106"))
    package = sold(product("buffet", "106"), components=(each("buffet", tax_split=split),))
    assert rows(price_of(line(package))) == [("6", "100.00", "6.00", "106.00")]


def test_the_rest_of_a_split_may_be_untaxed_s3_9() -> None:
    split = TaxSplit(tax="food", amount=Decimal("106"))
    package = sold(product("visit", "500", tax=None), components=(each("visit", tax_split=split),))
    assert rows(price_of(line(package))) == [("6", "100.00", "6.00", "106.00")]


def test_tax_is_rounded_once_per_rate_and_never_per_line() -> None:
    """Three lines of 0.02 hold 0.004 each, which alone would round to nothing; together 0.012."""
    price = price_of(line(sold(*(product(key, "0.02") for key in "abc"))))
    assert rows(price) == [("25", "0.05", "0.01", "0.06")]


def test_the_tax_of_a_rate_is_shared_over_its_lines() -> None:
    price = price_of(line(sold(*(product(key, "0.02") for key in "abc"))))
    assert [[str(row.tax) for row in priced.taxes] for priced in price.lines] == [
        ["0.01"],
        ["0.00"],
        ["0.00"],
    ]


def test_half_a_cent_of_tax_is_rounded_up() -> None:
    """At 100 %, half of 0.01 is tax."""
    half = TaxSpec(key="half", rates=(TaxRate(from_=date(2000, 1, 1), percent=Decimal("100")),))
    package = sold(product("sweet", "0.01", tax="half"), taxes=(half,))
    assert rows(price_of(line(package))) == [("100", "0.00", "0.01", "0.01")]


def test_the_rate_is_that_of_the_date_of_the_component() -> None:
    lunch = sold(product("lunch", "106", tax="food"))
    before = line(lunch, day=date(2026, 3, 31), position=1)
    after = line(lunch, day=date(2026, 4, 1), position=2)
    assert [(row[0], row[3]) for row in rows(price_of(before, after))] == [("6", "106.00"), ("12", "106.00")]


def test_taxes_of_the_same_rate_are_one_row() -> None:
    other = TaxSpec(key="other", rates=(TaxRate(from_=date(2000, 1, 1), percent=Decimal("6.00")),))
    package = sold(
        product("lunch", "53", tax="food"), product("book", "53", tax="other"), taxes=(FOOD, other)
    )
    assert rows(price_of(line(package))) == [("6", "100.00", "6.00", "106.00")]


def test_what_is_untaxed_is_in_no_row() -> None:
    price = price_of(line(sold(product("deposit", "50", tax=None), product("cava", "125"))))
    assert rows(price) == [("25", "100.00", "25.00", "125.00")]
    assert str(price.total) == "175.00"


def test_what_is_taxed_at_zero_has_a_row_of_its_own() -> None:
    zero = TaxSpec(key="zero", rates=(TaxRate(from_=date(2000, 1, 1), percent=Decimal("0.0")),))
    package = sold(product("training", "50", tax="zero"), taxes=(zero,))
    assert rows(price_of(line(package))) == [("0", "50.00", "0.00", "50.00")]


def test_what_is_free_is_in_no_row() -> None:
    price = price_of(line(sold(product("towel", "0"))))
    assert (rows(price), amounts(price)) == ([], ["0.00"])


def test_a_tax_without_a_rate_on_the_date_is_refused_by_name() -> None:
    with pytest.raises(NoTaxRate, match="“food” has no rate on 1999-12-31"):
        rate_on((FOOD,), "food", date(1999, 12, 31))
