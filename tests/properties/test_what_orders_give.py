"""Lots and tickets follow an order through any history, beside a slow model that knows nothing of entries."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.actors import Actor
from pricing.lots import Lot, moved
from pricing.money import share
from pricing.rights import CreditsUsed, Giver, Right, following, is_withdrawn
from pricing.tickets import Printed, TicketsWanted, TicketUsed, tickets_as_wanted

ORDER, LINE, ADA, BO = (uuid.UUID(int=n) for n in range(1, 5))
TOLD = {"at": datetime(2027, 1, 1, tzinfo=UTC), "actor": Actor(role="reception")}
SIZE = 3

wants = st.tuples(st.just("want"), st.integers(0, 4), st.sampled_from([ADA, BO]), st.integers(0, 10_000))
uses = st.tuples(st.sampled_from(["use", "return"]), st.integers(0, 3))
histories = st.lists(wants | uses, max_size=14)


def rights(count: int, cents: int) -> list[Right]:
    return [
        Right(
            line=LINE,
            component="card",
            sold_as="spa",
            sold_name="Spa",
            products=("massage",),
            quantity=Decimal(SIZE),
            price=price,
            valid_days=None,
            commission_base="package",
        )
        for price in (share(Decimal(cents) / 100, [1] * count, "SEK") if count else ())
    ]


class Model:
    """What was used of each lot, and whether it stands, in the order in which the lots were first given."""

    def __init__(self) -> None:
        self.used: list[int] = []
        self.stands: list[bool] = []
        self.owner: uuid.UUID | None = None

    def want(self, count: int, owner: uuid.UUID) -> bool:
        """Whether the order may have so many; then it has."""
        used = [i for i, n in enumerate(self.used) if n]
        if len(used) > count or (used and count and owner != self.owner):
            return False
        rest = [i for i, n in enumerate(self.used) if not n]
        kept = [*used, *[i for i in rest if self.stands[i]], *[i for i in rest if not self.stands[i]]][:count]
        self.used += [0] * (count - len(kept))
        self.stands = [i in kept or i >= len(self.stands) for i in range(len(self.used))]
        self.owner = owner
        return True


@given(histories)
def test_lots_follow_their_order_and_no_used_one_is_taken_back(history: list[tuple]) -> None:  # type: ignore[type-arg]
    model, lots = Model(), dict[uuid.UUID, Lot]()
    for what, number, *more in history:
        if what == "want":
            owner, cents = more
            giver = Giver(order=ORDER, customer=owner, currency="SEK", ends={None: None}, may_end_used=False)
            if not model.want(number, owner):
                with pytest.raises(CreditsUsed):
                    following(lots, rights(number, cents), giver, TOLD)
                continue
            now, new = following(lots, rights(number, cents), giver, TOLD)
            lots = now | {lot.id: lot for lot in new}
            unused = [lot for lot in lots.values() if not is_withdrawn(lot) and not lot.used]
            if len(unused) == number:
                assert sum(lot.price for lot in unused) == Decimal(cents if number else 0) / 100
        elif number < len(lots):
            lot = sorted(lots.values(), key=lambda lot: lot.position)[number]
            source, target = ("remaining", "used") if what == "use" else ("used", "remaining")
            units = lot.units_in(source)[:1]  # type: ignore[arg-type]
            if units and model.stands[number]:
                lots[lot.id] = moved(lot, what, source, target, units, **TOLD)  # type: ignore[arg-type]
                model.used[number] += 1 if what == "use" else -1
        in_order = sorted(lots.values(), key=lambda lot: lot.position)
        assert [int(lot.used) for lot in in_order] == model.used
        assert [not is_withdrawn(lot) for lot in in_order] == model.stands
        for lot, stands in zip(in_order, model.stands, strict=True):
            assert lot.remaining == (SIZE - lot.used if stands else 0)
            assert all(min(e.remaining, e.reserved, e.used, e.expired) >= 0 for e in lot.entries)
            inside = sum(e.value * ((e.source == "outside") - (e.target == "outside")) for e in lot.entries)
            assert inside == (lot.price if stands else inside)
            assert lot.customer == model.owner or not stands


@given(st.lists(st.integers(0, 4) | st.tuples(st.just("use"), st.integers(0, 5)), max_size=14))
def test_tickets_follow_their_order_and_nobody_who_came_in_is_put_out(history: list) -> None:  # type: ignore[type-arg]
    there: list[Printed] = []
    for step in history:
        if isinstance(step, tuple):
            at = step[1]
            if at < len(there) and there[at].in_force:
                there[at] = _with(there[at], is_used=True)
            continue
        want = [TicketsWanted(line=LINE, product="door", name="Door", count=step)] if step else []
        if sum(ticket.is_used for ticket in there) > step:
            with pytest.raises(TicketUsed):
                tickets_as_wanted(there, want, may_void_used=False)
            continue
        after = tickets_as_wanted(there, want, may_void_used=False)
        stay = {ticket.id for ticket, _ in after.stay}
        assert len(stay) + len(after.new) == step
        assert not after.new or len(stay) == len(there)  # nothing is printed while a paper could count again
        there = [_with(ticket, in_force=ticket.id in stay) for ticket in there]
        there += [_new(len(there) + n) for n in range(len(after.new))]
        assert sum(ticket.in_force for ticket in there) == step
        assert all(ticket.in_force for ticket in there if ticket.is_used)


def _new(position: int) -> Printed:
    return Printed(
        id=uuid.UUID(int=100 + position),
        line=LINE,
        component=None,
        product="door",
        name="Door",
        code=f"{position:016d}",
        day=None,
        position=position,
        in_force=True,
        is_used=False,
    )


def _with(ticket: Printed, **fields: bool) -> Printed:
    return Printed(**{name: getattr(ticket, name) for name in Printed.__struct_fields__} | fields)
