"""Which credits cover which units (S1-10, S1-12, S1-14): the oldest lot, its cheapest unit, and again."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from pricing.lots import Lot

Policy = Literal["first_bought", "first_to_expire"]
_NEVER = datetime.max.replace(tzinfo=UTC)


class Item(Struct, frozen=True, kw_only=True):
    """So many units of a product at a price each, after discounts. `line`: its place; ties go to the first.

    A credit covers it that was bought by `since` and is valid at `until`: the instant of a sale, or, for a
    booking, the present instant and the day of the service. `mine`: credits of each lot held for it already.
    """

    line: int
    product: str
    quantity: int
    unit_price: Fraction
    since: datetime
    until: datetime


class Cover(Struct, frozen=True, kw_only=True):
    """These credits of the lot cover as many units of the line."""

    line: int
    lot: uuid.UUID
    units: tuple[int, ...]


def covers(lot: Lot, item: Item) -> bool:
    """Whether the lot is for this product (S1-4), was bought by then and is still valid (S1-5, S0-9)."""
    return (
        item.product in lot.products
        and lot.bought_at <= item.since
        and (lot.valid_until is None or item.until < lot.valid_until)
    )


def in_order(lots: Iterable[Lot], policy: Policy) -> list[Lot]:
    """The first bought first, whatever the expiry dates (S1-12); or the first to expire."""

    def key(lot: Lot) -> tuple[datetime, datetime, int, uuid.UUID]:
        ends = (lot.valid_until or _NEVER) if policy == "first_to_expire" else _NEVER
        return ends, lot.bought_at, lot.position, lot.id

    return sorted(lots, key=key)


def plan(
    items: Sequence[Item],
    lots: Iterable[Lot],
    *,
    policy: Policy,
    free_items: bool,
    held: dict[uuid.UUID, tuple[int, ...]] | None = None,
) -> tuple[Cover, ...]:
    """What is covered by which credits: the dry run of every sale and booking.

    Take the oldest lot that covers any uncovered unit, cover its cheapest unit, repeat. `held`: credits of a
    lot that may be taken though they are not free, because the same sale or order holds them. An item priced
    0 takes none unless `free_items` (S1-10).
    """
    left = {i: item.quantity for i, item in enumerate(items) if item.unit_price > 0 or free_items}
    cheapest = sorted(left, key=lambda i: (items[i].unit_price, items[i].line))
    out = []
    for lot in in_order(lots, policy):
        free = sorted({*lot.units_in("remaining", "expired"), *(held or {}).get(lot.id, ())})
        for i in cheapest:
            if free and left[i] and covers(lot, items[i]):
                taken, free = free[: left[i]], free[left[i] :]
                left[i] -= len(taken)
                out.append(Cover(line=items[i].line, lot=lot.id, units=tuple(taken)))
    return tuple(out)
