"""What a sale hands over when it is saved: goods from stock, lots of credits, tickets (S2-4, S2-5, S3-24)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from catalog.actors import Actor
from catalog.base import new_id
from catalog.errors import Invalid, Problem
from catalog.specs import AsSold, Component, ProductSpec
from pricing.lots import Cause, Lot, first_entry, last_instant
from pricing.money import share
from pricing.sale import Sale, SaleLine, Terms, price_of, sells_credits
from pricing.tickets import TicketsWanted

MOST_LOTS, MOST_CREDITS, MOST_TICKETS = 1_000, 100_000, 10_000


def within_bounds(sale: Sale) -> None:
    """Raises Invalid for a sale that would hand over more than a person ever sells at once."""
    lots = units = tickets = 0
    for line in sale.entered:
        sold, product = sale.sold[line.product], sale.product_of(line)
        parts = [(product, line.quantity)]
        if product.kind == "package":
            parts = [(_first(sold, c), n) for c, n in _units(sold, line.quantity)]
        for part, count in parts:
            card, series = part.value_card, part.series
            if series is not None or card is not None:
                each = series.quantity if series is not None else card.quantity if card is not None else 1
                lots, units = lots + count, units + count * (each or 1)
            elif product.fulfilment == "customer_stock":
                lots, units = lots + line.quantity, units + count
            if part.kind == "entry":
                tickets += count
    for number, most, what in (
        (lots, MOST_LOTS, "lots of credits"),
        (units, MOST_CREDITS, "credits"),
        (tickets, MOST_TICKETS, "tickets"),
    ):
        if number > most:
            sentence = f"One sale gives at most {most} {what}, and this one {number}: make several of it."
            raise Invalid(sentence, problems=(Problem("lines", sentence),))


def goods_of(sale: Sale) -> Counter[str]:
    """Units of stock items that leave the shelf. What is credited leaves it when it is redeemed (S0-11)."""
    out: Counter[str] = Counter()
    for line in sale.lines:
        product = sale.product_of(line)
        if product.kind == "package" and product.fulfilment == "sale":
            for component, units in _units(sale.sold[line.product], line.quantity):
                part = _first(sale.sold[line.product], component)
                if part.kind == "stock_item" and part.series is None:
                    out[part.key] += units
        elif product.kind == "stock_item" and (line.lot is not None or product.series is None):
            out[product.key] += line.quantity
    return out


def tickets_of(sale: Sale) -> list[TicketsWanted]:
    """One for each entry sold; in a package one per component sold `one` (S3-24), else one each (S3-27)."""
    out = []
    for line in sale.lines:
        sold, product = sale.sold[line.product], sale.product_of(line)
        if product.kind == "entry" and (line.lot is not None or product.series is None):
            out.append(
                TicketsWanted(line=line.id, product=product.key, name=product.label, count=line.quantity)
            )
        elif product.kind == "package" and product.fulfilment == "sale":
            for component, units in _units(sold, line.quantity):
                part = _first(sold, component)
                if part.kind == "entry" and part.series is None:
                    count = 1 if component.quantity == "one" else units
                    of: dict[str, Any] = {"product": part.key, "name": part.label, "count": count}
                    out.append(TicketsWanted(line=line.id, component=component.key, **of))
    return out


def lots_sold(
    sale: Sale, line: SaleLine, terms: Terms, tz: ZoneInfo, *, position: int, actor: Actor
) -> list[Lot]:
    """The lots that the line gives the customer: q series or packages sold are q times their lots (S0-14).

    Their prices sum to what the line's credits cost, to the cent.
    """
    if line.lot is not None or not sells_credits(sale, line):
        return []
    out: list[Lot] = []
    for products, quantity, price, days, base in _rights(sale, line, terms):
        lot = Lot(
            id=new_id(),
            customer=sale.customer,
            sold_as=line.product,
            sold_name=sale.product_of(line).label,
            products=products,
            quantity=quantity,
            price=price,
            currency=terms.currency,
            bought_at=sale.sold_at,
            position=position + len(out),
            commission_base=base,
            sale=sale.id,
            sale_line=line.id,
        )
        ends = last_instant(tz, terms.day, days)
        cause = Cause(sale=sale.id, line=line.id)
        out.append(first_entry(lot, ends, at=sale.sold_at, actor=actor, cause=cause))
    return out


_Right = tuple[tuple[str, ...], Decimal, Decimal, int | None, str]
"""Products (none: money), quantity, price, days of validity, base of commissions."""


def _rights(sale: Sale, line: SaleLine, terms: Terms) -> Iterator[_Right]:
    sold, product = sale.sold[line.product], sale.product_of(line)
    if product.kind != "package":
        yield from _of_product(product, line.quantity, line.amount, terms, product)
        return
    entered = next(e for e in sale.entered if e.id == line.entered)
    priced = price_of(sale, entered, line.quantity, terms).lines
    for (component, units), part in zip(_units(sold, line.quantity), priced, strict=True):
        first = _first(sold, component)
        if first.series is not None or first.value_card is not None:
            yield from _of_product(first, units, part.amount, terms, product)
        elif product.fulfilment == "customer_stock":
            for price in share(part.amount, [1] * line.quantity, terms.currency):
                base = product.commission_base
                yield component.products, Decimal(component.count), price, product.valid_days, base


def _of_product(
    product: ProductSpec, count: int, amount: Decimal, terms: Terms, sold_as: ProductSpec
) -> Iterator[_Right]:
    """So many series or value cards, each a lot of its own."""
    card, series, base = product.value_card, product.series, sold_as.commission_base
    for price in share(amount, [1] * count, terms.currency):
        if series is not None:
            covers = (series.product or product.key,)
            yield covers, Decimal(series.quantity), price, series.valid_days, base
        elif card is not None:
            days = product.valid_days if product.valid_days is not None else sold_as.valid_days
            if card.kind == "gift":
                yield (), card.amount or Decimal(0), price, days, base
            else:
                yield (card.product or "",), Decimal(card.quantity or 0), price, days, base


def constituents(sale: Sale, line: SaleLine) -> list[tuple[str, int]]:
    """What the package of a line consists of: products, or choices of them, and units."""
    sold = sale.sold[line.product]
    return [(" / ".join(c.products), units) for c, units in _units(sold, line.quantity)]


def _units(sold: AsSold, packages: int) -> Sequence[tuple[Component, int]]:
    """Each component with its units: a `one` does not follow the packages, customer stock does (S3-23)."""
    follows = sold.package.fulfilment == "customer_stock"
    return [
        (c, c.count * (packages if follows or c.quantity == "one_per_participant" else 1))
        for c in sold.package.components
    ]


def _first(sold: AsSold, component: Component) -> ProductSpec:
    return sold.products[component.products[0]]
