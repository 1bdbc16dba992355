"""Stories about money, told by a real server, with every amount worked out by hand (rules.md, S0 … S3).

What is rounded, and why so, stands beside the amount.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.walks.books import DOCUMENT, MONDAY, Books, dues, taxes
from tests.walks.server import House

Json = dict[str, Any]


@pytest.fixture(scope="module")
def _kept() -> dict[str, House]:
    return {}


@pytest.fixture
def books(open_house: Callable[[Json], House], _kept: dict[str, House]) -> Books:
    """One house for all stories; each has customers and orders of its own."""
    house = open_house(DOCUMENT) if not _kept else _kept["house"]
    if _kept:
        house = House(house.server, house.server.client(), house.key)
    _kept["house"] = house
    return Books(house)


# --- prices


def asked(package: str, participants: int = 1, **fields: Any) -> Json:
    return {"package": package, "participants": participants} | fields


def percent(number: str) -> Json:
    return {"percent": number, "reason": "Regular."}


ADA, BO = {"name": "Ada", "tier": "member"}, {"name": "Bo", "tier": "gold"}
FIVE = [{"component": "c", "quantity": 5}]
MANAGED = [{"component": "facial", "unit_price": "99.50"}]
TWO_LINES = [
    {"product": "a", "participants": 2, "discount": percent("10")},
    {"product": "facial", "participants": 1},
]

PRICES: list[tuple[str, Json, str]] = [
    # what; the order; amounts by line
    ("one room for all, coffee for each", asked("meeting", 7), "700.00 175.00"),
    ("five coffees for three", asked("meeting", 3, components=FIVE), "300.00 125.00"),
    ("a fixed price is shared 100 : 50 : 25; two cents to .857 and .714", asked("abc"), "57.14 28.57 14.28"),
    ("three fixed packages, 299.97", asked("abc", 3), "171.41 85.71 42.85"),
    ("Monday and Tuesday at the standard price", asked("two-days"), "200.00 200.00"),
    ("Friday at the standard price, Saturday not", asked("two-days", day=4), "200.00 180.00"),
    ("Sunday at the weekend's, Monday not", asked("two-days", day=6), "180.00 200.00"),
    ("the package's list, and June's", asked("glow"), "80.00 35.00"),
    ("June's list on its last day", asked("glow", day=2), "80.00 35.00"),
    ("and not on the day after", asked("glow", day=3), "80.00 40.00"),
    ("a member pays the lower of two lists", asked("glow", customer=ADA), "70.00 35.00"),
    ("a tier that no list names", asked("glow", customer=BO), "80.00 35.00"),
    ("a manager's price wins over every list", asked("glow", components=MANAGED), "99.50 35.00"),
    ("12.5 % of 875 is 109.375, so 109.38: 87.50 and 21.88", asked("meeting", 7, discount=percent("12.5")),
     "612.50 153.12"),
    ("100 off 115 is shared 80 : 35", asked("glow", discount={"amount": "100.00"}), "10.43 4.57"),
    ("all of it off", asked("glow", discount=percent("100")), "0.00 0.00"),
    ("a line at 10 % off is 180, beside 100; then 30 off both, 19.29 and 10.71",
     {"lines": TWO_LINES, "discount": {"amount": "30.00"}}, "160.71 89.29"),
]  # fmt: skip


@pytest.mark.parametrize(("order", "lines"), [p[1:] for p in PRICES], ids=[p[0] for p in PRICES])
def test_what_it_costs(books: Books, order: Json, lines: str) -> None:
    price = quoted(books, order)["price"]
    assert [line["amount"] for line in price["lines"]] == lines.split()
    assert Decimal(price["total"]) == sum(map(Decimal, lines.split()))
    assert all(line["why"] for line in price["lines"])


def quoted(books: Books, order: Json) -> Json:
    start = f"{MONDAY + timedelta(days=order.get('day', 0))}T10:00"
    body = {key: value for key, value in order.items() if key != "day"}
    if "lines" in body:
        body["lines"] = [line | {"start": start} for line in body["lines"]]
    else:
        body["start"] = start
    return books.house.done(books.client.post(f"{books.house.path}/quotes", json=body), 200)


TAXES: list[tuple[str, Json, list[tuple[str, str, str]]]] = [
    # what; the order; (rate, tax, gross)
    ("57.14 holds 11.428, 28.57 holds 3.061; the untaxed third is in no row", asked("abc"),
     [("12", "3.06", "28.57"), ("25", "11.43", "57.14")]),
    ("three at 0.99 hold 0.594: once 0.59, not three times 0.20", asked("sweets"), [("25", "0.59", "2.97")]),
    ("12 % on Monday, 6 % from Tuesday on", asked("two-days"),
     [("6", "11.32", "200.00"), ("12", "21.43", "200.00")]),
    ("22 % of 900 at 6 %: 198 holds 11.207; 702 holds 140.40", asked("ritual"),
     [("6", "11.21", "198.00"), ("25", "140.40", "702.00")]),
    ("20 of each 100 at 6 %, for three, 10 % off", asked("half", 3, discount=percent("10")),
     [("6", "3.06", "54.00"), ("25", "43.20", "216.00")]),
    ("what is untaxed has no row", asked("glow"), []),
]  # fmt: skip


@pytest.mark.parametrize(("order", "rows"), [t[1:] for t in TAXES], ids=[t[0] for t in TAXES])
def test_how_it_is_taxed(books: Books, order: Json, rows: list[tuple[str, str, str]]) -> None:
    found = quoted(books, order)
    assert taxes(found) == rows
    for row in (row for line in found["price"]["lines"] for row in line["taxes"]):
        assert Decimal(row["net"]) + Decimal(row["tax"]) == Decimal(row["gross"])


def test_a_component_without_a_price_blocks_the_sale_by_name(books: Books) -> None:
    """S3-20."""
    body = {"package": "blocked", "start": f"{MONDAY}T10:00"}
    refused = books.client.post(f"{books.house.path}/orders", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unpriced")
    assert "unpriced" in refused.json()["detail"]


# --- installments, changes, fees


def test_what_was_due_stays_and_the_rest_is_shared_over_the_dates_ahead(books: Books) -> None:
    order = books.book("plan", 10)
    first, second, third = (due for due, _ in dues(order))
    assert dues(order) == [(first, "300.00"), (second, "400.00"), (third, "300.00")]
    assert (second, third) == (str(MONDAY - timedelta(days=60)), str(MONDAY - timedelta(days=14)))
    order = books.change(order, participants=15)  # 1 200 ahead, 40 : 30
    assert dues(order) == [(first, "300.00"), (second, "685.71"), (third, "514.29")]
    order = books.change(order, participants=2)  # 200 owed in all: less than was due
    assert dues(order) == [(first, "200.00")]


def test_a_fee_has_a_tax_of_its_own_and_what_was_paid_beyond_it_goes_back(books: Books) -> None:
    order = books.book("terms", 10)  # 333.30
    thing = f"/orders/{order['id']}"
    books.pay(thing, "333.30", "card_terminal")
    shown = books.do(f"{thing}/cancel?preview=true")
    assert (shown["owed"], shown["due"], shown["fees"][0]["amount"]) == ("166.65", "-166.65", "166.65")
    gone = books.do(f"{thing}/cancel")
    assert taxes(gone["fees"][0]) == [("6", "9.43", "166.65")]  # 166.65 · 6 / 106 = 9.4330…
    refused = books.client.post(f"{thing}/payments", json={"amount": "-333.31", "method": "cash"})
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_too_large")
    assert books.pay(thing, "-166.65", "card_terminal")["due"] == "0.00"
    back = books.do(f"{thing}/undo")
    assert (back["fees"], back["owed"], back["due"]) == ([], "333.30", "166.65")


def test_half_a_cent_of_a_fee_is_rounded_up_and_a_manager_waives_it(books: Books) -> None:
    order = books.book("terms")  # a half of 33.33 is 16.665
    thing = f"/orders/{order['id']}"
    assert books.do(f"{thing}/cancel?preview=true")["owed"] == "16.67"
    assert books.do(f"{thing}/cancel", waive_fee=True)["owed"] == "0.00"


def test_one_of_two_lines_is_cancelled_at_its_own_terms(books: Books) -> None:
    start = f"{MONDAY}T10:00"
    lines = [{"package": "steps", "participants": 2, "start": start}, {"product": "facial", "start": start}]
    order = books.house.book(lines=lines)
    gone = books.do(f"/lines/{order['lines'][0]['id']}/cancel")
    assert (gone["price"]["total"], gone["fees"][0]["amount"], gone["owed"]) == ("100.00", "20.00", "120.00")
    charges = books.house.done(books.client.get(f"/orders/{order['id']}/charges"), 200)["items"]
    assert [(c["kind"], c["amount"]) for c in charges] == [
        ("booking", "300.00"), ("change", "-200.00"), ("fee", "20.00"),
    ]  # fmt: skip


def test_a_discount_that_a_smaller_order_cannot_bear_is_refused_and_nothing_changes(books: Books) -> None:
    order = books.book("meeting", 7, discount={"amount": "500.00", "reason": "A friend."})
    refused = books.client.patch(f"/orders/{order['id']}", json={"participants": 3})
    assert (refused.status_code, refused.json()["code"]) == (422, "discount_refused")
    assert books.house.order(order)["price"]["total"] == "375.00"


# --- credits and the point of sale


def test_the_credits_of_a_series_are_worth_its_price_to_the_cent(books: Books) -> None:
    """S1-7: 100 for three: 33.33, 33.34, 33.33."""
    ada = books.customer()
    books.sold("three", customer=ada)
    line = {"product": "massage", "staff": "anna"}
    bases = [books.sold(line, customer=ada, use_credits=True)["commissions"][0]["base"] for _ in range(4)]
    assert bases == ["33.33", "33.34", "33.33", "900.00"]
    spent = [e["value"] for e in books.lots(ada)[0]["entries"] if e["kind"] == "use"]
    assert spent == ["33.33", "33.34", "33.33"]


def test_three_lots_pay_for_five_of_seven_and_the_line_splits(books: Books) -> None:
    """S2-16, S1-12; and S0-11: what is covered leaves the shelf too."""
    ada = books.customer()
    books.sold("one-soap", "soaps", {"product": "one-soap", "quantity": 1}, customer=ada)
    sale = books.sale({"product": "soap", "quantity": 7}, customer=ada, use_credits=True)
    assert [(n["quantity"], n["amount"]) for n in sale["lines"]] == [
        (1, "0.00"), (3, "0.00"), (1, "0.00"), (2, "25.00"),
    ]  # fmt: skip
    assert sale["total"] == "25.00"


def test_the_cheapest_after_the_discount_of_its_line_is_covered(books: Books) -> None:
    """S1-14: 40 at half price is 20, less than 25."""
    ada = books.customer()
    books.sold("treats", customer=ada)
    lines = {"product": "twenty-five"}, {"product": "forty", "discount_percent": "50"}
    sale = books.sold(*lines, customer=ada, use_credits=True)
    assert [(n["product"], n["lot"] is not None) for n in sale["lines"]] == [
        ("twenty-five", False),
        ("forty", True),
    ]
    assert sale["total"] == "25.00"


def test_a_voided_sale_gives_back_credits_goods_and_money(books: Books) -> None:
    def shelf() -> int:
        found = books.client.get(f"{books.house.path}/stock").json()["items"]
        return next(int(row["level"]) for row in found if row["product"] == "soap")

    ada, before = books.customer(), shelf()
    books.sold("soaps", customer=ada)
    sale = books.sold({"product": "soap", "quantity": 4}, customer=ada, use_credits=True)
    assert (shelf(), sale["total"]) == (before - 4, "12.50")
    books.pay(f"/sales/{sale['id']}", "12.50")
    void = books.do(f"/sales/{sale['id']}/void")
    assert (void["paid"], void["due"], shelf(), books.lots(ada)[0]["remaining"]) == (
        "0.00",
        "0.00",
        before,
        3,
    )


def test_a_gift_card_pays_for_an_order_and_gets_its_part_back(books: Books) -> None:
    ada = books.customer()
    books.sold("gift", customer=ada)
    card = books.lots(ada)[0]["id"]
    order = books.book("glow", customer=ada)  # 115
    thing = f"/orders/{order['id']}"
    books.pay(thing, "100.00", "value_card", reference=card)
    assert books.pay(thing, "15.00")["due"] == "0.00"
    assert books.lots(ada)[0]["remaining"] == "400.00"
    books.do(f"{thing}/cancel")
    for amount, status in (("-100.01", 409), ("-100.00", 201)):
        body = {"amount": amount, "method": "value_card", "reference": card}
        assert books.client.post(f"{thing}/payments", json=body).status_code == status
    assert books.lots(ada)[0]["remaining"] == "500.00"
    other = books.book("glow", customer=books.customer())
    body = {"amount": "1.00", "method": "value_card", "reference": card}
    refused = books.client.post(f"/orders/{other['id']}/payments", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "foreign_credit")


def test_two_credits_pay_for_two_of_three_guests(books: Books) -> None:
    ada = books.customer()
    books.sold({"product": "three", "quantity": 1}, customer=ada)
    lot = books.lots(ada)[0]["id"]
    books.do(f"/credits/{lot}/redeem")
    start = f"{MONDAY + timedelta(days=1)}T09:00"
    order = books.house.book(product="massage", participants=2, start=start, customer=ada, use_credits=True)
    assert order["price"]["total"] == "0.00"
    third = books.house.book(product="massage", start=f"{start[:11]}12:00", customer=ada, use_credits=True)
    assert third["price"]["total"] == "900.00"
    books.do(f"/orders/{order['id']}/cancel")
    again = books.change(third, note="Now?")
    assert again["price"]["total"] == "0.00"


def test_packages_over_the_counter(books: Books) -> None:
    """S3-23 … S3-27: the gate's price counts thrice and it prints once; the pool prints thrice."""
    sale = books.sold({"product": "doors", "quantity": 3})
    assert (sale["total"], taxes(sale)) == ("480.00", [("6", "27.17", "480.00")])
    assert sorted(ticket["component"] for ticket in sale["tickets"]) == ["gate", "pool", "pool", "pool"]


