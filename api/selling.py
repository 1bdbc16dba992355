"""What every step at the point of sale has in common at the border: preview, plan, keeping, the answer."""

import asyncio
import hashlib
import random
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response
from msgspec import Struct, structs
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from api.call import Call
from api.idempotency import Answer
from api.inputs import PreviewQuery
from api.sale_inputs import read_moment
from api.sale_shapes import SaleView
from api.sale_views import changes_of, sale_view
from catalog.errors import LostRace, PlanOutdated
from catalog.queries import StoredVenue
from pricing.becoming import Done, Till
from pricing.queries import payments_of
from pricing.sale import Sale
from pricing.sale_store import locate_sale
from pricing.ticket_store import tickets_in_force

ATTEMPTS = 8
_TRY_AGAIN = ("40P01", "40001", "23505")  # deadlock, serialization failure, two next entries of one lot
Step = Callable[[Till], Awaitable[Done]]
Work = Callable[[Till], Awaitable[Answer]]


async def sold(
    call: Call, venue: StoredVenue, step: Step, request: Struct, *, created: bool = False
) -> Response[Any]:
    """Carries the step out, or previews it, and answers with the sale as it is then."""
    preview = call.query(PreviewQuery).preview

    async def work(till: Till) -> Answer:
        done = await step(till)
        plan = _plan(request, done)
        given = getattr(request, "plan", None)
        if given is not None and given != plan:
            raise PlanOutdated("The sale, or what pays for it, has changed since the preview; preview again.")
        shown = structs.replace(
            await shown_sale(till.session, venue, done.sale),
            changes=changes_of(done.entries),
            price_difference=done.sale.total - (done.before.total if done.before else Decimal(0)),
        )
        if preview:
            return call.answer(structs.replace(shown, plan=plan), status=200)
        headers = {"ETag": f'"{shown.version}"'}
        if created:
            headers["Location"] = f"/v1/sales/{shown.id}"
        return call.answer(shown, headers=headers)

    return await carried(call, venue, work, preview=preview)


async def carried(call: Call, venue: StoredVenue, work: Work, *, preview: bool = False) -> Response[Any]:
    """The work in one transaction, which a preview takes back; again where the database gave up on it."""
    for attempt in range(ATTEMPTS):
        with suppress(_Preview):
            try:
                async with call.desk.sessions.begin() as session:
                    till = Till(session=session, venue=venue, now=call.desk.now(), actor=call.actor)
                    answer = await work(till)
                    if preview:
                        raise _Preview
                    await call.keep(session, answer)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - not a secret
                continue
        return call.send(answer)
    raise LostRace("Too many are at the same sale or credits at this moment; please try again.")


class _Preview(Exception):
    """The answer is made, and nothing is kept."""


async def shown_sale(session: AsyncSession, venue: StoredVenue, sale: Sale) -> SaleView:
    """The sale with its payments and tickets."""
    return sale_view(
        sale,
        venue.tz,
        venue.catalog.venue.currency,
        payments=await payments_of(session, venue.id, sale_id=sale.id),
        tickets=await tickets_in_force(session, venue.id, sale_id=sale.id),
    )


async def sale_at(call: Call, sale_id: uuid.UUID) -> StoredVenue:
    """The venue of the sale that an address names; raises NotFound."""
    async with call.session() as session:
        venue_id = await locate_sale(session, call.caller.organisation, sale_id)
        return await call.venue_of(session, venue_id, "sale")


def reader(venue: StoredVenue, path: str) -> Callable[[str], datetime]:
    """Reads an instant of a body by the venue's clock."""
    return lambda text: read_moment(venue.tz, text, path)


def _plan(request: Struct, done: Done) -> str:
    """The same for the same request on the same version with the same result."""
    asked = structs.replace(request, plan=None) if hasattr(request, "plan") else request
    result = [
        (line.product, line.quantity, line.unit_price, line.amount, line.lot) for line in done.sale.lines
    ]
    version = None if done.before is None else (done.before.id, done.before.version)
    content = msgspec.json.encode([asked, version, done.sale.status, done.sale.total, result])
    return hashlib.sha256(content).hexdigest()[:32]
