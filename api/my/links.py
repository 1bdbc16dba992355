"""Links to orders: making them, finding what one opens, taking them back."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.digests import digest_of
from api.itinerary import last_end
from api.my.stored import OrderLink
from booking.lines import Order
from booking.orders import OrderRow, new_feed_token, venue_of
from catalog.base import new_id
from catalog.errors import NotFound
from catalog.times import instant
from catalog.venues import Venue

DAYS_AFTER = 30
"""How long after the visit a link still opens the order, unless another time was asked for."""
_USED_EVERY = timedelta(minutes=1)


def new_link(
    session: AsyncSession, venue_id: uuid.UUID, order: Order, now: datetime, days: int | None = None
) -> tuple[OrderLink, str]:
    """A link in the caller's transaction, and its secret, which is not kept. `days`: until it expires."""
    over = max(now, instant(last_end(order))) + timedelta(days=DAYS_AFTER)
    token = new_feed_token(venue_id)
    link = OrderLink(
        venue_id=venue_id,
        id=new_id(),
        order_id=order.id,
        customer_id=order.customer,
        digest=digest_of(token),
        created_at=now,
        expires_at=over if days is None else now + timedelta(days=days),
        revoked_at=None,
        last_used_at=None,
    )
    session.add(link)
    return link, token


async def opened_by(session: AsyncSession, token: str, now: datetime) -> tuple[uuid.UUID, uuid.UUID] | None:
    """The venue and the order that the token opens now.

    One statement for every token, whether it could be one, is none, was revoked or has expired, so that the
    time of the answer tells nothing.
    """
    venue_id = venue_of(token) or uuid.UUID(int=0)
    found = await session.execute(
        select(OrderLink.id, OrderLink.order_id, OrderLink.last_used_at)
        .join(OrderRow, (OrderRow.venue_id == OrderLink.venue_id) & (OrderRow.id == OrderLink.order_id))
        .where(
            OrderLink.venue_id == venue_id,
            OrderLink.digest == digest_of(token),
            OrderLink.revoked_at.is_(None),
            OrderLink.expires_at > now,
            OrderLink.customer_id.is_not_distinct_from(OrderRow.customer_id),
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    if row[2] is None or row[2] < now - _USED_EVERY:
        mine = (OrderLink.venue_id == venue_id) & (OrderLink.id == row[0])
        await session.execute(update(OrderLink).where(mine).values(last_used_at=now))
    return venue_id, row[1]


async def links_of(session: AsyncSession, venue_id: uuid.UUID, order_id: uuid.UUID) -> Sequence[OrderLink]:
    """All links of the order that were ever made, the first one first."""
    mine = select(OrderLink).where(OrderLink.venue_id == venue_id, OrderLink.order_id == order_id)
    return (await session.scalars(mine.order_by(OrderLink.id))).all()


async def locate_link(
    session: AsyncSession, organisation_id: uuid.UUID, link_id: uuid.UUID
) -> tuple[uuid.UUID, uuid.UUID]:
    """The venue and the order of the link; raises NotFound."""
    found = await session.execute(
        select(OrderLink.venue_id, OrderLink.order_id)
        .join(Venue, Venue.id == OrderLink.venue_id)
        .where(OrderLink.id == link_id, Venue.organisation_id == organisation_id)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound("There is no such link.")
    return row[0], row[1]


async def revoke(
    session: AsyncSession,
    venue_id: uuid.UUID,
    order_id: uuid.UUID,
    now: datetime,
    link_id: uuid.UUID | None = None,
) -> None:
    """The link, or all links of the order, open nothing any more."""
    mine = (OrderLink.venue_id == venue_id) & (OrderLink.order_id == order_id)
    if link_id is not None:
        mine &= OrderLink.id == link_id
    still = update(OrderLink).where(mine, OrderLink.revoked_at.is_(None))
    await session.execute(still.values(revoked_at=now))
