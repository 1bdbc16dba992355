"""What products, their needs, and the components of packages must satisfy."""

from typing import Any

import pytest

from tests.catalog.builders import MASSAGE, ROOM, doc, faults, one, package

SPA = "products[2]"
FIRST = f"{SPA}.components[0]"


def product(**fields: Any) -> list[str]:
    return list(faults(doc({"key": "new", "kind": "item", "price": "1.00"} | fields)))


def service(*needs: dict[str, Any], **fields: Any) -> list[str]:
    return product(kind="service", needs=list(needs), **{"duration_minutes": 50, **fields})


def components(*components: dict[str, Any], **fields: Any) -> list[str]:
    return list(faults(doc(package(*components, **fields))))


# --- products


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("needs", [{"pool": "rooms"}]),
        ("duration_minutes", 50),
        ("stock", 4),
        ("value_card", {"kind": "gift", "amount": "1.00"}),
        ("components", [one()]),
        ("max_waiting_minutes", 30),
    ],
)
def test_a_field_that_means_nothing_for_the_kind_is_refused(field: str, value: object) -> None:
    assert product(**{field: value}) == [f"{SPA}.{field}"]


def test_what_a_product_refers_to_exists() -> None:
    assert product(tax="vat", series={"product": "none", "quantity": 10}) == [
        f"{SPA}.tax",
        f"{SPA}.series.product",
    ]
    assert components(one(), price_list="none", installment_plan="none") == [
        f"{SPA}.price_list",
        f"{SPA}.installment_plan",
    ]


def test_amounts_are_not_below_nothing() -> None:
    assert product(price="-1.00", cost="-0.01") == [f"{SPA}.price", f"{SPA}.cost"]


def test_a_series_may_be_of_the_product_itself() -> None:
    assert product(series={"quantity": 10, "valid_days": 360}) == []


@pytest.mark.parametrize("kind", ["series", "card", "stock"])
def test_no_credit_pays_for_what_gives_credits(kind: str) -> None:
    given: dict[str, Any] = {
        "series": {"kind": "item", "series": {"quantity": 3}},
        "card": {"kind": "value_card", "value_card": {"kind": "gift", "amount": "5.00"}},
        "stock": {"kind": "package", "fulfilment": "customer_stock", "components": [one()]},
    }[kind]
    seller = {"key": "seller", "kind": "item", "price": "1.00", "series": {"product": "new", "quantity": 2}}
    document = doc({"key": "new", "price": "1.00"} | given, seller)
    assert list(faults(document)) == ["products[3].series.product"]


@pytest.mark.parametrize(
    ("card", "wrong"),
    [
        ({"kind": "gift", "amount": "100.00"}, []),
        ({"kind": "clip", "product": "massage", "quantity": 5}, []),
        ({"kind": "gift"}, ["amount"]),
        ({"kind": "gift", "amount": "0.00"}, ["amount"]),
        ({"kind": "gift", "amount": "100.00", "quantity": 5}, ["quantity"]),
        ({"kind": "clip", "amount": "100.00"}, ["amount", "product", "quantity"]),
        ({"kind": "clip", "product": "none", "quantity": 5}, ["product"]),
    ],
)
def test_a_gift_card_has_an_amount_and_a_clip_card_a_product_and_a_number(
    card: dict[str, Any], wrong: list[str]
) -> None:
    assert product(kind="value_card", value_card=card) == [f"{SPA}.value_card.{field}" for field in wrong]


def test_a_service_has_a_length_unless_every_use_of_it_is_a_stay() -> None:
    bed = {"key": "bed", "kind": "service", "outside_venue_hours": True}
    night = one("bed", fixed_start="15:00", fixed_end="11:00", end_day=2)
    assert faults(doc(bed, package(night))) == {}
    assert list(faults(doc(bed))) == [f"{SPA}.duration_minutes"]
    assert list(faults(doc(bed, package(night, one("bed", key="rest"))))) == [f"{SPA}.duration_minutes"]


