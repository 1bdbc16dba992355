"""Reading what was asked into lines and orders: starts, products, customers, within the limits."""

import uuid
from datetime import datetime

import msgspec
from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.adjust import new_line, off_grid, unreadable, with_components
from booking.apply import Actor
from booking.desk import Limits
from booking.lines import Line
from booking.requests import ComponentRequest, CustomerRequest, Discount, LineRequest, Override
from catalog.base import new_id
from catalog.errors import Invalid, NotAllowed, NotFound, Problem
from catalog.queries import StoredVenue
from catalog.specs import AsSold, as_sold
from catalog.times import DAY, minute, on_grid, read_start, wall_of
from pricing.queries import find_customer

MAY_OVERRIDE = ("admin", "manager", "reception", "system")
MAY_BOOK_THE_PAST = ("admin", "manager", "system")


def sold_now(venue: StoredVenue, key: str, now: datetime) -> AsSold:
    """The package or product as it is sold now; raises NotFound; Invalid: it is not booked by time."""
    sold = as_sold(venue.catalog, key)
    if sold is None:
        raise NotFound(f"There is no package or product {key!r}.", code="unknown_product")
    if sold.package.fulfilment != "booked":
        raise Invalid(f"{sold.package.label} is sold at the point of sale, not booked.", code="not_booked")
    if not venue.catalog.product(key).sold_to_customers:  # type: ignore[union-attr]  # it was found above
        raise Invalid(f"{sold.package.label} is not sold to customers.", code="not_sold")
    if not sold.package.is_offered(wall_of(venue.tz, minute(now))[0]):
        raise Invalid(
            f"The offer “{sold.package.label}” ended on {sold.package.offer_until}; what was booked stays.",
            code="offer_ended",
        )
    return sold


def start_asked(
    venue: StoredVenue, text: str, path: str, *, now: datetime, limits: Limits, caller: Actor
) -> tuple[int, tuple[str, ...]]:
    """The instant asked for, and warnings. Refused: off the grid, skipped, too far ahead, past (but for
    managers).
    """
    try:
        at = read_start(venue.tz, text)
    except ValueError as error:
        raise unreadable(error, path) from None
    grid = venue.catalog.venue.grid_minutes
    if not on_grid(venue.tz, at, grid):
        raise off_grid(venue.tz, at, grid, path)
    if at > minute(now) + limits.horizon_days * DAY:
        raise _invalid(path, f"The start is more than {limits.horizon_days} days ahead.", "too_far_ahead")
    if at >= minute(now):
        return at, ()
    if caller.role not in MAY_BOOK_THE_PAST:
        raise _invalid(path, "The start is in the past; a manager may book it.", "in_the_past")
    return at, ("The start is in the past.",)


def line_asked(
    venue: StoredVenue,
    request: LineRequest,
    position: int,
    path: str,
    *,
    now: datetime,
    limits: Limits,
    caller: Actor,
) -> tuple[Line, tuple[str, ...]]:
    """A new line as the request wants it, and warnings."""
    if (request.package is None) == (request.product is None):
        raise _invalid(path + "package", "Name either a package or a product.")
    sold = sold_now(venue, request.package or request.product or "", now)
    if sold.single != (request.product is not None):
        noun, other = ("package", "product") if sold.single else ("product", "package")
        raise _invalid(path + noun, f"{sold.package.key!r} is a {other}: send it as `{other}`.")
    if request.participants > limits.participants:
        raise _invalid(path + "participants", f"At most {limits.participants} can take part.")
    if request.resource is not None and venue.catalog.resource(request.resource) is None:
        raise _invalid(path + "resource", f"There is no resource {request.resource!r}.")
    start, warnings = start_asked(venue, request.start, path + "start", now=now, limits=limits, caller=caller)
    line = new_line(new_id(), position, sold, start, request.participants, request.guests, path)
    line = replace(line, discount=discount_asked(request.discount))
    return components_asked(venue, line, request.components, caller, path), warnings


def components_asked(
    venue: StoredVenue, line: Line, components: tuple[ComponentRequest, ...], caller: Actor, path: str = ""
) -> Line:
    """The line with its components as the request wants them; NotAllowed: only managers set prices."""
    if not caller.is_manager and any(c.unit_price is not UNSET for c in components):
        raise NotAllowed("Only managers may set a price; a discount is for everybody at the desk.")
    return with_components(line, venue.tz, components, venue.catalog.venue.grid_minutes, path)


async def customer_asked(
    session: AsyncSession, venue: StoredVenue, wanted: CustomerRequest | uuid.UUID | None
) -> tuple[uuid.UUID | None, str | None, tuple[tuple[uuid.UUID, CustomerRequest], ...]]:
    """The customer's id and tier, and who is to be made, if anybody; raises NotFound for an unknown id."""
    if wanted is None:
        return None, None, ()
    if isinstance(wanted, CustomerRequest):
        if not wanted.name.strip():
            raise _invalid("customer.name", "A customer needs a name.")
        customer_id = new_id()
        return customer_id, wanted.tier, ((customer_id, wanted),)
    known = await find_customer(session, venue.id, wanted)
    if known is None:
        raise NotFound("There is no such customer.", code="unknown_customer")
    return known.id, known.tier, ()


def overrides_asked(override: tuple[Override, ...], caller: Actor) -> tuple[str, ...]:
    """The rules to be left out if it takes that; raises NotAllowed for callers who may not."""
    if override and caller.role not in MAY_OVERRIDE:
        raise NotAllowed("Only the reception and managers may override rules.")
    return override


def discount_asked(discount: Discount | None) -> dict[str, object] | None:
    """As it is kept on the order."""
    if discount is None:
        return None
    return {k: v for k, v in msgspec.to_builtins(discount).items() if v is not None}


def _invalid(path: str, sentence: str, code: str | None = None) -> Invalid:
    return Invalid(sentence, problems=(Problem(path, sentence),), code=code)
