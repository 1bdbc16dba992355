"""What a request makes of a line, before anything is placed: guests, quantities, starts (S3-31, S3-33 …
S3-35).

Each function takes a line and gives the line as it should be; sessions and placing follow from that.
"""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import UNSET
from msgspec.structs import replace

from booking.associated import moved
from booking.expand import portions
from booking.lines import Adjustment, DayTime, Guest, Line
from booking.requests import ComponentRequest, GuestWishes
from catalog.errors import Invalid, Problem
from catalog.specs import AsSold, Component
from catalog.times import NonexistentLocalTime, asked, clock, on_grid, read_start, wall, wall_of


def new_line(
    line_id: uuid.UUID,
    position: int,
    sold: AsSold,
    start: int,
    participants: int,
    wishes: Sequence[GuestWishes],
    path: str = "",
) -> Line:
    """A line with guests 1 … P; the wishes are those of the first of them. Faults begin at `path`."""
    guests = tuple(Guest(number=n) for n in range(1, participants + 1))
    line = Line(
        id=line_id, position=position, sold=sold, start=start, guests=guests, next_guest=participants + 1
    )
    return with_wishes(line, wishes, path)


def with_wishes(line: Line, wishes: Sequence[GuestWishes], path: str = "") -> Line:
    """Names, wishes and choices, in the order of the guests' numbers; guests not reached keep theirs.

    Raises Invalid for more guests than participants, and for a choice that is none.
    """
    if len(wishes) > line.participants:
        raise _invalid(
            f"{path}guests",
            f"{len(wishes)} guests are named, but there are {line.participants} participants.",
        )
    guests = list(line.guests)
    for i, wish in enumerate(wishes):
        for component_key, product in wish.choices.items():
            component = line.sold.component(component_key)
            if component is None or product not in component.choices:
                at = f"{path}guests[{i}].choices.{component_key}"
                raise _invalid(at, f"{product!r} is not among the choices of {component_key!r}.")
        guests[i] = Guest(
            number=guests[i].number,
            name=wish.name,
            email=guests[i].email if wish.email is UNSET else wish.email,
            note=guests[i].note if wish.note is UNSET else wish.note,
            required=wish.required,
            preferred=wish.preferred,
            choices=wish.choices,
        )
    return replace(line, guests=tuple(guests))


def with_participants(line: Line, participants: int, leaving: Sequence[int] = ()) -> Line:
    """More or fewer guests (S3-34): those named leave first, then the highest numbers; newcomers get new
    numbers.

    Components follow by their policy: `delta` keeps the difference that staff made (S3-35), `follow` forgets
    it, `pinned` keeps the quantity.
    """
    numbers = [g.number for g in line.guests]
    for number in leaving:
        if number not in numbers:
            raise _invalid("remove_guests", f"There is no guest {number} on this order.")
    staying = [g for g in line.guests if g.number not in leaving]
    staying = sorted(staying, key=lambda g: g.number)[:participants]
    following = line.next_guest
    newcomers = tuple(Guest(number=following + i) for i in range(participants - len(staying)))
    changed = replace(
        line, guests=(*staying, *newcomers), next_guest=following + len(newcomers), adjustments={}
    )
    adjustments = {}
    for component in line.sold.package.components:
        before = line.adjustments.get(component.key, Adjustment())
        adjustments[component.key] = _after_change_of_participants(line, changed, component, before)
    return replace(changed, adjustments=_worth_keeping(adjustments))


def _after_change_of_participants(
    line: Line, changed: Line, component: Component, before: Adjustment
) -> Adjustment:
    present = {g.number for g in changed.guests}
    after = replace(before, excluded=tuple(n for n in before.excluded if n in present))
    if component.quantity == "one" or component.on_participants_change == "delta":
        return after
    if component.on_participants_change == "follow":
        return replace(after, difference=0, excluded=())
    goods = _is_goods(line, component)
    quantity = (
        max(0, line.participants + before.difference)
        if not goods
        else portions(line, component, before, goods)
    )
    base = changed.participants - (len(after.excluded) if goods else 0)
    return replace(after, difference=quantity - base)


def with_components(
    line: Line, tz: ZoneInfo, requests: Sequence[ComponentRequest], grid: int, path: str = ""
) -> Line:
    """Each component's quantity, guests, start and message as staff want them (S3-31); `path`: of faults.

    What has been booked of a component already moves, and with it what is associated (S3-17), unless the
    request gives that a start of its own.
    """
    named = {r.component for r in requests if r.start is not UNSET}
    for i, request in enumerate(requests):
        at = f"{path}components[{i}]"
        component = line.sold.component(request.component)
        if component is None:
            known = ", ".join(c.key for c in line.sold.package.components)
            raise _invalid(
                f"{at}.component", f"There is no component {request.component!r}; there are: {known}."
            )
        line = _with_component(line, tz, component, request, grid, at, named)
    return line


