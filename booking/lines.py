"""An order as one value: lines, guests, adjustments, bookings and the resources they hold.

It is what is read, what a change is computed from and to, what is shown, and what a version keeps.
Instants are minutes since the epoch (catalog.times).
"""

import uuid
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from catalog.specs import AsSold
from pricing.fees import Fee

Status = Literal["held", "confirmed", "cancelled"]


class Guest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the participants of a line. The number is for life and never given twice.

    `email`: where the guest's own part is written to; `note`: diet and wishes, in the guest's words.
    """

    number: int
    name: str = ""
    email: str = ""
    note: str = ""
    required: dict[str, str] = {}
    preferred: dict[str, str] = {}
    choices: dict[str, str] = {}


class DayTime(Struct, frozen=True):
    """A wall-clock time relative to the order: day 1 is the local date of the line's start.

    `day` may be 0 or less (a booking that stayed behind); `minutes` after midnight, 0 … 1439. `second`: of
    a time that comes twice on that date.
    """

    day: int
    minutes: int
    second: bool = False


class Adjustment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What staff made of a component of this line.

    `difference` is kept when the participants change (S3-35); `excluded` guests do not attend;
    `start` replaces the component's start rule for sessions without an adjusted start of their own;
    a `cancelled` component does not come back; `unit_price`, set by a manager, wins over every price;
    `duration_minutes` replaces the product's, or the end of a stay.
    """

    difference: int = 0
    excluded: tuple[int, ...] = ()
    start: DayTime | None = None
    message: str = ""
    cancelled: bool = False
    unit_price: Decimal | None = None
    duration_minutes: int | None = None


class Allocation(Struct, frozen=True, kw_only=True):
    """A resource held by a booking for an interval, buffers included. `need` is the index in the product's
    needs.

    `resource` is the one chosen; what it holds of a divisible hall is every leaf (catalog.opening.leaves).
    `places` counts guests for shared use and is 1 otherwise.
    """

    resource: str
    pool: str
    need: int
    use: Literal["exclusive", "seated", "shared"]
    places: int
    start: int
    end: int


class Booking(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One session of a service, or one delivery of goods.

    `start` is None for goods without a time, `end` is None for all goods. `quantity`: guests of the session,
    1 for a `one` component, portions of goods. `adjusted` is the start that staff gave this very booking.
    `sequence` counts the changes of time or place (RFC 5545, 3.8.7.4).
    """

    id: uuid.UUID
    component: str
    product: str
    goods: bool = False
    guests: tuple[int, ...] = ()
    quantity: int = 1
    start: int | None = None
    end: int | None = None
    status: Status = "confirmed"
    message: str = ""
    locked: bool = False
    adjusted: DayTime | None = None
    place: str | None = None
    overrides: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sequence: int = 0
    allocations: tuple[Allocation, ...] = ()

    @property
    def active(self) -> bool:
        return self.status != "cancelled"


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One package or single product on an order, for its own guests. `discount`: off this line alone.

    `next_guest` is the number that the next newcomer gets. `start` is the instant S of placement.md.
    """

    id: uuid.UUID
    position: int
    sold: AsSold
    start: int
    guests: tuple[Guest, ...]
    next_guest: int
    adjustments: dict[str, Adjustment] = {}
    bookings: tuple[Booking, ...] = ()
    status: Status = "confirmed"
    discount: dict[str, Any] | None = None

    @property
    def participants(self) -> int:
        return len(self.guests)


class Order(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything about an order. `price` is the quote as sent (pricing.quote.Price as plain JSON values).

    `fees` are owed beside it. `held_until` is a timestamp: seconds since the epoch, for a hold does not end
    on a whole minute. `use_credits`: the customer's credits pay for what they cover.
    """

    id: uuid.UUID
    number: int = 0
    version: int = 1
    status: Status = "confirmed"
    held_until: float | None = None
    customer: uuid.UUID | None = None
    tier: str | None = None
    note: str = ""
    discount: dict[str, Any] | None = None
    lines: tuple[Line, ...]
    price: dict[str, Any]
    total: Decimal
    fees: tuple[Fee, ...] = ()
    optimal: bool = True
    feed_token: str = ""
    use_credits: bool = False

    @property
    def bookings(self) -> tuple[Booking, ...]:
        return tuple(b for line in self.lines for b in line.bookings)
