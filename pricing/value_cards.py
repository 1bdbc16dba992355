"""Paying with a gift card: the provider of payments by `value_card`. The reference is the id of its lot."""

import uuid

from sqlalchemy import column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.actors import Actor
from catalog.errors import Conflict, NotFound
from catalog.queries import load_venue_by_id
from pricing.credits import CreditLot
from pricing.ledger import lots_where, write
from pricing.lots import Cause, CreditGone, Lot, moved
from pricing.money import as_text
from pricing.payments import Payment
from pricing.providers import PROVIDERS
from pricing.sales import SaleRow

_ORDERS = table("orders", column("venue_id"), column("id"), column("customer_id"))


class ForeignCredit(Conflict):
    """The credit belongs to another customer."""

    code = "foreign_credit"


class GiftCards:
    """Takes money from a card and puts it back; a card with an owner pays for that customer alone."""

    async def carry_out(self, session: AsyncSession, payment: Payment) -> str:
        """The id of the card. Raises NotFound, ForeignCredit, CreditGone, and Conflict for no gift card."""
        unknown = NotFound("There is no such value card: give the id of its lot as `reference`.")
        try:
            lot_id = uuid.UUID(payment.reference)
        except ValueError:
            raise unknown from None
        currency = (await load_venue_by_id(session, payment.venue_id)).catalog.venue.currency
        lots = await lots_where(session, payment.venue_id, currency, CreditLot.id == lot_id, lock=True)
        if lot_id not in lots:
            raise unknown
        lot = lots[lot_id]
        if lot.customer is not None and lot.customer != await _customer(session, payment):
            raise ForeignCredit(f"“{lot.sold_name}” belongs to another customer and cannot pay for this.")
        await write(session, payment.venue_id, lots, {lot_id: after_payment(lot, payment)}, payment.at)
        return str(lot_id)


def after_payment(lot: Lot, payment: Payment) -> Lot:
    """The card when it has paid; a negative amount goes back to it, no more than it paid for the same."""
    if not lot.is_money:
        raise Conflict(f"“{lot.sold_name}” holds times, not money: use it as a credit.", code="no_gift_card")
    actor = Actor(
        key=payment.actor_key,
        role=payment.actor_role,
        name=payment.actor_name,
        address=payment.actor_address,
    )
    subject = (payment.sale_id, payment.order_id)
    cause = Cause(sale=payment.sale_id, order=payment.order_id, payment=payment.id)
    amount = abs(payment.amount)
    if payment.amount < 0:
        spent = sum(
            e.quantity * (1 if e.target == "used" else -1)
            for e in lot.entries
            if (e.cause.sale, e.cause.order) == subject and "used" in (e.source, e.target)
        )
        if amount > spent:
            raise CreditGone(
                f"“{lot.sold_name}” has paid {spent} of this, and {amount} cannot go back to it."
            )
        return moved(
            lot, "return", "used", "remaining", amount=amount, at=payment.at, actor=actor, cause=cause
        )
    if not lot.is_valid(payment.at):
        raise CreditGone(f"“{lot.sold_name}” is not valid any more.", code="credit_expired")
    if amount > lot.remaining:
        left = as_text(lot.remaining, lot.currency)
        raise CreditGone(f"“{lot.sold_name}” has {left} {lot.currency} left, less than {amount}.")
    return moved(lot, "use", "remaining", "used", amount=amount, at=payment.at, actor=actor, cause=cause)


async def _customer(session: AsyncSession, payment: Payment) -> uuid.UUID | None:
    if payment.sale_id is not None:
        wanted = select(SaleRow.customer_id).where(
            SaleRow.venue_id == payment.venue_id, SaleRow.id == payment.sale_id
        )
        return await session.scalar(wanted)
    order = select(_ORDERS.c.customer_id).where(
        _ORDERS.c.venue_id == payment.venue_id, _ORDERS.c.id == payment.order_id
    )
    found: uuid.UUID | None = await session.scalar(order)
    return found


PROVIDERS["value_card"] = GiftCards()