def test_the_reports_say_what_was_sold_used_and_owed(books: Books) -> None:
    """Dated back to January, when nobody else sold anything."""
    ada = books.customer(name="Customer of the reports")
    told = {"customer": ada, "sold_at": "2026-01-10T15:00"}
    sale = books.sold("three", "soaps", **told)
    books.pay(f"/sales/{sale['id']}", "130.00", "transfer")
    staffed = {"product": "massage", "staff": "bo"}, {"product": "soap", "staff": "bo", "quantity": 2}
    later = told | {"sold_at": "2026-01-11T10:00", "use_credits": True}
    books.sold(*staffed, **later)
    range_ = {"from": "2026-01-10", "to": "2026-01-11"}
    first_day = books.report("customer-stock", **range_)
    assert [(r["what"], r["package"], r["product"], r["quantity"], r["amount"]) for r in first_day] == [
        ("sold", "soaps", "", 1, "30.00"), ("credited", "soaps", "soap", 3, "0.00"),
    ]  # fmt: skip
    second_day = books.report("customer-stock", **{"from": "2026-01-11", "to": "2026-01-12"})
    assert [(r["package"], r["what"], r["quantity"]) for r in second_day] == [
        ("soaps", "used", 2),
        ("three", "used", 1),
    ]
    bases = books.report("commissions", **{"from": "2026-01-11", "to": "2026-01-12"})
    assert [(r["staff"], r["product"], r["basis"], r["base"]) for r in bases] == [
        ("bo", "massage", "package", "33.33"), ("bo", "soap", "package", "20.00"),
    ]  # fmt: skip
    owed = [books.report("liability", "Customer of the reports", **{"from": "2026-01-01", "to": to})
            for to in ("2026-01-11", "2026-01-12")]  # fmt: skip
    assert [[r["value"] for r in rows] for rows in owed] == [["100.00", "30.00"], ["66.67", "10.00"]]
    left = books.report("package-balances", "Customer of the reports")
    assert [(r["sold_as"], r["quantity"], r["remaining"]) for r in left] == [
        ("three", "3", "2"),
        ("soaps", "3", "1"),
    ]
    taken = [r for r in books.report("takings") if r["method"] == "transfer"]
    assert [(r["rate"], r["gross"]) for r in taken] == [(None, "130.00")]
