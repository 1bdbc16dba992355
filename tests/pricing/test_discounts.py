from decimal import Decimal

import pytest
from msgspec.structs import replace

from catalog.specs import TaxSplit
from pricing.discounts import Discount, DiscountRefused
from tests.pricing.builders import amounts, each, line, price_of, product, rows, sold

PAIR = sold(product("massage", "950"), product("cava", "110"))


def test_a_percentage_is_taken_off_every_line() -> None:
    price = price_of(line(PAIR), discount=Discount(percent=Decimal("10"), reason="regular"))
    assert (amounts(price), str(price.total)) == (["855.00", "99.00"], "954.00")
    assert price.discount is not None
    assert (str(price.discount.amount), price.discount.reason) == ("106.00", "regular")


def test_an_amount_is_shared_over_the_lines_by_largest_remainder() -> None:
    thirds = sold(*(product(key, "10") for key in "abc"))
    price = price_of(line(thirds), discount=Discount(amount=Decimal("0.05")))
    assert [str(priced.discount) for priced in price.lines] == ["0.02", "0.02", "0.01"]


def test_a_discount_is_shared_over_the_lines_of_the_whole_order() -> None:
    two = (line(sold(product("a", "30")), position=1), line(sold(product("b", "10")), position=2))
    assert amounts(price_of(*two, discount=Discount(amount=Decimal("20")))) == ["15.00", "5.00"]


def test_half_a_cent_of_discount_is_rounded_up() -> None:
    price = price_of(line(sold(product("sweet", "0.01"))), discount=Discount(percent=Decimal("50")))
    assert str(price.total) == "0.00"


def test_tax_is_of_what_is_left() -> None:
    price = price_of(line(sold(product("cava", "125"))), discount=Discount(percent=Decimal("20")))
    assert rows(price) == [("25", "80.00", "20.00", "100.00")]


def test_a_discount_lessens_both_parts_of_a_tax_split_alike_s3_9() -> None:
    split = TaxSplit(tax="food", amount=Decimal("200"))
    package = sold(product("treatment", "1000"), components=(each("treatment", tax_split=split),))
    price = price_of(line(package), discount=Discount(percent=Decimal("50")))
    assert [row[3] for row in rows(price)] == ["100.00", "400.00"]


@pytest.mark.parametrize("discount", [Discount(percent=Decimal("100")), Discount(amount=Decimal("1060.00"))])
def test_all_may_be_given_away(discount: Discount) -> None:
    price = price_of(line(PAIR), discount=discount)
    assert (str(price.total), price.taxes, price.installments) == ("0.00", (), ())


@pytest.mark.parametrize(
    ("discount", "sentence"),
    [
        (Discount(), "give exactly one of the two"),
        (Discount(percent=Decimal(1), amount=Decimal(1)), "give exactly one of the two"),
        (Discount(percent=Decimal("100.01")), "more than 100 %"),
        (Discount(percent=Decimal("-1")), "0 or more"),
        (Discount(amount=Decimal("-0.01")), "0 or more"),
        (Discount(percent=Decimal("NaN")), "is a number"),
        (Discount(amount=Decimal("Infinity")), "is a number"),
        (Discount(amount=Decimal("1060.01")), r"1060\.01 SEK is more than the order costs \(1060\.00 SEK\)"),
        (Discount(amount=Decimal("1E+999999")), "more than the order costs"),
        (Discount(amount=Decimal("0.005")), "finer than the smallest amount"),
        (Discount(percent=Decimal("1E-999999")), "at most four decimals"),
    ],
)
def test_a_discount_that_makes_no_sense_is_refused_in_a_sentence(discount: Discount, sentence: str) -> None:
    with pytest.raises(DiscountRefused, match=sentence):
        price_of(line(PAIR), discount=discount)


def test_the_discount_of_a_line_comes_before_that_of_the_order() -> None:
    """Of 100.00 and 50.00: 10 % off the first, then 14.00 off 90.00 and 50.00."""
    first = replace(line(sold(product("a", "100.00")), position=1), discount=Discount(percent=Decimal(10)))
    second = line(sold(product("b", "50.00")), position=2)
    price = price_of(first, second, discount=Discount(amount=Decimal("14.00"), reason="late"))
    assert amounts(price) == ["81.00", "45.00"]
    assert [str(priced.discount) for priced in price.lines] == ["19.00", "5.00"]
    assert [(off.line, str(off.amount)) for off in price.line_discounts] == [(1, "10.00")]


def test_the_discount_of_a_line_is_shared_over_its_portions() -> None:
    one = line(sold(product("a", "0.10"), product("b", "0.10"), product("c", "0.10")))
    assert amounts(price_of(replace(one, discount=Discount(amount=Decimal("0.01"))))) == [
        "0.09", "0.10", "0.10",
    ]  # fmt: skip


def test_more_than_the_line_costs_is_not_taken_off_it() -> None:
    one = line(sold(product("a", "100.00")), position=1)
    other = line(sold(product("b", "50.00")), position=2)
    with pytest.raises(DiscountRefused, match="more than the line “package” costs"):
        price_of(replace(one, discount=Discount(amount=Decimal("100.01"))), other)
