"""The credits that an order gives the customer: lots that follow it as long as nobody has used them.

A booked package may hold value cards and series. Nothing is read or written here.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from catalog.errors import Conflict
from catalog.ids import new_id
from pricing.claims import ended
from pricing.lots import Cause, Entry, Lot, first_entry, moved, restated
from pricing.money import as_text

Told = dict[str, Any]
"""`at` and `actor` of the entries."""


class CreditsUsed(Conflict):
    """What a sale or an order gave has been used since (S2-10, S1-9)."""

    code = "credits_used"

    def __init__(self, lot: Lot) -> None:
        super().__init__(
            f"“{lot.sold_name}” cannot be taken back: of what it gave some has been used. "
            "Take back first what used it."
        )


class Right(Struct, frozen=True, kw_only=True):
    """A lot that a component of an order's line gives: times of one of `products`, or money."""

    line: uuid.UUID
    component: str
    sold_as: str
    sold_name: str
    products: tuple[str, ...]
    quantity: Decimal
    price: Decimal
    valid_days: int | None
    commission_base: str

    @property
    def what(self) -> tuple[object, ...]:
        return self.line, self.component, self.products, self.quantity


class Giver(Struct, frozen=True, kw_only=True):
    """The order that gives; `ends`: of credits issued now, by their days of validity."""

    order: uuid.UUID
    customer: uuid.UUID | None
    currency: str
    ends: Mapping[int | None, datetime | None]
    may_end_used: bool


def following(
    lots: Mapping[uuid.UUID, Lot], rights: Sequence[Right], giver: Giver, told: Told
) -> tuple[dict[uuid.UUID, Lot], list[Lot]]:
    """The order's lots as they follow it now, and those that are new.

    A lot that is not wanted ends, the last first, and comes back where it is wanted again. Customer and price
    follow the order while nothing of a lot is used. Raises CreditsUsed.
    """
    now = dict(lots)
    new: list[Lot] = []
    wanted: dict[tuple[object, ...], list[Right]] = {}
    for right in rights:
        wanted.setdefault(right.what, []).append(right)
    known: dict[tuple[object, ...], list[Lot]] = {what: [] for what in wanted}
    for lot in sorted(lots.values(), key=lambda lot: (lot.position, lot.id)):
        known.setdefault((lot.order_line, lot.component, lot.products, lot.quantity), []).append(lot)
    for what, there in known.items():
        asked = wanted.get(what, [])
        kept = _kept(there, len(asked))
        for lot in there:
            if lot not in kept and not is_withdrawn(lot):
                now[lot.id] = _withdrawn(lot, giver, told)
        for lot, right in zip(kept, asked, strict=False):
            now[lot.id] = _brought_up_to_date(lot, right, giver, told)
        for right in asked[len(kept) :]:
            new.append(_issued(right, giver, len(lots) + len(new), told))
    return now, new


def is_used(lot: Lot) -> bool:
    """Whether anything of it is used, or reserved to be."""
    return bool(lot.used or lot.reserved)


def is_withdrawn(lot: Lot) -> bool:
    """Whether the order that gave it took it back."""
    last = next((entry for entry in reversed(lot.entries) if _by_its_order(lot, entry)), None)
    return last is not None and last.target == "outside"


def _by_its_order(lot: Lot, entry: Entry) -> bool:
    return lot.order is not None and entry.cause.order == lot.order and entry.kind == "adjust"


def _kept(there: Sequence[Lot], count: int) -> list[Lot]:
    """Which lots stay: those that were used, then those that stand, then those that come back."""
    best = sorted(there, key=lambda lot: (not is_used(lot), is_withdrawn(lot)))
    return [lot for lot in there if lot in best[:count]]


def _withdrawn(lot: Lot, giver: Giver, told: Told) -> Lot:
    if is_used(lot) and not giver.may_end_used:
        raise CreditsUsed(lot)
    return ended(lot, "The order does not give it any more.", cause=_cause(lot, giver), **told)


def _brought_up_to_date(lot: Lot, right: Right, giver: Giver, told: Told) -> Lot:
    cause = _cause(lot, giver)
    if is_withdrawn(lot):
        lot = _returned(lot, cause, told)
    if lot.customer != giver.customer:
        if is_used(lot):
            raise CreditsUsed(lot)
        why = "The order has another customer."
        lot = restated(lot, customer=giver.customer, price=lot.price, cause=cause, reason=why, **told)
    if lot.price != right.price and not is_used(lot):
        why = f"It costs {as_text(right.price, lot.currency)} now."
        lot = restated(lot, customer=lot.customer, price=right.price, cause=cause, reason=why, **told)
    return lot


def _returned(lot: Lot, cause: Cause, told: Told) -> Lot:
    """With what the order took back of it last."""
    back: list[Entry] = []
    for entry in reversed(lot.entries):
        if not _by_its_order(lot, entry) or entry.target != "outside":
            break
        back.append(entry)
    units = sorted(unit for entry in back for unit in entry.units)
    amount = sum((entry.quantity for entry in back), Decimal(0))
    why = "The order gives it again."
    return moved(lot, "adjust", "outside", "remaining", units, amount, cause=cause, reason=why, **told)


def _issued(right: Right, giver: Giver, position: int, told: Told) -> Lot:
    lot = Lot(
        id=new_id(),
        customer=giver.customer,
        sold_as=right.sold_as,
        sold_name=right.sold_name,
        products=right.products,
        quantity=right.quantity,
        price=right.price,
        currency=giver.currency,
        bought_at=told["at"],
        position=position,
        commission_base=right.commission_base,
        order=giver.order,
        order_line=right.line,
        component=right.component,
    )
    return first_entry(lot, giver.ends[right.valid_days], cause=_cause(lot, giver), **told)


def _cause(lot: Lot, giver: Giver) -> Cause:
    return Cause(order=giver.order, line=lot.order_line)
