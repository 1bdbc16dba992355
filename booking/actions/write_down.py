"""Write what was settled, or rehearse it for a preview."""

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.apply import Actor, OrderChange, apply
from booking.desk import Desk
from booking.handing_over import hand_over
from booking.lines import Order
from booking.on_the_shelf import goods_to_get
from booking.outcome import Keep, Outcome
from catalog.queries import StoredVenue
from pricing.service import create_customer


async def rehearse(
    desk: Desk,
    venue: StoredVenue,
    draft: Draft,
    outcome: Outcome,
    now: datetime,
    caller: Actor,
    keep: Keep | None,
) -> Outcome:
    """What the orders hand over is tried, shown by `keep`, and taken back: the session is not committed."""
    async with desk.sessions() as session:
        pairs = list(zip(draft.before, outcome.orders, strict=True))
        whats = [draft.what] * len(pairs)
        await hand_over(session, venue.id, venue, pairs, whats, now=now, actor=caller)
        outcome = await _warned(session, venue, outcome)
        if keep is not None:
            await keep(session, outcome)
    return outcome


async def write_down(
    desk: Desk,
    venue: StoredVenue,
    draft: Draft,
    outcome: Outcome,
    now: datetime,
    caller: Actor,
    keep: Keep | None,
) -> Outcome:
    """Everything in one transaction; the outcome as it is stored."""
    stored: list[Outcome] = []

    async def before_commit(session: AsyncSession, orders: tuple[Order, ...]) -> None:
        for customer_id, wanted in draft.customers:
            create_customer(
                session,
                venue.id,
                name=wanted.name,
                email=wanted.email,
                phone=wanted.phone,
                tier=wanted.tier,
                language=wanted.language,
                now=now,
                customer_id=customer_id,
            )
        if draft.customers:
            await session.flush()
        if draft.also is not None:
            await draft.also(session)
        final = await _warned(session, venue, replace(outcome, orders=orders))
        if keep is not None:
            await keep(session, final)
        stored[:] = [final]

    pairs = zip(draft.before, outcome.orders, strict=True)
    written = [OrderChange(before=before, after=after, what=draft.what) for before, after in pairs]
    with desk.watch.step("apply"):
        await apply(
            desk.sessions,
            venue,
            written,
            now=now,
            actor=caller,
            before_commit=before_commit,
            days=draft.days,
        )
    return stored[0]


async def _warned(session: AsyncSession, venue: StoredVenue, outcome: Outcome) -> Outcome:
    """With a warning for all that is promised and not there yet."""
    short = await goods_to_get(session, venue, outcome.orders)
    return replace(outcome, warnings=(*outcome.warnings, *short)) if short else outcome
