"""What holds for every price (docs/explanation/rounding.md), on random orders."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from catalog.specs import InstallmentPart, InstallmentPlanSpec, TaxSplit
from pricing.discounts import Discount
from pricing.money import is_exact
from pricing.quote import LineToPrice, Price, quote
from pricing.taxes import tax_within
from tests.pricing.builders import each, line, once, product, sold

MONEY = st.integers(0, 10**6).map(lambda cents: Decimal(cents) / 100)
PERCENT = st.integers(0, 100).map(Decimal)


@st.composite
def plans(draw: st.DrawFn) -> InstallmentPlanSpec | None:
    percents = draw(st.lists(st.integers(1, 60).map(Decimal), max_size=4))
    parts = tuple(InstallmentPart(percent=p, days_before_start=draw(st.integers(0, 60))) for p in percents)
    return InstallmentPlanSpec(key="plan", parts=parts) if parts else None


@st.composite
def lines(draw: st.DrawFn, position: int) -> LineToPrice:
    products = [
        product(key, str(draw(MONEY)), tax=draw(st.sampled_from(["service", "food", None])))
        for key in "abc"[: draw(st.integers(1, 3))]
    ]
    components = tuple(
        once(p.key)
        if draw(st.booleans())
        else each(
            p.key,
            count=draw(st.integers(1, 3)),
            tax_split=draw(st.none() | st.builds(TaxSplit, tax=st.just("food"), percent=PERCENT)),
        )
        for p in products
    )
    package = sold(
        *products,
        components=components,
        installment_plan=draw(plans()),
        pricing=draw(st.sampled_from(["sum", "fixed"])),
        price=draw(MONEY),
    )
    return line(
        package,
        draw(st.integers(1, 30)),
        quantities=draw(st.dictionaries(st.sampled_from("abc"), st.integers(0, 40))),
        day=draw(st.dates(date(2026, 1, 1), date(2026, 12, 31))),
        position=position,
    )


@st.composite
def prices(draw: st.DrawFn) -> tuple[Price, Price]:
    """A price without and with a discount."""
    order = [draw(lines(position=n + 1)) for n in range(draw(st.integers(1, 3)))]
    booked_on = draw(st.dates(date(2025, 12, 1), date(2026, 12, 31)))
    full = quote(order, currency="SEK", booked_on=booked_on)
    percent, amount = Discount(percent=draw(PERCENT)), Discount(amount=full.total * draw(PERCENT) // 100)
    return full, quote(
        order, currency="SEK", booked_on=booked_on, discount=draw(st.sampled_from([percent, amount]))
    )


@given(prices())
def test_the_lines_sum_to_the_total(both: tuple[Price, Price]) -> None:
    for price in both:
        assert sum(priced.amount for priced in price.lines) == price.total


@given(prices())
def test_a_line_is_its_units_at_their_price_unless_a_package_of_fixed_price_shares(
    both: tuple[Price, Price],
) -> None:
    for priced in both[0].lines:
        if "fixed price" not in priced.why:
            units = priced.quantity * priced.count * priced.multiplier
            assert priced.unit_price * units == priced.amount


@given(prices())
def test_a_discount_takes_exactly_what_it_says_and_no_line_below_zero(both: tuple[Price, Price]) -> None:
    full, less = both
    assert less.discount is not None
    assert less.total == full.total - less.discount.amount
    assert sum(priced.discount for priced in less.lines) == less.discount.amount
    assert all(priced.amount >= 0 and priced.discount >= 0 for priced in less.lines)


@given(prices())
def test_the_tax_rows_are_rounded_once_and_sum_to_what_is_taxed(both: tuple[Price, Price]) -> None:
    for price in both:
        for row in price.taxes:
            assert row.net + row.tax == row.gross
            assert row.tax == tax_within(row.gross, row.rate, "SEK")
            assert abs(row.tax - row.gross * row.rate / (100 + row.rate)) <= Decimal("0.005")
        assert len({row.rate for row in price.taxes}) == len(price.taxes)
        assert sum(row.gross for row in price.taxes) <= price.total


@given(lines(position=1))
def test_all_of_what_has_a_tax_is_in_the_tax_rows(order: LineToPrice) -> None:
    price = quote([order], currency="SEK", booked_on=date(2025, 12, 1))
    for priced in price.lines:
        split = order.sold.component(priced.component).tax_split  # type: ignore[union-attr]
        taxed = priced.amount if order.sold.products[priced.product].tax else Decimal(0)
        if split is None:
            assert sum(row.gross for row in priced.taxes) == taxed


@given(prices())
def test_the_tax_rows_of_the_lines_sum_to_those_of_the_whole(both: tuple[Price, Price]) -> None:
    for price in both:
        for priced in price.lines:
            assert sum(row.gross for row in priced.taxes) <= priced.amount
            assert all(row.net + row.tax == row.gross and row.tax >= 0 for row in priced.taxes)
        for whole in price.taxes:
            parts = [row for priced in price.lines for row in priced.taxes if row.rate == whole.rate]
            assert sum(row.tax for row in parts) == whole.tax
            assert sum(row.gross for row in parts) == whole.gross


@given(prices())
def test_the_installments_sum_to_the_total(both: tuple[Price, Price]) -> None:
    for price in both:
        assert sum(part.amount for part in price.installments) == price.total
        assert [part.due for part in price.installments] == sorted({part.due for part in price.installments})


@given(prices())
def test_every_amount_is_exact_to_the_cent(both: tuple[Price, Price]) -> None:
    for price in both:
        every = [price.total, *(x for p in price.lines for x in (p.unit_price, p.amount, p.discount))]
        assert all(is_exact(amount, "SEK") and amount.as_tuple().exponent == -2 for amount in every)
