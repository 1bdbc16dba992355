"""A customer's personal data: given out whole, and taken out of all that keeps it (GDPR, 15 and 17)."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.mail.stored import Mail, MailCursor
from api.my.stored import OrderLink
from api.people.addresses import forget_addresses
from api.people.audit import THE_SERVER, Who, forget_entries, record
from api.people.stored import AuditRow, SessionRow
from booking.forget import ends_last, forget_in_orders, orders_of
from booking.idempotency import IdempotencyRow
from booking.orders import OrderVersionRow
from booking.plan_queue import forget_customer_in_plans
from catalog.errors import Conflict
from catalog.organisations import ApiKey
from catalog.record import forgetting
from catalog.venues import Venue
from pricing.credits import CreditEntry, CreditLot
from pricing.customers import Customer
from pricing.forget import ERASED, forget_customer, sold_last
from pricing.payments import Payment
from pricing.sales import SaleRow, SaleVersionRow

AT_ONCE = 50
_DEAD_SESSIONS_DAYS = 30


async def erase(
    session: AsyncSession, organisation: uuid.UUID, customer: Customer, who: Who, now: datetime
) -> None:
    """In the caller's transaction: all of it or nothing. Raises Conflict while bookings are to come."""
    venue_id, known = customer.venue_id, customer.id
    last = await ends_last(session, venue_id, known)
    if last is not None and last > now:
        raise Conflict(
            "The customer has bookings to come; cancel them, or give the order to another customer.",
            code="still_to_come",
        )
    await forgetting(session)
    await _stop_writing(session, venue_id)
    orders = await forget_in_orders(session, venue_id, known, now)
    await forget_customer(session, customer, orders)
    await _forget_mails(session, venue_id, orders)
    await forget_customer_in_plans(session, venue_id, known)
    links = update(OrderLink).where(OrderLink.venue_id == venue_id, OrderLink.order_id.in_(orders))
    await session.execute(links.where(OrderLink.revoked_at.is_(None)).values(revoked_at=now))
    own = select(ApiKey.id).where(ApiKey.customer_id == known)
    await session.execute(update(AuditRow).where(AuditRow.by.in_(own)).values(name="", address=""))
    keys = update(ApiKey).where(ApiKey.customer_id == known)
    await session.execute(keys.values(name="customer", revoked_at=func.coalesce(ApiKey.revoked_at, now)))
    for told in (known, *orders):  # answers that are kept for a day
        said = func.strpos(func.encode(IdempotencyRow.body, "escape"), str(told))
        await session.execute(delete(IdempotencyRow).where(said > 0))
    record(session, "customer_erased", who, organisation, known, orders=len(orders))


