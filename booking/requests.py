"""What may be asked of the engine, as values: the bodies of contract.md, checked for form and limits only."""

import uuid
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from catalog.specs import Key, Name, Text

Override = Literal["arrival", "venue_hours", "resource_hours", "waiting", "order", "wishes"]
OVERRIDES: tuple[Override, ...] = ("arrival", "venue_hours", "resource_hours", "waiting", "order", "wishes")
Language = Literal["sv", "en"]
Duration = Annotated[int, Meta(ge=1, le=100_000)]
Participants = Annotated[int, Meta(ge=1)]
GuestNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
When = Annotated[str, Meta(max_length=40)]
"""An instant with an offset, or a wall-clock time of the venue without one (catalog.times.read_start)."""


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body, or a part of one."""


class GuestWishes(Request, frozen=True, kw_only=True):
    """One guest, in the order of numbers; all fields may be absent. `email` and `note`, where unset, stay."""

    name: Name = ""
    email: Name | UnsetType = UNSET
    note: Text | UnsetType = UNSET
    required: dict[Name, Name] = {}
    preferred: dict[Name, Name] = {}
    choices: dict[Key, Key] = {}


class ComponentRequest(Request, frozen=True, kw_only=True):
    """How one component differs from the package. `start`: a wall-clock time on its day, or a date and time.

    `unit_price`: set by a manager in place of every price list; null takes that back. `duration_minutes`: of
    its sessions, in place of the product's; null takes that back.
    """

    component: Key
    quantity: Annotated[int, Meta(ge=0, le=10_000)] | UnsetType = UNSET
    start: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    guests: tuple[GuestNumber, ...] | UnsetType = UNSET
    message: Text | UnsetType = UNSET
    unit_price: Decimal | None | UnsetType = UNSET
    duration_minutes: Duration | None | UnsetType = UNSET


class CustomerRequest(Request, frozen=True, kw_only=True):
    """A new customer; an e-mail address never merges two. `language`: of mails; absent, the venue's."""

    name: Name
    email: Name = ""
    phone: Name = ""
    tier: Name | None = None
    language: Language | None = None


MOST_COMPONENTS = 1_000
MOST_LINES = 30
Components = Annotated[tuple[ComponentRequest, ...], Meta(max_length=MOST_COMPONENTS)]


class Discount(Request, frozen=True, kw_only=True):
    """Off an order or one of its lines: a percentage or an amount, with a reason."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    reason: Text = ""


class LineRequest(Request, frozen=True, kw_only=True):
    """A package or a single product, for so many, at a start."""

    package: Key | None = None
    product: Key | None = None
    participants: Participants = 1
    start: When
    resource: Key | None = None
    guests: tuple[GuestWishes, ...] = ()
    components: Components = ()
    discount: Discount | None = None


class OrderRequest(Request, frozen=True, kw_only=True):
    """`POST …/orders`: one line in short form, or `lines`."""

    package: Key | None = None
    product: Key | None = None
    participants: Participants | UnsetType = UNSET
    start: When | UnsetType = UNSET
    resource: Key | None = None
    guests: tuple[GuestWishes, ...] = ()
    components: Components = ()
    lines: Annotated[tuple[LineRequest, ...], Meta(max_length=MOST_LINES)] = ()
    hold_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None
    customer: CustomerRequest | uuid.UUID | None = None
    note: Text = ""
    discount: Discount | None = None
    use_credits: bool = False
    override: tuple[Override, ...] = ()
    plan: str | None = None


class AddLineRequest(LineRequest, frozen=True, kw_only=True):
    """`POST /orders/{id}/lines`."""

    override: tuple[Override, ...] = ()
    plan: str | None = None


class ChangeRequest(Request, frozen=True, kw_only=True):
    """`PATCH /orders/{id}` and `PATCH /lines/{id}`: what is unset stays. A line's `discount` is its own."""

    participants: Participants | UnsetType = UNSET
    remove_guests: tuple[GuestNumber, ...] = ()
    start: When | UnsetType = UNSET
    guests: tuple[GuestWishes, ...] | UnsetType = UNSET
    components: Components = ()
    customer: CustomerRequest | uuid.UUID | None | UnsetType = UNSET
    note: Text | UnsetType = UNSET
    discount: Discount | None | UnsetType = UNSET
    use_credits: bool | UnsetType = UNSET
    override: tuple[Override, ...] = ()
    plan: str | None = None


class BookingRequest(Request, frozen=True, kw_only=True):
    """`PATCH /bookings/{id}`. `duration_minutes`: of all sessions of its component."""

    start: When | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=0, le=10_000)] | UnsetType = UNSET
    duration_minutes: Duration | None | UnsetType = UNSET
    resources: tuple[Key, ...] | UnsetType = UNSET
    message: Text | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    override: tuple[Override, ...] = ()
    plan: str | None = None


class Move(Request, frozen=True, kw_only=True):
    """One booking of `POST …/moves`."""

    booking: uuid.UUID
    start: When | UnsetType = UNSET
    resources: tuple[Key, ...] | UnsetType = UNSET


class MovesRequest(Request, frozen=True, kw_only=True):
    """Several bookings at once, all or nothing: a swap of two rooms."""

    moves: Annotated[tuple[Move, ...], Meta(min_length=1, max_length=200)]
    override: tuple[Override, ...] = ()
    plan: str | None = None


class PlanRequest(Request, frozen=True, kw_only=True):
    """The body of confirm, cancel and undo: empty, or the plan of a preview."""

    plan: str | None = None


class CancelRequest(PlanRequest, frozen=True, kw_only=True):
    """The body of a cancellation. `waive_fee`: a manager asks for nothing."""

    waive_fee: bool = False


class SlotsRequest(Request, frozen=True, kw_only=True):
    """`POST …/slots`. `from` and `to` are read at the border (an instant or a local date)."""

    participants: Participants = 1
    step_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    resource: Key | None = None
    guests: tuple[GuestWishes, ...] = ()
    components: Components = ()
