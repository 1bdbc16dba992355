"""The ledger of an order: written with every version, never changed, and safe from races."""

import asyncio
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from booking.actions.pay import pay
from booking.apply import clear_expired
from booking.desk import Desk
from booking.lines import Order
from booking.order_history import charges_of
from booking.queries import load_order
from booking.solvers import Solvers
from pricing.paying import PaymentRequest, RefundTooLarge
from pricing.queries import payments_of
from tests.booking.stored import ADA, NOW, House, open_house, order_of, takes


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    return await open_house(engine)


async def charged(house: House, order: Order) -> list[tuple[int, str, str]]:
    async with house.sessions() as session:
        found = await charges_of(session, house.venue.id, order.id)
    return [(charge.version, charge.kind, str(charge.amount)) for charge in found]


def desk(house: House) -> Desk:
    return Desk(sessions=house.sessions, solvers=Solvers(1), now=lambda: NOW)


async def paid(house: House, order: Order, amount: str) -> None:
    async def keep(*_: object) -> None:
        pass

    asked = PaymentRequest(amount=Decimal(amount), method="cash")
    await pay(desk(house), house.venue, order.id, asked, caller=ADA, keep=keep)


async def test_every_version_is_charged_with_what_it_owes_more(house: House) -> None:
    order = await house.keep(order_of(takes("anna", 10, 11)))
    dearer = await house.keep(replace(order, total=Decimal("1000.00")), order)
    same = await house.keep(replace(dearer, note="by the window"), dearer)
    await house.keep(replace(same, status="cancelled", total=Decimal("0.00")), same)
    assert await charged(house, order) == [
        (1, "booking", "950.00"), (2, "change", "50.00"), (4, "cancellation", "-1000.00"),
    ]  # fmt: skip


async def test_a_change_of_the_tax_alone_is_charged_too(house: House) -> None:
    def at(rate: str) -> dict[str, Any]:
        return {"taxes": [{"rate": rate, "net": "900.00", "tax": "50.00", "gross": "950.00"}]}

    order = await house.keep(replace(order_of(takes("anna", 10, 11)), price=at("6")))
    await house.keep(replace(order, price=at("12")), order)
    async with house.sessions() as session:
        (_, change) = await charges_of(session, house.venue.id, order.id)
    assert change.amount == 0
    assert [(str(row.rate), str(row.gross)) for row in change.taxes] == [("6", "-950.00"), ("12", "950.00")]


async def test_what_an_expired_hold_owed_is_charged_back_once_however_often_it_is_cleared(
    house: House,
) -> None:
    until = NOW + timedelta(minutes=10)
    held = order_of(takes("anna", 10, 11), status="held", held_until=until.timestamp())
    order = await house.keep(held)
    for minutes in (9, 11, 12):
        await clear_expired(house.sessions, None, NOW + timedelta(minutes=minutes))
    assert await charged(house, order) == [(1, "booking", "950.00"), (2, "cancellation", "-950.00")]
    async with house.sessions() as session:
        assert (await load_order(session, house.venue, order.id, NOW)).total == 0


async def test_an_order_that_is_not_written_is_not_charged(house: House) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("the power fails")

    with pytest.raises(RuntimeError):
        await house.keep(order_of(takes("anna", 10, 11)), before_commit=fail)
    assert await house.count("charge") == 0


async def test_of_many_refunds_at_once_no_more_is_paid_back_than_was_paid(house: House) -> None:
    order = await house.keep(order_of(takes("anna", 10, 11)))
    await paid(house, order, "950.00")
    done = await asyncio.gather(*(paid(house, order, "-300") for _ in range(20)), return_exceptions=True)
    assert sum(outcome is None for outcome in done) == 3
    assert all(isinstance(outcome, RefundTooLarge) for outcome in done if outcome is not None)
    async with house.sessions() as session:
        payments = await payments_of(session, house.venue.id, order_id=order.id)
    assert sum(payment.amount for payment in payments) == Decimal("50.00")


async def test_the_database_keeps_no_payment_for_nothing_or_for_two_things(house: House) -> None:
    order = await house.keep(order_of(takes("anna", 10, 11)))
    row = """INSERT INTO payment (venue_id, id, order_id, sale_id, at, amount, method, reference, taxes,
                                  actor_role, actor_name)
             VALUES (:venue, :id, :order, :sale, now(), :amount, 'cash', '', '[]', 'reception', '')"""
    given = {"venue": house.venue.id, "id": uuid.uuid4(), "order": order.id, "sale": None, "amount": 1}
    for wrong in ({"amount": 0}, {"order": None}, {"sale": uuid.uuid4()}, {"order": uuid.uuid4()}):
        with pytest.raises(Exception, match="payment"):
            async with house.sessions.begin() as session:
                await session.execute(text(row), given | wrong)
