"""What a venue, its resources, taxes, price lists and installment plans must satisfy."""

from typing import Any

import pytest

from catalog.currencies import decimals
from tests.catalog.builders import COFFEE, MASSAGE, ROOM, VENUE, doc, faults

ALL_DAY = {"days": ["mon"], "from": "09:00", "to": "17:00"}
HALL = {"key": "hall", "kind": "room", "pools": ["halls"]}


def venue(**fields: Any) -> dict[str, str]:
    return faults(doc(venue={**VENUE, **fields}))


def test_a_key_is_used_once_in_each_list_and_may_stand_in_several() -> None:
    assert faults(doc(resources=[ROOM, {"key": "massage", "kind": "room"}])) == {}
    assert faults(doc(COFFEE)) == {"products[2].key": "`coffee` is the key of products[1] already"}
    assert list(faults(doc(resources=[ROOM, ROOM]))) == ["resources[1].key"]


@pytest.mark.parametrize("name", ["Mars/Olympus", "localtime", "../../etc/passwd", "", "posixrules"])
def test_a_time_zone_is_one_of_the_iana_database(name: str) -> None:
    assert list(venue(time_zone=name)) == ["venue.time_zone"]


@pytest.mark.parametrize(
    ("grid", "accepted"), [(1, True), (5, True), (15, True), (60, True), (7, False), (45, False)]
)
def test_the_grid_divides_an_hour(grid: int, accepted: bool) -> None:
    assert (venue(grid_minutes=grid) == {}) is accepted


def test_hours_may_run_past_midnight_and_end_at_24_but_not_begin_there() -> None:
    night = {"days": ["mon"], "from": "22:00", "to": "06:00"}
    assert venue(hours=[night, {"days": ["sun"], "from": "00:00", "to": "24:00"}]) == {}
    assert list(venue(hours=[{"days": ["mon"], "from": "24:00", "to": "06:00"}])) == ["venue.hours[0].from"]


def test_an_exception_is_closed_or_has_hours_once_for_each_date() -> None:
    eve = {"date": "2026-12-24"}
    open_ = {"hours": [{"from": "08:00", "to": "16:00"}]}
    assert venue(exceptions=[{**eve, "closed": True}, {"date": "2026-12-31", **open_}]) == {}
    assert list(venue(exceptions=[{**eve, "closed": True, **open_}])) == ["venue.exceptions[0].hours"]
    assert list(venue(exceptions=[eve])) == ["venue.exceptions[0]"]
    assert list(venue(exceptions=[{**eve, "closed": True}, {**eve, **open_}])) == ["venue.exceptions[1].date"]


def test_the_exceptions_of_a_resource_are_judged_too() -> None:
    assert list(faults(doc(resources=[{**ROOM, "exceptions": [{"date": "2026-12-24"}]}]))) == [
        "resources[0].exceptions[0]"
    ]


def test_parts_are_other_resources_all_the_way_down() -> None:
    def halls(*parts: tuple[str, list[str]]) -> dict[str, str]:
        return faults(doc(resources=[ROOM, *({**HALL, "key": key, "parts": of} for key, of in parts)]))

    assert halls(("all", ["half", "b"]), ("half", ["a"]), ("a", []), ("b", [])) == {}
    assert list(halls(("all", ["none"]))) == ["resources[1].parts[0]"]
    assert list(halls(("all", ["all"]))) == ["resources[1].parts"]
    chain = [(f"h{i}", [f"h{i + 1}"]) for i in range(6)]
    assert halls(*chain[:5], ("h5", [])) == {}
    assert list(halls(*chain, ("h6", []))) == ["resources[1].parts"]
    assert list(halls(("a", ["b"]), ("b", ["a"]))) == ["resources[1].parts", "resources[2].parts"]


def test_a_rate_of_tax_is_a_percentage_from_a_date_of_its_own() -> None:
    def rates(*rates: tuple[str, str]) -> dict[str, str]:
        tax = {"key": "vat", "rates": [{"from": day, "percent": percent} for day, percent in rates]}
        return faults(doc(taxes=[tax]))

    assert rates(("2000-01-01", "25"), ("2026-01-01", "2.5")) == {}
    assert list(rates(("2000-01-01", "25"), ("2000-01-01", "12"))) == ["taxes[0].rates[1].from"]
    assert list(rates(("2000-01-01", "101"), ("2001-01-01", "-1"))) == [
        "taxes[0].rates[0].percent",
        "taxes[0].rates[1].percent",
    ]
    assert list(rates()) == ["taxes[0].rates"]


