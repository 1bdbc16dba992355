"""Feeds: calendar addresses that need no key, each with a secret of its own that can be revoked."""

import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Text,
    UniqueConstraint,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, TSTZRANGE, Range
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from booking.bookings import AllocationRow, BookingRow
from booking.lines import Order
from booking.orders import OrderRow, OrderVersionRow, venue_of
from booking.queries import present_values
from booking.rows import as_of, expired, read_order
from catalog.base import Base
from catalog.calendars import Block
from catalog.errors import NotFound
from catalog.queries import StoredVenue
from catalog.times import instant
from catalog.venues import Venue

Kind = Literal["order", "guest", "customer", "resource", "venue"]
KINDS = ("order", "guest", "customer", "resource", "venue")
CANCELLED_DAYS = 30
"""How long what is cancelled stays in a feed, as CANCELLED, so that every calendar hears of it."""


class FeedRow(Base):
    """An address of a calendar. `subject` is the id of what it shows; of a guest, of the line (and `guest`).

    The token is kept readable, as that of an order, so that the address can be shown again. `details`: of a
    resource or venue, more than busy times.
    """

    __tablename__ = "feed"
    __table_args__ = (
        UniqueConstraint("venue_id", "token"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("(kind = 'guest') = (guest IS NOT NULL)", name="guest"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[uuid.UUID]
    order_id: Mapped[uuid.UUID | None]
    guest: Mapped[int | None]
    details: Mapped[bool]
    token: Mapped[str]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Feed(Struct, frozen=True, kw_only=True):
    """What a calendar is of. `order`: the order of a guest, or the order itself."""

    venue: uuid.UUID
    kind: Kind
    subject: uuid.UUID
    order: uuid.UUID | None = None
    guest: int | None = None
    details: bool = False
    since: datetime


class Content(Struct, frozen=True, kw_only=True):
    """What a calendar is made of.

    `changed`: of each booking, when it last looked different. `former`: earlier states of the orders, each
    with the instant at which it was superseded, within the days that cancelled events are kept.
    """

    orders: tuple[Order, ...]
    changed: dict[uuid.UUID, datetime]
    former: tuple[tuple[Order, datetime], ...] = ()


async def find_feed(session: AsyncSession, token: str) -> Feed | None:
    """What the token opens. The same single statement for every token, so that time tells nothing."""
    venue = venue_of(token) or uuid.UUID(int=0)
    found: Any = await session.execute(
        union_all(
            select(
                FeedRow.venue_id,
                FeedRow.kind,
                FeedRow.subject,
                FeedRow.order_id,
                FeedRow.guest,
                FeedRow.details,
                FeedRow.created_at,
            ).where(FeedRow.venue_id == venue, FeedRow.token == token, FeedRow.revoked_at.is_(None)),
            select(
                OrderRow.venue_id,
                literal("order"),
                OrderRow.id,
                OrderRow.id,
                null(),
                literal(False),
                OrderRow.created_at,
            ).where(OrderRow.venue_id == venue, OrderRow.feed_token == token),
        )
    )
    row = found.first()
    if row is None:
        return None
    return Feed(
        venue=row[0], kind=row[1], subject=row[2], order=row[3], guest=row[4], details=row[5], since=row[6]
    )


async def feed_content(
    session: AsyncSession,
    venue: StoredVenue,
    feed: Feed,
    now: datetime,
    *,
    first: int,
    resources: tuple[str, ...] = (),
) -> Content:
    """What the feed is made of; of a resource or venue, what ends after `first`.

    `resources`: the keys of those that make the resource unavailable, itself among them.
    """
    wanted = present_values(venue.id)
    ids = [venue.resource_ids[key] for key in resources if key in venue.resource_ids]
    if feed.kind in ("order", "guest"):
        wanted = wanted.where(OrderRow.id == feed.order)
    elif feed.kind == "customer":
        wanted = wanted.where(OrderRow.customer_id == feed.subject)
    elif feed.kind == "venue":
        wanted = wanted.where(OrderRow.ends_at > instant(first))
    else:
        held = select(AllocationRow.order_id).where(
            AllocationRow.venue_id == venue.id,
            AllocationRow.chosen_id.in_(ids),
            AllocationRow.during.op("&&")(cast(Range(instant(first), None), TSTZRANGE)),
        )
        wanted = wanted.where(OrderRow.id.in_(held))
    orders = {o.id: o for o in map(read_order, await session.scalars(wanted.order_by(OrderRow.id)))}
    former: tuple[tuple[Order, datetime], ...] = ()
    if feed.kind in ("guest", "resource"):
        former = await _former(session, venue.id, feed, now, resources)
        gone = {order.id for order, _ in former} - orders.keys()
        if gone:  # an order that does not hold the resource any more: its bookings' sequences are wanted
            others = present_values(venue.id).where(OrderRow.id.in_(gone))
            orders |= {o.id: o for o in map(read_order, await session.scalars(others))}
    times = select(BookingRow.id, BookingRow.updated_at).where(
        BookingRow.venue_id == venue.id, BookingRow.order_id.in_(orders)
    )
    changed: dict[uuid.UUID, datetime] = {row.id: row.updated_at for row in await session.execute(times)}
    read = []
    for order in orders.values():
        if expired(order, now) and order.held_until is not None:
            end = datetime.fromtimestamp(order.held_until, UTC)
            changed |= {b.id: end for b in order.bookings if b.active}
        read.append(as_of(order, now))
    return Content(orders=tuple(read), changed=changed, former=former)


async def _former(
    session: AsyncSession, venue_id: uuid.UUID, feed: Feed, now: datetime, resources: tuple[str, ...]
) -> tuple[tuple[Order, datetime], ...]:
    """The states that were superseded lately: of the guest's order, or those that held the resource."""
    before = aliased(OrderVersionRow)
    same = (before.venue_id == OrderVersionRow.venue_id) & (before.order_id == OrderVersionRow.order_id)
    found = (
        select(cast(before.value, Text), OrderVersionRow.at)
        .join(before, same & (before.version == OrderVersionRow.version - 1))
        .where(
            OrderVersionRow.venue_id == venue_id,
            OrderVersionRow.at > now - timedelta(days=CANCELLED_DAYS),
            OrderVersionRow.version > 1,
        )
        .order_by(OrderVersionRow.at)
    )
    if feed.kind == "guest":
        found = found.where(OrderVersionRow.order_id == feed.order)
    else:
        path = cast("$.lines[*].bookings[*].allocations[*] ? (@.resource == $keys[*])", JSONPATH)
        keys = cast({"keys": resources}, JSONB)
        found = found.where(func.jsonb_path_exists(before.value, path, keys))
    return tuple((read_order(value), at) for value, at in await session.execute(found))


async def feed_blocks(
    session: AsyncSession, venue: StoredVenue, resources: Collection[str], now: datetime, *, first: int
) -> Sequence[Block]:
    """The blocks of the resources that end after `first`; those removed lately too, if people made them."""
    ids = [venue.resource_ids[key] for key in resources if key in venue.resource_ids]
    lately = (Block.removed_at > now - timedelta(days=CANCELLED_DAYS)) & Block.calendar_id.is_(None)
    found = await session.scalars(
        select(Block).where(
            Block.venue_id == venue.id,
            Block.resource_id.in_(ids),
            Block.ends_at > instant(first),
            Block.removed_at.is_(None) | lately,
        )
    )
    return found.all()


async def list_feeds(
    session: AsyncSession,
    venue_id: uuid.UUID,
    *,
    kind: Kind | None,
    subjects: Collection[uuid.UUID] | None,
    limit: int,
    after: uuid.UUID | None,
) -> tuple[Sequence[FeedRow], uuid.UUID | None]:
    """The feeds in force, the oldest first, and where the next page begins; `subjects`: of these alone."""
    wanted = select(FeedRow).where(FeedRow.venue_id == venue_id, FeedRow.revoked_at.is_(None))
    if kind is not None:
        wanted = wanted.where(FeedRow.kind == kind)
    if subjects is not None:
        wanted = wanted.where(FeedRow.subject.in_(subjects) | FeedRow.order_id.in_(subjects))
    if after is not None:
        wanted = wanted.where(FeedRow.id > after)
    rows = (await session.scalars(wanted.order_by(FeedRow.id).limit(limit + 1))).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


async def locate_feed(session: AsyncSession, organisation_id: uuid.UUID, feed_id: uuid.UUID) -> FeedRow:
    """A feed in force, of any venue of the organisation; raises NotFound."""
    found = await session.scalar(
        select(FeedRow)
        .join(Venue, Venue.id == FeedRow.venue_id)
        .where(FeedRow.id == feed_id, FeedRow.revoked_at.is_(None), Venue.organisation_id == organisation_id)
    )
    if found is None:
        raise NotFound("There is no such feed.")
    return found
