"""Everything that changes something, each once, on a venue in which each of them can be done."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.walks.documents import each, item, many, package, service, venue

Json = dict[str, Any]
Operation = tuple[str, str, Any]
"""Method, path, body; or `CHORE`, its name, None."""

DAY = datetime.now(UTC).date() + timedelta(days=120)
VENUE = "harbour"
MASSAGE = ({"pool": "therapists"}, {"pool": "rooms", "use": "seated", "after_minutes": 10})
DOCUMENT = venue(
    *many(4, "therapist", "therapists", "staff"),
    *many(4, "room", "rooms"),
    products=[
        service("massage", "500.00", 50, *MASSAGE),
        item("cava", "110.00"),
        {"key": "bandage", "kind": "stock_item", "price": "12.00", "stock": 40},
        {"key": "gift", "kind": "value_card", "price": "1000.00",
         "value_card": {"kind": "gift", "amount": "1000.00"}},
        {"key": "series", "kind": "item", "price": "4000.00",
         "series": {"product": "massage", "quantity": 10, "valid_days": 360}},
        package(
            "day",
            each("massage", "massage", relative_start_minutes=0),
            each("bubbles", "cava", relative_start_minutes=0, associated_with="massage"),
        ),
    ],
)  # fmt: skip
CALENDAR = "\r\n".join(
    (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//test//test//EN",
        "BEGIN:VEVENT",
        "UID:ill",
        "DTSTAMP:20260101T000000Z",
        f"DTSTART:{DAY + timedelta(days=9):%Y%m%d}T090000Z",
        f"DTEND:{DAY + timedelta(days=9):%Y%m%d}T120000Z",
        "SUMMARY:Ill",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
)


@dataclass(frozen=True)
class Told:
    """What came of an operation: the points that it passed, and the answer where it was not ended before."""

    passed: list[str]
    status: int = 0
    body: str = ""
    killed: bool = field(default=False)


def at(hour: int, day: int = 0) -> str:
    """The wall-clock time of the hour, so many days after the first."""
    return f"{DAY + timedelta(days=day)}T{hour:02}:00"


PLAN = {"from": f"{DAY + timedelta(days=3)}", "to": f"{DAY + timedelta(days=4)}", "seconds": 1,
        "orders": [{"product": "massage", "start": at(16, 3)}]}  # fmt: skip


async def open_house(client: httpx.AsyncClient) -> dict[str, str]:
    """The venue with all that the operations need; the ids of it by name."""

    async def done(method: str, path: str, /, **body: Any) -> Json:
        answer = await client.request(method, f"/v1{path}", json=body)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json()) if answer.content else {}

    home = f"/venues/{VENUE}"
    await done("PUT", f"{home}/catalog", **DOCUMENT)
    customer = (await done("POST", f"{home}/customers", name="Ada", email="ada@berg.test"))["id"]

    async def book(start: str, product: str = "massage", **more: Any) -> Json:
        kind = "package" if product == "day" else "product"
        body = {kind: product, "start": start, "customer": customer, **more}
        return await done("POST", f"{home}/orders", **body)

    async def sell(*products: str, step: str | None = None) -> str:
        lines = [{"product": product} for product in products]
        sale = await done("POST", f"{home}/sales", customer=customer, lines=lines)
        if step is not None:
            await done("POST", f"/sales/{sale['id']}/{step}")
        return str(sale["id"])

    booked = await book(at(10), "day", participants=2)
    held = await book(at(12), hold_minutes=10_080)
    changed = await book(at(14), "day")
    await done("PATCH", f"/orders/{changed['id']}", participants=2)
    paid = await book(at(10, 1), resource="therapist-1")
    await done("POST", f"/orders/{paid['id']}/payments", amount="100.00", method="cash")
    block = await done("POST", f"{home}/blocks", resource="room-4", start=at(9, 5), end=at(12, 5))
    bought = await sell("series", "gift", step="close")
    lots = (await done("GET", f"/customers/{customer}/credits"))["items"]
    mails = await done("POST", f"/orders/{booked['id']}/mails", kind="confirmation")
    anew = await done("POST", f"{home}/plans", **PLAN)
    return {
        "customer": customer,
        "booked": booked["id"],
        "line": booked["lines"][0]["id"],
        "booking": next(b["id"] for b in booked["bookings"] if b["component"] == "massage"),
        "bubbles": next(b["id"] for b in booked["bookings"] if b["component"] == "bubbles"),
        "held": held["id"],
        "changed": changed["id"],
        "paid": paid["id"],
        "paid_booking": paid["bookings"][0]["id"],
        "block": block["id"],
        "bought": bought,
        "plan": anew["id"],
        "series": next(lot["id"] for lot in lots if lot["sold_as"] == "series"),
        "open": await sell("bandage", "massage"),
        "saved": await sell("bandage", step="save"),
        "closed": await sell("bandage", step="close"),
        "mail": mails["items"][0]["id"],
        "feed": (await done("POST", f"{home}/feeds", kind="venue"))["id"],
        "link": (await done("POST", f"/orders/{booked['id']}/links"))["id"],
        "calendar": (
            await done("POST", f"{home}/calendars", resource="therapist-4", content=CALENDAR, name="Dana")
        )["id"],
    }


def requests(ids: dict[str, str]) -> dict[str, Operation]:
    """Every operation by its name."""
    home = f"/v1/venues/{VENUE}"
    order, sale = f"/v1/orders/{ids['booked']}", "/v1/sales"
    line = {"product": "massage", "start": at(16)}
    dearer = [p | {"price": "125.00"} if p["key"] == "cava" else p for p in DOCUMENT["products"]]
    wording = f"{home}/mail-templates/confirmation/en"
    return {
        "book": ("POST", f"{home}/orders", {"package": "day", "participants": 2, "start": at(16),
                                            "customer": {"name": "Bea", "email": "bea@berg.test"}}),
        "book by credit": ("POST", f"{home}/orders", {**line, "customer": ids["customer"],
                                                      "use_credits": True}),
        "hold": ("POST", f"{home}/orders", {**line, "hold_minutes": 60}),
        "confirm": ("POST", f"/v1/orders/{ids['held']}/confirm", {}),
        "change": ("PATCH", order, {"participants": 3, "note": "no nuts"}),
        "change a line": ("PATCH", f"/v1/lines/{ids['line']}", {"discount": {"percent": "10"}}),
        "add a line": ("POST", f"{order}/lines", line),
        "move": ("PATCH", f"/v1/bookings/{ids['booking']}", {"start": at(17)}),
        "move several": ("POST", f"{home}/moves", {"moves": [{"booking": ids["booking"], "start": at(17)},
                                                    {"booking": ids["paid_booking"], "start": at(12, 1)}]}),
        "cancel": ("POST", f"{order}/cancel", {}),
        "cancel a line": ("POST", f"/v1/lines/{ids['line']}/cancel", {}),
        "cancel a booking": ("POST", f"/v1/bookings/{ids['booking']}/cancel", {}),
        "undo": ("POST", f"/v1/orders/{ids['changed']}/undo", {}),
        "block": ("POST", f"{home}/blocks", {"resource": "room-4", "start": at(9, 6), "end": at(12, 6)}),
        "block and replan": ("POST", f"{home}/blocks", {"resource": "therapist-1", "start": at(8, 1),
                                                        "end": at(20, 1), "replan": True}),
        "unblock": ("DELETE", f"/v1/blocks/{ids['block']}", None),
        "replan": ("POST", f"{home}/replans", {"resource": "therapist-1", "from": at(8, 1), "to": at(20, 1)}),
        "plan days": ("POST", f"{home}/plans", PLAN),
        "apply a plan": ("POST", f"{home}/plans/{ids['plan']}/apply", {}),
        "give a plan up": ("POST", f"{home}/plans/{ids['plan']}/cancel", None),
        "pay": ("POST", f"/v1/orders/{ids['paid']}/payments", {"amount": "50.00", "method": "card"}),
        "pay back": ("POST", f"/v1/orders/{ids['paid']}/payments", {"amount": "-40.00", "method": "cash"}),
        "readdress": ("POST", f"{order}/calendar", None),
        "open a sale": ("POST", f"{home}/sales", {"lines": [{"product": "bandage", "quantity": 2}]}),
        "change a sale": ("PATCH", f"{sale}/{ids['open']}", {"use_credits": True}),
        "save a sale": ("POST", f"{sale}/{ids['open']}/save", {}),
        "close a sale": ("POST", f"{sale}/{ids['saved']}/close", {}),
        "void a sale": ("POST", f"{sale}/{ids['saved']}/void", {}),
        "refund a sale": ("POST", f"{sale}/{ids['closed']}/refund", {}),
        "pay a sale": ("POST", f"{sale}/{ids['closed']}/payments", {"amount": "12.00", "method": "cash"}),
        "redeem": ("POST", f"/v1/credits/{ids['series']}/redeem", {"quantity": 2}),
        "adjust credits": ("PATCH", f"/v1/credits/{ids['series']}", {"remaining": 7, "reason": "Anew."}),
        "restock": ("POST", f"{home}/stock", {"product": "bandage", "change": 7, "reason": "A delivery."}),
        "make a customer": ("POST", f"{home}/customers", {"name": "Carl"}),
        "put the catalog": ("PUT", f"{home}/catalog", DOCUMENT | {"products": dearer}),
        "make a feed": ("POST", f"{home}/feeds", {"kind": "venue"}),
        "revoke a feed": ("DELETE", f"/v1/feeds/{ids['feed']}", None),
        "make a link": ("POST", f"{order}/links", {}),
        "end a link": ("DELETE", f"/v1/links/{ids['link']}", None),
        "end all links": ("DELETE", f"{order}/links", None),
        "write a mail": ("POST", f"{order}/mails", {"kind": "confirmation"}),
        "send a mail again": ("POST", f"/v1/mails/{ids['mail']}/send", None),
        "word a mail": ("PUT", wording, {"subject": "Welcome", "body": "Hello."}),
        "unword a mail": ("DELETE", wording, None),
        "import a calendar": ("POST", f"{home}/calendars", {"resource": "room-4", "content": CALENDAR}),
        "change an import": ("PATCH", f"/v1/calendars/{ids['calendar']}", {"name": "Dan"}),
        "read an import again": ("POST", f"/v1/calendars/{ids['calendar']}/refresh", None),
        "forget an import": ("DELETE", f"/v1/calendars/{ids['calendar']}", None),
    }  # fmt: skip


MAIN = (
    *("book", "book by credit", "hold", "confirm", "change", "move", "cancel", "undo", "block"),
    *("block and replan", "replan", "pay", "save a sale", "close a sale", "void a sale", "redeem"),
    "put the catalog",
)
"""Those that `make test` takes through every point; `make chaos` takes all."""


class Anything(dict[str, str]):
    """Ids, where only names are wanted."""

    def __missing__(self, key: str) -> str:
        return key


EVERYTHING = tuple(requests(Anything()))
TAKEN = EVERYTHING if os.environ.get("SOJOURN_TEST_EVERYTHING") else MAIN
