"""Many at once: the last credit is used once, the last on the shelf is sold once."""

import asyncio
import uuid
from collections import Counter
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from catalog.actors import Actor
from catalog.base import utc_now
from pricing.claims import Lots
from pricing.credits import CreditLot
from pricing.ledger import lots_where, write
from pricing.lots import CreditGone, Lot, moved
from tests.api.till import Till

MANY = 50
MANAGER = Actor(role="manager", name="Ada")


@pytest.fixture
async def till(admin: httpx.AsyncClient) -> Till:
    return await Till(admin).open_shop()


async def test_of_50_closings_of_the_last_credit_exactly_one_succeeds(till: Till) -> None:
    await till.sell("a-year")
    sales = [await till.open("cheap", use_credits=True) for _ in range(MANY)]
    answers = await asyncio.gather(*(till.step(sale, "close") for sale in sales))
    assert Counter(a.status_code for a in answers) == {200: 1, 409: MANY - 1}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"credit_gone"}
    lot = await till.lot("a-year")
    assert (lot["remaining"], lot["reserved"], lot["used"]) == (0, 0, 1)


async def test_of_50_redemptions_of_the_last_credit_exactly_one_succeeds(till: Till) -> None:
    await till.sell("a-year")
    lot = await till.lot("a-year")
    url = f"/v1/credits/{lot['id']}/redeem"
    answers = await asyncio.gather(*(till.client.post(url, json={}) for _ in range(MANY)))
    assert Counter(a.status_code for a in answers) == {200: 1, 409: MANY - 1}
    assert (await till.lot("a-year"))["used"] == 1


async def test_sales_bookings_and_redemptions_share_the_last_credits(till: Till) -> None:
    """Five credits, fifteen who want one in three ways."""
    await till.sell("clips")
    lot = await till.lot("clips")
    sales = [await till.open("massage", use_credits=True) for _ in range(5)]

    async def book(day: int) -> httpx.Response:
        body: dict[str, Any] = {
            "product": "massage",
            "start": f"2027-03-{day:02d}T10:00",
            "customer": till.customer,
            "use_credits": True,
        }
        return await till.client.post("/v1/venues/shop/orders", json=body)

    answers = await asyncio.gather(
        *(till.step(sale, "close") for sale in sales),
        *(till.client.post(f"/v1/credits/{lot['id']}/redeem", json={}) for _ in range(5)),
        *(book(day) for day in range(1, 6)),
    )
    closed, redeemed, booked = answers[:5], answers[5:10], answers[10:]
    assert {a.status_code for a in booked} == {201}
    free = sum(a.json()["price"]["total"] == "0.00" for a in booked)
    taken = sum(a.status_code == 200 for a in (*closed, *redeemed)) + free
    lot = await till.lot("clips")
    assert (taken, lot["remaining"]) == (5, 0)
    assert lot["reserved"] == free


async def test_the_last_forty_on_the_shelf_are_sold_once(till: Till) -> None:
    sales = [await till.open({"product": "bandage", "quantity": 15}) for _ in range(6)]
    answers = await asyncio.gather(*(till.step(sale, "close") for sale in sales))
    assert Counter(a.status_code for a in answers) == {200: 2, 409: 4}
    assert await till.stock("bandage") == 10


async def test_a_gift_card_is_spent_once(till: Till) -> None:
    await till.sell("gift")
    card = await till.lot("gift")
    sales = [await till.sell("massage") for _ in range(5)]
    paid = await asyncio.gather(
        *(
            till.step(sale, "payments", amount="300.00", method="value_card", reference=card["id"])
            for sale in sales
        )
    )
    assert Counter(a.status_code for a in paid) == {201: 3, 409: 2}
    assert (await till.lot("gift"))["remaining"] == "100.00"


async def test_a_gift_card_that_many_redeem_at_once_is_spent_once(till: Till) -> None:
    await till.sell("gift")
    url = f"/v1/credits/{(await till.lot('gift'))['id']}/redeem"
    answers = await asyncio.gather(*(till.client.post(url, json={"amount": "300.00"}) for _ in range(5)))
    assert Counter(a.status_code for a in answers) == {200: 3, 409: 2}
    assert (await till.lot("gift"))["remaining"] == "100.00"


