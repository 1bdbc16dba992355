"""The one short read of every action: what stands in the venue on the days concerned, and what pays."""

import dataclasses
from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.alternatives import NEAR_DAYS
from booking.case import Asked, case_of
from booking.lines import Line, Order
from booking.paying_by_credit import credits_for
from booking.queries import occupancy
from catalog.queries import StoredVenue
from catalog.times import wall
from pricing.claims import Lots
from pricing.ledger import lots_of


async def ask(
    session: AsyncSession, venue: StoredVenue, draft: Draft, now: datetime, *, around: bool = False
) -> Asked:
    """What the draft asks of the venue, with what others hold; `around` reads the days near it too.

    Lines get positions of their own, so that those of several orders can be told apart.
    """
    lines: list[Line] = []
    previous: dict[int, int] = {}
    for before, order in zip(draft.before, draft.orders, strict=True):
        starts = {line.id: line.start for line in before.lines} if before is not None else {}
        for line in order.lines:
            if line.status != "cancelled":
                position = len(lines)
                previous[position] = starts.get(line.id, line.start)
                lines.append(replace(line, position=position))
    asked = Asked(
        catalog=venue.catalog,
        blocks={},
        held=(),
        lines=tuple(lines),
        overrides=draft.overrides,
        resource=draft.resource,
        require=draft.require,
        keep=draft.keep,
        pin=draft.pin,
        moved=draft.moved,
        previous=previous,
        not_before=draft.not_before,
    )
    case = case_of(asked)
    if not case.sessions:
        return asked
    first, last = case.span()
    if around:
        first, last = first - timedelta(days=NEAR_DAYS), last + timedelta(days=NEAR_DAYS)
    start, end = wall(venue.tz, first, 0), wall(venue.tz, last + timedelta(days=1), 0)
    own = [order.id for order in draft.before if order is not None]
    held, blocks = await occupancy(session, venue, start, end, now, without=own)
    for key, intervals in draft.blocks.items():
        blocks[key] = (*blocks.get(key, ()), *intervals)
    return replace(asked, held=held, blocks=blocks)


async def with_credits(session: AsyncSession, venue: StoredVenue, draft: Draft, now: datetime) -> Draft:
    """The draft with the lots of the customers whose orders are paid by credits."""
    settings, currency = venue.catalog.settings, venue.catalog.venue.currency
    means = {
        order.id: credits_for(
            order,
            _of_others(await lots_of(session, venue.id, currency, order.customer), order),
            policy=settings.credit_policy,
            free_items=settings.credits_for_free_items,
            now=now,
        )
        for order in draft.orders
        if order.use_credits
    }
    return dataclasses.replace(draft, means=means) if means else draft


def _of_others(lots: Lots, order: Order) -> Lots:
    """Without what the order gives itself: that is for later (S2-7)."""
    return {key: lot for key, lot in lots.items() if lot.order != order.id}