def test_a_need_names_a_pool_with_a_resource_in_it() -> None:
    assert service({"pool": "saunas"}) == [f"{SPA}.needs[0].pool"]


def test_a_need_larger_than_its_pool_is_accepted() -> None:
    assert service({"pool": "rooms", "count": 5}) == []


def test_a_shared_need_holds_one_resource_that_is_not_divisible() -> None:
    assert service({"pool": "rooms", "use": "shared", "count": 2}) == [f"{SPA}.needs[0].count"]
    whole = {**ROOM, "key": "whole", "parts": ["room"]}
    data = doc(resources=[ROOM, whole])
    assert faults(data) == {}
    data["products"][0]["needs"] = [{"pool": "rooms", "use": "shared"}]
    assert list(faults(data)) == ["products[0].needs[0].use"]


@pytest.mark.parametrize(
    ("first", "last", "wrong"),
    [
        (None, 20, None),
        (20, None, None),
        (0, 50, None),
        (20, 20, "until_minutes"),
        (None, 51, "until_minutes"),
        (50, None, "from_minutes"),
    ],
)
def test_a_part_of_a_need_lies_within_the_service(
    first: int | None, last: int | None, wrong: str | None
) -> None:
    need = {"pool": "rooms", "from_minutes": first, "until_minutes": last}
    assert service(need) == ([f"{SPA}.needs[0].{wrong}"] if wrong else [])


# --- packages


def test_a_package_holds_at_least_one_product() -> None:
    """S3-1."""
    assert components() == [f"{SPA}.components"]


def test_a_package_holds_no_package() -> None:
    """S3-2."""
    inner = package(one(), key="inner")
    assert list(faults(doc(inner, package(one("inner"), one(None, choices=["massage", "inner"]))))) == [
        "products[3].components[0].product",
        "products[3].components[1].choices[1]",
    ]


@pytest.mark.parametrize("kind", ["item", "stock_item", "service", "value_card", "entry"])
def test_a_component_is_of_any_other_kind(kind: str) -> None:
    """S3-2."""
    length = {"duration_minutes": 30} if kind == "service" else {}
    assert faults(doc({"key": "it", "kind": kind, **length}, package(one("it")))) == {}


def test_a_component_is_a_product_or_a_choice_of_them() -> None:
    assert components(one(None, choices=["massage", "coffee"])) == []
    assert components(one("massage", choices=["coffee"])) == [FIRST]
    assert components(one(None)) == [FIRST]
    assert components(one("tea"), one(None, key="x", choices=["coffee", "tea"])) == [
        f"{FIRST}.product",
        f"{SPA}.components[1].choices[1]",
    ]


def test_components_of_one_product_take_keys_of_their_own() -> None:
    """S3-4."""
    assert components(one(), one(key="second", day=2)) == []
    assert components(one(), one(day=2)) == [f"{SPA}.components[1].key"]


def test_a_start_is_fixed_or_relative_not_both() -> None:
    """S3-16."""
    assert components(one(fixed_start="10:00")) == components(one(relative_start_minutes=-60)) == []
    assert components(one(fixed_start="10:00", relative_start_minutes=0)) == [
        f"{FIRST}.relative_start_minutes"
    ]


def test_a_start_lies_on_the_grid_and_a_window_anywhere() -> None:
    assert components(one(fixed_start="10:02")) == [f"{FIRST}.fixed_start"]
    assert components(one(fixed_start="24:00")) == [f"{FIRST}.fixed_start"]
    assert components(one(relative_start_minutes=-7)) == [f"{FIRST}.relative_start_minutes"]
    assert components(one(window=["10:02", "11:59"])) == []


@pytest.mark.parametrize(
    ("window", "accepted"),
    [
        (["10:00", "10:50"], True),
        (["23:00", "24:00"], True),
        (["10:00", "10:49"], False),
        (["10:00", "10:00"], False),
        (["22:00", "02:00"], False),
    ],
)
def test_a_window_is_long_enough_for_the_session(window: list[str], accepted: bool) -> None:
    assert components(one(window=window)) == ([] if accepted else [f"{FIRST}.window"])


