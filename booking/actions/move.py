"""Move, resize, lock or annotate single bookings; what is associated follows (S3-17)."""

import uuid
from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.actions.find import booking_of, present, with_line
from booking.actions.settle import settle
from booking.actions.start import overrides_asked
from booking.adjust import day_time, difference_for, with_duration
from booking.apply import Actor
from booking.associated import moved
from booking.desk import Desk
from booking.lines import Adjustment, Booking, Line, Order
from booking.outcome import Keep, Outcome
from booking.queries import locate_booking
from booking.requests import BookingRequest, Move, MovesRequest
from catalog.errors import Invalid, Problem
from catalog.queries import StoredVenue
from catalog.specs import Need
from catalog.times import wall_of


async def move_booking(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    booking_id: uuid.UUID,
    request: BookingRequest,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """One booking changed as the request says. A locked one may be moved by naming it, and stays locked."""
    moving = (request.start, request.resources, request.quantity, request.duration_minutes)
    stays = all(value is UNSET for value in moving)

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match)
        line, booking = booking_of(before, booking_id)
        if request.message is not UNSET:
            line = _with(line, replace(booking, message=request.message))
        if request.quantity is not UNSET:
            line = resized(line, booking, request.quantity)
        if request.duration_minutes is not UNSET:
            line = lasting(line, booking, request.duration_minutes)
        if stays:
            lock = booking.locked if request.locked is UNSET else request.locked
            booking = next(b for b in line.bookings if b.id == booking_id)
            line = _with(line, replace(booking, locked=lock))
            return Draft(
                before=(before,),
                orders=(replace(before, lines=with_line(before, line)),),
                what=_what(booking, request),
                stay=True,
            )
        placing = Placement(venue)
        line = placing.move(line, booking_id, request.start, request.resources, "")
        locked = booking.locked if request.locked is UNSET else request.locked
        return Draft(
            before=(before,),
            orders=(replace(before, lines=with_line(before, line)),),
            what=_what(booking, request),
            overrides=overrides_asked(request.override, caller),
            require=placing.require,
            keep=placing.keep,
            pin=tuple(placing.pin),
            moved=None if request.start is UNSET else booking_id,
            finish=lambda order: relocked(order, {booking_id: locked}),
        )

    asked = ("move", booking_id, replace(request, plan=None))
    return await settle(
        desk, venue, draft, asked, caller=caller, preview=preview, keep=keep, plan=request.plan
    )


