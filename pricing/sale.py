"""A sale at the point of sale as one value, and how it comes of what was entered (S1, S2).

What is entered is priced line by line; what credits cover splits a line in two (S2-16). `sold` are the
definitions as they were when the line was entered.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Date  # noqa: N812 - as in pricing.quote
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from catalog.specs import AsSold, ProductSpec
from pricing.discounts import Discount
from pricing.lots import Lot
from pricing.money import rounded
from pricing.quote import LineToPrice, Portion, Price, quote
from pricing.redeem import Cover, Item, Policy, plan
from pricing.taxes import Grosses, TaxRow, tax_rows

Status = Literal["open", "saved", "closed", "voided", "refunded"]
SUFFIX = " (customer stock)"


class Entered(Struct, frozen=True, kw_only=True):
    """A line as it was entered. `staff`: the resource that earns the commission."""

    id: uuid.UUID
    product: str
    quantity: int
    discount_percent: Decimal = Decimal(0)
    staff: str | None = None


class SaleLine(Struct, frozen=True, kw_only=True):
    """A line as it is shown and charged: a part of the one that was `entered`.

    `credits`: how many credits of `lot` cover it; it is `locked` then, and so is a line that sells credits
    (S2-9, S2-14). `retail`: what it costs without credits. `covered_value`: what the credits were bought for.
    """

    id: uuid.UUID
    entered: uuid.UUID
    product: str
    description: str
    quantity: int
    unit_price: Decimal
    discount_percent: Decimal
    discount: Decimal
    amount: Decimal
    price_list: str | None
    why: str
    taxes: tuple[TaxRow, ...] = ()
    lot: uuid.UUID | None = None
    locked: bool = False
    staff: str | None = None
    retail: Decimal
    covered_value: Decimal | None = None
    commission: Decimal | None = None
    basis: Literal["retail", "package"] = "retail"
    label: str | None = None


class Sale(Struct, frozen=True, kw_only=True):
    """Everything about a sale. `sold_at` None: whenever it is saved."""

    id: uuid.UUID
    version: int = 1
    status: Status = "open"
    customer: uuid.UUID | None = None
    tier: str | None = None
    sold_at: datetime
    is_dated: bool = False
    use_credits: bool = False
    entered: tuple[Entered, ...] = ()
    sold: dict[str, AsSold] = {}
    lines: tuple[SaleLine, ...] = ()
    total: Decimal = Decimal(0)
    taxes: tuple[TaxRow, ...] = ()
    created_at: datetime

    def product_of(self, line: SaleLine | Entered) -> ProductSpec:
        """The definition that the line was sold by."""
        sold = self.sold[line.product]
        return sold.products[line.product] if sold.single else sold.package


class Terms(Struct, frozen=True, kw_only=True):
    """What a sale is priced by. `day`: the local date of the sale."""

    currency: str
    day: Date
    policy: Policy
    free_items: bool


def sells_credits(sale: Sale, line: SaleLine | Entered) -> bool:
    """Whether the line, where no credit covers it, gives the customer credits."""
    product = sale.product_of(line)
    if product.series is not None or product.value_card is not None:
        return True
    if product.kind != "package":
        return False
    parts = sale.sold[line.product].products.values()
    is_right = any(p.series is not None or p.value_card is not None for p in parts)
    return product.fulfilment == "customer_stock" or is_right


def price_of(sale: Sale, line: Entered, quantity: int, terms: Terms) -> Price:
    """So many of the line at its price: each a package with one participant (S3-23, S3-26)."""
    sold = sale.sold[line.product]
    portions = tuple(
        Portion(
            component=c.key,
            product=c.products[0],
            quantity=1 if c.quantity == "one" else quantity,
            multiplier=quantity if c.quantity == "one" else 1,
            date=terms.day,
        )
        for c in sold.package.components
    )
    off = Discount(percent=line.discount_percent) if line.discount_percent else None
    asked = LineToPrice(line=0, sold=sold, participants=quantity, start=terms.day, portions=portions)
    return quote([asked], currency=terms.currency, tier=sale.tier, discount=off, booked_on=terms.day)


def composed(
    sale: Sale,
    terms: Terms,
    lots: Mapping[uuid.UUID, Lot],
    held: Mapping[uuid.UUID, tuple[int, ...]] | None = None,
) -> Sale:
    """The sale with its lines, taxes and total as they are when these lots pay for what they can.

    `held`: credits that this very sale has reserved. Lots that it sells itself are for later sales (S2-7).
    """
    own = {key: lot for key, lot in lots.items() if lot.sale != sale.id}
    retail = [price_of(sale, line, line.quantity, terms) for line in sale.entered]
    covers = _covers(sale, terms, retail, own, held or {}) if sale.use_credits else ()
    pieces: list[tuple[SaleLine, Grosses]] = []
    for position, (line, price) in enumerate(zip(sale.entered, retail, strict=True)):
        label = _label(sale, line, own)
        for piece, grosses in _pieces(
            sale, terms, line, price, [c for c in covers if c.line == position], own
        ):
            pieces.append((replace(piece, label=label), grosses))
    taxes, by_line = tax_rows([grosses for _, grosses in pieces], terms.currency)
    lines = tuple(replace(p, taxes=rows) for (p, _), rows in zip(pieces, by_line, strict=True))
    zero = rounded(Decimal(0), terms.currency)
    return replace(sale, lines=lines, taxes=taxes, total=sum((p.amount for p in lines), zero))


def _covers(
    sale: Sale,
    terms: Terms,
    retail: Sequence[Price],
    lots: Mapping[uuid.UUID, Lot],
    held: Mapping[uuid.UUID, tuple[int, ...]],
) -> tuple[Cover, ...]:
    items = [
        Item(
            line=position,
            product=line.product,
            quantity=line.quantity,
            unit_price=_after_discount(_each(price, line, terms.currency), line.discount_percent),
            since=sale.sold_at,
            until=sale.sold_at,
        )
        for position, (line, price) in enumerate(zip(sale.entered, retail, strict=True))
    ]
    return plan(items, lots.values(), policy=terms.policy, free_items=terms.free_items, held=dict(held))


def _each(price: Price, line: Entered, currency: str) -> Decimal:
    """The price of one, before the discount."""
    off = price.discount.amount if price.discount is not None else Decimal(0)
    return rounded(Fraction(price.total + off) / line.quantity, currency)


def _after_discount(price: Decimal, percent: Decimal) -> Fraction:
    return Fraction(price) * (100 - Fraction(percent)) / 100


def _pieces(
    sale: Sale,
    terms: Terms,
    line: Entered,
    price: Price,
    covers: Sequence[Cover],
    lots: Mapping[uuid.UUID, Lot],
) -> Iterable[tuple[SaleLine, Grosses]]:
    """What credits cover, lot by lot, at 0 and locked; then the rest at its price (S2-14, S2-16)."""
    product = sale.product_of(line)
    rest = line.quantity - sum(len(cover.units) for cover in covers)
    earns = product.commission_eligible and line.staff is not None
    each, zero = _each(price, line, terms.currency), rounded(Decimal(0), terms.currency)
    for cover in covers:
        lot, count = lots[cover.lot], len(cover.units)
        is_last = rest == 0 and cover is covers[-1]
        without = price_of(sale, line, count, terms).total
        value = lot.value_of(cover.units)
        basis: Literal["retail", "package"] = "retail" if lot.commission_base == "retail" else "package"
        yield (
            SaleLine(
                id=line.id if is_last else uuid.uuid5(line.id, str(cover.lot)),
                entered=line.id,
                product=line.product,
                description=product.label + SUFFIX,
                quantity=count,
                unit_price=zero,
                discount_percent=line.discount_percent,
                discount=zero,
                amount=zero,
                price_list=None,
                why=f"Paid by credit: “{lot.sold_name}”, bought {lot.bought_at.date().isoformat()}.",
                lot=cover.lot,
                locked=True,
                staff=line.staff,
                retail=without,
                covered_value=value,
                commission=(without if basis == "retail" else value) if earns else None,
                basis=basis,
            ),
            {},
        )
    if rest:
        priced = price if rest == line.quantity else price_of(sale, line, rest, terms)
        grosses: dict[Decimal, Decimal] = {}
        for row in (row for part in priced.lines for row in part.taxes):
            grosses[row.rate] = grosses.get(row.rate, Decimal(0)) + row.gross
        yield (
            SaleLine(
                id=line.id,
                entered=line.id,
                product=line.product,
                description=product.label,
                quantity=rest,
                unit_price=each,
                discount_percent=line.discount_percent,
                discount=priced.discount.amount if priced.discount is not None else zero,
                amount=priced.total,
                price_list=priced.lines[0].price_list if len(priced.lines) == 1 else None,
                why=" ".join(dict.fromkeys(part.why for part in priced.lines)),
                locked=sells_credits(sale, line),
                staff=line.staff,
                retail=priced.total,
                commission=priced.total if earns else None,
            ),
            grosses,
        )


def _label(sale: Sale, line: Entered, lots: Mapping[uuid.UUID, Lot]) -> str | None:
    """“Package” where the customer has a credit for it that is neither used up nor expired (S1-11)."""
    has = any(lot.usable(sale.sold_at) for lot in lots.values() if line.product in lot.products)
    return "Package" if has else None
