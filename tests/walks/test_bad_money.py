"""What bad input about money gets: a sentence that names the rule, and the books as they were."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.walks.books import DOCUMENT, Books
from tests.walks.server import House

Json = dict[str, Any]


class Case:
    """A customer with a series, a gift card and a treat; a closed sale paid with 40; an order of 100."""

    def __init__(self, books: Books) -> None:
        self.books, self.client = books, books.client
        self.ada, self.bo = books.customer(), books.customer(name="Bo")
        books.sold("three", "gift", "treats", customer=self.ada)
        lots = {lot["sold_as"]: lot["id"] for lot in books.lots(self.ada)}
        self.sale = books.sold("forty", customer=self.ada)["id"]
        books.pay(f"/sales/{self.sale}", "40.00")
        self.order = books.book("steps", customer=self.bo)["id"]
        self.stocked = books.sold("soaps", customer=self.bo)["id"]
        books.sold("soap", customer=self.bo, use_credits=True)
        self.places = {
            "sale": f"/sales/{self.sale}",
            "sales": f"{books.house.path}/sales",
            "stocked": f"/sales/{self.stocked}",
            "order": f"/orders/{self.order}",
            "series": f"/credits/{lots['three']}",
            "gift": f"/credits/{lots['gift']}",
            "treat": f"/credits/{lots['treats']}",
            "stock": f"{books.house.path}/stock",
        }
        self.lots = lots

    def state(self) -> list[Any]:
        """Everything that has entries."""
        read = (f"/orders/{self.order}", f"/orders/{self.order}/charges", f"/sales/{self.sale}")
        things = (*read, f"/sales/{self.stocked}", f"{self.books.house.path}/stock")
        credits = [self.books.lots(customer) for customer in (self.ada, self.bo)]
        return [*(self.client.get(path).json() for path in things), *credits]


def line(**fields: Any) -> Json:
    return {"lines": [{"product": "forty"} | fields]}


def cash(amount: str, **fields: Any) -> Json:
    return {"amount": amount, "method": "cash"} | fields


CASES: list[tuple[str, str, Json, int, str]] = [
    # what; where; the body; status; a part of the sentence
    ("a percentage over 100", "sales", line(discount_percent="100.01"), 422, "more than 100 %"),
    ("a percentage below 0", "sales", line(discount_percent="-1"), 422, "0 or more"),
    ("no quantity", "sales", line(quantity=0), 422, "from 1 to 10000"),
    ("an ended offer", "sales", line(product="gone"), 422, "ended on 2026-01-31"),
    ("a booked package", "sales", line(product="meeting"), 422, "make an order for it"),
    ("a series for nobody", "sales", line(product="three"), 422, "belong to a customer"),
    ("an unknown product", "sales", line(product="none"), 422, "There is no product 'none'"),
    ("a sale in the future", "sales", line() | {"sold_at": "2030-01-01T10:00"}, 422, "in the future"),
    ("closing twice", "sale/close", {}, 409, "a sale is closed once"),
    ("saving what is closed", "sale/save", {}, 409, "is closed already"),
    ("more refunded than was paid", "sale/refund", {"amount": "40.01"}, 409, "40.00 SEK have been paid"),
    ("less than nothing refunded", "sale/refund", {"amount": "-1.00"}, 422, "0 or more"),
    ("more paid back than was paid", "sale/payments", cash("-40.01"), 409, "40.00 SEK have been paid"),
    ("a payment of nothing", "sale/payments", cash("0.00"), 422, "A payment of nothing is none"),
    ("a fraction of a cent", "sale/payments", cash("0.001"), 422, "finer than the smallest amount"),
    ("the number of a card", "sale/payments", cash("1.00", reference="4111 1111 1111 1111"), 422,
     "number of a card"),
    ("a used package taken back", "stocked/refund", {}, 409, "some has been used"),
    ("a used package voided", "stocked/void", {}, 409, "some has been used"),
    ("a redemption too many", "series/redeem", {"quantity": 4}, 409, "has 3 left, and 4 are needed"),
    ("a credit of somebody else", "series/redeem", {"customer": "BO"}, 409, "belongs to another customer"),
    ("money of a series", "series/redeem", {"amount": "1.00"}, 422, "holds times, not money"),
    ("times of a gift card", "gift/redeem", {"quantity": 1}, 422, "holds money"),
    ("more than is on a card", "gift/redeem", {"amount": "500.01"}, 409, "has 500 remaining"),
    ("which of several", "treat/redeem", {}, 422, "Say which of forty, twenty-five"),
    ("what a lot does not hold", "treat/redeem", {"product": "massage"}, 409, "is for forty, twenty-five"),
    ("before it was bought", "series/redeem", {"at": "2020-01-01T10:00"}, 409, "had not been bought"),
    ("a card of somebody else for an order", "order/payments",
     {"amount": "1.00", "method": "value_card", "reference": "GIFT"}, 409, "belongs to another customer"),
    ("a series as a gift card", "sale/payments",
     {"amount": "1.00", "method": "value_card", "reference": "SERIES"}, 409, "holds times, not money"),
    ("money back from an unpaid order", "order/payments", cash("-0.01"), 409, "0.00 SEK have been paid"),
    ("more goods taken out than there are", "stock",
     {"product": "soap", "change": -1000, "reason": "Lost."}, 409, "are needed"),
    ("goods that are not counted", "stock",
     {"product": "a", "change": 1, "reason": "More."}, 422, "not counted"),
    ("no goods", "stock", {"product": "soap", "change": 0, "reason": "None."}, 422, "A movement of nothing"),
]  # fmt: skip

CHANGES: list[tuple[str, str, Json, int, str]] = [
    ("a discount larger than the price", "order", {"discount": {"amount": "100.01"}}, 422,
     "more than the order costs"),
    ("a discount of two kinds", "order",
     {"discount": {"amount": "1.00", "percent": "1"}}, 422, "exactly one"),
    ("a negative price", "order",
     {"components": [{"component": "a", "unit_price": "-1.00"}]}, 422, "0 or more"),
    ("a closed sale", "sale", {"lines": []}, 409, "cannot be changed any more"),
    ("fewer credits than none", "series", {"remaining": -1, "reason": "Counted."}, 422, "0 or more"),
    ("half a credit", "series", {"remaining": "1.5", "reason": "Counted."}, 422, "a whole number"),
    ("a correction without a reason", "series", {"remaining": 1}, 422, "reason"),
    ("no correction", "series", {"reason": "Why not."}, 422, "Say what is to change"),
]  # fmt: skip

DOCUMENTS: list[tuple[str, Json, str]] = [
    ("a negative price", {"products": [{"key": "x", "kind": "item", "price": "-1.00"}]}, "not below 0"),
    ("a split larger than the price", {"products": [
        {"key": "y", "kind": "item", "price": "10.00"},
        {"key": "x", "kind": "package", "components": [
            {"product": "y", "quantity": "one", "tax_split": {"amount": "10.01", "tax": "low"}}]}]},
     "more than the price of the product, 10.00"),
    ("a split of more than all", {"products": [
        {"key": "y", "kind": "item", "price": "10.00"},
        {"key": "x", "kind": "package", "components": [
            {"product": "y", "quantity": "one", "tax_split": {"percent": "101", "tax": "low"}}]}]},
     "between 0 and 100"),
    ("a plan of 90 %", {"installment_plans": [{"key": "x", "parts": [{"percent": "90", "due": "booking"}]}]},
     "add up to 90 %, not to 100 %"),
    ("a fee of more than all", {"settings": {"cancellation": [{"days_before": 1, "percent": "101"}]}},
     "between 0 and 100"),
    ("a package in a package", {"products": [
        {"key": "x", "kind": "package", "components": [{"product": "abc", "quantity": "one"}]}]},
     "a package holds none"),
]  # fmt: skip


@pytest.fixture(scope="module")
def kept() -> dict[str, Case]:
    return {}


@pytest.fixture
def case(open_house: Callable[[Json], House], kept: dict[str, Case]) -> Case:
    """One for all: nothing here changes it."""
    if "case" not in kept:
        house = open_house(DOCUMENT)
        kept["case"] = Case(Books(House(house.server, house.server.client(), house.key)))
    return kept["case"]


def refused(case: Case, method: str, where: str, body: Json, status: int, said: str) -> None:
    before = case.state()
    place, _, action = where.partition("/")
    path = case.places[place] + (f"/{action}" if action else "")
    named = {"BO": case.bo, "GIFT": case.lots["gift"], "SERIES": case.lots["three"]}
    body = {key: named.get(value, value) if isinstance(value, str) else value for key, value in body.items()}
    answer = case.client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert said in f"{problem['detail']} {problem.get('errors', '')}"
    assert problem["code"] != "not_found"
    assert case.state() == before


@pytest.mark.parametrize("bad", CASES, ids=[c[0] for c in CASES])
def test_what_is_asked_for_wrongly_is_refused(case: Case, bad: tuple[str, str, Json, int, str]) -> None:
    refused(case, "POST", *bad[1:])


@pytest.mark.parametrize("bad", CHANGES, ids=[c[0] for c in CHANGES])
def test_what_is_changed_wrongly_is_refused(case: Case, bad: tuple[str, str, Json, int, str]) -> None:
    refused(case, "PATCH", *bad[1:])


@pytest.mark.parametrize("bad", DOCUMENTS, ids=[c[0] for c in DOCUMENTS])
def test_what_a_document_says_wrongly_is_refused(case: Case, bad: tuple[str, Json, str]) -> None:
    _, more, said = bad
    document = DOCUMENT | {
        key: [*DOCUMENT[key], *value] if key in DOCUMENT else value for key, value in more.items()
    }
    before = case.state()
    answer = case.client.put(f"{case.books.house.path}/catalog", json=document)
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert case.state() == before
