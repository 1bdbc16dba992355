"""A small venue in a real database, and the shortest way to an order in it."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from booking.apply import Actor, OrderChange, apply
from booking.lines import Allocation, Booking, Guest, Line, Order
from catalog.base import new_id
from catalog.organisations import Organisation
from catalog.queries import StoredVenue, load_venue
from catalog.service import read_in
from catalog.specs import AsSold, Catalog, Component, ProductSpec, ResourceSpec, VenueSpec
from catalog.times import minute

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA = Actor(key=uuid.UUID(int=7), role="reception", name="Ada")
SOLD = AsSold(
    package=ProductSpec(
        key="spa",
        kind="package",
        components=(Component(key="massage", product="massage", quantity="one_per_participant"),),
    ),
    products={"massage": ProductSpec(key="massage", kind="service", duration_minutes=60, price=Decimal(950))},
)
CATALOG = Catalog(
    venue=VenueSpec(time_zone="Europe/Stockholm", currency="SEK"),
    resources=(
        *(ResourceSpec(key=f"room-{n}", kind="room", pools=("rooms",), capacity=2) for n in (1, 2, 3)),
        ResourceSpec(key="anna", kind="staff", pools=("therapists",)),
        ResourceSpec(key="sauna", kind="room", pools=("saunas",), capacity=4),
        ResourceSpec(key="hall-a", kind="room", pools=("halls",), capacity=50),
        ResourceSpec(key="hall-b", kind="room", pools=("halls",), capacity=50),
        ResourceSpec(key="hall", kind="room", pools=("halls",), capacity=120, parts=("hall-a", "hall-b")),
    ),
    products=(SOLD.products["massage"], SOLD.package),
)


@dataclass(frozen=True)
class House:
    """A venue and the sessions to reach it."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    venue: StoredVenue

    async def keep(
        self, after: Order, before: Order | None = None, *, now: datetime = NOW, **more: Any
    ) -> Order:
        """Have the writer store one order."""
        change = OrderChange(before=before, after=after, what="Booked." if before is None else "Changed.")
        (stored,) = await apply(self.sessions, self.venue, [change], now=now, actor=ADA, **more)
        return stored

    async def count(self, what: str) -> int:
        """How many rows `what` (the rest of a SELECT) has."""
        async with self.sessions() as session:
            return int((await session.execute(text(f"SELECT count(*) FROM {what}"))).scalar_one())


async def open_house(engine: AsyncEngine, catalog: Catalog = CATALOG, key: str = "spa") -> House:
    """A new organisation with one venue."""
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    organisation = new_id()
    async with sessions.begin() as session:
        values = {"id": organisation, "key": organisation.hex, "name": "Spas", "created_at": NOW}
        await session.execute(insert(Organisation).values(values))
        await read_in(session, organisation, key, catalog, NOW)
    async with sessions() as session:
        return House(engine, sessions, await load_venue(session, organisation, key))


def at(hour: float, day: int = 0) -> int:
    """So many hours after midnight (UTC) of the first of December."""
    return minute(datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=day, hours=hour))


def takes(
    resource: str, start: float, end: float, use: Any = "exclusive", places: int = 1, day: int = 0
) -> Allocation:
    """A resource held from hour to hour."""
    return Allocation(
        resource=resource, pool="any", need=0, use=use, places=places, start=at(start, day), end=at(end, day)
    )


def session_of(*allocations: Allocation, **fields: Any) -> Booking:
    """A booking for as long as its first allocation."""
    first = allocations[0]
    given = {"component": "massage", "product": "massage", "guests": (1,)} | fields
    needs = tuple(replace(a, need=n) for n, a in enumerate(allocations))
    return Booking(id=new_id(), start=first.start, end=first.end, allocations=needs, **given)


def order_of(*what: Allocation | Booking, **fields: Any) -> Order:
    """An order of one line: of a booking for each allocation, or of the bookings given."""
    bookings = tuple(session_of(w) if isinstance(w, Allocation) else w for w in what)
    line = Line(
        id=new_id(),
        position=0,
        sold=SOLD,
        start=at(8),
        guests=(Guest(number=1),),
        next_guest=2,
        bookings=bookings,
    )
    return Order(id=new_id(), lines=(line,), price={}, total=Decimal("950.00"), **fields)


def with_bookings(order: Order, *bookings: Booking) -> Order:
    """The order with other bookings on its one line."""
    return replace(order, lines=(replace(order.lines[0], bookings=bookings),))
