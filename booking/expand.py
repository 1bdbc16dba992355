"""From a package as sold to what should be booked: sessions and deliveries (placement.md, 2).

The line carries its present bookings: a session that continues one names it, so that what comes out of
here against what is there is the whole of a change (keep, release, add).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from booking.lines import Adjustment, Booking, DayTime, Guest, Line
from catalog.specs import Component, Need, ProductSpec
from catalog.times import Interval, clock, wall, wall_of


class Session(Struct, frozen=True, kw_only=True):
    """A service to be placed: for whom, on which date, what it needs, and what is said of its time.

    `start` is its fixed, relative or adjusted time, None if the solver chooses (any grid start on `day`
    within `window`). It ends `length` minutes after its start or, a stay, at `end`. `host` is the component
    it is associated with. `was` is the booking it continues.
    """

    line: int
    component: str
    product: str
    guests: tuple[int, ...]
    quantity: int
    day: date
    start: int | None
    window: Interval | None = None
    length: int | None = None
    end: int | None = None
    needs: tuple[Need, ...] = ()
    attended: bool = True
    after: tuple[str, ...] = ()
    host: str | None = None
    outside_venue_hours: bool = False
    adjusted: DayTime | None = None
    was: Booking | None = None

    def end_at(self, start: int) -> int:
        """When it ends if it starts then."""
        if self.length is not None:
            return start + self.length
        return start if self.end is None else self.end


class Delivery(Struct, frozen=True, kw_only=True):
    """Goods or a right: a quantity of portions, perhaps at a moment, at the place of its host."""

    line: int
    component: str
    product: str
    quantity: int
    guests: tuple[int, ...]
    day: date
    start: int | None
    host: str | None = None
    adjusted: DayTime | None = None
    was: Booking | None = None


class Desired(Struct, frozen=True):
    """What should be booked of one line, in catalog order."""

    sessions: tuple[Session, ...]
    deliveries: tuple[Delivery, ...]


def expand(line: Line, tz: ZoneInfo) -> Desired:
    """What the line asks for, whatever is free. Cancelled components and components without guests give
    nothing.
    """
    sessions: list[Session] = []
    deliveries: list[Delivery] = []
    for component in line.sold.package.components:
        adjustment = line.adjustments.get(component.key, Adjustment())
        if adjustment.cancelled:
            continue
        for product, guests in _by_product(line, component, adjustment):
            if product.is_goods:
                deliveries.append(_delivery(line, tz, component, product, adjustment, guests))
            else:
                sessions += _sessions(line, tz, component, product, adjustment, guests)
    return Desired(tuple(sessions), tuple(deliveries))


def attending(line: Line, component: Component, adjustment: Adjustment) -> tuple[Guest, ...]:
    """Who attends: not excluded by name, cut from the highest number down to P + difference (S3-35)."""
    guests = sorted(line.guests, key=lambda g: g.number)
    if component.quantity == "one":
        return tuple(guests)
    wanted = max(0, line.participants + adjustment.difference)
    return tuple(g for g in guests if g.number not in adjustment.excluded)[:wanted]


def portions(line: Line, component: Component, adjustment: Adjustment, goods: bool) -> int:
    """The quantity of the component: 1 for `one`, the guests for services, any number for goods (S3-35)."""
    if component.quantity == "one":
        return max(0, 1 + adjustment.difference)
    if goods:
        named = len(line.guests) - sum(g.number in adjustment.excluded for g in line.guests)
        return max(0, named + adjustment.difference)
    return len(attending(line, component, adjustment))


def start_of(line: Line, tz: ZoneInfo, component: Component, adjusted: DayTime | None) -> int | None:
    """The fixed, relative or adjusted instant; None where the solver chooses (P1)."""
    first, arrival = wall_of(tz, line.start)
    if adjusted is not None:
        return wall(tz, first + timedelta(days=adjusted.day - 1), adjusted.minutes, adjusted.second)
    day = first + timedelta(days=component.day - 1)
    if component.fixed_start is not None:
        return wall(tz, day, clock(component.fixed_start))
    if component.relative_start_minutes is not None:
        anchor = line.start if component.day == 1 else wall(tz, day, arrival)
        return anchor + component.relative_start_minutes
    return None


def _by_product(
    line: Line, component: Component, adjustment: Adjustment
) -> Iterable[tuple[ProductSpec, tuple[Guest, ...]]]:
    """The guests of the component by the product that they chose (`choices`), in the order of the choices."""
    guests = attending(line, component, adjustment)
    if not component.choices:
        yield line.sold.products[component.products[0]], guests
        return
    if component.quantity == "one":
        named = [g.choices[component.key] for g in guests if component.key in g.choices]
        yield line.sold.products[(named or component.choices)[0]], guests
        return
    for key in component.choices:
        chosen = tuple(g for g in guests if g.choices.get(component.key, component.choices[0]) == key)
        if chosen:
            yield line.sold.products[key], chosen


def _sessions(
    line: Line,
    tz: ZoneInfo,
    component: Component,
    product: ProductSpec,
    adjustment: Adjustment,
    guests: tuple[Guest, ...],
) -> list[Session]:
    formed = [
        b for b in line.bookings if b.active and b.component == component.key and b.product == product.key
    ]
    if component.quantity == "one":
        if portions(line, component, adjustment, goods=False) == 0 or not guests:
            return []
        everybody = tuple(g.number for g in guests)
        groups = [(formed[0] if formed else None, everybody)]
    else:
        groups = form(formed, [g.number for g in guests], product.group_size)
    out: list[Session] = []
    for was, members in groups:
        if was is None and out and out[-1].was is None:  # new ones differ in nothing but their guests
            quantity = 1 if component.quantity == "one" else len(members)
            out.append(replace(out[-1], guests=members, quantity=quantity))
        else:
            out.append(_session(line, tz, component, product, adjustment, was, members))
    return out


def form(
    formed: Sequence[Booking], guests: Sequence[int], size: int | str | None
) -> list[tuple[Booking | None, tuple[int, ...]]]:
    """The guests in sessions of `size` (None or "all": one for everybody).

    Sessions once formed keep their guests; newcomers fill the last that has room, then new ones.
    """
    room = len(guests) if size is None or isinstance(size, str) else size
    staying = set(guests)
    groups: list[tuple[Booking | None, list[int]]] = []
    for booking in formed:
        members = [g for g in booking.guests if g in staying]
        if members:
            groups.append((booking, members))
    seated = {g for _, members in groups for g in members}
    for guest in guests:
        if guest in seated:
            continue
        with_room = [members for _, members in groups if len(members) < room]
        if with_room:
            with_room[-1].append(guest)
        else:
            groups.append((None, [guest]))
    return [(was, tuple(sorted(members))) for was, members in groups]


def _session(
    line: Line,
    tz: ZoneInfo,
    component: Component,
    product: ProductSpec,
    adjustment: Adjustment,
    was: Booking | None,
    guests: tuple[int, ...],
) -> Session:
    own = was.adjusted if was is not None else None
    adjusted = own or adjustment.start
    first = wall_of(tz, line.start)[0]
    day = first + timedelta(days=(adjusted.day if adjusted else component.day) - 1)
    start = start_of(line, tz, component, adjusted)
    if was is not None and was.locked and was.start is not None:
        start, day = was.start, wall_of(tz, was.start)[0]
    window = None
    if component.window is not None and start is None:
        a, b = component.window
        window = (wall(tz, day, clock(a)), wall(tz, day, clock(b)))
    length, end = adjustment.duration_minutes or product.duration_minutes, None
    if was is not None and was.locked and was.start is not None and was.end is not None:
        length = was.end - was.start
    if component.fixed_end is not None and adjustment.duration_minutes is None:
        last = day + timedelta(days=(component.end_day or component.day) - component.day)
        end = wall(tz, last, clock(component.fixed_end))
        if was is not None and was.locked and was.end is not None:
            end = was.end
    return Session(
        line=line.position,
        component=component.key,
        product=product.key,
        guests=guests,
        quantity=1 if component.quantity == "one" else len(guests),
        day=wall_of(tz, start)[0] if start is not None else day,
        start=start,
        window=window,
        length=length if end is None else None,
        end=end,
        needs=product.needs,
        attended=component.is_attended,
        after=component.after,
        host=component.associated_with,
        outside_venue_hours=product.outside_venue_hours,
        adjusted=own,
        was=was,
    )


def _delivery(
    line: Line,
    tz: ZoneInfo,
    component: Component,
    product: ProductSpec,
    adjustment: Adjustment,
    guests: tuple[Guest, ...],
) -> Delivery:
    was = next(
        (b for b in line.bookings if b.active and b.component == component.key and b.product == product.key),
        None,
    )
    own = was.adjusted if was is not None else None
    adjusted = own or adjustment.start
    start = start_of(line, tz, component, adjusted)
    if was is not None and was.locked:
        start = was.start
    day = wall_of(tz, line.start)[0] + timedelta(days=(adjusted.day if adjusted else component.day) - 1)
    quantity = portions(line, component, adjustment, goods=True)
    if component.choices and component.quantity != "one":
        quantity = len(guests)
    return Delivery(
        line=line.position,
        component=component.key,
        product=product.key,
        quantity=quantity,
        guests=tuple(g.number for g in guests),
        day=wall_of(tz, start)[0] if start is not None else day,
        start=start,
        host=component.associated_with,
        adjusted=own,
        was=was,
    )
