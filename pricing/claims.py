"""The credits that a sale or an order holds: made to be what it wants, used when it is done, given back."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from catalog.actors import Actor
from pricing.lots import NOTHING, Account, Cause, CreditGone, Lot, moved, said

Lots = dict[uuid.UUID, Lot]
HELD: tuple[Account, ...] = ("reserved", "used")


Wanted = Mapping[tuple[uuid.UUID, uuid.UUID, str], "Want"]
"""By lot, line of the sale or order, and product."""


class Want(Struct, frozen=True, kw_only=True):
    """So many credits, valid at `until`."""

    count: int
    until: datetime


def claimed(
    lots: Mapping[uuid.UUID, Lot],
    owner: Cause,
    wanted: Wanted,
    *,
    at: datetime,
    actor: Actor,
) -> Lots:
    """The lots when the owner holds exactly what it wants of each, and no more.

    What it holds already stays with it. What it gives back, used or not, is free for others at once; where
    that has expired the periodic task ends it. Raises CreditGone where there are too few.
    """
    now = dict(lots)
    for key, lot in now.items():
        for line, product in _uses(lot, owner):
            cause = replace(owner, line=line)
            want = wanted.get((key, line, product))
            kept = want.count if want is not None else 0
            for account in HELD:
                mine = now[key].held(cause, account, product=product)
                surplus, kept = mine[kept:], max(0, kept - len(mine))
                if surplus:
                    now[key] = moved(
                        now[key], "return", account, "remaining", surplus, at=at, actor=actor, cause=cause
                    )
    for (key, line, product), want in wanted.items():
        cause = replace(owner, line=line)
        if key not in now:
            raise CreditGone("A credit that was to pay for this does not exist any more.")
        more = want.count - len(now[key].held(cause, "reserved", "used", product=product))
        if more > 0:
            now[key] = _reserved(now[key], more, product, want.until, cause, at=at, actor=actor)
    return now


def _reserved(
    lot: Lot, count: int, product: str, until: datetime, cause: Cause, *, at: datetime, actor: Actor
) -> Lot:
    """With so many more of its credits reserved, though they have expired since the sale took place."""
    is_valid = lot.valid_until is None or until < lot.valid_until
    free = lot.units_in("remaining", "expired")[:count] if is_valid else ()
    if product not in lot.products or len(free) < count:
        raise CreditGone(
            f"“{lot.sold_name}” has {said(lot.remaining)} left for “{product}”, and {count} are needed: "
            "somebody else has used them, or they have ended."
        )
    late = [u for u in free if u in lot.units_in("expired")]
    told: dict[str, Any] = {"at": at, "actor": actor, "cause": cause, "product": product}
    if late:
        lot = moved(lot, "return", "expired", "remaining", late, reason="It was valid then.", **told)
    return moved(lot, "reserve", "remaining", "reserved", free, **told)


def consumed(lots: Mapping[uuid.UUID, Lot], owner: Cause, *, at: datetime, actor: Actor) -> Lots:
    """The lots with all that the owner has reserved used."""
    now = dict(lots)
    for key, lot in lots.items():
        for line, product in _uses(lot, owner):
            cause = replace(owner, line=line)
            units = now[key].held(cause, "reserved", product=product)
            if units:
                told: dict[str, Any] = {"at": at, "actor": actor, "cause": cause}
                now[key] = moved(now[key], "use", "reserved", "used", units, product=product, **told)
    return now


def ended(lot: Lot, reason: str, *, at: datetime, actor: Actor, cause: Cause = NOTHING) -> Lot:
    """The lot with nothing left in it: what sold it was taken back."""
    accounts: tuple[Account, ...] = ("remaining", "expired")
    for account in accounts:
        rest = lot.balance(account)
        if rest:
            units = lot.units_in(account)
            told: dict[str, Any] = {"at": at, "actor": actor, "cause": cause, "reason": reason}
            lot = moved(lot, "adjust", account, "outside", units, rest, **told)
    return lot


def _uses(lot: Lot, owner: Cause) -> list[tuple[uuid.UUID, str]]:
    """The lines and products for which the owner ever took credits of the lot."""
    found = ((e.cause.line, e.product) for e in lot.entries if _same(e.cause, owner) and e.kind == "reserve")
    return [(line, product) for line, product in dict.fromkeys(found) if line and product]


def _same(cause: Cause, owner: Cause) -> bool:
    return (cause.sale, cause.order) == (owner.sale, owner.order) != (None, None)
