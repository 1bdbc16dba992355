"""A lot of credits as a value: its entries, what they add up to, and the next entry (S0-1 … S1-7).

outside ──issue──▶ remaining ──reserve──▶ reserved ──use──▶ used
Every entry moves credits between two accounts; a balance is the sum of what went in less what went out.
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from catalog.actors import Actor
from catalog.errors import Conflict
from catalog.times import instant, wall
from pricing.money import rounded

Account = Literal["outside", "remaining", "reserved", "used", "expired"]
EntryKind = Literal["issue", "reserve", "use", "return", "expire", "adjust"]
Status = Literal["active", "fully_used", "expired"]


class CreditGone(Conflict):
    """There are fewer credits than it takes, or what there is may not be used for this."""

    code = "credit_gone"


class Cause(Struct, frozen=True, kw_only=True):
    """What a credit is used for: a line of a sale or an order, a payment, or nothing but a reason."""

    sale: uuid.UUID | None = None
    order: uuid.UUID | None = None
    line: uuid.UUID | None = None
    payment: uuid.UUID | None = None


NOTHING = Cause()


class Entry(Struct, frozen=True, kw_only=True):
    """One movement; see pricing.credits.CreditEntry. `remaining` … `valid_until` are as they are after it."""

    seq: int
    at: datetime
    kind: EntryKind
    source: Account
    target: Account
    quantity: Decimal
    units: tuple[int, ...] = ()
    value: Decimal
    remaining: Decimal
    reserved: Decimal
    used: Decimal
    expired: Decimal
    valid_until: datetime | None
    product: str | None = None
    cause: Cause = NOTHING
    reason: str = ""
    actor: Actor


class Lot(Struct, frozen=True, kw_only=True, dict=True):
    """A lot with all its entries. Without `products` it is money, which pays for anything."""

    id: uuid.UUID
    customer: uuid.UUID | None
    sold_as: str
    sold_name: str
    products: tuple[str, ...]
    quantity: Decimal
    price: Decimal
    currency: str
    bought_at: datetime
    position: int = 0
    commission_base: str = "package"
    sale: uuid.UUID | None = None
    sale_line: uuid.UUID | None = None
    order: uuid.UUID | None = None
    order_line: uuid.UUID | None = None
    component: str | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def is_money(self) -> bool:
        return not self.products

    @property
    def remaining(self) -> Decimal:
        return self.balance("remaining")

    @property
    def reserved(self) -> Decimal:
        return self.balance("reserved")

    @property
    def used(self) -> Decimal:
        return self.balance("used")

    @property
    def valid_until(self) -> datetime | None:
        """The exclusive end; None for ever."""
        return self.entries[-1].valid_until if self.entries else None

    @property
    def open_until(self) -> datetime | None:
        return self.valid_until if self.remaining else None

    def balance(self, account: Account) -> Decimal:
        """What went into the account less what went out of it."""
        return sum(
            (e.quantity * ((e.target == account) - (e.source == account)) for e in self.entries), Decimal(0)
        )

    @cached_property
    def places(self) -> dict[int, Entry]:
        """For each credit, by number, the entry that moved it last."""
        return {unit: entry for entry in self.entries for unit in entry.units}

    def units_in(self, *accounts: Account) -> tuple[int, ...]:
        """The numbers of the credits that are in one of these accounts, lowest first."""
        return tuple(sorted(unit for unit, entry in self.places.items() if entry.target in accounts))

    def held(self, cause: Cause, *accounts: Account, product: str | None = None) -> tuple[int, ...]:
        """The credits in these accounts for this cause; without a line or product: for all of them."""

        def is_for(entry: Entry) -> bool:
            return (
                (entry.cause.sale, entry.cause.order) == (cause.sale, cause.order)
                and cause.line in (None, entry.cause.line)
                and product in (None, entry.product)
            )

        return tuple(unit for unit in self.units_in(*accounts) if is_for(self.places[unit]))

    def value_of(self, units: Iterable[int]) -> Decimal:
        """What these credits were bought for.

        The k-th of n is worth round(k·P/n) − round((k−1)·P/n), so that all of them are worth P exactly; what
        a manager added beyond n was bought for nothing (S1-7).
        """
        return sum((self._up_to(unit) - self._up_to(unit - 1) for unit in units), Decimal(0))

    def _up_to(self, k: int) -> Decimal:
        n = int(self.quantity)
        return rounded(Fraction(self.price) * min(k, n) / n, self.currency)

    def is_valid(self, at: datetime) -> bool:
        """From the purchase to the end of the last local day (S1-5)."""
        return self.bought_at <= at and (self.valid_until is None or at < self.valid_until)

    def status(self, now: datetime) -> Status:
        """Reserved counts as used (S1-2)."""
        is_over = self.valid_until is not None and self.valid_until <= now
        if self.remaining:
            return "expired" if is_over else "active"
        return "expired" if self.balance("expired") else "fully_used"

    def usable(self, at: datetime) -> tuple[int, ...]:
        """The credits that may be taken as of this instant: one that has expired since may be, too."""
        return self.units_in("remaining", "expired") if self.is_valid(at) else ()


def last_instant(tz: ZoneInfo, bought_on: date, days: int | None) -> datetime | None:
    """The exclusive end of the validity: the start of the local day after the last one (S0-9, S1-5)."""
    if days is None:
        return None
    return instant(wall(tz, bought_on + timedelta(days=days + 1), 0)).astimezone(tz)


def first_entry(lot: Lot, valid_until: datetime | None, *, at: datetime, actor: Actor, cause: Cause) -> Lot:
    """The lot with its credits issued."""
    units = () if lot.is_money else tuple(range(1, int(lot.quantity) + 1))
    value = lot.quantity if lot.is_money else lot.price
    entry = _entry(lot, "issue", "outside", "remaining", lot.quantity, units, value, at=at, actor=actor)
    return replace(lot, entries=(replace(entry, valid_until=valid_until, cause=cause),))


def moved(
    lot: Lot,
    kind: EntryKind,
    source: Account,
    target: Account,
    units: Iterable[int] = (),
    amount: Decimal = Decimal(0),
    *,
    at: datetime,
    actor: Actor,
    cause: Cause = NOTHING,
    product: str | None = None,
    reason: str = "",
    value: Decimal | None = None,
) -> Lot:
    """The lot with one more entry: these credits, or this amount of money, went from there to there.

    Raises CreditGone where they are not there.
    """
    units = tuple(units)
    quantity = amount if lot.is_money else Decimal(len(units))
    worth = value if value is not None else amount if lot.is_money else lot.value_of(units)
    there = lot.balance(source)
    if source != "outside" and (there < quantity or not set(units) <= set(lot.units_in(source))):
        raise CreditGone(f"“{lot.sold_name}” has {said(there)} {source}, not {said(quantity)}.")
    entry = _entry(lot, kind, source, target, quantity, units, worth, at=at, actor=actor)
    entry = replace(entry, cause=cause, product=product, reason=reason)
    return replace(lot, entries=(*lot.entries, entry))


def with_validity(lot: Lot, until: datetime | None, *, at: datetime, actor: Actor, reason: str) -> Lot:
    """The lot valid until then. What had expired and would not have comes back."""
    entry = _entry(lot, "adjust", "outside", "remaining", Decimal(0), (), Decimal(0), at=at, actor=actor)
    lot = replace(lot, entries=(*lot.entries, replace(entry, valid_until=until, reason=reason)))
    gone = lot.balance("expired")
    if gone and (until is None or until > at):
        units = lot.units_in("expired")
        lot = moved(lot, "return", "expired", "remaining", units, gone, at=at, actor=actor, reason=reason)
    return lot


def restated(
    lot: Lot,
    *,
    customer: uuid.UUID | None,
    price: Decimal,
    at: datetime,
    actor: Actor,
    cause: Cause,
    reason: str,
) -> Lot:
    """The lot of another customer or at another price, as the order that gave it has it now."""
    more = Decimal(0) if lot.is_money else price - lot.price
    entry = _entry(lot, "adjust", "outside", "remaining", Decimal(0), (), more, at=at, actor=actor)
    entries = (*lot.entries, replace(entry, cause=cause, reason=reason))
    return replace(lot, customer=customer, price=price, entries=entries)


def said(quantity: Decimal) -> str:
    """Without trailing zeros: 3, 250, 99.5."""
    return f"{quantity.normalize():f}"


def _entry(
    lot: Lot,
    kind: EntryKind,
    source: Account,
    target: Account,
    quantity: Decimal,
    units: tuple[int, ...],
    value: Decimal,
    *,
    at: datetime,
    actor: Actor,
) -> Entry:
    def after(account: Account) -> Decimal:
        return lot.balance(account) + quantity * ((target == account) - (source == account))

    return Entry(
        seq=len(lot.entries) + 1,
        at=at,
        kind=kind,
        source=source,
        target=target,
        quantity=quantity,
        units=units,
        value=value,
        remaining=after("remaining"),
        reserved=after("reserved"),
        used=after("used"),
        expired=after("expired"),
        valid_until=lot.valid_until,
        actor=actor,
    )
