"""The customer's pages as HTML: what the templates are filled with. Computing only."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct

from api.itinerary import Together, days, first_start, guest_name, last_end, stops
from api.my.phrases import PHRASES, REFUSALS_SV, REFUSED_SV
from api.words import day_text, money_text, plain, time_text, zone_text
from booking.billing import owed, payable
from booking.lines import Line, Order
from booking.refusals import NotPlaceable
from booking.requests import Language
from booking.self_service import Rights
from booking.slots import Slot
from catalog.errors import Invalid, Refusal
from catalog.queries import StoredVenue
from catalog.times import local, minute, wall_of
from pricing.installments import paid_off

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Where(Struct, frozen=True, kw_only=True):
    """Whose page it is, in which language, and under which address. `venue` None: nobody's."""

    token: str
    language: Language
    chosen: bool = False
    venue: StoredVenue | None = None

    def url(self, path: str = "", **query: object) -> str:
        """An address of this page, in the language that was chosen."""
        if self.chosen:
            query["lang"] = self.language
        return f"/my/{self.token}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")


def order_page(
    where: Where,
    venue: StoredVenue,
    order: Order,
    paid: Decimal,
    may: Rights,
    now: datetime,
    *,
    done: str = "",
    base_url: str,
    most: int,
) -> str:
    """The booking: what, who, how much, and what can be done about it."""
    language, w = where.language, PHRASES[where.language]
    at = minute(now)
    found = stops(order, venue, language)
    standing = [line for line in order.lines if line.status != "cancelled"]
    begin = first_start(order)
    labels = dict.fromkeys(plain(line.sold.package.label) for line in standing or order.lines)
    calendar = f"{base_url}/ical/{order.feed_token}.ics"
    held = order.status == "held" and order.held_until is not None
    return render(
        "order.html",
        where,
        done=w.get(f"done_{done}", ""),
        status=order.status,
        held_until=_moment(language, venue, minute(_time(order.held_until))) if held else "",
        over=order.status == "confirmed" and last_end(order) <= at,
        what=", ".join(labels),
        when=_span(language, venue, begin, last_end(order)),
        number=order.number,
        days=[_day(w, language, venue, day, some) for day, some in days(found, venue)],
        zone=zone_text(language, venue.tz),
        lines=[_line(where, line) for line in standing],
        may=may,
        until=_moment(language, venue, may.until),
        money=_money(language, venue, order, paid, wall_of(venue.tz, at)[0]),
        nothing_due=bool(paid) and paid == owed(order).amount,
        calendar_url=calendar if order.feed_token and order.status != "cancelled" else "",
        webcal_url="webcal://" + calendar.partition("://")[2],
        preview_url=where.url("/preview"),
        most=most,
    )


def times_page(
    where: Where,
    venue: StoredVenue,
    line: Line,
    slots: Sequence[Slot],
    *,
    first: date,
    shown_days: int,
    today: date,
    horizon: date,
    leave: Sequence[int],
    add: int,
    unfinished: bool,
) -> str:
    """The starts that the line can be moved to."""
    language = where.language
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(wall_of(venue.tz, slot.start)[0], []).append(slot)
    kept: list[tuple[str, object]] = [("line", line.id), *(("leave", n) for n in leave), ("add", add)]
    if where.chosen:
        kept.append(("lang", language))
    same_party, tied, w = not leave and not add, hangs_on_the_start(line), PHRASES[language]

    def page_from(day: date) -> str:
        return where.url("/times", line=line.id, **{"from": day}, leave=list(leave), add=add)

    before, after = first - timedelta(days=shown_days), first + timedelta(days=shown_days)
    return render(
        "times.html",
        where,
        what=plain(line.sold.package.label),
        guests=line.participants - len(leave) + add,
        line=line.id,
        leave=leave,
        add=add,
        kept=kept,
        first=first.isoformat(),
        today=today.isoformat(),
        horizon=horizon.isoformat(),
        days=[
            {
                "title": day_text(language, day),
                "slots": [
                    {
                        "time": time_text(venue.tz, slot.start) if tied else w["this_day"],
                        "start": local(venue.tz, slot.start).isoformat(timespec="minutes"),
                        "now": same_party and slot.start == line.start,
                    }
                    for slot in _slots_of(venue, line, some)
                ],
            }
            for day, some in by_day.items()
        ],
        unfinished=unfinished,
        zone=zone_text(language, venue.tz),
        preview_url=where.url("/preview"),
        times_url=where.url("/times"),
        back_url=where.url(),
        earlier_url=page_from(max(before, today)) if first > today else "",
        later_url=page_from(after) if after <= horizon else "",
    )


def refused_page(where: Where, refusal: Refusal, *, known: bool, times_url: str = "", guests: int = 0) -> str:
    """Why it did not work; where the link opens nothing, the same for every link that does not."""
    w = PHRASES[where.language]
    if not known:
        return render(
            "refused.html",
            where,
            heading=w["gone_title"],
            sentences=[w["gone_text"]],
            back_url="",
            other_times_url="",
            other_times="",
        )
    return render(
        "refused.html",
        where,
        heading=w["problem"],
        sentences=sentences_of(refusal, where.language),
        back_url=where.url(),
        other_times_url=times_url,
        other_times=w["other_time_for"].format(guests),
    )