async def exported(session: AsyncSession, customer: Customer) -> dict[str, Any]:
    """Everything that is kept of the customer, as it is kept."""
    venue_id, known = customer.venue_id, customer.id
    orders = await orders_of(session, venue_id, known)
    sales = select(SaleRow.id).where(SaleRow.venue_id == venue_id, SaleRow.customer_id == known)
    theirs = (Payment.order_id.in_(orders)) | (Payment.sale_id.in_(sales))
    tables = {
        "customer": select(Customer.__table__).where(Customer.venue_id == venue_id, Customer.id == known),
        "orders": select(OrderVersionRow.__table__)
        .where(
            OrderVersionRow.venue_id == venue_id,
            OrderVersionRow.order_id.in_(orders),
            OrderVersionRow.value["customer"].astext == str(known),
        )
        .order_by(OrderVersionRow.order_id, OrderVersionRow.version),
        "payments": select(Payment.__table__)
        .where(Payment.venue_id == venue_id, theirs)
        .order_by(Payment.id),
        "sales": select(SaleVersionRow.__table__)
        .where(SaleVersionRow.venue_id == venue_id, SaleVersionRow.sale_id.in_(sales))
        .order_by(SaleVersionRow.sale_id, SaleVersionRow.version),
        "credits": select(CreditLot.__table__)
        .where(CreditLot.venue_id == venue_id, CreditLot.customer_id == known)
        .order_by(CreditLot.id),
        "mails": select(Mail.__table__)
        .where(Mail.venue_id == venue_id, Mail.order_id.in_(orders))
        .order_by(Mail.id),
    }
    return {
        name: [_readable(dict(row)) for row in (await session.execute(table)).mappings()]
        for name, table in tables.items()
    }


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Without ids of who works there, and without what opens calendars."""
    row.pop("actor_key", None)
    if isinstance(row.get("value"), dict):
        row["value"] = {name: part for name, part in row["value"].items() if name != "feed_token"}
    return row


async def _stop_writing(session: AsyncSession, venue_id: uuid.UUID) -> None:
    """Nobody writes mails of the venue until the transaction ends: what was written before is seen here."""
    await session.execute(insert(MailCursor).values(venue_id=venue_id, last_event=0).on_conflict_do_nothing())
    await session.execute(select(MailCursor).where(MailCursor.venue_id == venue_id).with_for_update())


async def _forget_mails(session: AsyncSession, venue_id: uuid.UUID, orders: list[uuid.UUID]) -> None:
    """What was sent and when stays; to whom, and what it said, goes. What is not sent yet never is."""
    mails = update(Mail).where(Mail.venue_id == venue_id, Mail.order_id.in_(orders))
    await session.execute(mails.where(Mail.state == "queued").values(state="kept", next_at=None))
    emptied = {"recipient_name": "", "subject": "", "text": "", "html": "", "calendars": []}
    nobody = cast(Mail.id, String) + "@erased.invalid"  # one for each: recipients are told apart
    await session.execute(mails.values(recipient=nobody, last_error=None, **emptied))


async def forget_what_is_old(
    sessions: async_sessionmaker[AsyncSession],
    days: int,
    audit_days: int,
    now: datetime,
    address_days: int = 90,
) -> int:
    """Retention: erases customers of whom nothing was heard for so many days (0: never), a few at once.

    Who has credits that are still valid, or ordered or bought since, stays. The record of rights is kept for
    `audit_days`, from which address a change came for `address_days`, sessions that have ended for a month.
    """
    await forget_addresses(sessions, now - timedelta(days=address_days))
    async with sessions.begin() as session:
        await forgetting(session)
        await forget_entries(session, now, audit_days)
        ended = now - timedelta(days=_DEAD_SESSIONS_DAYS)
        await session.execute(delete(SessionRow).where(SessionRow.expires_at < ended))
    if days == 0:
        return 0
    before, erased = now - timedelta(days=days), 0
    async with sessions() as session:
        found = await session.execute(
            select(Customer.venue_id, Customer.id, Venue.organisation_id)
            .join(Venue, Venue.id == Customer.venue_id)
            .where(Customer.created_at < before, Customer.name != ERASED)
            .order_by(Customer.created_at)
        )
        old = found.all()
    for venue_id, known, organisation in old:
        if erased == AT_ONCE:
            break
        async with sessions.begin() as session:
            customer = await session.get(Customer, (venue_id, known), with_for_update=True)
            if customer is not None and not await _is_known(session, customer, before, now):
                await erase(session, organisation, customer, THE_SERVER, now)
                erased += 1
    return erased


async def _is_known(session: AsyncSession, customer: Customer, before: datetime, now: datetime) -> bool:
    """Whether the customer came or bought since, or may still come by a credit."""
    last = (
        await ends_last(session, customer.venue_id, customer.id),
        await sold_last(session, customer.venue_id, customer.id),
    )
    if any(at is not None and at >= before for at in last):
        return True
    latest = (
        select(CreditEntry.remaining, CreditEntry.valid_until)
        .join(CreditLot, (CreditLot.venue_id == CreditEntry.venue_id) & (CreditLot.id == CreditEntry.lot_id))
        .where(CreditLot.venue_id == customer.venue_id, CreditLot.customer_id == customer.id)
        .ext(distinct_on(CreditEntry.lot_id))
        .order_by(CreditEntry.lot_id, CreditEntry.seq.desc())
    )
    balances = (await session.execute(latest)).all()
    return any(left > 0 and (until is None or until > now) for left, until in balances)