async def move_many(
    desk: Desk,
    venue: StoredVenue,
    request: MovesRequest,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """Several bookings of one or more orders at once, all or nothing: a swap of two rooms."""
    named = [move.booking for move in request.moves]
    if len(set(named)) != len(named):
        raise Invalid(problems=(Problem("moves", "A booking is named twice."),))

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        befores: dict[uuid.UUID, Order] = {}
        afters: dict[uuid.UUID, Order] = {}
        placing = Placement(venue)
        locks: dict[uuid.UUID, bool] = {}
        for i, move in enumerate(request.moves):
            venue_id, order_id = await locate_booking(session, venue.organisation_id, move.booking)
            if venue_id != venue.id:
                sentence = "This booking is at another venue."
                raise Invalid(sentence, problems=(Problem(f"moves[{i}].booking", sentence),))
            if order_id not in befores:
                befores[order_id] = await present(session, venue, order_id, now, None)
                afters[order_id] = befores[order_id]
            order = afters[order_id]
            line, booking = booking_of(order, move.booking)
            locks[booking.id] = booking.locked
            line = placing.move(line, booking.id, move.start, move.resources, f"moves[{i}].")
            afters[order_id] = replace(order, lines=with_line(order, line))
        return Draft(
            before=tuple(befores.values()),
            orders=tuple(afters.values()),
            what=f"Moved {len(request.moves)} bookings together.",
            overrides=overrides_asked(request.override, caller),
            require=placing.require,
            keep=placing.keep,
            pin=tuple(placing.pin),
            finish=lambda order: relocked(order, locks),
        )

    asked = ("moves", replace(request, plan=None))
    return await settle(
        desk, venue, draft, asked, caller=caller, preview=preview, keep=keep, plan=request.plan
    )


class Placement:
    """What moves ask of the placing: starts are adjustments of the line, resources are required or kept."""

    def __init__(self, venue: StoredVenue) -> None:
        self.venue = venue
        self.require: dict[uuid.UUID, tuple[str, ...]] = {}
        self.keep: dict[uuid.UUID, tuple[int, ...]] = {}
        self.pin: set[uuid.UUID] = set()

    def move(self, line: Line, booking_id: uuid.UUID, start: object, resources: object, path: str) -> Line:
        """The line with the booking unlocked for this change and, where a start is given, adjusted to it."""
        booking = next(b for b in line.bookings if b.id == booking_id)
        line = _with(line, replace(booking, locked=False))
        if isinstance(start, str):
            first = wall_of(self.venue.tz, line.start)[0]
            on = first if booking.start is None else wall_of(self.venue.tz, booking.start)[0]
            grid = self.venue.catalog.venue.grid_minutes
            to = day_time(line, self.venue.tz, (on - first).days + 1, start, grid, f"{path}start")
            line = moved(line, self.venue.tz, booking_id, to)
        elif booking.start is not None and not booking.goods:
            self.pin.add(booking_id)
        if isinstance(resources, tuple):
            self.name_resources(line, booking, resources, f"{path}resources")
        return line

    def name_resources(self, line: Line, booking: Booking, resources: tuple[str, ...], path: str) -> None:
        """Each takes the need of its pool; unnamed needs keep theirs."""
        needs = line.sold.products[booking.product].needs
        for key in resources:
            spec = self.venue.catalog.resource(key)
            if spec is None:
                raise _invalid(path, f"There is no resource {key!r}.")
            if not any(need.pool in spec.pools for need in needs):
                raise _invalid(path, f"{spec.label} is of no pool that {booking.component} needs.")
        self.require[booking.id] = resources
        self.keep[booking.id] = tuple(n for n, need in enumerate(needs) if not self._named(need, resources))

    def _named(self, need: Need, resources: tuple[str, ...]) -> bool:
        specs = (self.venue.catalog.resource(key) for key in resources)
        return any(spec is not None and need.pool in spec.pools for spec in specs)


def resized(line: Line, booking: Booking, quantity: int) -> Line:
    """Goods to any quantity; a service where the component has one session."""
    component = line.sold.component(booking.component)
    same = [b for b in line.bookings if b.active and b.component == booking.component]
    if component is None or (not booking.goods and len(same) > 1):
        raise _invalid(
            "quantity",
            f"{booking.component} has {len(same)} sessions: change the component's quantity instead.",
        )
    if booking.goods and len(same) > 1:
        raise _invalid("quantity", f"{booking.component} was chosen by guest: change their choices instead.")
    adjustment = line.adjustments.get(component.key, Adjustment())
    difference = difference_for(line, component, adjustment, quantity, "quantity")
    adjusted = replace(adjustment, difference=difference)
    return replace(line, adjustments={**line.adjustments, component.key: adjusted})


def lasting(line: Line, booking: Booking, minutes: int | None) -> Line:
    """All sessions of the booking's component as long as that; None: as the product is."""
    component = line.sold.component(booking.component)
    if component is None:
        return line
    adjustment = line.adjustments.get(component.key, Adjustment())
    adjusted = with_duration(line, component, adjustment, minutes, "duration_minutes")
    return replace(line, adjustments={**line.adjustments, component.key: adjusted})


def relocked(order: Order, locks: dict[uuid.UUID, bool]) -> Order:
    """The order with these bookings locked or not."""
    lines = tuple(
        replace(line, bookings=tuple(replace(b, locked=locks.get(b.id, b.locked)) for b in line.bookings))
        for line in order.lines
    )
    return replace(order, lines=lines)


def _with(line: Line, booking: Booking) -> Line:
    return replace(line, bookings=tuple(booking if b.id == booking.id else b for b in line.bookings))


def _what(booking: Booking, request: BookingRequest | Move) -> str:
    names = ("start", "quantity", "duration_minutes", "resources", "message", "locked")
    given = [name for name in names if getattr(request, name, UNSET) is not UNSET]
    told = ", ".join(name.replace("_minutes", "") for name in given)
    return f"{booking.component}: {told or 'nothing'} changed."


def _invalid(path: str, sentence: str) -> Invalid:
    return Invalid(sentence, problems=(Problem(path, sentence),))
