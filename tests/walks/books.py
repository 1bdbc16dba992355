"""The venue of the stories about money, whose prices are worked out in one's head, and its desk."""

from datetime import date, timedelta
from typing import Any

from tests.walks.server import House

Json = dict[str, Any]
MONDAY = date(2027, 6, 28)
"""Of the service in every story, in winter and summer the same distance ahead."""
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def item(key: str, price: str | None, **fields: Any) -> Json:
    return {"key": key, "kind": "item"} | ({"price": price} if price else {}) | fields


def pack(key: str, *components: Json | str, **fields: Any) -> Json:
    parts = [
        c if isinstance(c, dict) else {"product": c, "quantity": "one_per_participant"} for c in components
    ]
    return {"key": key, "kind": "package", "components": parts} | fields


def one(product: str, **fields: Any) -> Json:
    return {"product": product, "quantity": "one"} | fields


def each(product: str, **fields: Any) -> Json:
    return {"product": product, "quantity": "one_per_participant"} | fields


DOCUMENT: Json = {
    "venue": {"time_zone": "Europe/Stockholm", "currency": "SEK", "hours": [
        {"days": EVERY_DAY, "from": "06:00", "to": "23:00"}]},
    "resources": [{"key": "anna", "kind": "staff", "pools": ["therapists"]},
                  {"key": "bo", "kind": "staff", "pools": ["therapists"]},
                  {"key": "hall", "kind": "room", "pools": ["halls"]}],
    "taxes": [{"key": "full", "rates": [{"from": "2000-01-01", "percent": "25"}]},
              {"key": "food", "rates": [{"from": "2000-01-01", "percent": "12"},
                                        {"from": "2027-06-29", "percent": "6"}]},
              {"key": "low", "rates": [{"from": "2000-01-01", "percent": "6"}]}],
    "products": [
        item("a", "100.00", tax="full"), item("b", "50.00", tax="food"), item("c", "25.00"),
        item("sweet", "0.99", tax="full"), item("gum", "0.99", tax="full"), item("nut", "0.99", tax="full"),
        item("lunch", "200.00", tax="food"), item("facial", "100.00"), item("unpriced", None),
        item("third", "33.33"), item("free", "0.00"), item("forty", "40.00"), item("twenty-five", "25.00"),
        {"key": "massage", "kind": "service", "price": "900.00", "tax": "full", "duration_minutes": 50,
         "needs": [{"pool": "therapists"}], "commission_eligible": True},
        {"key": "hall-hire", "kind": "service", "price": "100.00", "duration_minutes": 60,
         "group_size": "all", "needs": [{"pool": "halls"}]},
        {"key": "soap", "kind": "stock_item", "price": "12.50", "stock": 20, "commission_eligible": True},
        {"key": "door", "kind": "entry", "price": "80.00", "tax": "low"},
        pack("abc", "a", "b", "c", pricing="fixed", price="99.99"),
        pack("sweets", "sweet", "gum", "nut"),
        pack("two-days", each("lunch", key="lunch-1"), each("lunch", key="lunch-2", day=2)),
        pack("glow", "facial", "forty", price_list="glow-list"),
        pack("ritual", each("massage", relative_start_minutes=0, tax_split={"percent": "22", "tax": "low"})),
        pack("half", each("a", tax_split={"amount": "20.00", "tax": "low"})),
        pack("meeting", one("hall-hire", relative_start_minutes=0), each("c")),
        pack("plan", "a", installment_plan="thirds"),
        pack("terms", "third", cancellation=[{"days_before": 1000, "percent": "50", "tax": "low"}]),
        pack("steps", "a", cancellation=[{"days_before": 1000, "percent": "10"},
                                          {"days_before": 0, "percent": "100"}]),
        pack("blocked", "unpriced"),
        pack("doors", one("door", key="gate"), each("door", key="pool"), fulfilment="sale"),
        pack("soaps", one("soap", count=3), fulfilment="customer_stock", pricing="fixed", price="30.00"),
        pack("one-soap", one("soap"), fulfilment="customer_stock", pricing="fixed", price="10.00",
             commission_base="retail"),
        pack("treats", {"key": "treat", "choices": ["forty", "twenty-five"], "quantity": "one"},
             fulfilment="customer_stock", pricing="fixed", price="20.00", valid_days=10),
        pack("long-treats", {"key": "treat", "choices": ["forty", "twenty-five"], "quantity": "one"},
             fulfilment="customer_stock", pricing="fixed", price="20.00", valid_days=300),
        pack("gone", "c", fulfilment="sale", offer_until="2026-01-31"),
        {"key": "three", "kind": "item", "price": "100.00", "series": {"product": "massage", "quantity": 3,
                                                                      "valid_days": 365}},
        {"key": "gift", "kind": "value_card", "price": "500.00",
         "value_card": {"kind": "gift", "amount": "500.00"}},
    ],
    "price_lists": [
        {"key": "glow-list", "prices": {"facial": "80.00"}},
        {"key": "members", "prices": {"facial": "70.00", "massage": "800.00"}, "tier": "member"},
        {"key": "weekend", "prices": {"lunch": "180.00"}, "days": ["sat", "sun"]},
        {"key": "june", "prices": {"forty": "35.00"}, "valid_from": "2027-06-01",
         "valid_until": "2027-06-30"},
    ],
    "installment_plans": [{"key": "thirds", "parts": [
        {"percent": "30", "due": "booking"}, {"percent": "40", "days_before_start": 60},
        {"percent": "30", "days_before_start": 14}]}],
}  # fmt: skip


