"""What a gift card pays for, until when, and what goes back to it."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.actors import Actor
from catalog.errors import Conflict
from pricing.lots import NOTHING, CreditGone, Lot, first_entry
from pricing.payments import Payment
from pricing.value_cards import after_payment

BOUGHT = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENDS = datetime(2027, 1, 1, tzinfo=UTC)
SALE, ORDER = uuid.uuid4(), uuid.uuid4()


def lot(products: tuple[str, ...] = ()) -> Lot:
    """Of 1000, or of as many times."""
    card = Lot(
        id=uuid.uuid4(),
        customer=None,
        sold_as="gift",
        sold_name="A gift card",
        products=products,
        quantity=Decimal(1000),
        price=Decimal(1000),
        currency="SEK",
        bought_at=BOUGHT,
    )
    return first_entry(card, ENDS, at=BOUGHT, actor=Actor(role="reception"), cause=NOTHING)


def payment(
    amount: int, *, at: datetime = BOUGHT, sale: uuid.UUID | None = SALE, order: uuid.UUID | None = None
) -> Payment:
    return Payment(
        id=uuid.uuid4(), sale_id=sale, order_id=order, at=at, amount=Decimal(amount), actor_role="reception",
        actor_name="", actor_address="",
    )  # fmt: skip


def test_a_card_pays_from_the_moment_it_was_bought_to_the_end_of_its_last_day() -> None:
    last = ENDS - timedelta(seconds=1)
    assert after_payment(lot(), payment(400, at=last)).remaining == 600
    for too_late_or_early in (ENDS, ENDS + timedelta(days=1), BOUGHT - timedelta(seconds=1)):
        with pytest.raises(CreditGone) as told:
            after_payment(lot(), payment(400, at=too_late_or_early))
        assert told.value.code == "credit_expired"


def test_a_card_pays_what_it_holds_and_no_more() -> None:
    card = after_payment(lot(), payment(999))
    assert after_payment(card, payment(1)).remaining == 0
    with pytest.raises(CreditGone, match=r"1\.00 SEK left, less than 2"):
        after_payment(card, payment(2))


def test_no_more_goes_back_to_a_card_than_it_paid_for_the_same() -> None:
    card = after_payment(after_payment(lot(), payment(300)), payment(200, sale=None, order=ORDER))
    for more, sale, order in ((-301, SALE, None), (-201, None, ORDER), (-1, uuid.uuid4(), None)):
        with pytest.raises(CreditGone, match="cannot go back"):
            after_payment(card, payment(more, sale=sale, order=order))
    back = after_payment(card, payment(-300, at=ENDS))  # also to a card that has ended since
    assert (back.remaining, back.used) == (800, 200)
    with pytest.raises(CreditGone, match="has paid 0"):
        after_payment(back, payment(-1))


def test_what_holds_times_is_no_gift_card() -> None:
    with pytest.raises(Conflict, match="holds times"):
        after_payment(lot(("massage",)), payment(1))
