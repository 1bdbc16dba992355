"""The demo: its venue is read in, and its visitors are booked by the same actions as everybody else."""

import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from pathlib import Path

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncSession

from api.demo.visits import DAYS_AFTER, DAYS_BEFORE, Visit, visits
from booking.actions.book import book
from booking.actions.cancel import cancel_order
from booking.actions.change import change_order
from booking.apply import Actor
from booking.desk import Desk
from booking.lines import Order
from booking.refusals import NotPlaceable
from booking.requests import ChangeRequest, ComponentRequest, CustomerRequest
from catalog import document
from catalog.errors import LostRace, NotFound, Undecided
from catalog.queries import StoredVenue, load_venue
from catalog.service import read_in

VENUE = "demo"
DOCUMENT = Path(__file__).with_name("venue.toml")
CALLER = Actor(role="manager", name="Demo")
COFFEE_LEFT_OUT = 2
NO_ROOM = (NotPlaceable, LostRace, Undecided)

log = logging.getLogger(__name__)


async def load_demo(
    desk: Desk, organisation_id: uuid.UUID, now: datetime, tell: Callable[[str], None] = log.info
) -> None:
    """The venue `demo` with two weeks of orders around `now`; nothing where that venue exists already.

    Visitors who do not find room are left out, as they would be at a desk. `tell` hears which day it is at.
    """
    venue = await _new_venue(desk, organisation_id, now)
    if venue is None:
        return
    customers: dict[str, uuid.UUID] = {}
    today = now.astimezone(venue.tz).date()
    for day, of_the_day in groupby(visits(today), key=lambda visit: visit.day):
        tell(f"day {(day - today).days + DAYS_BEFORE + 1} of {DAYS_BEFORE + 1 + DAYS_AFTER}")
        found = [await _visit(desk, venue, visit, customers) for visit in of_the_day]
        log.info("demo: %s, %d of %d orders booked", day, sum(found), len(found))


async def is_loaded(session: AsyncSession, organisation_id: uuid.UUID) -> bool:
    """Whether there is a venue of that key, whatever was made of it since."""
    try:
        await load_venue(session, organisation_id, VENUE)
    except NotFound:
        return False
    return True


async def _new_venue(desk: Desk, organisation_id: uuid.UUID, now: datetime) -> StoredVenue | None:
    """None where there is one already, whatever was made of it since."""
    async with desk.sessions.begin() as session:
        if await is_loaded(session, organisation_id):
            return None
        catalog = document.read(DOCUMENT.read_bytes(), "toml")
        await read_in(session, organisation_id, VENUE, catalog, now)
    async with desk.sessions() as session:
        return await load_venue(session, organisation_id, VENUE)


async def _visit(desk: Desk, venue: StoredVenue, visit: Visit, customers: dict[str, uuid.UUID]) -> bool:
    """Whether there was room. `customers` knows who has been here before, by name."""
    customer: uuid.UUID | CustomerRequest = customers.get(visit.customer.name, visit.customer)
    request = structs.replace(visit.request, customer=customer)
    try:
        order = (await book(desk, venue, request, caller=CALLER, preview=False, keep=None)).order
    except NO_ROOM:
        return False
    if order.customer is not None:
        customers[visit.customer.name] = order.customer
    with suppress(*NO_ROOM):
        await _sequel(desk, venue, visit, order)
    return True


async def _sequel(desk: Desk, venue: StoredVenue, visit: Visit, order: Order) -> None:
    """What becomes of the order afterwards."""
    participants = order.lines[0].participants
    match visit.sequel:
        case "nothing":
            return
        case "cancelled":
            await cancel_order(desk, venue, order.id, None, None, caller=CALLER, preview=False, keep=None)
            return
        case "one fewer":
            change = ChangeRequest(participants=participants - 1)
        case "less coffee":
            less = ComponentRequest(component="coffee-morning", quantity=participants - COFFEE_LEFT_OUT)
            change = ChangeRequest(components=(less,))
    await change_order(desk, venue, order.id, change, None, caller=CALLER, preview=False, keep=None)
