"""Bookings, moves, cancellations, holds that end, credits and time that passes, beside a slow model.

Everything goes over HTTP into the real database; the model is a few dictionaries and loops. The long form is
a part of `make chaos`.
"""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from litestar import Litestar
from sqlalchemy import select

import catalog.base
from api.app import create_app
from api.commands.verify import amiss
from api.worker import chores
from pricing.customers import Customer
from tests.api.conftest import running
from tests.faults.acting import SETTINGS, client, prepare
from tests.solving import InThisProcess
from tests.walks.documents import many, service, venue

T = TypeVar("T")
TZ = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2027, 3, 1, 6, tzinfo=UTC)
DAYS, HOURS = 9, (9, 10, 15)
VALID_DAYS, PRICE, HOLD = 6, "500.00", 180
STAFF = ("anna-1", "anna-2")
DOCUMENT = venue(
    *many(2, "anna", "therapists", "staff"),
    products=[
        service("massage", PRICE, 60, {"pool": "therapists"}),
        {"key": "two", "kind": "item", "price": "800.00",
         "series": {"product": "massage", "quantity": 2, "valid_days": VALID_DAYS}},
    ],
)  # fmt: skip
SLOTS = st.tuples(st.integers(0, DAYS - 1), st.sampled_from(HOURS))
EXAMPLES, STEPS = (60, 60) if os.environ.get("SOJOURN_TEST_EVERYTHING") else (3, 16)


@dataclass
class Lot:
    """Credits bought at once; those free, and until which local date one may be used."""

    bought: date
    free: int = 2
    used: int = 0

    def covers(self, day: date) -> bool:
        return day <= self.bought + timedelta(days=VALID_DAYS)


@dataclass
class Booked:
    """An order of one massage: who gives it, when, and the lot that pays for it."""

    id: str
    booking: str
    staff: str
    start: datetime
    lot: Lot | None
    wants_credit: bool
    held_until: datetime | None = None
    status: str = "confirmed"
    settled: bool = field(default=False)

    def stands(self, now: datetime) -> bool:
        over = self.status == "held" and self.held_until is not None and self.held_until <= now
        return self.status != "cancelled" and not over