def _with_component(
    line: Line,
    tz: ZoneInfo,
    component: Component,
    request: ComponentRequest,
    grid: int,
    at: str,
    named: set[str],
) -> Line:
    adjustment = line.adjustments.get(component.key, Adjustment())
    if request.guests is not UNSET:
        adjustment = replace(adjustment, excluded=_excluded(line, component, request.guests, at))
    if request.quantity is not UNSET:
        difference = difference_for(line, component, adjustment, request.quantity, f"{at}.quantity")
        adjustment = replace(adjustment, difference=difference)
    if request.unit_price is not UNSET:
        adjustment = replace(adjustment, unit_price=_price(line, request.unit_price, f"{at}.unit_price"))
    if request.duration_minutes is not UNSET:
        adjustment = with_duration(
            line, component, adjustment, request.duration_minutes, f"{at}.duration_minutes"
        )
    if request.message is not UNSET:
        adjustment = replace(adjustment, message=request.message)
        line = replace(
            line,
            bookings=tuple(
                replace(b, message=request.message) if b.component == component.key and b.active else b
                for b in line.bookings
            ),
        )
    line = replace(line, adjustments=_worth_keeping({**line.adjustments, component.key: adjustment}))
    if request.start is UNSET:
        return line
    to = day_time(line, tz, component.day, request.start, grid, f"{at}.start")
    adjustment = replace(adjustment, start=to)
    for booking in line.bookings:
        if booking.active and booking.component == component.key and not booking.locked:
            line = moved(line, tz, booking.id, to, leave=named)
    bookings = tuple(
        replace(b, adjusted=None) if b.component == component.key and not b.locked else b
        for b in line.bookings
    )
    return replace(
        line, bookings=bookings, adjustments=_worth_keeping({**line.adjustments, component.key: adjustment})
    )


def _price(line: Line, price: Decimal | None, at: str) -> Decimal | None:
    if price is not None and line.sold.package.pricing == "fixed":
        raise _invalid(
            at, f"“{line.sold.package.label}” has one fixed price for all of it: give a discount instead."
        )
    if price is not None and price < 0:
        raise _invalid(at, f"A price is 0 or more: {price}.")
    return price


def difference_for(line: Line, component: Component, adjustment: Adjustment, quantity: int, at: str) -> int:
    """The difference that makes the component's quantity this; raises Invalid beyond what it can be."""
    goods = _is_goods(line, component)
    if component.quantity == "one":
        if not goods and quantity > 1:
            raise _invalid(at, f"{component.key!r} is booked once for everybody; its quantity is 0 or 1.")
        return quantity - 1
    if goods:
        return quantity - (line.participants - len(adjustment.excluded))
    if quantity > line.participants:
        raise _invalid(
            at, f"{quantity} cannot attend {component.key!r}: there are {line.participants} participants."
        )
    return quantity - line.participants


def with_duration(
    line: Line, component: Component, adjustment: Adjustment, minutes: int | None, at: str
) -> Adjustment:
    """The sessions of the component last so long; None: as long as the product says."""
    if minutes is not None and _is_goods(line, component):
        raise _invalid(at, f"{component.key!r} is handed over: it has no length.")
    return replace(adjustment, duration_minutes=minutes)


def _excluded(line: Line, component: Component, attending: Sequence[int], at: str) -> tuple[int, ...]:
    if component.quantity == "one":
        raise _invalid(f"{at}.guests", f"{component.key!r} is booked once for everybody.")
    numbers = [g.number for g in line.guests]
    for number in attending:
        if number not in numbers:
            raise _invalid(
                f"{at}.guests", f"There is no guest {number} among the {len(numbers)} of this order."
            )
    return tuple(n for n in numbers if n not in attending)


def day_time(line: Line, tz: ZoneInfo, day: int, text: str, grid: int, at: str) -> DayTime:
    """An asked start as a day and a wall-clock time relative to the line's first date.

    `text` is a time on day `day`, or a date and time. Raises Invalid off the grid, for what is no time, and
    (code nonexistent_local_time) for a time that is skipped.
    """
    first = wall_of(tz, line.start)[0]
    try:
        if "T" in text.upper():
            instant = read_start(tz, text)
        else:
            instant = asked(tz, date.fromordinal(first.toordinal() + day - 1), _clock(text))
    except ValueError as error:
        raise unreadable(error, at) from None
    if not on_grid(tz, instant, grid):
        raise off_grid(tz, instant, grid, at)
    on, minutes = wall_of(tz, instant)
    return DayTime((on - first).days + 1, minutes, second=instant != wall(tz, on, minutes))


def _clock(text: str) -> int:
    try:
        datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise ValueError(f"{text!r} is neither a time such as 12:30 nor a date and time") from None
    return clock(text.zfill(5))


def _is_goods(line: Line, component: Component) -> bool:
    return all(line.sold.products[key].is_goods for key in component.products)


def _worth_keeping(adjustments: dict[str, Adjustment]) -> dict[str, Adjustment]:
    return {key: a for key, a in adjustments.items() if a != Adjustment()}


def unreadable(error: ValueError, at: str) -> Invalid:
    """The refusal of a start that cannot be read or does not exist."""
    code = "nonexistent_local_time" if isinstance(error, NonexistentLocalTime) else None
    return _invalid(at, _sentence(str(error)), code)


def off_grid(tz: ZoneInfo, at: int, grid: int, path: str) -> Invalid:
    """The refusal of a start that is not on the venue's grid."""
    minutes = wall_of(tz, at)[1]
    shown = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return _invalid(
        path, f"{shown} is not a start of this venue: starts are every {grid} minutes.", "off_grid"
    )


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else text + "."


def _invalid(path: str, sentence: str, code: str | None = None) -> Invalid:
    return Invalid(sentence, problems=(Problem(path, sentence),), code=code)