class Books:
    """The desk of the house of the stories."""

    def __init__(self, house: House) -> None:
        self.house, self.client = house, house.client

    def customer(self, **fields: Any) -> str:
        answer = self.client.post(f"{self.house.path}/customers", json={"name": "Ada"} | fields)
        return str(self.house.done(answer, 201)["id"])

    def book(self, package: str, participants: int = 1, day: int = 0, **fields: Any) -> Json:
        start = f"{MONDAY + timedelta(days=day)}T10:00"
        return self.house.book(**{"package": package, "participants": participants, "start": start} | fields)

    def change(self, order: Json, **fields: Any) -> Json:
        return self.house.done(self.client.patch(f"/orders/{order['id']}", json=fields), 200)

    def do(self, what: str, **fields: Any) -> Json:
        answer = self.client.post(what, json=fields)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def pay(self, thing: str, amount: str, method: str = "cash", **fields: Any) -> Json:
        return self.do(f"{thing}/payments", amount=amount, method=method, **fields)

    def sale(self, *lines: Json | str, **fields: Any) -> Json:
        told = [{"product": line} if isinstance(line, str) else line for line in lines]
        return self.do(f"{self.house.path}/sales", lines=told, **fields)

    def sold(self, *lines: Json | str, **fields: Any) -> Json:
        return self.do(f"/sales/{self.sale(*lines, **fields)['id']}/close")

    def lots(self, customer: str) -> list[Json]:
        return list(self.house.done(self.client.get(f"/customers/{customer}/credits"), 200)["items"])

    def report(self, name: str, customer: str | None = None, **asked: Any) -> list[Json]:
        """Its rows, of one customer by name; it is there as CSV and PDF too."""
        url = f"{self.house.path}/reports/{name}"
        rows = self.house.done(self.client.get(url, params=asked), 200)["rows"]
        table = self.client.get(url, params=asked, headers={"Accept": "text/csv"})
        assert len(table.text.splitlines()) == len(rows) + 1
        paper = self.client.get(url, params=asked, headers={"Accept": "application/pdf"})
        assert paper.content.startswith(b"%PDF")
        return [row for row in rows if customer in (None, row.get("customer"))]


def taxes(thing: Json) -> list[tuple[str, str, str]]:
    """(rate, tax, gross)"""
    rows = thing["taxes"] if "taxes" in thing else thing["price"]["taxes"]
    return [(row["rate"], row["tax"], row["gross"]) for row in rows]


def dues(order: Json) -> list[tuple[str, str]]:
    return [(part["due"], part["amount"]) for part in order["installments"]]
