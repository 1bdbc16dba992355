"""The one writer: what it stores is what was given, all of it or nothing."""

import pytest
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from booking.apply import Outrun
from booking.lines import Order
from booking.queries import events_since, history, load_order, order_version
from tests.booking.stored import NOW, House, open_house, order_of, session_of, takes, with_bookings


@pytest.fixture
async def house(engine: AsyncEngine) -> House:
    return await open_house(engine)


async def test_what_is_read_is_what_was_written(house: House) -> None:
    stored = await house.keep(order_of(takes("anna", 10, 11), takes("sauna", 12, 14, "shared", 3)))
    async with house.sessions() as session:
        assert await load_order(session, house.venue, stored.id, NOW) == stored


async def test_a_new_order_gets_the_next_number_a_version_and_a_token(house: House) -> None:
    first = await house.keep(order_of(takes("anna", 10, 11)))
    second = await house.keep(order_of(takes("anna", 11, 12)))
    assert (first.number, second.number, first.version) == (1, 2, 1)
    assert first.feed_token != second.feed_token
