"""Book an order of one line or several: everything or nothing (S3-29 … S3-31)."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.actions.settle import settle
from booking.actions.start import customer_asked, discount_asked, line_asked, overrides_asked
from booking.apply import Actor
from booking.desk import Desk
from booking.lines import Order
from booking.outcome import Keep, Outcome
from booking.requests import LineRequest, OrderRequest
from catalog.base import new_id
from catalog.errors import Invalid, Problem
from catalog.queries import StoredVenue


async def book(
    desk: Desk,
    venue: StoredVenue,
    request: OrderRequest,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """A new order, held or confirmed."""

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        return await order_asked(session, desk, venue, request, caller, now)

    return await settle(
        desk,
        venue,
        draft,
        ("book", _unplanned(request)),
        caller=caller,
        preview=preview,
        keep=keep,
        plan=request.plan,
    )


def _unplanned(request: OrderRequest) -> OrderRequest:
    return replace(request, plan=None)


async def order_asked(
    session: AsyncSession, desk: Desk, venue: StoredVenue, request: OrderRequest, caller: Actor, now: datetime
) -> Draft:
    """The order as the request wants it, before it is placed."""
    lines, resource = [], {}
    warnings: list[str] = []
    short = not request.lines
    for position, wanted in enumerate(lines_of(request)):
        path = "" if short else f"lines[{position}]."
        line, said = line_asked(venue, wanted, position, path, now=now, limits=desk.limits, caller=caller)
        lines.append(line)
        warnings += said
        if wanted.resource is not None:
            resource[position] = wanted.resource
    customer, tier, made = await customer_asked(session, venue, request.customer)
    until = None
    if request.hold_minutes is not None:
        until = (now + timedelta(minutes=request.hold_minutes)).timestamp()
    order = Order(
        id=new_id(),
        status="confirmed" if until is None else "held",
        held_until=until,
        customer=customer,
        tier=tier,
        note=request.note,
        use_credits=request.use_credits,
        discount=discount_asked(request.discount),
        lines=tuple(lines),
        price={},
        total=Decimal(0),
    )
    return Draft(
        before=(None,),
        orders=(order,),
        what="Booked." if until is None else f"Held for {request.hold_minutes} minutes.",
        overrides=overrides_asked(request.override, caller),
        resource=resource,
        customers=made,
        warnings=tuple(warnings),
    )


def lines_of(request: OrderRequest) -> tuple[LineRequest, ...]:
    """The lines of a request in either form; raises Invalid where it mixes the two."""
    short = {
        "package": request.package is not None,
        "product": request.product is not None,
        "participants": request.participants is not UNSET,
        "start": request.start is not UNSET,
        "resource": request.resource is not None,
        "guests": bool(request.guests),
        "components": bool(request.components),
    }
    if request.lines:
        mixed = [name for name, given in short.items() if given]
        if mixed:
            sentence = "An order has either `lines`, or one package or product of its own."
            raise Invalid(sentence, problems=tuple(Problem(name, sentence) for name in mixed))
        return request.lines
    if request.start is UNSET:
        raise Invalid(problems=(Problem("start", "An order needs a start."),))
    return (
        LineRequest(
            package=request.package,
            product=request.product,
            participants=1 if request.participants is UNSET else request.participants,
            start=request.start,
            resource=request.resource,
            guests=request.guests,
            components=request.components,
        ),
    )
