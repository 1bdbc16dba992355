"""What follows of what a sale becomes: credits, goods and tickets, in one step (S1-2, S2-4, S2-5, S2-10).

A sale hands over credits, goods and tickets while it is saved or closed, and nothing otherwise. Whatever
happens to it, all of that follows from what it was and what it is now. Locks are taken in one order: the
sale, the lots, the stock.
"""

import uuid
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.actors import Actor
from catalog.queries import StoredVenue
from pricing.claims import Lots, Want, claimed, consumed, ended
from pricing.credits import CreditLot
from pricing.entering import has_lines, labels_of
from pricing.handover import goods_of, lots_sold, tickets_of
from pricing.ledger import add_lots, lots_where, write
from pricing.lots import Cause, Entry, Lot
from pricing.rights import CreditsUsed, is_used
from pricing.sale import Sale, Terms
from pricing.sale_store import write_sale
from pricing.stock_service import move_stock, open_stock
from pricing.ticket_store import print_tickets

HANDS_OVER = ("saved", "closed")
OVER = ("voided", "refunded")


class Till(Struct, frozen=True, kw_only=True):
    """What every step at the point of sale needs."""

    session: AsyncSession
    venue: StoredVenue
    now: datetime
    actor: Actor

    def terms(self, sold_at: datetime) -> Terms:
        settings = self.venue.catalog.settings
        return Terms(
            currency=self.venue.catalog.venue.currency,
            day=sold_at.astimezone(self.venue.tz).date(),
            policy=settings.credit_policy,
            free_items=settings.credits_for_free_items,
        )


class Done(Struct, frozen=True, kw_only=True):
    """The sale as it is after a step, and the entries that the step added to lots."""

    before: Sale | None
    sale: Sale
    entries: tuple[tuple[Lot, Entry], ...] = ()


async def become(till: Till, before: Sale, after: Sale, lots: Lots, what: str) -> Done:
    """Makes credits, goods and tickets what the sale now hands over, and writes it."""
    session, venue_id = till.session, till.venue.id
    hands_over = after.status in HANDS_OVER
    if hands_over:
        has_lines(after)
    owner = Cause(sale=after.id)
    at = after.sold_at if hands_over and after.is_dated else till.now
    now = claimed(lots, owner, _wanted(after) if hands_over else {}, at=at, actor=till.actor)
    if after.status == "closed":
        now = consumed(now, owner, at=at, actor=till.actor)
    standing = {line.id for line in after.lines if hands_over and line.lot is None}
    for key, lot in now.items():
        if lot.sale == after.id and lot.sale_line not in standing:
            now[key] = _taken_back(till, after, lot)
    entries = list(await write(session, venue_id, lots, now, till.now))
    if hands_over:
        entries += await _issue(till, after, {lot.sale_line for lot in lots.values() if lot.sale == after.id})

    goods = goods_of(after) if hands_over else {}
    left = goods_of(before) if before.status in HANDS_OVER else {}
    changes = {key: left.get(key, 0) - goods.get(key, 0) for key in {*goods, *left}}
    if any(changes.values()):
        await open_stock(session, venue_id, till.venue.catalog.products, till.now)
        await move_stock(
            session,
            venue_id,
            changes,
            labels=labels_of(after),
            reason=what,
            cause=owner,
            now=till.now,
            actor=till.actor,
        )
    sale = replace(after, version=before.version + 1)
    await write_sale(session, venue_id, sale, what, now=till.now, actor=till.actor)
    await print_tickets(
        session,
        venue_id,
        owner,
        tickets_of(sale) if hands_over else (),
        may_void_used=_may_end_used(till, sale),
        now=till.now,
    )
    return Done(before=before, sale=sale, entries=tuple(entries))


async def _issue(till: Till, sale: Sale, known: set[uuid.UUID | None]) -> list[tuple[Lot, Entry]]:
    """The lots of lines that have given none yet."""
    new: list[Lot] = []
    for line in sale.lines:
        if line.id not in known:
            terms = till.terms(sale.sold_at)
            new += lots_sold(sale, line, terms, till.venue.tz, position=len(new), actor=till.actor)
    await add_lots(till.session, till.venue.id, new, till.now)
    return [(lot, lot.entries[0]) for lot in new]


def _taken_back(till: Till, sale: Sale, lot: Lot) -> Lot:
    """The lot ended, because its line is; raises CreditsUsed where it was used and that is not allowed."""
    if is_used(lot) and not _may_end_used(till, sale):
        raise CreditsUsed(lot)
    return ended(
        lot,
        f"The sale was {sale.status}." if sale.status in OVER else "The line was deleted.",
        at=till.now,
        actor=till.actor,
    )


def _may_end_used(till: Till, sale: Sale) -> bool:
    """Whether credits and tickets end though they were used: of a sale taken back, where that is allowed."""
    return sale.status in OVER and till.venue.catalog.settings.refund_used_packages


def _wanted(sale: Sale) -> dict[tuple[uuid.UUID, uuid.UUID, str], Want]:
    return {
        (line.lot, line.id, line.product): Want(count=line.quantity, until=sale.sold_at)
        for line in sale.lines
        if line.lot is not None
    }


async def lots_for(till: Till, sale: Sale) -> Lots:
    """The customer's lots and those that the sale sold, locked."""
    mine = CreditLot.sale_id == sale.id
    of = mine if sale.customer is None else or_(mine, CreditLot.customer_id == sale.customer)
    currency = till.venue.catalog.venue.currency
    return await lots_where(till.session, till.venue.id, currency, of, lock=True)


def held_by(lots: Lots, sale: Sale) -> dict[uuid.UUID, tuple[int, ...]]:
    return {key: lot.held(Cause(sale=sale.id), "reserved") for key, lot in lots.items()}
