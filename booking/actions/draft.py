"""What an action wants: orders as they should be, before anything is placed."""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from booking.day_rows import Day
from booking.fit import Placing
from booking.lines import Order
from booking.paying_by_credit import Credits
from booking.requests import CustomerRequest
from catalog.times import Interval


class AlreadyDone(Exception):
    """The order is what was asked for already, perhaps since a moment ago: nothing is to be written."""

    def __init__(self, order: Order) -> None:
        super().__init__(order.id)
        self.order = order


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Orders as they should be: lines with guests, starts and adjustments as desired, and the bookings of
    now.

    `before`: the orders as they are, in the same order, None for a new one. Orders that `stay` keep every
    booking where it is; `verify` refuses if it cannot stand there. `customers`: those to be made with them.
    `blocks`: intervals that are to be out of use from now on; `also` is written in the same transaction,
    in which `days` are locked.
    `concerned`: of several orders those that have to change, in as few things as possible; the others change
    only to make room, and are left out where nothing changes for them.
    `placed`: where all sessions go, found before; it is judged like a plan that is sent back.
    `finish` is applied to each order once it is placed and priced. `means`: the credits that an order may be
    paid with, by its id. The other fields are those of
    `booking.case.Asked`. `what`: a sentence for the history.
    """

    before: tuple[Order | None, ...]
    orders: tuple[Order, ...]
    what: str
    stay: bool = False
    verify: bool = False
    overrides: tuple[str, ...] = ()
    resource: dict[int, str] = field(default_factory=dict)
    require: dict[uuid.UUID, tuple[str, ...]] = field(default_factory=dict)
    keep: dict[uuid.UUID, tuple[int, ...]] = field(default_factory=dict)
    pin: tuple[uuid.UUID, ...] = ()
    moved: uuid.UUID | None = None
    customers: tuple[tuple[uuid.UUID, CustomerRequest], ...] = ()
    blocks: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    days: frozenset[Day] = frozenset()
    also: Callable[[AsyncSession], Awaitable[None]] | None = None
    concerned: frozenset[uuid.UUID] | None = None
    not_before: int | None = None
    placed: tuple[Placing, ...] | None = None
    finish: Callable[[Order], Order] | None = None
    means: Mapping[uuid.UUID, Credits] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