class World:
    """One application for all histories, and the clock that it goes by."""

    def __init__(self, runner: asyncio.Runner, app: Litestar) -> None:
        self.runner, self.app, self.now = runner, app, BEGIN
        self.desk = client(app)

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.run(self.desk.request(method, f"/v1{path}", json=body))

    def done(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    def chore(self, name: str) -> None:
        (chore,) = (it for it in chores(self.app.state.desk, SETTINGS) if it.name == name)
        self.run(chore.work())


class Histories(RuleBasedStateMachine):
    """A house of two, and one customer with credits."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.now = BEGIN
        self.home = f"/venues/{uuid.uuid4().hex}"
        self.world.done("PUT", f"{self.home}/catalog", DOCUMENT)
        self.customer = self.world.done("POST", f"{self.home}/customers", {"name": "Ada"})["id"]
        self.orders: list[Booked] = []
        self.lots: list[Lot] = []

    @property
    def standing(self) -> list[Booked]:
        """What is to come, and may be changed."""
        return [it for it in self.orders if it.stands(self.world.now) and it.start > self.world.now]

    def is_free(self, staff: str, start: datetime, but: Booked | None = None) -> bool:
        return not any(
            it is not but and it.stands(self.world.now) and (it.staff, it.start) == (staff, start)
            for it in self.orders
        )

    def credit_for(self, day: date, own: Lot | None = None) -> Lot | None:
        """The first lot bought that has one left for the day; its own counts as left."""
        return next((lot for lot in self.lots if lot.covers(day) and (lot.free or lot is own)), None)

    def pays(self, order: Booked, lot: Lot | None) -> None:
        if order.lot is not None:
            order.lot.free += 1
        if lot is not None:
            lot.free -= 1
        order.lot = lot

    @rule()
    def buy(self) -> None:
        body = {"customer": self.customer, "lines": [{"product": "two"}]}
        sale = self.world.done("POST", f"{self.home}/sales", body)
        self.world.done("POST", f"/sales/{sale['id']}/close", {})
        self.lots.append(Lot(bought=self.world.now.astimezone(TZ).date()))

    @rule(slot=SLOTS, staff=st.sampled_from(STAFF), hold=st.booleans(), by_credit=st.booleans())
    def book(self, slot: tuple[int, int], staff: str, hold: bool, by_credit: bool) -> None:
        start = at(slot)
        if start <= self.world.now:
            return
        body = {"product": "massage", "start": start.isoformat(), "resource": staff}
        body |= {"customer": self.customer, "use_credits": by_credit}
        answer = self.world.ask(
            "POST", f"{self.home}/orders", body | ({"hold_minutes": HOLD} if hold else {})
        )
        assert (answer.status_code == 201) == self.is_free(staff, start), answer.text
        if answer.status_code != 201:
            assert answer.status_code in (409, 422)
            assert answer.json()["reasons"]
            return
        made = answer.json()
        until = self.world.now + timedelta(minutes=HOLD) if hold else None
        order = Booked(
            made["id"], made["bookings"][0]["id"], staff, start, None, by_credit, until, made["status"]
        )
        self.orders.append(order)
        if by_credit:
            self.pays(order, self.credit_for(start.date()))

    @precondition(lambda self: self.standing)
    @rule(pick=st.integers(0, 99), slot=SLOTS)
    def move(self, pick: int, slot: tuple[int, int]) -> None:
        order, start = self.standing[pick % len(self.standing)], at(slot)
        if start <= self.world.now:
            return
        free = [staff for staff in STAFF if self.is_free(staff, start, order)]
        answer = self.world.ask("PATCH", f"/orders/{order.id}", {"start": start.isoformat()})
        assert (answer.status_code == 200) == bool(free), answer.text
        if answer.status_code == 200:
            (held,) = answer.json()["bookings"][0]["allocations"]
            assert held["resource"] in free
            order.staff, order.start = held["resource"], start
            if order.wants_credit:
                self.pays(order, self.credit_for(start.date(), order.lot))

    @precondition(lambda self: self.standing)
    @rule(pick=st.integers(0, 99), staff=st.sampled_from(STAFF))
    def give_to_another(self, pick: int, staff: str) -> None:
        order = self.standing[pick % len(self.standing)]
        answer = self.world.ask("PATCH", f"/bookings/{order.booking}", {"resources": [staff]})
        assert (answer.status_code == 200) == self.is_free(staff, order.start, order), answer.text
        if answer.status_code == 200:
            order.staff = staff
            if order.wants_credit:
                self.pays(order, self.credit_for(order.start.date(), order.lot))

    @precondition(lambda self: self.standing)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        order = self.standing[pick % len(self.standing)]
        self.world.done("POST", f"/orders/{order.id}/cancel", {})
        order.status = "cancelled"
        self.pays(order, None)

    @precondition(lambda self: any(it.status == "held" for it in self.orders))
    @rule(pick=st.integers(0, 99))
    def confirm(self, pick: int) -> None:
        held = [it for it in self.orders if it.status == "held"]
        order = held[pick % len(held)]
        answer = self.world.ask("POST", f"/orders/{order.id}/confirm", {})
        assert answer.status_code == (200 if order.stands(self.world.now) else 409), answer.text
        if answer.status_code == 200:
            order.status, order.held_until = "confirmed", None

    @rule(minutes=st.sampled_from((1, HOLD - 1, HOLD, 24 * 60, 3 * 24 * 60)))
    def wait(self, minutes: int) -> None:
        self.world.now += timedelta(minutes=minutes)

    @rule()
    def do_the_chores(self) -> None:
        """Twice, as several workers would."""
        for name in ("holds", "holds", "past orders", "past orders"):
            self.world.chore(name)
        for order in self.orders:
            if order.status == "held" and not order.stands(self.world.now):
                order.status = "cancelled"
                self.pays(order, None)
            is_over = order.start + timedelta(hours=1) <= self.world.now
            if order.status == "confirmed" and is_over and not order.settled and order.lot is not None:
                order.settled = True
                order.lot.used += 1

    @invariant()
    def the_calendar_is_what_the_model_holds(self) -> None:
        first, last = at((0, 0)).date(), at((DAYS, 0)).date()
        read = self.world.done("GET", f"{self.home}/calendar?from={first}&to={last}")
        found = sorted((it["resource"], datetime.fromisoformat(it["start"])) for it in read["entries"])
        assert found == sorted((it.staff, it.start) for it in self.orders if it.stands(self.world.now))

    @invariant()
    def the_credits_are_what_the_model_has_left(self) -> None:
        if not self.lots:
            return
        found = self.world.done("GET", f"/customers/{self.customer}/credits")["items"]
        assert [(it["remaining"], it["used"]) for it in found] == [(it.free, it.used) for it in self.lots]
        assert all(it["remaining"] + it["reserved"] + it["used"] == 2 for it in found)

    def teardown(self) -> None:
        for order in self.orders:
            read = self.world.done("GET", f"/orders/{order.id}")
            stands = order.stands(self.world.now)
            assert (read["status"] != "cancelled") == stands
            owed = PRICE if stands and order.lot is None else "0.00"
            assert read["price"]["total"] == owed, order


def at(slot: tuple[int, int]) -> datetime:
    """The hour of a day, by the venue's clock."""
    day = BEGIN.astimezone(TZ) + timedelta(days=slot[0])
    return day.replace(hour=slot[1])


@pytest.fixture
def world(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with asyncio.Runner() as runner:
        runner.run(prepare(database))
        app = create_app(SETTINGS, database, solvers=InThisProcess())
        world = World(runner, app)

        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return world.now.astimezone(tz)

        monkeypatch.setattr(catalog.base, "datetime", Clock)
        living = running(app)
        runner.run(living.__aenter__())
        yield world
        runner.run(world.desk.aclose())
        runner.run(living.__aexit__(None, None, None))


def test_bookings_credits_and_time_are_what_a_slow_model_says(world: World) -> None:
    run_state_machine_as_test(
        type("WithWorld", (Histories,), {"world": world}),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            phases=[Phase.generate],  # a history that fails is told as it is: shrinking takes minutes
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
    engine = world.app.state.desk.sessions.kw["bind"]
    assert world.run(amiss(engine))[0] == {}
    world.now = BEGIN + timedelta(days=DAYS + 1)

    async def everybody() -> list[uuid.UUID]:
        async with world.app.state.desk.sessions() as session:
            return list(await session.scalars(select(Customer.id)))

    for customer in world.run(everybody()):  # whatever was done, each can be forgotten, and the rest adds up
        world.done("POST", f"/customers/{customer}/erase")
    assert world.run(amiss(engine))[0] == {}