async def test_sales_leave_what_is_promised_to_orders(till: Till) -> None:
    """Forty bandages; ten orders for five each, of which none is refused, and ten sales of five."""
    sales = [await till.open({"product": "bandage", "quantity": 5}) for _ in range(10)]
    body = {"package": "visit", "participants": 5, "start": "2027-03-01T10:00", "customer": till.customer}
    answers = await asyncio.gather(
        *(till.client.post("/v1/venues/shop/orders", json=body) for _ in range(10)),
        *(till.step(sale, "close") for sale in sales),
    )
    booked = sum(a.status_code == 201 for a in answers)
    sold = sum(a.status_code == 200 for a in answers)
    assert booked == 10
    assert {a.json()["code"] for a in answers if a.status_code not in (200, 201)} == {"out_of_stock"}
    assert await till.stock("bandage") == 40 - 5 * 10 - 5 * sold < 0


async def test_a_card_is_used_or_its_order_cancelled_never_both(till: Till) -> None:
    body = {"package": "visit", "participants": 1, "start": "2027-03-01T10:00", "customer": till.customer}
    for _ in range(4):
        order = (await till.client.post("/v1/venues/shop/orders", json=body)).json()
        lot = order["credits"][0]["lot"]
        ways = [f"/v1/credits/{lot}/redeem", f"/v1/orders/{order['id']}/cancel"]
        redeemed, cancelled = await asyncio.gather(*(till.client.post(way, json={}) for way in ways))
        assert sorted((redeemed.status_code, cancelled.status_code)) == [200, 409]
        assert (await till.credits())[-1]["used"] == (redeemed.status_code == 200)


async def test_who_wants_a_credit_waits_for_who_takes_it_and_sees_what_is_left(
    till: Till, app: Litestar
) -> None:
    """Two transactions, step by step: the second reads when the first is done, not before."""
    sessions, lot_id = app.state.desk.sessions, await _last_credit(till)
    async with sessions() as first, sessions() as second:
        lots = await _read(first, lot_id, lock=True)
        waiting = asyncio.create_task(_read(second, lot_id, lock=True))
        await _blocked(sessions)
        assert not waiting.done()
        await _taken(first, lots)
        await first.commit()
        (left,) = (await waiting).values()
        assert (left.remaining, left.used) == (0, 1)
        with pytest.raises(CreditGone):
            _use(left)


async def test_without_the_lock_the_numbers_of_the_entries_still_keep_a_credit_from_being_used_twice(
    till: Till, app: Litestar
) -> None:
    """Both believe that theirs is the next entry: the database has one of each number."""
    sessions, lot_id = app.state.desk.sessions, await _last_credit(till)
    async with sessions() as first, sessions() as second:
        both = [await _read(session, lot_id, lock=False) for session in (first, second)]
        await _taken(first, both[0])
        second_one = asyncio.create_task(_taken(second, both[1]))
        await _blocked(sessions)
        await first.commit()
        with pytest.raises(IntegrityError, match="pk_credit_entry"):
            await second_one
    lot = await till.lot("a-year")
    assert (lot["remaining"], lot["used"], len(lot["entries"])) == (0, 1, 2)


async def _last_credit(till: Till) -> uuid.UUID:
    await till.sell("a-year")
    return uuid.UUID((await till.lot("a-year"))["id"])


async def _read(session: AsyncSession, lot_id: uuid.UUID, *, lock: bool) -> Lots:
    venue = await session.scalar(select(CreditLot.venue_id).where(CreditLot.id == lot_id))
    assert venue is not None
    return await lots_where(session, venue, "SEK", CreditLot.id == lot_id, lock=lock)


def _use(lot: Lot) -> Lot:
    units = lot.units_in("remaining") or (1,)
    return moved(lot, "use", "remaining", "used", units, at=utc_now(), actor=MANAGER)


async def _taken(session: AsyncSession, lots: Lots) -> None:
    (lot,) = lots.values()
    venue = await session.scalar(select(CreditLot.venue_id).where(CreditLot.id == lot.id))
    assert venue is not None
    await write(session, venue, lots, {lot.id: _use(lot)}, utc_now())


async def _blocked(sessions: async_sessionmaker[AsyncSession]) -> None:
    """Until somebody waits for a lock; where nobody ever does, for two seconds."""
    waits = text(
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )
    for _ in range(200):
        async with sessions() as session:
            if await session.scalar(waits):
                return
        await asyncio.sleep(0.01)
