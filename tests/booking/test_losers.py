"""Who loses a race for the same thing hears one refusal, which is computed once for all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from api.database import make_engine
from booking.actions.book import book
from booking.computing import placed
from booking.desk import Desk
from booking.refusals import NotPlaceable
from booking.requests import OrderRequest
from booking.solvers import Solvers
from catalog.document import from_data
from catalog.times import WEEKDAYS
from tests.booking.stored import ADA, NOW, House, open_house

CATALOG = from_data(
    {
        "venue": {
            "time_zone": "Europe/Stockholm",
            "currency": "SEK",
            "hours": [{"days": list(WEEKDAYS), "from": "08:00", "to": "20:00"}],
        },
        "resources": [{"key": "anna", "kind": "staff", "pools": ["therapists"]}],
        "products": [
            {
                "key": "massage",
                "kind": "service",
                "price": "500.00",
                "duration_minutes": 60,
                "needs": [{"pool": "therapists"}],
            }
        ],
    }
)


class Counting(Solvers):
    """Computes in this process, and notes what was placed in vain."""

    in_vain = 0

    async def place(self, compute: Any, *args: Any, **options: Any) -> Any:
        answer = compute(*args, **options)
        self.in_vain += compute is placed and answer.placings is None
        return answer

    async def search(self, compute: Any, *args: Any, **options: Any) -> Any:
        return compute(*args, **options)


@pytest.fixture
async def house(database: str) -> AsyncIterator[House]:
    engine = make_engine(database, pool_size=20)
    yield await open_house(engine, CATALOG)
    await engine.dispose()


async def test_of_twelve_who_lose_one_is_placed_in_vain(house: House) -> None:
    solvers = Counting(4)
    desk = Desk(sessions=house.sessions, solvers=solvers, now=lambda: NOW)
    request = OrderRequest(product="massage", participants=1, start=(NOW + timedelta(days=3)).isoformat())

    async def outcome() -> str:
        try:
            await book(desk, house.venue, request, caller=ADA)
        except NotPlaceable as refusal:
            return refusal.reasons[0].sentence
        return "booked"

    heard = await asyncio.gather(*(outcome() for _ in range(12)))
    assert sorted(set(heard) - {"booked"}) == [next(h for h in heard if h != "booked")]
    assert heard.count("booked") == 1
    assert solvers.in_vain == 1
