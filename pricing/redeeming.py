"""One lot by itself: used without a sale, and corrected by a manager. The caller commits."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import Invalid, NotFound, Problem
from catalog.specs import Key, Text
from catalog.venues import Venue
from pricing.becoming import Till
from pricing.credits import CreditLot
from pricing.entering import Body, Units, When
from pricing.ledger import lots_where, write
from pricing.lots import CreditGone, Lot, moved, said, with_validity
from pricing.money import is_exact
from pricing.stock_service import move_stock, open_stock
from pricing.till import ReadMoment, moment_of
from pricing.value_cards import ForeignCredit

MOST = 10_000


class RedeemRequest(Body, frozen=True, kw_only=True):
    """So many times, of a product where the lot covers several; of a gift card an `amount`.

    `customer`: refused where the lot belongs to somebody else. `at`: when it was; in the past for managers.
    """

    quantity: Units | UnsetType = UNSET
    amount: Decimal | UnsetType = UNSET
    product: Key | None = None
    customer: uuid.UUID | None = None
    at: When | None = None
    note: Text = ""


class LotChangeRequest(Body, frozen=True, kw_only=True):
    """What a manager makes of a lot, and why. `valid_until`: the exclusive end, null for no end."""

    valid_until: When | None | UnsetType = UNSET
    remaining: int | Decimal | UnsetType = UNSET
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


async def locate_lot(session: AsyncSession, organisation_id: uuid.UUID, lot_id: uuid.UUID) -> uuid.UUID:
    """The venue of a lot of the organisation; raises NotFound."""
    venues = select(Venue.id).where(Venue.organisation_id == organisation_id)
    found = select(CreditLot.venue_id).where(CreditLot.venue_id.in_(venues), CreditLot.id == lot_id)
    venue = await session.scalar(found)
    if venue is None:
        raise NotFound("There is no such lot.")
    return venue


async def redeem_lot(till: Till, lot_id: uuid.UUID, asked: RedeemRequest, read: ReadMoment) -> Lot:
    """Uses it at once; goods leave the shelf (S0-11). Raises CreditGone, ForeignCredit, OutOfStock."""
    at = till.now if asked.at is None else moment_of(till, read(asked.at), "at")
    lot = await _locked(till, lot_id)
    if asked.customer is not None and lot.customer not in (None, asked.customer):
        raise ForeignCredit(f"“{lot.sold_name}” belongs to another customer.")
    if not lot.is_valid(at):
        raise CreditGone(_out_of_time(lot, at, till), code="credit_expired")
    told: dict[str, Any] = {"at": at, "actor": till.actor, "reason": asked.note}
    if lot.is_money:
        now = moved(lot, "use", "remaining", "used", amount=_amount(lot, asked), **told)
    else:
        now = await _times(till, lot, at, asked, told)
    await write(till.session, till.venue.id, {lot.id: lot}, {lot.id: now}, till.now)
    return now


async def adjust_lot(till: Till, lot_id: uuid.UUID, asked: LotChangeRequest, read: ReadMoment) -> Lot:
    """The lot with another end or another number left, as entries with the reason."""
    before = lot = await _locked(till, lot_id)
    told: dict[str, Any] = {"at": till.now, "actor": till.actor, "reason": asked.reason}
    if asked.valid_until is not UNSET:
        lot = with_validity(lot, None if asked.valid_until is None else read(asked.valid_until), **told)
    if asked.remaining is not UNSET:
        lot = _with_remaining(lot, Decimal(asked.remaining), told)
    if lot is before:
        raise _invalid("remaining", "Say what is to change: `valid_until` or `remaining`.")
    await write(till.session, till.venue.id, {lot.id: before}, {lot.id: lot}, till.now)
    return lot


async def _times(till: Till, lot: Lot, at: datetime, asked: RedeemRequest, told: dict[str, Any]) -> Lot:
    if asked.amount is not UNSET:
        raise _invalid("amount", f"“{lot.sold_name}” holds times, not money: give a `quantity`.")
    product = asked.product or (lot.products[0] if len(lot.products) == 1 else None)
    if product is None:
        raise _invalid("product", f"Say which of {', '.join(lot.products)} it is used for.")
    if product not in lot.products:
        raise CreditGone(f"“{lot.sold_name}” is for {', '.join(lot.products)}, not for “{product}”.")
    count = 1 if asked.quantity is UNSET else asked.quantity
    units = lot.usable(at)[:count]
    if len(units) < count:
        raise CreditGone(f"“{lot.sold_name}” has {said(lot.remaining)} left, and {count} are needed.")
    late = [u for u in units if u in lot.units_in("expired")]
    if late:
        lot = moved(lot, "return", "expired", "remaining", late, **(told | {"reason": "It was valid then."}))
    await open_stock(till.session, till.venue.id, till.venue.catalog.products, till.now)
    await move_stock(
        till.session,
        till.venue.id,
        {product: -count},
        labels={p.key: p.label for p in till.venue.catalog.products},
        reason="Redeemed.",
        now=till.now,
        actor=till.actor,
    )
    return moved(lot, "use", "remaining", "used", units, product=product, **told)


def _amount(lot: Lot, asked: RedeemRequest) -> Decimal:
    if asked.amount is UNSET or asked.quantity is not UNSET:
        raise _invalid("amount", f"“{lot.sold_name}” holds money: give an `amount`, not a quantity.")
    if asked.amount <= 0 or not is_exact(asked.amount, lot.currency):
        raise _invalid("amount", f"{asked.amount} is not an amount of {lot.currency} above 0.")
    return asked.amount


def _with_remaining(lot: Lot, wanted: Decimal, told: dict[str, Any]) -> Lot:
    is_sound = is_exact(wanted, lot.currency) if lot.is_money else wanted == int(wanted) and wanted <= MOST
    if wanted < 0 or not is_sound:
        units = f"an amount of {lot.currency}" if lot.is_money else f"a whole number up to {MOST}"
        raise _invalid("remaining", f"What remains of “{lot.sold_name}” is {units}, 0 or more: {wanted}.")
    change = wanted - lot.remaining
    if lot.is_money:
        if change > 0:
            return moved(lot, "adjust", "outside", "remaining", amount=change, **told)
        return moved(lot, "adjust", "remaining", "outside", amount=-change, **told)
    if change > 0:
        first = max(lot.places, default=0) + 1
        return moved(lot, "adjust", "outside", "remaining", range(first, first + int(change)), **told)
    return moved(lot, "adjust", "remaining", "outside", lot.units_in("remaining")[int(wanted) :], **told)


async def _locked(till: Till, lot_id: uuid.UUID) -> Lot:
    currency = till.venue.catalog.venue.currency
    found = await lots_where(till.session, till.venue.id, currency, CreditLot.id == lot_id, lock=True)
    if lot_id not in found:
        raise NotFound("There is no such lot.")
    return found[lot_id]


def _out_of_time(lot: Lot, at: datetime, till: Till) -> str:
    if at < lot.bought_at:
        return f"“{lot.sold_name}” had not been bought by then."
    until = lot.valid_until
    last = "" if until is None else f" Its last valid moment was before {until.astimezone(till.venue.tz)}."
    return f"“{lot.sold_name}” is not valid any more.{last} A manager may extend it."


def _invalid(path: str, sentence: str) -> Invalid:
    return Invalid(sentence, problems=(Problem(path, sentence),))
