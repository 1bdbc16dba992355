"""The point of sale: open, change, save, close, void, refund and pay a sale (S0, S1, S2). The caller commits.

Each step says what the sale becomes; what follows of that is `pricing.becoming`.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from msgspec import UNSET
from msgspec.structs import replace

from catalog.base import new_id
from catalog.errors import Conflict, Invalid, NotAllowed, Problem, Stale
from pricing.becoming import OVER, Done, Till, become, held_by, lots_for
from pricing.claims import Lots
from pricing.entering import (
    RefundRequest,
    SaleChangeRequest,
    SaleRequest,
    entered_lines,
    needs_a_customer,
    unknown_customer,
)
from pricing.handover import within_bounds
from pricing.lots import CreditGone
from pricing.money import rounded
from pricing.paying import Owed, PaymentRequest, RefundTooLarge
from pricing.payments import Payment
from pricing.queries import find_customer, payments_of
from pricing.sale import Sale, composed
from pricing.sale_store import load_sale, write_sale
from pricing.service import record_payment

ReadMoment = Callable[[str], datetime]


async def open_sale(till: Till, asked: SaleRequest, read: ReadMoment) -> Done:
    """A new sale; with `use_credits` as it would be saved, though nothing is reserved."""
    sold_at = till.now if asked.sold_at is None else moment_of(till, read(asked.sold_at), "sold_at")
    sale = Sale(
        id=new_id(),
        sold_at=sold_at.astimezone(till.venue.tz),
        is_dated=asked.sold_at is not None,
        use_credits=asked.use_credits,
        created_at=till.now,
    )
    sale = await _of_customer(till, sale, asked.customer)
    day = till.terms(sale.sold_at).day
    lines, sold = entered_lines(sale, asked.lines, till.venue.catalog, day=day)
    sale = replace(sale, entered=lines, sold=sold)
    needs_a_customer(sale)
    within_bounds(sale)
    sale = composed(sale, till.terms(sale.sold_at), await lots_for(till, sale))
    dated = f", dated {sale.sold_at.isoformat()}" if sale.is_dated else ""
    await write_sale(till.session, till.venue.id, sale, f"Opened{dated}.", now=till.now, actor=till.actor)
    return Done(before=None, sale=sale)


async def change_sale(
    till: Till, sale_id: uuid.UUID, asked: SaleChangeRequest, read: ReadMoment, if_match: int | None
) -> Done:
    """What is given changes. Of a saved sale the lines and `use_credits`: its customer and date stand."""
    before = await _present(till, sale_id, if_match)
    if before.status not in ("open", "saved"):
        raise Conflict(f"The sale is {before.status}, and cannot be changed any more.", code=before.status)
    sale = before
    if before.status == "saved" and (asked.customer is not UNSET or asked.sold_at is not UNSET):
        raise Conflict(
            "The sale is saved: its customer and its date stand. Void it and enter it again.", code="saved"
        )
    if asked.customer is not UNSET:
        sale = await _of_customer(till, sale, asked.customer)
    if asked.sold_at is not UNSET:
        at = moment_of(till, read(asked.sold_at), "sold_at").astimezone(till.venue.tz)
        sale = replace(sale, sold_at=at, is_dated=True)
    if asked.use_credits is not UNSET:
        sale = replace(sale, use_credits=asked.use_credits)
    if asked.lines is not UNSET:
        day = till.terms(sale.sold_at).day
        lines, sold = entered_lines(sale, asked.lines, till.venue.catalog, day=day)
        sale = replace(sale, entered=lines, sold=sold)
    needs_a_customer(sale)
    within_bounds(sale)
    lots = await lots_for(till, sale)
    sale = composed(sale, till.terms(sale.sold_at), lots, held_by(lots, sale))
    return await become(till, before, sale, lots, "Changed.")


async def save_sale(till: Till, sale_id: uuid.UUID, if_match: int | None) -> Done:
    """Reserves the credits and hands over the goods; a sale that is saved already is left as it is."""
    before = await _present(till, sale_id, if_match)
    if before.status == "saved":
        return Done(before=before, sale=before)
    if before.status != "open":
        raise Conflict(f"The sale is {before.status} already.", code=before.status)
    sale, lots = await _as_saved(till, before)
    return await become(till, before, replace(sale, status="saved"), lots, "Saved.")


async def close_sale(till: Till, sale_id: uuid.UUID, if_match: int | None) -> Done:
    """Consumes the credits; an open sale is saved first. What is unpaid stays due."""
    before = await _present(till, sale_id, if_match)
    if before.status not in ("open", "saved"):
        how = "closed already; a sale is closed once" if before.status == "closed" else before.status
        raise Conflict(f"The sale is {how}.", code=before.status)
    if before.status == "open":
        sale, lots = await _as_saved(till, before)
    else:
        sale, lots = before, await lots_for(till, before)
    return await become(till, before, replace(sale, status="closed"), lots, "Closed.")


async def void_sale(till: Till, sale_id: uuid.UUID, if_match: int | None) -> Done:
    """As if it had never been: credits, goods and money go back. One that is voided is left as it is."""
    before = await _present(till, sale_id, if_match)
    if before.status == "voided":
        return Done(before=before, sale=before)
    if before.status == "refunded":
        raise Conflict("The sale is refunded already.", code="refunded")
    done = await become(
        till, before, replace(before, status="voided"), await lots_for(till, before), "Voided."
    )
    await _pay_back(till, done.sale, None, RefundRequest())
    return done


async def refund_sale(till: Till, sale_id: uuid.UUID, asked: RefundRequest, if_match: int | None) -> Done:
    """Takes a closed sale back: what it gave ends, what it used comes back, and what was paid is paid back.

    Raises CreditsUsed where what it sold was used and the venue's settings do not allow that (S1-9), and
    RefundTooLarge.
    """
    before = await _present(till, sale_id, if_match)
    if before.status != "closed":
        hint = ": it is voided rather than refunded" if before.status in ("open", "saved") else ""
        raise Conflict(f"The sale is {before.status}{hint}.", code=f"is_{before.status}")
    why = f" {asked.reason}" if asked.reason else ""
    lots = await lots_for(till, before)
    done = await become(till, before, replace(before, status="refunded"), lots, f"Refunded.{why}")
    await _pay_back(till, done.sale, asked.amount, asked)
    return done


async def pay_sale(till: Till, sale_id: uuid.UUID, asked: PaymentRequest, if_match: int | None) -> Done:
    """Records a payment, or with a negative amount what is paid back of one."""
    before = await _present(till, sale_id, if_match)
    if before.status in OVER:
        raise Conflict(f"The sale is {before.status}: nothing is paid for it any more.", code=before.status)
    payment = await _record(till, before, asked)
    sale = replace(before, version=before.version + 1)
    verb = "Paid" if payment.amount > 0 else "Paid back"
    what = f"{verb} {abs(payment.amount)} by {payment.method.replace('_', ' ')}."
    await write_sale(till.session, till.venue.id, sale, what, now=till.now, actor=till.actor)
    return Done(before=before, sale=sale)


async def _as_saved(till: Till, before: Sale) -> tuple[Sale, Lots]:
    """The open sale as of now, its lots locked; raises CreditGone where they cover less than was shown."""
    sale = before if before.is_dated else replace(before, sold_at=till.now.astimezone(till.venue.tz))
    lots = await lots_for(till, sale)
    sale = composed(sale, till.terms(sale.sold_at), lots)
    for line in before.entered:
        if _covered(sale, line.id) < _covered(before, line.id):
            label = sale.product_of(line).label
            raise CreditGone(
                f"The credits for “{label}” are not there any more: somebody else has used them, or they "
                "have ended. Change the sale to see what it costs now."
            )
    return sale, lots


def _covered(sale: Sale, entered: uuid.UUID) -> int:
    return sum(line.quantity for line in sale.lines if line.entered == entered and line.lot is not None)


async def _present(till: Till, sale_id: uuid.UUID, if_match: int | None) -> Sale:
    sale = await load_sale(till.session, till.venue.id, sale_id, lock=True)
    if if_match is not None and if_match != sale.version:
        raise Stale(f"The sale has changed: its version is {sale.version} now.")
    return sale


async def _of_customer(till: Till, sale: Sale, customer_id: uuid.UUID | None) -> Sale:
    if customer_id is None:
        return replace(sale, customer=None, tier=None)
    customer = await find_customer(till.session, till.venue.id, customer_id)
    if customer is None:
        raise unknown_customer()
    return replace(sale, customer=customer.id, tier=customer.tier)


def moment_of(till: Till, at: datetime, path: str) -> datetime:
    """When something took place: now, or for managers earlier; raises Invalid and NotAllowed."""
    if at > till.now:
        sentence = "This is in the future, and it has not taken place yet."
        raise Invalid(sentence, problems=(Problem(path, sentence),), code="in_the_future")
    if not till.actor.is_manager:
        raise NotAllowed("Only managers may date something back.")
    return at


# --- money


def owed(sale: Sale, currency: str) -> Owed:
    """What the sale costs, by rate: nothing once it was taken back."""
    if sale.status in OVER:
        return Owed(amount=rounded(Decimal(0), currency))
    return Owed(amount=sale.total, taxes=sale.taxes)


async def _record(till: Till, sale: Sale, asked: PaymentRequest) -> Payment:
    currency = till.venue.catalog.venue.currency
    return await record_payment(
        till.session, till.venue, asked, owed(sale, currency), sale_id=sale.id, now=till.now, actor=till.actor
    )


async def _pay_back(till: Till, sale: Sale, amount: Decimal | None, how: RefundRequest) -> None:
    """Pays back so much of what was paid (None: all): as `how` says, else as it was paid, the last first."""
    currency = till.venue.catalog.venue.currency
    paid: dict[tuple[str, str], Decimal] = {}
    for payment in await payments_of(till.session, till.venue.id, sale_id=sale.id):
        key = (payment.method, payment.reference)
        paid[key] = paid.get(key, Decimal(0)) + payment.amount
    whole = sum(paid.values(), Decimal(0))
    left = whole if amount is None else amount
    if left < 0:
        sentence = f"What is paid back is an amount, 0 or more: {left}."
        raise Invalid(sentence, problems=(Problem("amount", sentence),))
    if left > whole:
        raise RefundTooLarge(f"{left} {currency} cannot be paid back: {whole} {currency} have been paid.")
    if how.method is not None and left:
        await _record(till, sale, PaymentRequest(amount=-left, method=how.method, reference=how.reference))
        return
    for (method, reference), part in reversed(paid.items()):
        back = min(left, part)
        if back > 0:
            left -= back
            asked = PaymentRequest(amount=-back, method=method, reference=reference)  # type: ignore[arg-type]
            await _record(till, sale, asked)
