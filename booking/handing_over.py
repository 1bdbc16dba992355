"""Makes what orders have handed over what they should hand over now, in the transaction that writes them.

Locks: the orders, then lots and tickets, then the stock.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from booking.handover import Handover, gives, handed_over
from booking.lines import Order
from catalog.actors import Actor
from catalog.errors import Invalid
from catalog.queries import StoredVenue, load_venue_by_id
from catalog.times import minute, wall_of
from pricing.credits import CreditLot
from pricing.handover import MOST_CREDITS, MOST_LOTS, MOST_TICKETS
from pricing.ledger import add_lots, lots_where, write
from pricing.lots import Cause, last_instant
from pricing.rights import Giver, following
from pricing.stock_service import move_stock, open_stock, taken_by_order
from pricing.ticket_store import print_tickets


class _Step(NamedTuple):
    """An order that hands over `now` what it did not hand over as it `was`. `what`: a sentence about it."""

    order: Order
    was: Handover
    now: Handover
    what: str


async def hand_over(
    session: AsyncSession,
    venue_id: uuid.UUID,
    venue: StoredVenue | None,
    pairs: Iterable[tuple[Order | None, Order]],
    whats: Iterable[str],
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """Raises CreditsUsed and TicketUsed; nothing is read for orders that hand over nothing."""
    changed = [(*pair, what) for pair, what in zip(pairs, whats, strict=True) if any(map(gives, pair))]
    if not changed:
        return
    venue = venue or await load_venue_by_id(session, venue_id)
    tz, currency = venue.tz, venue.catalog.venue.currency
    steps = [
        _Step(after, handed_over(before, tz, currency), handed_over(after, tz, currency), what)
        for before, after, what in changed
    ]
    steps = sorted((s for s in steps if s.was != s.now), key=lambda step: step.order.id)
    for step in steps:
        _within_bounds(step.now)
        may_end_used = step.order.status == "cancelled" and venue.catalog.settings.refund_used_packages
        if step.was.rights or step.now.rights:
            await _give_credits(session, venue, step, may_end_used, now, actor)
        if step.was.tickets or step.now.tickets:
            of = Cause(order=step.order.id)
            await print_tickets(session, venue_id, of, step.now.tickets, may_void_used=may_end_used, now=now)
    for step in steps:
        if step.was.goods != step.now.goods:
            await _take_goods(session, venue, step, now, actor)


async def _give_credits(
    session: AsyncSession,
    venue: StoredVenue,
    step: _Step,
    may_end_used: bool,
    now: datetime,
    actor: Actor,
) -> None:
    currency, today = venue.catalog.venue.currency, wall_of(venue.tz, minute(now))[0]
    lots = await lots_where(session, venue.id, currency, CreditLot.order_id == step.order.id, lock=True)
    giver = Giver(
        order=step.order.id,
        customer=step.order.customer,
        currency=currency,
        ends={r.valid_days: last_instant(venue.tz, today, r.valid_days) for r in step.now.rights},
        may_end_used=may_end_used,
    )
    after, new = following(lots, step.now.rights, giver, {"at": now, "actor": actor})
    await write(session, venue.id, lots, after, now)
    await add_lots(session, venue.id, new, now)


async def _take_goods(
    session: AsyncSession, venue: StoredVenue, step: _Step, now: datetime, actor: Actor
) -> None:
    """What the order has taken becomes what it should have: an item counted only since then is taken now."""
    await open_stock(session, venue.id, venue.catalog.products, now)
    taken = await taken_by_order(session, venue.id, step.order.id)
    await move_stock(
        session,
        venue.id,
        {key: taken.get(key, 0) - step.now.goods.get(key, 0) for key in {*taken, *step.now.goods}},
        labels={p.key: p.label for line in step.order.lines for p in line.sold.products.values()},
        reason=step.what,
        cause=Cause(order=step.order.id),
        now=now,
        actor=actor,
    )


def _within_bounds(given: Handover) -> None:
    """Raises Invalid for an order that would hand over more than a person ever sells at once."""
    numbers: Sequence[tuple[int, int, str]] = (
        (len(given.rights), MOST_LOTS, "lots of credits"),
        (sum(int(r.quantity) for r in given.rights if r.products), MOST_CREDITS, "credits"),
        (sum(ticket.count for ticket in given.tickets), MOST_TICKETS, "tickets"),
    )
    for number, most, what in numbers:
        if number > most:
            raise Invalid(
                f"One order gives at most {most} {what}, and this one {number}: make several of it."
            )
