"""The ledger of credits under any history, against a model that keeps each credit by itself."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from catalog.actors import Actor
from pricing.claims import Want, claimed, consumed, ended
from pricing.ledger import expired
from pricing.lots import (
    NOTHING,
    Account,
    Cause,
    CreditGone,
    Lot,
    first_entry,
    last_instant,
    moved,
    with_validity,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 1, 1, tzinfo=UTC)
BY = Actor(role="reception")
LINE = uuid.uuid4()
OWNERS = [Cause(sale=uuid.uuid4()), Cause(sale=uuid.uuid4()), Cause(order=uuid.uuid4())]
ACCOUNTS: tuple[Account, ...] = ("remaining", "reserved", "used", "expired")


@pytest.mark.parametrize(
    ("bought", "days", "end"),
    [
        (date(2025, 1, 4), 360, "2025-12-31T00:00:00+01:00"),  # G12
        (date(2026, 9, 27), 28, "2026-10-26T00:00:00+01:00"),  # G8: a day of 25 hours
        (date(2026, 3, 28), 1, "2026-03-30T00:00:00+02:00"),  # a day of 23 hours
        (date(2026, 3, 28), 0, "2026-03-29T00:00:00+01:00"),  # the day of the sale alone
    ],
)
def test_validity_ends_with_the_last_local_day_s0_9(bought: date, days: int, end: str) -> None:
    until = last_instant(STOCKHOLM, bought, days)
    assert until is not None
    assert until.isoformat() == end


def test_without_days_it_never_ends() -> None:
    assert last_instant(STOCKHOLM, date(2026, 1, 1), None) is None


def issued(quantity: int, price: Decimal, until: datetime | None) -> Lot:
    made = Lot(
        id=uuid.uuid4(),
        customer=None,
        sold_as="series",
        sold_name="A series",
        products=("massage",),
        quantity=Decimal(quantity),
        price=price,
        currency="SEK",
        bought_at=START,
    )
    return first_entry(made, until, at=START, actor=BY, cause=NOTHING)


def test_what_had_expired_comes_back_where_its_end_is_put_off_and_only_there() -> None:
    late = START + timedelta(days=11)
    gone = expired(issued(3, Decimal(90), START + timedelta(days=10)), late)
    assert (gone.remaining, gone.balance("expired")) == (0, 3)
    for until, left in ((late + timedelta(days=1), 3), (None, 3), (late, 0), (START, 0)):
        lot = with_validity(gone, until, at=late, actor=BY, reason="Ill.")
        assert (lot.remaining, lot.balance("expired"), lot.valid_until) == (left, 3 - left, until)


def test_what_a_manager_adds_was_bought_for_nothing_s1_7() -> None:
    lot = moved(issued(3, Decimal(100), None), "adjust", "outside", "remaining", (4, 5), at=START, actor=BY)
    assert [lot.value_of([unit]) for unit in range(1, 6)] == [
        Decimal(amount) for amount in ("33.33", "33.34", "33.33", "0.00", "0.00")
    ]


class Ledger(RuleBasedStateMachine):
    """`state` and `owner` say of each credit, by number, where it is and for whom."""

    @initialize(quantity=st.integers(1, 6), price=st.decimals(0, 1000, places=2), days=st.integers(1, 20))
    def issue(self, quantity: int, price: Decimal, days: int) -> None:
        self.now, self.until = START, START + timedelta(days=days)
        self.lot = issued(quantity, price, self.until)
        self.state: dict[int, Account] = dict.fromkeys(range(1, quantity + 1), "remaining")
        self.owner: dict[int, Cause] = {}
        self.brought, self.given = quantity, quantity

    def _in(self, *accounts: Account) -> list[int]:
        return [unit for unit, account in self.state.items() if account in accounts]

    @rule(owner=st.sampled_from(OWNERS), count=st.integers(0, 7))
    def claim(self, owner: Cause, count: int) -> None:
        """An owner wants exactly so many."""
        mine = [u for u in self._in("reserved", "used") if self.owner[u] == owner]
        able = self._in("remaining") + (self._in("expired") if self.now < self.until else [])
        able = able if self.now < self.until else []
        wanted = {(self.lot.id, LINE, "massage"): Want(count=count, until=self.now)} if count else {}
        if count - len(mine) > len(able):
            with pytest.raises(CreditGone):
                claimed({self.lot.id: self.lot}, owner, wanted, at=self.now, actor=BY)
            return
        self.lot = claimed({self.lot.id: self.lot}, owner, wanted, at=self.now, actor=BY)[self.lot.id]
        self._settle(owner, count)

    def _settle(self, owner: Cause, count: int) -> None:
        """Which ones are taken is the ledger's; that they were free, and how many, is the model's."""
        here = Cause(sale=owner.sale, order=owner.order, line=LINE)
        held = {*self.lot.held(here, "reserved"), *self.lot.held(here, "used")}
        assert len(held) == count
        for unit in self.state:
            if self.owner.get(unit) == owner and unit not in held:
                self.state[unit] = "remaining"
                del self.owner[unit]
        for unit in held:
            if self.owner.get(unit) != owner:
                assert self.state[unit] in ("remaining", "expired")
                self.state[unit], self.owner[unit] = "reserved", owner

    @rule(owner=st.sampled_from(OWNERS))
    def use(self, owner: Cause) -> None:
        self.lot = consumed({self.lot.id: self.lot}, owner, at=self.now, actor=BY)[self.lot.id]
        for unit in self._in("reserved"):
            if self.owner[unit] == owner:
                self.state[unit] = "used"

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def the_job_runs(self) -> None:
        self.lot = expired(expired(self.lot, self.now), self.now)
        if self.now >= self.until:
            self.state |= dict.fromkeys(self._in("remaining"), "expired")

    @rule(days=st.integers(-5, 20))
    def a_manager_extends(self, days: int) -> None:
        self.until = self.now + timedelta(days=days)
        self.lot = with_validity(self.lot, self.until, at=self.now, actor=BY, reason="Ill.")
        if self.until > self.now:
            self.state |= dict.fromkeys(self._in("expired"), "remaining")

    @rule(count=st.integers(1, 3))
    def a_manager_adds(self, count: int) -> None:
        first = max(self.lot.places) + 1
        units = range(first, first + count)
        self.lot = moved(self.lot, "adjust", "outside", "remaining", units, at=self.now, actor=BY)
        self.state |= dict.fromkeys(units, "remaining")

    @precondition(lambda self: self._in("remaining"))
    @rule()
    def a_manager_takes_one(self) -> None:
        unit = self._in("remaining")[-1]
        self.lot = moved(self.lot, "adjust", "remaining", "outside", [unit], at=self.now, actor=BY)
        del self.state[unit]

    @rule()
    def the_sale_is_taken_back(self) -> None:
        self.lot = ended(self.lot, "Refunded.", at=self.now, actor=BY)
        for unit in self._in("remaining", "expired"):
            del self.state[unit]

    @invariant()
    def every_balance_is_the_sum_of_its_entries(self) -> None:
        for account in ACCOUNTS:
            assert self.lot.balance(account) == len(self._in(account)) >= 0
            assert set(self.lot.units_in(account)) == set(self._in(account))
            assert getattr(self.lot.entries[-1], account) == self.lot.balance(account)

    @invariant()
    def entries_are_numbered_without_a_gap(self) -> None:
        assert [e.seq for e in self.lot.entries] == list(range(1, len(self.lot.entries) + 1))

    @invariant()
    def no_cent_is_lost(self) -> None:
        """What is in the accounts is worth what those credits were bought for; all that went out too."""
        for account in ACCOUNTS:
            moved_in = sum(
                e.value * ((e.target == account) - (e.source == account)) for e in self.lot.entries
            )
            assert moved_in == self.lot.value_of(self._in(account))


Ledger.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLedger = Ledger.TestCase