def test_a_price_list_prices_products_that_exist_and_ends_after_it_begins() -> None:
    def prices(**fields: Any) -> dict[str, str]:
        return faults(doc(price_lists=[{"key": "list", **fields}]))

    assert prices(prices={"massage": "0.00"}, valid_from="2026-01-01", valid_until="2026-01-01") == {}
    assert prices(prices={"masage": "1.00"}) == {
        "price_lists[0].prices.masage": "there is no `masage` among the products; did you mean `massage`?"
    }
    assert list(prices(prices={"massage": "-1.00"})) == ["price_lists[0].prices.massage"]
    assert list(prices(valid_from="2026-01-02", valid_until="2026-01-01")) == ["price_lists[0].valid_until"]


@pytest.mark.parametrize(
    ("currency", "price", "accepted"),
    [
        ("SEK", "9.99", True),
        ("SEK", "9.999", False),
        ("JPY", "10", True),
        ("JPY", "9.5", False),
        ("KWD", "1.234", True),
    ],
)
def test_an_amount_has_at_most_the_decimals_of_the_currency(
    currency: str, price: str, accepted: bool
) -> None:
    data = doc(venue={**VENUE, "currency": currency}, products=[{**COFFEE, "price": price}])
    assert (faults(data) == {}) is accepted


def test_a_currency_that_nobody_knows_has_two_decimals() -> None:
    assert decimals("QQQ") == 2


def test_installments_add_up_and_each_is_due_in_one_way() -> None:
    """S3-10."""

    def parts(*parts: dict[str, Any]) -> list[str]:
        return list(faults(doc(installment_plans=[{"key": "plan", "parts": list(parts)}])))

    now, later = {"percent": "30", "due": "booking"}, {"percent": "70", "days_before_start": 14}
    assert parts(now, later) == []
    assert parts(now) == ["installment_plans[0].parts"]
    assert parts(now, {"percent": "70"}) == ["installment_plans[0].parts[1]"]
    assert parts(now, {**later, "due": "booking"}) == ["installment_plans[0].parts[1]"]
    assert parts({"percent": "-10", "due": "booking"}, {"percent": "110", "days_before_start": 1}) == [
        "installment_plans[0].parts[0].percent",
        "installment_plans[0].parts[1].percent",
    ]


def test_unknown_fields_are_faults_in_every_part() -> None:
    assert list(faults(doc(resources=[{**ROOM, "size": 3}], product=[MASSAGE]))) == [
        "resources[0].size",
        "product",
    ]


def test_terms_of_cancelling_are_percentages_by_different_days_and_known_taxes() -> None:
    def terms(*rows: dict[str, Any]) -> dict[str, str]:
        return faults(doc(settings={"cancellation": list(rows)}))

    assert terms({"days_before": 14, "percent": "25"}, {"days_before": 1, "percent": "100"}) == {}
    assert list(terms({"days_before": 1, "percent": "100.1"})) == ["settings.cancellation[0].percent"]
    assert list(terms({"days_before": 1, "percent": "1", "tax": "none"})) == ["settings.cancellation[0].tax"]
    twice = {"days_before": 7, "percent": "50"}
    assert terms(twice, twice) == {
        "settings.cancellation[1].days_before": "there is a term from 7 days already"
    }
    assert list(terms({"days_before": -1, "percent": "1"})) == ["settings.cancellation[0].days_before"]


def test_only_a_package_has_terms_of_its_own() -> None:
    own = {"cancellation": [{"days_before": 1, "percent": "200"}]}
    package = {"key": "day", "kind": "package", "components": [{"product": "coffee", "quantity": "one"}]}
    assert list(faults(doc(package | own))) == ["products[2].cancellation[0].percent"]
    tea = {"key": "tea", "kind": "item", "cancellation": [{"days_before": 1, "percent": "20"}]}
    assert list(faults(doc(tea))) == ["products[2].cancellation"]
