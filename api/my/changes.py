"""The customer's preview: what would change and what it would cost, before it is done. Computing only."""

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from api.itinerary import Stop, stop_of, together
from api.my.pages import Where, hangs_on_the_start, parts_of, render, times_of
from api.my.phrases import PHRASES
from api.words import day_text, money_text, time_text, zone_text
from booking.lines import Booking, Line, Order
from booking.outcome import Outcome
from booking.requests import Language
from catalog.queries import StoredVenue
from catalog.times import wall_of


def preview_page(
    where: Where, venue: StoredVenue, outcome: Outcome, action: str, hidden: Mapping[str, object]
) -> str:
    """What would change, and what it would cost, before it is done."""
    language, w = where.language, PHRASES[where.language]
    before, after = outcome.before[0], outcome.order
    fees = sum((fee.amount for fee in after.fees), Decimal(0))
    old_fees = sum((fee.amount for fee in before.fees), Decimal(0)) if before is not None else Decimal(0)
    was = before.total if before is not None else Decimal(0)

    def money(amount: Decimal) -> str:
        return money_text(language, amount, venue.catalog.venue.currency)

    rows = [(w["price_before"], was, False), (w["price_after"], after.total, False)]
    if fees != old_fees:
        rows.append((w["fee"], fees - old_fees, False))
    rows.append((w["difference"], after.total - was + fees - old_fees, True))
    if after.total == was and fees == old_fees:
        rows = [(w["unchanged"], was, True)]
    fields = [(name, value) for name, values in hidden.items() for value in _each(values)]
    return render(
        "preview.html",
        where,
        heading=_question(w, language, venue, action, after, hidden),
        action=action,
        changes=_changes(w, language, venue, outcome),
        zone=zone_text(language, venue.tz),
        money=[{"name": name, "amount": money(amount), "strong": strong} for name, amount, strong in rows],
        free=action == "cancel" and fees == old_fees,
        apply_url=where.url("/apply"),
        back_url=where.url(),
        hidden=fields,
        do=w[f"do_{action}"],
    )


def _changes(
    w: Mapping[str, str], language: Language, venue: StoredVenue, outcome: Outcome
) -> list[dict[str, Any]]:
    """Every booking that would look different to the customer, the earliest first; the same is told once."""
    former = {} if outcome.before[0] is None else _lines(outcome.before[0])
    present = _lines(outcome.order)
    found: dict[tuple[str, str, str], list[Stop]] = {}
    for change in outcome.changes:
        was, now = _visible(change.was), _visible(change.now)
        shown = change.now or change.was
        if shown is None or _looks(was) == _looks(now):
            continue
        kind = "added" if was is None else "gone" if now is None else "same"
        if was is not None and now is not None and (was.start, was.end) != (now.start, now.end):
            kind = "moved"
        old, new = _moment_of(language, venue, was), _moment_of(language, venue, now)
        told = (old if kind == "gone" else new, w["was"].format(old) if kind == "moved" and old else "")
        line, seen = present.get(change.booking), shown
        if kind == "gone" and change.was is not None:
            line, seen = former.get(change.booking), change.was
        if line is not None:
            found.setdefault((kind, *told), []).append(stop_of(line, seen, venue, language))
    told_once = [
        (
            stop.start or 0,
            {
                "kind": kind,
                "said": w[kind],
                "what": stop.what,
                "when": when,
                "was": was_at,
                "parts": parts_of(stop),
            },
        )
        for (kind, when, was_at), some in found.items()
        for stop in together(some)
    ]
    return [entry for _, entry in sorted(told_once, key=lambda one: one[0])]


def _lines(order: Order) -> dict[uuid.UUID, Line]:
    return {b.id: line for line in order.lines for b in line.bookings}


def _visible(booking: Booking | None) -> Booking | None:
    return booking if booking is not None and booking.active and booking.quantity else None


def _looks(booking: Booking | None) -> tuple[object, ...] | None:
    if booking is None:
        return None
    return booking.start, booking.end, booking.place, booking.quantity, booking.guests


def _moment_of(language: Language, venue: StoredVenue, booking: Booking | None) -> str:
    if booking is None or booking.start is None:
        return ""
    day = day_text(language, wall_of(venue.tz, booking.start)[0], "short")
    return f"{day} {times_of(venue, booking.start, booking.end)}"


def _question(
    w: Mapping[str, str],
    language: Language,
    venue: StoredVenue,
    action: str,
    after: Order,
    hidden: Mapping[str, object],
) -> str:
    if action == "cancel":
        return w["preview_cancel"]
    line = next(line for line in after.lines if str(line.id) == str(hidden["line"]))
    if action == "participants":
        return w["preview_participants"].format(line.participants)
    day = day_text(language, wall_of(venue.tz, line.start)[0])
    time = f" {time_text(venue.tz, line.start)}" if hangs_on_the_start(line) else ""
    return w["preview_move"].format(day + time)


def _each(values: object) -> Iterable[object]:
    return values if isinstance(values, (list, tuple)) else (values,)
