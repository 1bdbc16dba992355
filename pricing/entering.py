"""What may be asked of a sale, and the lines that come of it (S1-3, S2-6, S2-9, S2-14)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from catalog.base import new_id
from catalog.errors import Conflict, Invalid, NotFound, Problem
from catalog.specs import AsSold, Catalog, Key, Text, as_sold
from pricing.discounts import check_percent
from pricing.paying import Method, Reference
from pricing.sale import Entered, Sale, SaleLine, sells_credits

When = Annotated[str, Meta(max_length=40)]
Units = Annotated[int, Meta(ge=1, le=10_000)]


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body, or a part of one."""


class SaleLineRequest(Body, frozen=True, kw_only=True):
    """A line. With the `id` of one that is there: that line, with what is given changed."""

    id: uuid.UUID | None = None
    product: Key | UnsetType = UNSET
    quantity: Units | UnsetType = UNSET
    discount_percent: Decimal | UnsetType = UNSET
    staff: Key | None | UnsetType = UNSET


class SaleRequest(Body, frozen=True, kw_only=True):
    """`POST …/sales`. `sold_at`: default now."""

    customer: uuid.UUID | None = None
    sold_at: When | None = None
    lines: Annotated[tuple[SaleLineRequest, ...], Meta(max_length=200)] = ()
    use_credits: bool = False
    plan: str | None = None


class SaleChangeRequest(Body, frozen=True, kw_only=True):
    """`PATCH /sales/{id}`: what is unset stays; `lines` are all the lines that the sale has then."""

    customer: uuid.UUID | None | UnsetType = UNSET
    sold_at: When | UnsetType = UNSET
    lines: Annotated[tuple[SaleLineRequest, ...], Meta(max_length=200)] | UnsetType = UNSET
    use_credits: bool | UnsetType = UNSET
    plan: str | None = None


class SalePlanRequest(Body, frozen=True, kw_only=True):
    """The body of save, close and void: empty, or the plan of a preview."""

    plan: str | None = None


class RefundRequest(Body, frozen=True, kw_only=True):
    """How much of what was paid is paid back (default: all), how, and why."""

    amount: Decimal | None = None
    method: Method | None = None
    reference: Reference = ""
    reason: Text = ""
    plan: str | None = None


class StockRequest(Body, frozen=True, kw_only=True):
    """So many more (negative: fewer) of a stock item are there, and why."""

    product: Key
    change: Annotated[int, Meta(ge=-10_000_000, le=10_000_000)]
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]


class LineLocked(Conflict):
    """The line is supplied from credits, or sold some: it is deleted and entered again, not edited."""

    code = "line_locked"


def entered_lines(
    sale: Sale, asked: Sequence[SaleLineRequest], catalog: Catalog, *, day: date
) -> tuple[tuple[Entered, ...], dict[str, AsSold]]:
    """The lines as asked, and the definitions that they are sold by: of what is on the sale, those of then.

    Raises Invalid with the path of what is wrong, and LineLocked.
    """
    shown = {line.id: line for line in sale.lines}
    lines: list[Entered] = []
    definitions: dict[str, AsSold] = {}
    for i, wanted in enumerate(asked):
        path = f"lines[{i}]."
        known = None if wanted.id is None else shown.get(wanted.id)
        if wanted.id is not None and (known is None or any(line.id == wanted.id for line in lines)):
            raise _invalid(path + "id", "The sale has no such line, or it is named twice.")
        line = _line(wanted, known, path)
        check_percent(line.discount_percent, path + "discount_percent")
        sold = sale.sold.get(line.product) or _sold(catalog, line.product, day, path + "product")
        staff = None if line.staff is None else catalog.resource(line.staff)
        if line.staff is not None and (staff is None or staff.kind != "staff"):
            raise _invalid(path + "staff", f"There is no staff member {line.staff!r}.")
        lines.append(line)
        definitions[line.product] = sold
    return tuple(lines), definitions


def _line(wanted: SaleLineRequest, known: SaleLine | None, path: str) -> Entered:
    given = {
        name: value
        for name in ("product", "quantity", "discount_percent", "staff")
        if (value := getattr(wanted, name)) is not UNSET
    }
    if known is not None:
        edits = {name for name, value in given.items() if getattr(known, name) != value} - {"staff"}
        if known.locked and edits:
            why = "is supplied from credits" if known.lot is not None else "sells credits"
            raise LineLocked(
                f"“{known.description}” {why} and cannot be edited: delete it and enter it again."
            )
        before = {name: getattr(known, name) for name in ("product", "quantity", "discount_percent", "staff")}
        return Entered(id=known.id, **(before | given))
    if wanted.product is UNSET:
        raise _invalid(path + "product", "A line needs a product.")
    return Entered(id=new_id(), **({"quantity": 1} | given))


def _sold(catalog: Catalog, key: str, day: date, path: str) -> AsSold:
    product, sold = catalog.product(key), as_sold(catalog, key)
    if product is None or sold is None:
        raise _invalid(path, f"There is no product {key!r}.", "unknown_product")
    if not product.sold_to_customers:
        raise _invalid(path, f"“{product.label}” is not sold to customers.", "not_sold")
    if product.kind == "package" and product.fulfilment == "booked":
        raise _invalid(
            path, f"“{product.label}” is booked with a time: make an order for it.", "not_sold_here"
        )
    if not product.is_offered(day):
        ended = product.offer_until
        raise _invalid(
            path, f"The offer “{product.label}” ended on {ended}; what was bought stays.", "offer_ended"
        )
    return sold


def needs_a_customer(sale: Sale) -> None:
    """Credits belong to somebody; a value card alone may be sold to who brings it along (raises Invalid)."""
    if sale.customer is not None:
        return
    for line in sale.entered:
        if sells_credits(sale, line) and sale.product_of(line).value_card is None:
            label = sale.product_of(line).label
            raise _invalid("customer", f"“{label}” gives credits, which belong to a customer: name one.")


def has_lines(sale: Sale) -> None:
    """Raises Conflict for an empty sale."""
    if not sale.lines:
        raise Conflict("The sale has no lines: enter what is sold first.", code="empty_sale")


def unknown_customer() -> NotFound:
    return NotFound("There is no such customer.", code="unknown_customer")


def labels_of(sale: Sale) -> Mapping[str, str]:
    """Products by key, as people call them."""
    return {key: p.label for sold in sale.sold.values() for key, p in sold.products.items()}


def _invalid(path: str, sentence: str, code: str | None = None) -> Invalid:
    return Invalid(sentence, problems=(Problem(path, sentence),), code=code)
