"""Tickets as stored: printed for a sale or an order, void again, and used at the gate. The caller commits."""

import secrets
import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base
from catalog.errors import Conflict, NotFound
from catalog.ids import new_id
from pricing.lots import Cause
from pricing.tickets import Printed, TicketsWanted, TicketUsed, spelled, tickets_as_wanted

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that look alike


class Ticket(Base):
    """The right to enter that a sale or an order gave; `code` is what the gate reads. `day`: it is for."""

    __tablename__ = "ticket"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "sale_id"], ["sale.venue_id", "sale.id"]),
        ForeignKeyConstraint(
            ["venue_id", "order_id"],
            ["orders.venue_id", "orders.id"],
            deferrable=True,  # the order is written last, when its number has been taken
            initially="DEFERRED",
        ),
        CheckConstraint("num_nonnulls(sale_id, order_id) = 1", name="one_origin"),
        UniqueConstraint("venue_id", "code"),
        Index("ix_ticket_venue_id_sale_id", "venue_id", "sale_id"),
        Index("ix_ticket_venue_id_order_id", "venue_id", "order_id"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sale_id: Mapped[uuid.UUID | None]
    order_id: Mapped[uuid.UUID | None]
    line_id: Mapped[uuid.UUID]
    position: Mapped[int]
    product: Mapped[str]
    name: Mapped[str]
    component: Mapped[str | None]
    code: Mapped[str]
    day: Mapped[date | None]
    voided_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


async def print_tickets(
    session: AsyncSession,
    venue_id: uuid.UUID,
    of: Cause,
    wanted: Sequence[TicketsWanted],
    *,
    may_void_used: bool,
    now: datetime,
) -> None:
    """The sale or order has exactly these tickets in force: new ones get a code. Raises TicketUsed."""
    mine = Ticket.sale_id == of.sale if of.sale is not None else Ticket.order_id == of.order
    rows = select(Ticket).where(Ticket.venue_id == venue_id, mine).order_by(Ticket.id).with_for_update()
    found = await session.scalars(rows.execution_options(populate_existing=True))
    there = [_printed(row) for row in found]
    tickets = tickets_as_wanted(there, wanted, may_void_used=may_void_used)
    await _set(session, venue_id, {ticket.id for ticket in tickets.void}, voided_at=now)
    for day in {want.day for _, want in tickets.stay}:
        other = {t.id for t, want in tickets.stay if want.day == day and (not t.in_force or t.day != day)}
        await _set(session, venue_id, other, voided_at=None, day=day)
    first = len(there)
    new = [
        {
            "venue_id": venue_id,
            "id": new_id(),
            "sale_id": of.sale,
            "order_id": of.order,
            "line_id": want.line,
            "position": first + n,
            "product": want.product,
            "name": want.name,
            "component": want.component,
            "code": "".join(secrets.choice(_ALPHABET) for _ in range(16)),
            "day": want.day,
        }
        for n, want in enumerate(tickets.new)
    ]
    if new:
        await session.execute(insert(Ticket), new)


async def _set(session: AsyncSession, venue_id: uuid.UUID, tickets: Collection[uuid.UUID], **to: Any) -> None:
    if tickets:
        those = update(Ticket).where(Ticket.venue_id == venue_id, Ticket.id.in_(tickets))
        await session.execute(those.values(**to).execution_options(synchronize_session=False))


def _printed(row: Ticket) -> Printed:
    return Printed(
        id=row.id,
        line=row.line_id,
        component=row.component,
        product=row.product,
        name=row.name,
        code=row.code,
        day=row.day,
        position=row.position,
        in_force=row.voided_at is None,
        is_used=row.used_at is not None,
    )


async def tickets_in_force(
    session: AsyncSession, venue_id: uuid.UUID, *, sale_id: uuid.UUID
) -> Sequence[Ticket]:
    """The tickets of the sale that open the gate."""
    rows = select(Ticket).where(
        Ticket.venue_id == venue_id, Ticket.sale_id == sale_id, Ticket.voided_at.is_(None)
    )
    return list(await session.scalars(rows.order_by(Ticket.position, Ticket.id)))


async def tickets_by_order(
    session: AsyncSession, venue_id: uuid.UUID, orders: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Ticket]]:
    """The same of several orders; every order is in it."""
    out: dict[uuid.UUID, list[Ticket]] = {order: [] for order in orders}
    if out:
        mine = Ticket.venue_id == venue_id, Ticket.order_id.in_(out), Ticket.voided_at.is_(None)
        for ticket in await session.scalars(select(Ticket).where(*mine).order_by(Ticket.position, Ticket.id)):
            if ticket.order_id is not None:
                out[ticket.order_id].append(ticket)
    return out


async def use_ticket(session: AsyncSession, venue_id: uuid.UUID, code: str, now: datetime) -> Ticket:
    """Somebody comes in with it, once. Raises NotFound, TicketUsed and, for one that is void, Conflict."""
    plain = "".join(c for c in code.upper() if c in _ALPHABET)
    mine = select(Ticket).where(Ticket.venue_id == venue_id, Ticket.code == plain)
    ticket = await session.scalar(mine.with_for_update())
    if ticket is None:
        raise NotFound("There is no ticket of this code.", code="unknown_ticket")
    shown = f"The ticket {spelled(ticket.code)} for “{ticket.name}”"
    if ticket.voided_at is not None:
        raise Conflict(f"{shown} is void: what it was for has been taken back.", code="ticket_void")
    if ticket.used_at is not None:
        raise TicketUsed(f"{shown} has been used already.")
    ticket.used_at = now
    await session.flush()
    return ticket
