"""A resource falls ill or a room closes: the fewest changes that keep every order valid (placement.md, 5).

All orders concerned are placed together, as if the resource were out of use; each session prefers to stay
at its time, then with its resources. Locked bookings are left alone.
"""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.block import days_of_block, put_block, standing
from booking.actions.draft import Draft
from booking.actions.settle import settle
from booking.apply import Actor
from booking.day_locks import lock_days, make_days
from booking.desk import Desk
from booking.outcome import Keep, Outcome
from booking.queries import load_orders
from catalog.errors import NotFound
from catalog.queries import StoredBlock, StoredVenue
from catalog.times import Interval


async def replan(
    desk: Desk,
    venue: StoredVenue,
    resource: str,
    out: Interval,
    plan: str | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
    block: str | None = None,
    blocked: list[StoredBlock] | None = None,
) -> Outcome:
    """Moves what stands on the resource in the interval `out`; nothing to do answers without orders.

    With `block`, a note, the resource is put out of use in the same transaction and appended to `blocked`.
    Raises NotPlaceable where some order cannot be kept, with the reasons.
    """
    spec = venue.catalog.resource(resource)
    if spec is None:
        raise NotFound(f"'{venue.key}' has no resource '{resource}'.")
    if block is not None:
        await make_days(desk.sessions, venue.id, days_of_block(venue, resource, *out))

    async def put_out_of_use(session: AsyncSession) -> None:
        await lock_days(session, venue.id, days_of_block(venue, resource, *out))
        made = await put_block(session, desk, venue, resource, *out, block or "")
        if blocked is not None:
            blocked[:] = [made]

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        found = await standing(session, desk, venue, resource, *out)
        ids: list[uuid.UUID] = list(dict.fromkeys(one.order for one in found))
        orders = await load_orders(session, venue, ids, now) if ids else ()
        return Draft(
            before=orders,
            orders=orders,
            what=f"Replanned: {spec.label} is out of use.",
            blocks={resource: (out,)},
            also=put_out_of_use if block is not None else None,
        )

    return await settle(
        desk,
        venue,
        draft,
        ("replan", resource, out, block),
        caller=caller,
        preview=preview,
        keep=keep,
        plan=plan,
    )