@pytest.mark.parametrize(
    ("stay", "wrong"),
    [
        ({"fixed_start": "22:00", "fixed_end": "06:00", "end_day": 2}, None),
        ({"fixed_start": "09:00", "fixed_end": "17:00"}, None),
        ({"relative_start_minutes": 0, "fixed_end": "11:00", "end_day": 2}, None),
        ({"fixed_end": "11:00"}, "fixed_end"),
        ({"fixed_start": "15:00", "fixed_end": "11:00"}, "fixed_end"),
        ({"fixed_start": "15:00", "fixed_end": "15:00"}, "fixed_end"),
        ({"day": 2, "fixed_start": "15:00", "fixed_end": "20:00", "end_day": 1}, "end_day"),
        ({"day": 2, "relative_start_minutes": 0, "fixed_end": "20:00", "end_day": 1}, "end_day"),
        ({"fixed_start": "15:00", "end_day": 2}, "end_day"),
    ],
)
def test_a_stay_ends_after_it_begins(stay: dict[str, Any], wrong: str | None) -> None:
    assert components(one(**stay)) == ([f"{FIRST}.{wrong}"] if wrong else [])


def test_components_refer_to_others_of_the_same_package() -> None:
    coffee = one("coffee", associated_with="massage")
    assert components(one(after=["coffee"]), coffee) == []
    assert components(one(after=["x"]), one("coffee", associated_with="y")) == [
        f"{FIRST}.after[0]",
        f"{SPA}.components[1].associated_with",
    ]


@pytest.mark.parametrize("link", ["after", "associated_with"])
def test_nothing_follows_or_accompanies_itself(link: str) -> None:
    def to(key: str) -> dict[str, Any]:
        return {link: [key] if link == "after" else key}

    assert components(one(**to("massage"))) == [f"{FIRST}.{link}"]
    circle = [one(**to("coffee")), one("coffee", **to("massage")), one(key="apart")]
    assert components(*circle) == [f"{FIRST}.{link}", f"{SPA}.components[1].{link}"]


def test_guests_need_not_wait_less_than_must_lie_between() -> None:
    assert components(one(), max_waiting_minutes=10, min_gap_minutes=10) == []
    assert components(one(), max_waiting_minutes=5, min_gap_minutes=10) == [f"{SPA}.max_waiting_minutes"]


def test_a_fixed_price_is_given() -> None:
    """S2-2; with the price of the components a price of the package's own means nothing (S3-19)."""
    assert components(one(), pricing="fixed") == [f"{SPA}.price"]
    assert components(one(), price="1.00") == []


@pytest.mark.parametrize(
    ("split", "wrong"),
    [
        ({"amount": "900.00"}, None),
        ({"percent": "100"}, None),
        ({"amount": "900.01"}, "tax_split.amount"),
        ({"amount": "-1.00"}, "tax_split.amount"),
        ({"percent": "101"}, "tax_split.percent"),
        ({}, "tax_split"),
        ({"amount": "1.00", "percent": "1"}, "tax_split"),
    ],
)
def test_a_tax_split_takes_a_part_of_the_price(split: dict[str, str], wrong: str | None) -> None:
    """S3-9: E ≤ P."""
    taxes = [{"key": "vat", "rates": [{"from": "2000-01-01", "percent": "25"}]}]
    data = doc(package(one(tax_split={"tax": "vat", **split})), taxes=taxes)
    assert list(faults(data)) == ([f"{FIRST}.{wrong}"] if wrong else [])


def test_the_tax_of_a_split_exists() -> None:
    assert components(one(tax_split={"tax": "none", "percent": "5"})) == [f"{FIRST}.tax_split.tax"]


def test_a_long_chain_of_components_is_judged_in_time() -> None:
    chain = [one(key=f"c{i}", after=[f"c{i - 1}"] if i else []) for i in range(5000)]
    assert components(*chain) == []


def test_the_massage_of_these_tests_is_sound() -> None:
    assert faults(doc(products=[MASSAGE])) == {}
