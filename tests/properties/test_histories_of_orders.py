"""Whatever happens to an order: its charges sum to its price and fees, and no cent is lost.

The model is slow and simple: it keeps what was asked, and works every amount out anew.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from api.commands.verify import amiss
from api.database import make_engine
from booking.actions.book import book
from booking.actions.cancel import cancel_order
from booking.actions.change import change_line, change_order
from booking.actions.confirm import confirm
from booking.actions.pay import pay
from booking.actions.undo import undo
from booking.apply import clear_expired
from booking.billing import owed
from booking.desk import Desk
from booking.lines import Order
from booking.order_history import Charge, charges_of
from booking.queries import load_order
from booking.requests import ChangeRequest, OrderRequest
from catalog.actors import Actor
from catalog.document import from_data
from catalog.errors import Refusal
from pricing.paying import Owed, PaymentRequest, summed
from pricing.queries import payments_of, settled_by
from tests.booking.stored import NOW, House, open_house
from tests.solving import InThisProcess

T = TypeVar("T")
MANAGER = Actor(role="manager", name="Ada")
TZ = ZoneInfo("Europe/Stockholm")
START = NOW + timedelta(days=40)
PRICES = {"lunch": Decimal("100.00"), "coffee": Decimal("10.05"), "hall": Decimal("77.77")}
TERMS = ((30, 20), (5, 60))
CATALOG = from_data(
    {
        "venue": {"time_zone": "Europe/Stockholm", "currency": "SEK"},
        "settings": {
            "cancellation": [
                {"days_before": days, "percent": str(percent), "tax": tax}
                for (days, percent), tax in zip(TERMS, ("high", "low"), strict=True)
            ]
        },
        "taxes": [
            {"key": key, "rates": [{"from": "2000-01-01", "percent": percent}]}
            for key, percent in (("high", "25"), ("low", "12"))
        ],
        "products": [
            {"key": "lunch", "kind": "item", "price": "100.00", "tax": "high"},
            {"key": "coffee", "kind": "item", "price": "10.05", "tax": "low"},
            {"key": "hall", "kind": "item", "price": "77.77"},
            {
                "key": "day",
                "kind": "package",
                "installment_plan": "thirds",
                "components": [
                    {
                        "product": "lunch",
                        "quantity": "one_per_participant",
                        "tax_split": {"percent": "20", "tax": "low"},
                    },
                    {"product": "coffee", "quantity": "one_per_participant", "count": 2},
                    {"product": "hall", "quantity": "one"},
                ],
            },
        ],
        "installment_plans": [
            {
                "key": "thirds",
                "parts": [
                    {"percent": "33.33", "due": "booking"},
                    {"percent": "33.33", "days_before_start": 30},
                    {"percent": "33.34", "days_before_start": 7},
                ],
            }
        ],
    }
)
CENTS = st.integers(1, 400_000).map(lambda n: Decimal(n) / 100)
DISCOUNTS = st.one_of(
    st.none(),
    st.integers(0, 10_500).map(lambda n: {"percent": Decimal(n) / 100}),
    CENTS.map(lambda amount: {"amount": amount}),
)


@dataclass(frozen=True)
class Asked:
    """An order as the model knows it: what was asked of it. `fee`: what cancelling it cost."""

    participants: int
    difference: int = 0
    price: Decimal | None = None
    of_line: dict[str, Decimal] | None = None
    of_order: dict[str, Decimal] | None = None
    held_until: datetime | None = None
    status: str = "confirmed"
    fee: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal | None:
        """None where a discount is none."""
        if self.status == "cancelled":
            return Decimal(0)
        coffees = max(0, self.participants + self.difference)
        whole = self.participants * (PRICES["lunch"] + PRICES["hall"])
        whole += 2 * coffees * (PRICES["coffee"] if self.price is None else self.price)
        for discount in (self.of_line, self.of_order):
            off = Decimal(0)
            if discount is not None:
                off = discount.get("amount", rounded(whole * discount.get("percent", Decimal(0)) / 100))
                if off > whole or discount.get("percent", 0) > 100:
                    return None
            whole -= off
        return whole

    @property
    def owed(self) -> Decimal:
        return (self.total or Decimal(0)) + self.fee


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


class World:
    """One database for all histories, and a clock that each of them sets."""

    def __init__(self, runner: asyncio.Runner, house: House) -> None:
        self.runner, self.house, self.now = runner, house, NOW
        self.desk = Desk(sessions=house.sessions, solvers=InThisProcess(), now=lambda: self.now)

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def order(self, known: Order) -> tuple[Order, tuple[Charge, ...], Owed]:
        """The order as it reads, its charges, and the sum of its payments."""

        async def read() -> tuple[Order, tuple[Charge, ...], Owed]:
            async with self.house.sessions() as session:
                venue = self.house.venue
                order = await load_order(session, venue, known.id, self.now)
                payments = await payments_of(session, venue.id, order_id=order.id)
                charges = await charges_of(session, venue.id, order.id)
                return order, charges, summed(map(settled_by, payments))

        return self.run(read())


class Histories(RuleBasedStateMachine):
    """One order from its booking on."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.now = NOW
        self.versions: list[Asked] = []
        self.order: Order | None = None
        self.paid = Decimal(0)
        self.charges: tuple[Charge, ...] = ()
        self.sentences: list[str] = []

    @property
    def asked(self) -> Asked:
        asked = self.versions[-1]
        expired = (
            asked.status == "held" and asked.held_until is not None and asked.held_until <= self.world.now
        )
        return replace(asked, status="cancelled") if expired else asked

    def act(self, action: Any, *arguments: Any, **options: Any) -> bool:
        """Whether the action was carried out; it refuses with a sentence, or succeeds."""
        try:
            outcome = self.world.run(
                action(self.world.desk, self.world.house.venue, *arguments, caller=MANAGER, **options)
            )
        except Refusal as refusal:
            self.sentences.append(refusal.sentence)
            return False
        if outcome is not None:
            self.order = outcome.order
        return True

    def change(self, request: ChangeRequest, becomes: Asked, *, of_line: bool = False) -> None:
        assert self.order is not None
        where = (self.order.id, self.order.lines[0].id) if of_line else (self.order.id,)
        done = self.act(change_line if of_line else change_order, *where, request)
        assert done == (self.asked.status != "cancelled" and becomes.total is not None)
        if done:
            self.versions.append(becomes)

    @precondition(lambda self: self.order is None)
    @rule(participants=st.integers(1, 9), hold=st.booleans())
    def book(self, participants: int, hold: bool) -> None:
        request = OrderRequest(
            package="day",
            participants=participants,
            start=START.isoformat(),
            hold_minutes=1440 if hold else None,
        )
        assert self.act(book, request)
        until = self.world.now + timedelta(minutes=1440) if hold else None
        status = "held" if hold else "confirmed"
        self.versions = [Asked(participants=participants, status=status, held_until=until)]

    @precondition(lambda self: self.order is not None)
    @rule(participants=st.integers(1, 9))
    def change_the_participants(self, participants: int) -> None:
        request = ChangeRequest(participants=participants)
        self.change(request, replace(self.asked, participants=participants))

    @precondition(lambda self: self.order is not None)
    @rule(quantity=st.integers(0, 12))
    def change_the_coffees(self, quantity: int) -> None:
        request = msgspec.convert(
            {"components": [{"component": "coffee", "quantity": quantity}]}, ChangeRequest
        )
        self.change(request, replace(self.asked, difference=quantity - self.asked.participants))

    @precondition(lambda self: self.order is not None)
    @rule(price=st.one_of(st.none(), CENTS))
    def set_a_price(self, price: Decimal | None) -> None:
        given = {"component": "coffee", "unit_price": None if price is None else str(price)}
        request = msgspec.convert({"components": [given]}, ChangeRequest)
        self.change(request, replace(self.asked, price=price))

    @precondition(lambda self: self.order is not None)
    @rule(discount=DISCOUNTS, of_line=st.booleans())
    def discount(self, discount: dict[str, Decimal] | None, of_line: bool) -> None:
        given = None if discount is None else {name: str(value) for name, value in discount.items()}
        request = msgspec.convert({"discount": given}, ChangeRequest)
        becomes = replace(self.asked, **{"of_line" if of_line else "of_order": discount})
        self.change(request, becomes, of_line=of_line)

    @precondition(lambda self: self.order is not None)
    @rule()
    def confirm(self) -> None:
        assert self.order is not None
        asked = self.asked
        assert self.act(confirm, self.order.id) == (asked.status != "cancelled")
        if asked.status == "held":
            self.versions.append(replace(asked, status="confirmed", held_until=None))

    @precondition(lambda self: self.order is not None)
    @rule(waive=st.booleans())
    def cancel(self, waive: bool) -> None:
        assert self.order is not None
        asked = self.asked
        assert self.act(cancel_order, self.order.id, waive_fee=waive)
        if asked.status == "cancelled":
            return
        left = (START.astimezone(TZ).date() - self.world.now.astimezone(TZ).date()).days
        percent = next((percent for days, percent in reversed(TERMS) if left <= days), 0)
        free = waive or asked.status == "held"
        fee = Decimal(0) if free else rounded((asked.total or Decimal(0)) * percent / 100)
        self.versions.append(replace(asked, status="cancelled", fee=fee))

    @precondition(lambda self: self.order is not None)
    @rule()
    def undo(self) -> None:
        assert self.order is not None
        self.clear_the_expired()
        earlier = self.versions[-2] if len(self.versions) > 1 else None
        gone = earlier is not None and earlier.status == "held"
        gone = gone and earlier is not None and earlier.held_until is not None
        gone = gone and earlier is not None and (earlier.held_until or NOW) <= self.world.now
        assert self.act(undo, self.order.id) == (earlier is not None and not gone)
        if earlier is not None and not gone:
            self.versions.append(earlier)

    @precondition(lambda self: self.order is not None)
    @rule(amount=CENTS, back=st.booleans(), whole=st.booleans())
    def pay(self, amount: Decimal, back: bool, whole: bool) -> None:
        assert self.order is not None
        due = self.asked.owed - self.paid
        amount = due if whole else -amount if back else amount
        if not amount:
            return

        async def keep(*_: object) -> None:
            pass

        done = self.act(pay, self.order.id, PaymentRequest(amount=amount, method="transfer"), keep=keep)
        assert done == (self.paid + amount >= 0)
        if done:
            self.paid += amount
        order, _, paid = self.world.order(self.order)
        if done and whole:  # to the cent, at every rate
            assert paid.taxes == owed(order).taxes

    @rule(hours=st.integers(1, 24 * 12))
    def wait(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)

    @precondition(lambda self: self.order is not None)
    @rule()
    def clear_the_expired(self) -> None:
        """As the chore does, once or twice."""
        asked = self.asked
        if asked != self.versions[-1]:
            self.versions.append(asked)
        for _ in range(2):
            self.world.run(clear_expired(self.world.house.sessions, None, self.world.now))

    @invariant()
    def the_books_balance(self) -> None:
        if self.order is None:
            return
        order, charges, paid = self.world.order(self.order)
        assert charges[: len(self.charges)] == self.charges  # nothing that was written changes
        self.charges = charges
        assert owed(order).amount == self.asked.owed
        expired = self.asked != self.versions[-1]  # and not cleared yet: the chore charges it back
        if not expired:
            assert summed(Owed(amount=c.amount, taxes=c.taxes) for c in charges) == owed(order)
        assert paid.amount == self.paid >= 0
        assert sum(Decimal(part["amount"]) for part in order.price["installments"]) == order.total
        assert all(Decimal(part["amount"]) > 0 for part in order.price["installments"])
        assert all(row.net + row.tax == row.gross for c in charges for row in c.taxes)
        assert all(sentence.endswith(".") for sentence in self.sentences)


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with asyncio.Runner() as runner:
        engine = make_engine(database)
        yield World(runner, runner.run(open_house(engine, CATALOG)))
        runner.run(engine.dispose())


def test_the_books_balance_through_every_history(world: World) -> None:
    run_state_machine_as_test(
        type("WithWorld", (Histories,), {"world": world}),
        settings=settings(
            max_examples=80,
            stateful_step_count=30,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    found, _ = world.run(amiss(world.house.sessions.kw["bind"]))
    assert found == {}