def sentences_of(refusal: Refusal, language: Language) -> list[str]:
    """The refusal, for customers to read."""
    if language == "sv":
        code = NotPlaceable.code if isinstance(refusal, NotPlaceable) else refusal.code
        return [REFUSALS_SV.get(code, REFUSED_SV)]
    if isinstance(refusal, NotPlaceable):
        return [reason.sentence for reason in refusal.reasons] or [refusal.sentence]
    if isinstance(refusal, Invalid) and refusal.problems:
        return [problem.message[:1].upper() + problem.message[1:] for problem in refusal.problems]
    return [refusal.sentence]


def render(template: str, where: Where, **values: Any) -> str:
    other: Language = "en" if where.language == "sv" else "sv"
    venue = where.venue
    return _PAGES.get_template(template).render(
        language=where.language,
        w=PHRASES[where.language],
        venue_name="" if venue is None else plain(venue.catalog.venue.name or venue.key),
        other_language_url=f"/my/{where.token}?lang={other}" if venue is not None else "",
        **values,
    )


def _line(where: Where, line: Line) -> dict[str, Any]:
    ordered = sorted(line.guests, key=lambda guest: guest.number)
    return {
        "id": line.id,
        "what": plain(line.sold.package.label),
        "guests": [
            {
                "number": guest.number,
                "label": guest_name(guest, place, where.language),
                "name": guest.name,
                "note": guest.note,
            }
            for place, guest in enumerate(ordered, 1)
        ],
        "guests_url": where.url("/guests", line=line.id),
        "times_url": where.url("/times", line=line.id),
    }


def _day(
    w: Mapping[str, str],
    language: Language,
    venue: StoredVenue,
    day: date | None,
    some: Sequence[Together],
) -> dict[str, Any]:
    return {
        "title": w["any_time"] if day is None else day_text(language, day),
        "stops": [
            {
                "time": times_of(venue, stop.start, stop.end),
                "at": "" if stop.start is None else local(venue.tz, stop.start).isoformat(),
                "what": stop.what,
                "parts": parts_of(stop),
            }
            for stop in some
        ],
    }


def parts_of(stop: Together) -> list[str]:
    """`Room 1 · Ada, Bo`, one for each place."""
    return [" · ".join(part for part in (place, ", ".join(who)) if part) for place, who in stop.parts]


def hangs_on_the_start(line: Line) -> bool:
    """Whether anything happens at a time that follows from the start; else it is the day that matters."""
    return any(c.relative_start_minutes is not None for c in line.sold.package.components)


def _slots_of(venue: StoredVenue, line: Line, some: Sequence[Slot]) -> list[Slot]:
    """What is offered of a day: its starts or, where only the day matters, the one most like the present."""
    if hangs_on_the_start(line):
        return list(some)
    usual = wall_of(venue.tz, line.start)[1]
    return [min(some, key=lambda slot: (abs(wall_of(venue.tz, slot.start)[1] - usual), slot.start))]


def _money(
    language: Language, venue: StoredVenue, order: Order, paid: Decimal, today: date
) -> list[dict[str, Any]]:
    w = PHRASES[language]
    whole = owed(order).amount
    rows: list[tuple[str, Decimal, bool]] = []
    if order.fees:
        rows.append((w["price"], order.total, False))
        rows.append((w["fees"], whole - order.total, False))
    rows.append((w["owed"], whole, True))
    if paid:
        rows.append((w["paid"], paid, False))
    if paid > whole:
        rows.append((w["back"], paid - whole, True))
    for part in paid_off(payable(order), paid, today):
        if part.amount > part.paid:
            name = w["overdue" if part.overdue else "due_by"].format(day_text(language, part.due, "short"))
            rows.append((name, part.amount - part.paid, False))
    if not whole and not paid:
        return []
    currency = venue.catalog.venue.currency
    return [{"name": n, "amount": money_text(language, a, currency), "strong": s} for n, a, s in rows]


def _span(language: Language, venue: StoredVenue, begin: int, end: int) -> str:
    """`Saturday 5 December 2026, 10:00–14:30`, or from one day to another."""
    first, last = wall_of(venue.tz, begin)[0], wall_of(venue.tz, max(begin, end - 1))[0]
    if first == last:
        return f"{day_text(language, first)}, {times_of(venue, begin, end)}"
    return f"{day_text(language, first, 'short')} – {day_text(language, last, 'short')} {last.year}"


def times_of(venue: StoredVenue, start: int | None, end: int | None) -> str:
    if start is None:
        return ""
    return time_text(venue.tz, start) + (
        "" if end is None or end == start else f"–{time_text(venue.tz, end)}"
    )


def _moment(language: Language, venue: StoredVenue, at: int) -> str:
    return f"{day_text(language, wall_of(venue.tz, at)[0])} {time_text(venue.tz, at)}"


def _time(timestamp: float | None) -> datetime:
    return datetime.fromtimestamp(timestamp or 0, UTC)
