"""The money of orders over HTTP, with amounts worked out by hand (rules.md, worked examples)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.api.money import DAY, TODAY, VENUE, amounts, book, change, charges, dues, pay, settle_venue

Connect = Callable[[str | None], httpx.AsyncClient]
NewKey = Callable[..., Awaitable[str]]


@pytest.fixture
async def till(admin: httpx.AsyncClient) -> httpx.AsyncClient:
    """The administrator of the venue `money`."""
    await settle_venue(admin)
    return admin


@pytest.fixture
async def reception(till: httpx.AsyncClient, connect: Connect, new_key: NewKey) -> httpx.AsyncClient:
    return connect(await new_key("reception"))


async def test_g1_to_g4_twenty_at_a_conference(till: httpx.AsyncClient) -> None:
    order = await book(till, "conference", 20)
    assert (amounts(order), order["price"]["total"]) == (["2000.00", "600.00"], "2600.00")
    order = await change(till, order, components=[{"component": "coffee", "quantity": 19}])
    assert order["price"]["total"] == "2570.00"
    order = await change(till, order, participants=19)
    assert (amounts(order), order["price"]["total"]) == (["1900.00", "540.00"], "2440.00")
    order = await change(till, order, participants=21)
    assert (amounts(order), order["price"]["total"]) == (["2100.00", "600.00"], "2700.00")
    assert await charges(till, order) == [
        ("booking", "2600.00"), ("change", "-30.00"), ("change", "-130.00"), ("change", "260.00"),
    ]  # fmt: skip


async def test_g9_a_treatment_taxed_at_two_rates(till: httpx.AsyncClient) -> None:
    order = await book(till, "ritual")
    rows = [(row["rate"], row["tax"], row["gross"]) for row in order["price"]["taxes"]]
    assert rows == [("6", "11.32", "200.00"), ("25", "160.00", "800.00")]
    assert order["price"]["total"] == "1000.00"


@pytest.mark.parametrize(
    ("always", "price", "listed"), [(True, "80.00", "package"), (False, "70.00", "member")]
)
async def test_g10_the_list_that_wins_says_why(
    admin: httpx.AsyncClient, always: bool, price: str, listed: str
) -> None:
    await settle_venue(admin, always_use_package_price_list=always)
    order = await book(admin, "glow", customer={"name": "Ada", "tier": "member"})
    (line,) = order["price"]["lines"]
    assert (line["unit_price"], line["price_list"]) == (price, listed)
    assert "80.00" in line["why"]
    assert "70.00" in line["why"]


async def test_a_fixed_price_is_shared_by_the_standard_prices_s2_2(till: httpx.AsyncClient) -> None:
    order = await book(till, "pair", 2)
    assert (amounts(order), order["price"]["total"]) == (["1800.00", "180.00"], "1980.00")


async def test_an_offer_that_has_ended_cannot_be_ordered_and_what_was_ordered_stays_s2_6(
    till: httpx.AsyncClient,
) -> None:
    order = await book(till, "pair")
    yesterday = str(TODAY - timedelta(days=1))
    products = [p | ({"offer_until": yesterday} if p["key"] == "pair" else {}) for p in VENUE["products"]]
    assert (
        await till.put("/v1/venues/money/catalog", json=VENUE | {"products": products})
    ).status_code == 200
    asked = {"package": "pair", "start": f"{DAY}T10:00"}
    refused = await till.post("/v1/venues/money/orders", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "offer_ended")
    assert f"ended on {yesterday}" in refused.json()["detail"]
    assert (await change(till, order, participants=3))["price"]["total"] == "2970.00"
    last_day = [p | ({"offer_until": str(TODAY)} if p["key"] == "pair" else {}) for p in VENUE["products"]]
    await till.put("/v1/venues/money/catalog", json=VENUE | {"products": last_day})
    await book(till, "pair")


async def test_a_hold_is_charged_and_what_it_owes_goes_when_it_is_cancelled(till: httpx.AsyncClient) -> None:
    order = await book(till, "stay", hold_minutes=10)
    assert order["due"] == "1000.00"
    await till.post(f"/v1/orders/{order['id']}/cancel")
    order = (await till.get(f"/v1/orders/{order['id']}")).json()
    assert (order["price"]["total"], order["fees"], order["due"]) == ("0.00", [], "0.00")
    assert await charges(till, order) == [("booking", "1000.00"), ("cancellation", "-1000.00")]


async def test_payments_and_refunds_are_recorded_and_never_more_paid_back_than_was_paid(
    till: httpx.AsyncClient,
) -> None:
    order = await book(till, "conference", 2)
    assert (order["owed"], order["paid"], order["due"], order["payments"]) == ("260.00", "0.00", "260.00", [])
    order = await pay(till, order, "300.00", "card_terminal")
    assert (order["paid"], order["due"], order["version"]) == ("300.00", "-40.00", 1)
    order = await pay(till, order, "-40")
    assert (order["paid"], order["due"]) == ("260.00", "0.00")
    path = f"/v1/orders/{order['id']}/payments"
    refused = await till.post(path, json={"amount": "-260.01", "method": "cash"})
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_too_large")
    assert "260.00 SEK have been paid" in refused.json()["detail"]
    read = (await till.get(f"/v1/orders/{order['id']}")).json()
    assert [(p["amount"], p["method"]) for p in read["payments"]] == [
        ("300.00", "card_terminal"),
        ("-40.00", "cash"),
    ]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e9"}, "amount"),
        ({"method": "shells"}, "method"),
        ({"reference": "4111 1111 1111 1111"}, "reference"),
        ({"reference": "paid with 5500-0000-0000-0004."}, "reference"),
        ({"card": "x"}, "card"),
    ],
)
async def test_what_is_no_payment_is_refused_by_field(
    till: httpx.AsyncClient, wrong: dict[str, str], path: str
) -> None:
    order = await book(till, "glow")
    asked = {"amount": "10.00", "method": "cash"} | wrong
    refused = await till.post(f"/v1/orders/{order['id']}/payments", json=asked)
    assert refused.status_code == 422, refused.text
    assert [fault["path"] for fault in refused.json()["errors"]] == [path]
    assert (await till.get(f"/v1/orders/{order['id']}")).json()["paid"] == "0.00"


async def test_a_payment_sent_twice_is_one_payment(till: httpx.AsyncClient) -> None:
    order = await book(till, "glow")
    path, asked = f"/v1/orders/{order['id']}/payments", {"amount": "80.00", "method": "transfer"}
    first = await till.post(path, json=asked, headers={"Idempotency-Key": "twice"})
    again = await till.post(path, json=asked, headers={"Idempotency-Key": "twice"})
    assert first.json() == again.json()
    assert (await till.get(f"/v1/orders/{order['id']}")).json()["due"] == "0.00"


async def test_an_order_that_was_read_before_it_was_paid_is_read_anew(till: httpx.AsyncClient) -> None:
    order = await book(till, "glow")
    await pay(till, order, "80.00")
    read = await till.get(f"/v1/orders/{order['id']}", headers={"If-None-Match": '"1"'})
    assert (read.status_code, read.json()["paid"]) == (200, "80.00")


async def test_what_was_due_stays_and_the_rest_is_planned_anew_s3_10(till: httpx.AsyncClient) -> None:
    two_weeks_ahead = str(DAY - timedelta(days=14))
    order = await book(till, "stay")
    assert dues(order) == [(str(TODAY), "300.00"), (two_weeks_ahead, "700.00")]
    order = await pay(till, order, "300.00")
    assert [part["paid"] for part in order["installments"]] == ["300.00", "0.00"]
    order = await change(till, order, participants=2)
    assert dues(order) == [(str(TODAY), "300.00"), (two_weeks_ahead, "1700.00")]
    order = await change(till, order, start=f"{DAY + timedelta(days=7)}T10:00")
    assert dues(order) == [(str(TODAY), "300.00"), (str(DAY - timedelta(days=7)), "1700.00")]
    order = await change(till, order, participants=1, discount={"amount": "800.00", "reason": "regular"})
    assert dues(order) == [(str(TODAY), "200.00")]
    assert (order["due"], order["overdue"]) == ("-100.00", "0.00")


async def test_a_discount_on_a_line_comes_before_that_of_the_order(till: httpx.AsyncClient) -> None:
    lines = [
        {"package": "ritual", "participants": 1, "start": f"{DAY}T10:00",
         "discount": {"percent": "10", "reason": "regular"}},
        {"package": "glow", "participants": 1, "start": f"{DAY}T10:00"},
    ]  # fmt: skip
    asked = {"lines": lines, "discount": {"amount": "98.00", "reason": "late start"}}
    answer = await till.post("/v1/venues/money/orders", json=asked)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    # 1000 - 100 = 900 and 80: 98 shared as 90 and 8
    assert (amounts(order), order["price"]["total"]) == (["810.00", "72.00"], "882.00")
    assert order["price"]["line_discounts"] == [
        {"line": 0, "percent": "10", "amount": "100.00", "reason": "regular"}
    ]
    assert order["lines"][0]["discount"] == {"percent": "10", "reason": "regular"}
    taken = await till.patch(f"/v1/lines/{order['lines'][0]['id']}", json={"discount": None})
    # 1000 and 80: 98 shared as 90.74 and 7.26
    assert amounts(taken.json()) == ["909.26", "72.74"]
    assert await charges(till, order) == [("booking", "882.00"), ("discount", "100.00")]


@pytest.mark.parametrize(
    "discount",
    [
        {"percent": "100.01"}, {"percent": "-1"}, {"amount": "80.01"}, {"amount": "-1"}, {"amount": "0.001"},
        {"percent": "1", "amount": "1"}, {},
    ],
)  # fmt: skip
async def test_a_discount_that_is_none_changes_nothing(till: httpx.AsyncClient, discount: Any) -> None:
    order = await book(till, "glow")
    for path in (f"/v1/orders/{order['id']}", f"/v1/lines/{order['lines'][0]['id']}"):
        refused = await till.patch(path, json={"discount": discount})
        assert (refused.status_code, refused.json()["code"]) == (422, "discount_refused")
    assert await charges(till, order) == [("booking", "80.00")]


async def test_a_price_that_a_manager_set_is_kept_when_the_participants_change(
    till: httpx.AsyncClient, reception: httpx.AsyncClient
) -> None:
    order = await book(till, "conference", 20)
    asked = {"components": [{"component": "coffee", "unit_price": "25.00"}]}
    refused = await reception.patch(f"/v1/orders/{order['id']}", json=asked)
    assert refused.status_code == 403
    order = await change(till, order, **asked)
    coffee = order["price"]["lines"][1]
    assert (coffee["unit_price"], coffee["why"]) == ("25.00", "Set by a manager: 25.00.")
    order = await change(reception, order, participants=10)
    assert amounts(order) == ["1000.00", "250.00"]
    order = await change(till, order, components=[{"component": "coffee", "unit_price": None}])
    assert amounts(order) == ["1000.00", "300.00"]


@pytest.mark.parametrize(("package", "price"), [("conference", "-1"), ("conference", "0.001"), ("pair", "1")])
async def test_a_price_that_is_none_is_refused(till: httpx.AsyncClient, package: str, price: str) -> None:
    component = "coffee" if package == "conference" else "facial"
    asked = {"package": package, "start": f"{DAY}T10:00"}
    wrong = asked | {"components": [{"component": component, "unit_price": price}]}
    refused = await till.post("/v1/venues/money/orders", json=wrong)
    assert refused.status_code == 422, refused.text


async def test_cancelling_costs_by_the_days_that_are_left_s3_33(till: httpx.AsyncClient) -> None:
    order = await book(till, "stay", 2)
    path = f"/v1/orders/{order['id']}"
    preview = (await till.post(f"{path}/cancel?preview=true")).json()
    (fee,) = preview["fees"]
    assert (fee["percent"], fee["of"], fee["amount"]) == ("25", "2000.00", "500.00")
    assert fee["taxes"] == [{"rate": "6", "net": "471.70", "tax": "28.30", "gross": "500.00"}]
    assert fee["why"] == "Cancelled 60 days before the start: 25 % of 2000.00 from 90 days before it on."
    assert (await till.get(path)).json()["fees"] == []
    await pay(till, order, "600.00")
    cancelled = (await till.post(f"{path}/cancel", json={"plan": preview["plan"]})).json()
    assert (cancelled["status"], cancelled["price"]["total"]) == ("cancelled", "0.00")
    assert (cancelled["owed"], cancelled["paid"], cancelled["due"]) == ("500.00", "600.00", "-100.00")
    assert (await till.post(f"{path}/cancel")).json()["fees"] == cancelled["fees"]
    assert await charges(till, order) == [
        ("booking", "2000.00"), ("cancellation", "-2000.00"), ("fee", "500.00"),
    ]  # fmt: skip
    undone = (await till.post(f"{path}/undo")).json()
    assert (undone["owed"], undone["fees"], undone["due"]) == ("2000.00", [], "1400.00")
    assert (await charges(till, order))[3:] == [("change", "2000.00"), ("fee", "-500.00")]
    ledger = [Decimal(amount) for _, amount in await charges(till, order)]
    assert sum(ledger) == Decimal("2000.00")


async def test_only_a_manager_waives_the_fee(till: httpx.AsyncClient, reception: httpx.AsyncClient) -> None:
    order = await book(till, "stay")
    path = f"/v1/orders/{order['id']}/cancel"
    assert (await reception.post(path, json={"waive_fee": True})).status_code == 403
    assert (await till.post(path, json={"waive_fee": True})).json()["owed"] == "0.00"


async def test_an_order_keeps_the_terms_on_which_it_was_booked_s3_28(admin: httpx.AsyncClient) -> None:
    await settle_venue(admin, cancellation=[{"days_before": 100, "percent": "10"}])
    before = await book(admin, "glow")
    await settle_venue(admin, cancellation=[{"days_before": 100, "percent": "50"}])
    after = await book(admin, "glow")
    owed = [(await admin.post(f"/v1/orders/{o['id']}/cancel")).json()["owed"] for o in (before, after)]
    assert owed == ["8.00", "40.00"]
    written = (await admin.get("/v1/venues/money/catalog", headers={"Accept": "application/json"})).json()
    assert written["settings"]["cancellation"] == [{"days_before": 100, "percent": "50"}]


async def test_lists_by_period_and_weekday_apply_by_the_date_of_the_component(
    admin: httpx.AsyncClient,
) -> None:
    day = DAY.strftime("%a").lower()
    lists = [
        {"key": "period", "prices": {"coffee": "20.00"}, "valid_from": str(DAY), "valid_until": str(DAY)},
        {"key": "weekday", "prices": {"coffee": "25.00"}, "days": [day]},
    ]
    answer = await admin.put(
        "/v1/venues/money/catalog", json=VENUE | {"price_lists": VENUE["price_lists"] + lists}
    )
    assert answer.status_code == 201, answer.text
    priced = []
    for days in (0, 7, 8):
        asked = {"product": "coffee", "start": f"{DAY + timedelta(days=days)}T10:00", "participants": 2}
        quote = (await admin.post("/v1/venues/money/quotes", json=asked)).json()
        (line,) = quote["price"]["lines"]
        priced.append((line["amount"], line["price_list"]))
    assert priced == [("40.00", "period"), ("50.00", "weekday"), ("60.00", None)]


async def test_each_choice_has_its_own_price(admin: httpx.AsyncClient) -> None:
    choice = {"key": "either", "choices": ["treatment", "facial"], "quantity": "one_per_participant"}
    package = {"key": "choice", "kind": "package", "components": [choice]}
    await admin.put("/v1/venues/money/catalog", json=VENUE | {"products": [*VENUE["products"], package]})
    guests = [{"choices": {"either": "facial"}}, {}, {"choices": {"either": "facial"}}]
    order = await book(admin, "choice", 3, guests=guests)
    lines = {line["product"]: (line["quantity"], line["amount"]) for line in order["price"]["lines"]}
    assert lines == {"treatment": (1, "1000.00"), "facial": (2, "200.00")}
    order = await change(admin, order, guests=[{"choices": {"either": "treatment"}}])
    assert order["price"]["total"] == "2100.00"


async def test_a_package_pays_the_lowest_list_component_by_component_s3_6(till: httpx.AsyncClient) -> None:
    """The package's list prices the facial alone; whoever has no tier pays its 80.00, a member 70.00."""
    everybody = await book(till, "glow", 3)
    member = await book(till, "glow", 3, customer={"name": "Ada", "tier": "member"})
    assert (everybody["price"]["total"], member["price"]["total"]) == ("240.00", "210.00")
    changed = await change(till, everybody, customer={"name": "Bo", "tier": "member"})
    assert (changed["price"]["total"], changed["price_difference"]) == ("210.00", "-30.00")


async def test_cancelling_one_of_two_lines_costs_its_fee_and_leaves_the_other(
    till: httpx.AsyncClient,
) -> None:
    lines = [{"package": p, "participants": 1, "start": f"{DAY}T10:00"} for p in ("stay", "ritual")]
    order = (await till.post("/v1/venues/money/orders", json={"lines": lines})).json()
    assert order["price"]["total"] == "2000.00"
    answer = (await till.post(f"/v1/lines/{order['lines'][0]['id']}/cancel")).json()
    assert (answer["status"], answer["price"]["total"], answer["owed"]) == ("confirmed", "1000.00", "1250.00")
    assert sum(Decimal(part["amount"]) for part in answer["installments"]) == Decimal("1250.00")
    after = (await till.post(f"/v1/orders/{order['id']}/cancel")).json()
    assert (after["owed"], len(after["fees"])) == ("250.00", 1)  # `ritual` has no terms
    assert await charges(till, order) == [
        ("booking", "2000.00"), ("change", "-1000.00"), ("fee", "250.00"), ("cancellation", "-1000.00"),
    ]  # fmt: skip
