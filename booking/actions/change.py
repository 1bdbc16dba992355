"""Change an order or one of its lines: participants, guests, start, components, customer (S3-33 … S3-35)."""

import uuid
from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.actions.find import line_of, only_line, present, with_line
from booking.actions.settle import settle
from booking.actions.start import (
    components_asked,
    customer_asked,
    discount_asked,
    line_asked,
    overrides_asked,
    start_asked,
)
from booking.adjust import with_participants, with_wishes
from booking.apply import Actor
from booking.desk import Desk
from booking.lines import Line
from booking.outcome import Keep, Outcome
from booking.requests import AddLineRequest, ChangeRequest, CustomerRequest, LineRequest
from booking.self_service import only_names
from catalog.errors import Invalid, Problem
from catalog.queries import StoredVenue

OF_THE_LINE = ("participants", "remove_guests", "start", "guests", "components")


async def change_order(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    request: ChangeRequest,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """What only makes sense for one line is refused where there are several."""
    return await _change(desk, venue, order_id, None, request, if_match, caller, preview, keep)


async def change_line(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    line_id: uuid.UUID,
    request: ChangeRequest,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """The same for one of several lines."""
    return await _change(desk, venue, order_id, line_id, request, if_match, caller, preview, keep)


async def _change(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    line_id: uuid.UUID | None,
    request: ChangeRequest,
    if_match: int | None,
    caller: Actor,
    preview: bool,
    keep: Keep | None,
) -> Outcome:
    touches_line = any(getattr(request, name) not in (UNSET, ()) for name in OF_THE_LINE)

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match)
        after, stay = before, not touches_line
        made: tuple[tuple[uuid.UUID, CustomerRequest], ...] = ()
        warnings: tuple[str, ...] = ()
        if line_id is not None or touches_line:
            line = only_line(before) if line_id is None else line_of(before, line_id)
            changed, warnings = line_changed(desk, venue, line, request, now, caller)
            if line_id is not None and request.discount is not UNSET:
                changed = replace(changed, discount=discount_asked(request.discount))
            after = replace(after, lines=with_line(before, changed))
            stay = stay or only_names(line.guests, request)
        if request.customer is not UNSET:
            customer, tier, made = await customer_asked(session, venue, request.customer)
            after = replace(after, customer=customer, tier=tier)
        if request.note is not UNSET:
            after = replace(after, note=request.note)
        if line_id is None and request.discount is not UNSET:
            after = replace(after, discount=discount_asked(request.discount))
        if request.use_credits is not UNSET:
            after = replace(after, use_credits=request.use_credits)
        return Draft(
            before=(before,),
            orders=(after,),
            what=what_changed(request),
            stay=stay,
            overrides=overrides_asked(request.override, caller),
            customers=made,
            warnings=tuple(warnings),
        )

    asked = ("change", order_id, line_id, replace(request, plan=None))
    return await settle(
        desk, venue, draft, asked, caller=caller, preview=preview, keep=keep, plan=request.plan
    )


def line_changed(
    desk: Desk, venue: StoredVenue, line: Line, request: ChangeRequest, now: datetime, caller: Actor
) -> tuple[Line, tuple[str, ...]]:
    """The line as the request wants it, and warnings. The start changes last of all but one: components
    after it.
    """
    warnings: tuple[str, ...] = ()
    if request.participants is not UNSET or request.remove_guests:
        remaining = line.participants - len(set(request.remove_guests))
        participants = remaining if request.participants is UNSET else request.participants
        if participants < 1:
            sentence = "Nobody would be left: cancel the order instead."
            raise Invalid(sentence, problems=(Problem("participants", sentence),))
        if participants > desk.limits.participants:
            sentence = f"At most {desk.limits.participants} can take part."
            raise Invalid(sentence, problems=(Problem("participants", sentence),))
        line = with_participants(line, participants, request.remove_guests)
    if request.guests is not UNSET:
        line = with_wishes(line, request.guests)
    if request.start is not UNSET:
        start, warnings = start_asked(
            venue, request.start, "start", now=now, limits=desk.limits, caller=caller
        )
        line = replace(line, start=start)
    return components_asked(venue, line, request.components, caller), warnings


def what_changed(request: ChangeRequest) -> str:
    """A sentence for the history."""
    names = {
        "participants": f"participants {request.participants}",
        "remove_guests": "guests removed",
        "start": f"start {request.start}",
        "guests": "guests",
        "components": "components " + ", ".join(c.component for c in request.components),
        "customer": "customer",
        "note": "note",
        "discount": "discount",
        "use_credits": "paid by credits" if request.use_credits is True else "not paid by credits",
    }
    said = [text for name, text in names.items() if getattr(request, name) not in (UNSET, ())]
    return f"Changed: {'; '.join(said)}." if said else "Changed nothing."


async def add_line(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    request: AddLineRequest,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """A further package or single product on the order."""

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match)
        wanted = LineRequest(**{name: getattr(request, name) for name in LineRequest.__struct_fields__})
        position = 1 + max(line.position for line in before.lines)
        line, warnings = line_asked(venue, wanted, position, "", now=now, limits=desk.limits, caller=caller)
        standing = sum(one.status != "cancelled" for one in before.lines)
        return Draft(
            before=(before,),
            orders=(replace(before, lines=(*before.lines, line)),),
            what=f"Added: {line.sold.package.label}.",
            overrides=overrides_asked(request.override, caller),
            resource={} if request.resource is None else {standing: request.resource},
            warnings=warnings,
        )

    asked = ("add_line", order_id, replace(request, plan=None))
    return await settle(
        desk, venue, draft, asked, caller=caller, preview=preview, keep=keep, plan=request.plan
    )
