"""What an order looks like, whichever ids it has; and what a calendar must never show."""

from collections import defaultdict
from datetime import datetime
from typing import Any

Json = dict[str, Any]
_IDS = ("id", "order", "line", "version")


def booking_look(booking: Json | None) -> Json | None:
    return None if booking is None else {name: value for name, value in booking.items() if name not in _IDS}


def order_look(order: Json) -> Json:
    """All that the guest and the desk care about: who, when, where, with whom, for how much."""
    told = ("status", "participants", "start", "end", "price", "note", "discount", "optimal")
    guests = [{name: value for name, value in guest.items() if name != "line"} for guest in order["guests"]]
    return {
        "guests": guests,
        "bookings": sorted((booking_look(b) for b in order["bookings"]), key=repr),
        **{name: order.get(name) for name in told},
    }


def change_look(order: Json) -> Json:
    """What the change did, by its own account."""
    changes = [
        (c["kind"], c["component"], booking_look(c["was"]), booking_look(c["now"])) for c in order["changes"]
    ]
    return {
        "changes": sorted(changes, key=repr),
        "price_difference": order["price_difference"],
        "warnings": order["warnings"],
    }


def held_look(orders: list[Json]) -> list[tuple[str, ...]]:
    """Every interval that standing bookings of these orders hold."""
    return sorted(
        (a["resource"], b["id"], a["start"], a["end"])
        for order in orders
        for b in order["bookings"]
        if b["status"] != "cancelled"
        for a in b["allocations"]
    )


def calendar_look(calendar: Json) -> list[tuple[str, ...]]:
    """Every interval that the calendar shows as held."""
    return sorted((e["resource"], e["booking"], e["held_from"], e["held_to"]) for e in calendar["entries"])


def overlaps(calendar: Json) -> list[str]:
    """P5 and P6 by a plain count at every instant at which something begins: what is held too often."""
    capacity = {row["key"]: row["capacity"] for row in calendar["resources"]}
    held: dict[str, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for entry in calendar["entries"]:
        places = entry["places"] if entry["use"] == "shared" else capacity[entry["resource"]]
        begin, end = (datetime.fromisoformat(entry[name]) for name in ("held_from", "held_to"))
        held[entry["resource"]].append((begin, end, places))
    return [
        f"{resource} holds {taken} of {capacity[resource]} at {at}"
        for resource, intervals in held.items()
        for at, _, _ in intervals
        if (taken := sum(places for begin, end, places in intervals if begin <= at < end))
        > capacity[resource]
    ]
