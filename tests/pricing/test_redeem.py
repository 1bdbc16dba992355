"""Which credits pay for which units (S1-4, S1-10, S1-12, S1-14, S0-9), against the rule read aloud."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from catalog.actors import Actor
from pricing.lots import NOTHING, Lot, first_entry
from pricing.redeem import Item, Policy, plan

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = FIRST + 40 * DAY


def lot(
    *products: str,
    quantity: int = 1,
    bought: int = 0,
    days: int | None = None,
    position: int = 0,
    price: str = "100",
) -> Lot:
    """Bought so many days after the first of January, valid so many days."""
    at = FIRST + bought * DAY
    made = Lot(
        id=uuid.uuid4(),
        customer=None,
        sold_as="package",
        sold_name="A package",
        products=products or ("massage",),
        quantity=Decimal(quantity),
        price=Decimal(price),
        currency="SEK",
        bought_at=at,
        position=position,
    )
    until = None if days is None else at + days * DAY
    return first_entry(made, until, at=at, actor=Actor(role="reception"), cause=NOTHING)


def item(line: int, price: int, quantity: int = 1, product: str = "massage") -> Item:
    return Item(
        line=line, product=product, quantity=quantity, unit_price=Fraction(price), since=NOW, until=NOW
    )


def used(
    items: Sequence[Item], *lots: Lot, policy: Policy = "first_bought", free: bool = False
) -> list[tuple[int, int, int]]:
    """(line, index of the lot, units) in the order in which they are taken."""
    order = [one.id for one in lots]
    covers = plan(items, lots, policy=policy, free_items=free)
    return [(c.line, order.index(c.lot), len(c.units)) for c in covers]


def test_g6_first_bought_first_used() -> None:
    a, b = lot(bought=0, days=364), lot(bought=31, days=28)
    assert used([item(0, 40)], a, b) == [(0, 0, 1)]
    assert used([item(0, 40)], a, b, policy="first_to_expire") == [(0, 1, 1)]


def test_g7_the_cheapest_and_among_equals_the_earliest_line() -> None:
    assert used([item(0, 40), item(1, 25), item(2, 25)], lot()) == [(1, 0, 1)]


def test_the_oldest_lot_covers_what_it_can_before_the_next_is_asked() -> None:
    old, new = lot("oil", bought=0), lot("massage", bought=1)
    assert used([item(0, 10), item(1, 90, product="oil")], old, new) == [(1, 0, 1), (0, 1, 1)]


def test_an_expired_lot_is_passed_over() -> None:
    assert used([item(0, 40)], lot(bought=0, days=40), lot(bought=1)) == [(0, 1, 1)]


def test_a_lot_bought_later_does_not_count() -> None:
    assert used([item(0, 40)], lot(bought=41)) == []


def test_only_what_the_package_holds_is_covered_s1_4() -> None:
    assert used([item(0, 40, product="facial")], lot()) == []


def test_what_costs_nothing_takes_none_unless_the_setting_says_so_s1_10() -> None:
    assert used([item(0, 0)], lot()) == []
    assert used([item(0, 0)], lot(), free=True) == [(0, 0, 1)]


def test_lots_of_one_sale_follow_their_place_in_it() -> None:
    assert used([item(0, 40)], lot(position=1), lot(position=0)) == [(0, 1, 1)]


def test_the_credits_of_a_lot_sum_to_its_price_exactly_s1_7() -> None:
    thirds = lot(quantity=3, price="100.00")
    assert [thirds.value_of([k]) for k in (1, 2, 3)] == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]
    assert thirds.value_of(range(1, 4)) == Decimal("100.00")


@given(st.integers(1, 400), st.decimals(0, 100_000, places=2))
def test_they_do_for_every_number_and_price(quantity: int, price: Decimal) -> None:
    made = lot(quantity=quantity, price=str(price))
    values = [made.value_of([k]) for k in range(1, quantity + 1)]
    assert sum(values) == price
    assert max(values) - min(values) <= Decimal("0.01")


PRODUCTS = st.sampled_from(["massage", "facial", "oil"])
LOTS = st.builds(
    lot,
    PRODUCTS,
    PRODUCTS,
    quantity=st.integers(1, 4),
    bought=st.integers(0, 45),
    days=st.none() | st.integers(0, 60),
)
ITEMS = st.tuples(st.integers(0, 3), st.integers(1, 4), PRODUCTS)


@given(
    st.lists(ITEMS, max_size=5),
    st.lists(LOTS, max_size=5),
    st.sampled_from(["first_bought", "first_to_expire"]),
)
def test_the_plan_is_the_rule_read_aloud(
    asked: list[tuple[int, int, str]], lots: list[Lot], policy: Policy
) -> None:
    """Take the oldest lot that covers any uncovered unit, cover its cheapest unit, repeat."""
    items = [item(i, price, quantity, product) for i, (price, quantity, product) in enumerate(asked)]
    left = {one.id: int(one.quantity) for one in lots}
    units = [(one, n) for one in items for n in range(one.quantity) if one.unit_price > 0]
    covered: dict[tuple[int, uuid.UUID], int] = {}

    def age(one: Lot) -> tuple[datetime, datetime, uuid.UUID]:
        never = datetime.max.replace(tzinfo=UTC)
        ends = (one.valid_until or never) if policy == "first_to_expire" else never
        return ends, one.bought_at, one.id

    def may(one: Lot, unit: Item) -> bool:
        begun = one.bought_at <= NOW
        return unit.product in one.products and begun and (one.valid_until is None or one.valid_until > NOW)

    while True:
        able = [one for one in lots if left[one.id] and any(may(one, unit) for unit, _ in units)]
        if not able:
            break
        oldest = min(able, key=age)
        cheapest = min(
            (u for u in units if may(oldest, u[0])), key=lambda u: (u[0].unit_price, u[0].line, u[1])
        )
        units.remove(cheapest)
        left[oldest.id] -= 1
        key = (cheapest[0].line, oldest.id)
        covered[key] = covered.get(key, 0) + 1

    planned = plan(items, lots, policy=policy, free_items=False)
    assert {(c.line, c.lot): len(c.units) for c in planned} == covered
