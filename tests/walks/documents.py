"""The venues of the walks, as catalog documents."""

from typing import Any

from catalog.times import WEEKDAYS

Document = dict[str, Any]
EVERY_DAY = list(WEEKDAYS)


def venue(
    *resources: Document,
    products: list[Document],
    zone: str = "Europe/Stockholm",
    hours: tuple[str, str] = ("08:00", "20:00"),
    **parts: Any,
) -> Document:
    opening = [{"days": EVERY_DAY, "from": hours[0], "to": hours[1]}]
    described = {"name": "Harbour", "time_zone": zone, "currency": "SEK", "hours": opening}
    return {
        "venue": described | parts.pop("venue", {}),
        "resources": list(resources),
        "products": products,
        **parts,
    }


def many(count: int, name: str, pool: str, kind: str = "room", **fields: Any) -> list[Document]:
    return [{"key": f"{name}-{n + 1}", "kind": kind, "pools": [pool], **fields} for n in range(count)]


def room(key: str, capacity: int, **fields: Any) -> Document:
    return {"key": key, "kind": "room", "pools": [key], "capacity": capacity, **fields}


def item(key: str, price: str, **fields: Any) -> Document:
    return {"key": key, "kind": "item", "price": price, **fields}


def service(key: str, price: str, minutes: int, *needs: Document, **fields: Any) -> Document:
    return {
        "key": key,
        "kind": "service",
        "price": price,
        "duration_minutes": minutes,
        "needs": list(needs),
        **fields,
    }


def package(key: str, *components: Document, **fields: Any) -> Document:
    return {"key": key, "kind": "package", "components": list(components), **fields}


def each(key: str, product: str, **fields: Any) -> Document:
    """A component of which every guest has one."""
    return {"key": key, "product": product, "quantity": "one_per_participant", **fields}


def one(key: str, product: str, **fields: Any) -> Document:
    """A component of which the party has one."""
    return {"key": key, "product": product, "quantity": "one", **fields}


def spa() -> Document:
    """A weekend for a party: coffee and lunch together, a massage each, bubbles, the sauna on Sunday."""
    return venue(
        *many(6, "therapist", "therapists", "staff"),
        *many(6, "room", "rooms"),
        room("restaurant", 60),
        room("sauna", 20),
        products=[
            item("coffee", "40.00"),
            item("cava", "110.00"),
            service(
                "massage",
                "950.00",
                50,
                {"pool": "therapists", "after_minutes": 10},
                {"pool": "rooms", "use": "seated", "before_minutes": 5, "after_minutes": 5},
            ),
            service("lunch", "225.00", 60, {"pool": "restaurant", "use": "shared"}, group_size="all"),
            service("ritual", "300.00", 90, {"pool": "sauna", "use": "shared"}, group_size="all"),
            package(
                "weekend",
                each("coffee", "coffee", relative_start_minutes=0),
                each("lunch", "lunch", fixed_start="12:00"),
                each("massage", "massage", window=["13:00", "18:00"]),
                each("bubbles", "cava", relative_start_minutes=180, associated_with="massage"),
                each("ritual", "ritual", day=2, fixed_start="10:00"),
                each("coffee-2", "coffee", day=2, fixed_start="09:00"),
                price_list="weekend",
                min_gap_minutes=10,
                installment_plan="deposit",
            ),
        ],
        price_lists=[{"key": "weekend", "prices": {"massage": "820.00"}}],
        installment_plans=[
            {
                "key": "deposit",
                "parts": [
                    {"percent": "30", "due": "booking"},
                    {"percent": "70", "days_before_start": 14},
                ],
            }
        ],
    )


def conference() -> Document:
    """G1 … G4: a room `one` at 100, coffee for each at 30."""
    return venue(
        room("hall", 30),
        products=[
            service("room", "100.00", 240, {"pool": "hall", "use": "seated"}),
            item("coffee", "30.00"),
            package(
                "day",
                one("room", "room", relative_start_minutes=0),
                each("coffee", "coffee", relative_start_minutes=0),
            ),
        ],
    )
