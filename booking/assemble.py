"""From what is desired and where it was placed to the bookings of a line; nothing is lost, what ends is
cancelled.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from booking.associated import first_of
from booking.case import Case, hosts, place_need
from booking.check import Violation
from booking.expand import Delivery, Desired, Session
from booking.fit import Placing
from booking.lines import Adjustment, Allocation, Booking, Line
from catalog.ids import new_id


def assemble(
    line: Line,
    desired: Desired,
    placings: Sequence[Placing],
    forgiven: Mapping[int, Sequence[Violation]],
) -> Line:
    """The line with its bookings as they should be.

    `placings`: of the line's sessions; `forgiven`: by index of the session, violations that staff override.
    """
    places = _places(desired, placings)
    made: dict[str, list[Booking]] = {}
    for i, (session, placing) in enumerate(zip(desired.sessions, placings, strict=True)):
        booking = _session_booking(line, session, placing, places[i], forgiven.get(i, ()))
        made.setdefault(session.component, []).append(booking)
    for delivery in desired.deliveries:
        booking = _delivery_booking(line, delivery, _place_of_goods(desired, places, delivery))
        made.setdefault(delivery.component, []).append(booking)
    bookings = [b for c in line.sold.package.components for b in made.get(c.key, ())]
    kept = {b.id for b in bookings}
    ended = [b if not b.active else ended_booking(b) for b in line.bookings if b.id not in kept]
    return replace(line, bookings=(*bookings, *ended), status="confirmed")


def ended_booking(booking: Booking) -> Booking:
    """The booking cancelled: it holds nothing, and calendars are told (SEQUENCE)."""
    return replace(booking, status="cancelled", allocations=(), sequence=booking.sequence + 1)


def _places(desired: Desired, placings: Sequence[Placing]) -> list[str | None]:
    """The place of every session: of its own need, or where the host's place meets that, the host's (P11)."""
    hosted = hosts(desired.sessions)

    def place(i: int, depth: int = 0) -> str | None:
        needs = desired.sessions[i].needs
        need = place_need(needs)
        if need is not None and placings[i].resources[need]:
            return placings[i].resources[need][0]
        host = hosted[i]
        return place(host, depth + 1) if host is not None and depth < len(hosted) else None

    return [place(i) for i in range(len(desired.sessions))]


def _place_of_goods(desired: Desired, places: Sequence[str | None], delivery: Delivery) -> str | None:
    """Where goods are served: at the place of the first session of their host, through other goods if need
    be.
    """
    seen: set[str] = set()
    host = delivery.host
    while host is not None and host not in seen:
        seen.add(host)
        first = first_of(desired.sessions, desired.deliveries, host)
        if isinstance(first, Session):
            return places[desired.sessions.index(first)]
        host = first.host if first is not None else None
    return None


def _session_booking(
    line: Line, session: Session, placing: Placing, place: str | None, forgiven: Iterable[Violation]
) -> Booking:
    forgiven = tuple(forgiven)
    allocations = tuple(
        _allocation(session, placing, n, resource)
        for n, resources in enumerate(placing.resources)
        for resource in resources
    )
    was = session.was or Booking(
        id=new_id(),
        component=session.component,
        product=session.product,
        sequence=-1,
        message=_message(line, session),
    )
    overrides = dict.fromkeys((*was.overrides, *(v.override for v in forgiven if v.override)))
    return _with_sequence(
        was,
        replace(
            was,
            guests=session.guests,
            quantity=session.quantity,
            start=placing.start,
            end=placing.end,
            status="confirmed",
            adjusted=session.adjusted,
            place=place,
            overrides=tuple(overrides),
            warnings=tuple(dict.fromkeys(v.sentence for v in forgiven)),
            allocations=allocations,
        ),
    )


def _allocation(session: Session, placing: Placing, n: int, resource: str) -> Allocation:
    need = session.needs[n]
    start, end = need.held(placing.start, placing.end)
    places = len(session.guests) if need.use == "shared" else 1
    return Allocation(
        resource=resource, pool=need.pool, need=n, use=need.use, places=places, start=start, end=end
    )


def _delivery_booking(line: Line, delivery: Delivery, place: str | None) -> Booking:
    was = delivery.was or Booking(
        id=new_id(),
        component=delivery.component,
        product=delivery.product,
        goods=True,
        sequence=-1,
        message=_message(line, delivery),
    )
    return _with_sequence(
        was,
        replace(
            was,
            guests=delivery.guests,
            quantity=delivery.quantity,
            start=delivery.start,
            status="confirmed",
            adjusted=delivery.adjusted,
            place=place,
        ),
    )


def _message(line: Line, of: Session | Delivery) -> str:
    return line.adjustments.get(of.component, Adjustment()).message


def _with_sequence(was: Booking, now: Booking) -> Booking:
    """SEQUENCE + 1 on every change of time or place, and on nothing else (RFC 5545, 3.8.7.4)."""
    if was.sequence < 0:
        return replace(now, sequence=0)
    same = (was.start, was.end, was.place) == (now.start, now.end, now.place)
    return now if same else replace(now, sequence=was.sequence + 1)


def placings_of(sessions: Sequence[Session]) -> tuple[Placing, ...] | None:
    """Where the sessions stand as they are; None where one is not booked yet, or not as it should be."""
    out = []
    for session in sessions:
        was = session.was
        if was is None or was.start is None or was.end is None:
            return None
        resources = tuple(
            tuple(a.resource for a in was.allocations if a.need == n) for n in range(len(session.needs))
        )
        out.append(Placing(was.start, was.end, resources))
    return tuple(out)


def by_session(case: Case, found: Iterable[Violation]) -> dict[int, dict[int, list[Violation]]]:
    """Violations by line position and by the index of the session within its line."""
    within: dict[int, tuple[int, int]] = {}
    counts: dict[int, int] = {}
    for i, session in enumerate(case.sessions):
        within[i] = (session.line, counts.get(session.line, 0))
        counts[session.line] = counts.get(session.line, 0) + 1
    out: dict[int, dict[int, list[Violation]]] = {}
    for violation in found:
        line, index = within[violation.session]
        out.setdefault(line, {}).setdefault(index, []).append(violation)
    return out
