"""The demo venue: what it promises fits, and its visitors are booked once."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from api.commands.verify import amiss
from api.demo.bookings import CALLER, DOCUMENT, VENUE, load_demo
from api.demo.visits import visits
from booking.actions.quote import quote
from booking.desk import Desk
from booking.queries import find_orders
from booking.refusals import NotPlaceable
from booking.requests import OrderRequest
from booking.solvers import Solvers
from catalog import document
from catalog.base import new_id
from catalog.organisations import Organisation
from catalog.queries import StoredVenue, load_venue
from catalog.service import read_in

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FILES = sorted(DOCUMENT.parent.glob("*.toml"))


@pytest.fixture
def desk(engine: AsyncEngine, solvers: Solvers) -> Desk:
    return Desk(sessions=async_sessionmaker(engine, expire_on_commit=False), solvers=solvers, now=lambda: NOW)


@pytest.fixture
async def organisation(desk: Desk) -> uuid.UUID:
    async with desk.sessions.begin() as session:
        owner = Organisation(id=new_id(), key="harbour", name="Harbour", created_at=NOW)
        session.add(owner)
    return owner.id


@pytest.fixture
async def harbour(desk: Desk, organisation: uuid.UUID) -> StoredVenue:
    """The demo venue with nothing booked."""
    async with desk.sessions.begin() as session:
        catalog = document.read(DOCUMENT.read_bytes(), "toml")
        await read_in(session, organisation, VENUE, catalog, NOW)
    async with desk.sessions() as session:
        return await load_venue(session, organisation, VENUE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_documents_of_the_demo_say_what_is_right_and_are_written_again_as_they_are(file: Path) -> None:
    catalog = document.read(file.read_bytes(), "toml")
    assert document.read(document.write(catalog, "toml"), "toml") == catalog


@pytest.mark.parametrize(
    ("package", "participants", "start"),
    [
        ("spa-weekend", 12, "2026-12-05T11:00"),
        ("hotel-weekend", 12, "2026-12-05T15:00"),
        ("couples-day", 6, "2026-12-05T12:00"),
        ("half-day-spa", 6, "2026-12-05T12:00"),
        ("sea-ritual", 2, "2026-12-05T13:00"),
        ("yoga-morning", 12, "2026-12-05T08:00"),
        ("conference-3-days", 80, "2026-12-08T08:30"),
        ("day-conference", 50, "2026-12-08T08:30"),
        ("morning-meeting", 10, "2026-12-08T08:00"),
    ],
)
async def test_the_parties_that_the_house_is_made_for_find_room(
    desk: Desk, harbour: StoredVenue, package: str, participants: int, start: str
) -> None:
    request = OrderRequest(package=package, participants=participants, start=start)
    outcome = await quote(desk, harbour, request, caller=CALLER)
    assert outcome.order.lines[0].participants == participants


async def test_nobody_is_placed_on_christmas_eve(desk: Desk, harbour: StoredVenue) -> None:
    with pytest.raises(NotPlaceable):
        await quote(
            desk, harbour, OrderRequest(product="massage-50", start="2026-12-24T10:00"), caller=CALLER
        )


def test_the_same_day_has_the_same_visitors_and_every_package_among_them() -> None:
    today = date(2026, 11, 21)
    catalog = document.read(DOCUMENT.read_bytes(), "toml")
    booked = {p.key for p in catalog.products if p.kind == "package" and p.fulfilment == "booked"}
    assert list(visits(today)) == list(visits(today))
    assert booked <= {visit.request.package for visit in visits(today)}


async def test_the_demo_books_two_weeks_of_orders_and_does_so_once(
    desk: Desk, engine: AsyncEngine, organisation: uuid.UUID
) -> None:
    await load_demo(desk, organisation, NOW)
    first = await _statuses(desk, organisation)
    await load_demo(desk, organisation, NOW)
    assert await _statuses(desk, organisation) == first
    assert 50 <= first.total() <= 90
    assert set(first) == {"confirmed", "held", "cancelled"}
    assert (await amiss(engine))[0] == {}


async def _statuses(desk: Desk, organisation: uuid.UUID) -> Counter[str]:
    async with desk.sessions() as session:
        venue = await load_venue(session, organisation, VENUE)
        orders, _ = await find_orders(
            session, venue, now=NOW, first=None, last=None, customer=None, status=None, limit=200, after=None
        )
    return Counter(order.status for order in orders)
