"""Two servers on one database sell the same places once, and answer for each other."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from api.embedded import EmbeddedPostgres
from tests.walks.documents import many, room, service, venue
from tests.walks.looks import calendar_look, held_look, overlaps
from tests.walks.server import House, SojournServer

Json = dict[str, Any]
DAY = ("2027-05-03", "2027-05-04")
AT = "2027-05-03T10:00"


@pytest.fixture(scope="module")
def other(server: SojournServer) -> Iterator[SojournServer]:
    """A second server on the database of the first."""
    address = EmbeddedPostgres(server.data / "postgresql").url
    with SojournServer(SOJOURN_DATABASE_URL=address, SOJOURN_SOLVER_PROCESSES="1") as other:
        yield other


@pytest.fixture
def house(open_house: Callable[[Json], House], other: SojournServer) -> House:
    return open_house(
        venue(
            room("sauna", 20),
            *many(3, "therapist", "therapists", "staff"),
            products=[
                service("sauna", "100.00", 60, {"pool": "sauna", "use": "shared"}),
                service("massage", "500.00", 60, {"pool": "therapists"}),
            ],
        )
    )


async def at_both(
    house: House, other: SojournServer, requests: list[tuple[str, Json]], **headers: str
) -> list[httpx.Response]:
    """Every second request at the other server."""
    async with house.server.crowd() as here, other.crowd() as there:
        crowds = (here, there)
        return await asyncio.gather(
            *(crowds[n % 2].post(path, json=body, headers=headers) for n, (path, body) in enumerate(requests))
        )


@pytest.mark.parametrize(("product", "fit"), [("sauna", 20), ("massage", 3)])
async def test_exactly_as_many_are_booked_as_fit(
    house: House, other: SojournServer, product: str, fit: int
) -> None:
    """B01, B04, B18: the guard is the database's, not the process's."""
    wanted = [(f"{house.path}/orders", {"product": product, "start": AT})] * 40
    answers = await at_both(house, other, wanted)
    assert Counter(answer.status_code for answer in answers) == {201: fit, 409: 40 - fit}
    assert all(answer.json()["reasons"] for answer in answers if answer.status_code == 409)
    seen = house.calendar(*DAY)
    assert overlaps(seen) == []
    assert calendar_look(seen) == held_look([a.json() for a in answers if a.status_code == 201])


async def test_one_idempotency_key_makes_one_order_wherever_it_is_sent(
    house: House, other: SojournServer
) -> None:
    for hour in range(10, 14):
        body = {"product": "massage", "start": f"2027-05-03T{hour}:00"}
        wanted = [(f"{house.path}/orders", body)] * 30
        answers = await at_both(house, other, wanted, **{"Idempotency-Key": f"at {hour}"})
        told = {answer.status_code if answer.is_success else answer.json()["code"] for answer in answers}
        assert told <= {201, "in_progress"}
        again = await at_both(house, other, wanted[:2], **{"Idempotency-Key": f"at {hour}"})
        assert [answer.status_code for answer in again] == [201, 201]
        assert len({answer.content for answer in (*answers, *again) if answer.status_code == 201}) == 1
    assert len(house.orders()) == 4


async def test_what_one_server_changes_the_other_shows(house: House, other: SojournServer) -> None:
    order = house.book(product="massage", start=AT)
    with other.client() as there:
        assert there.get(f"/orders/{order['id']}").json()["status"] == "confirmed"
        assert there.post(f"/orders/{order['id']}/cancel").status_code == 200
    assert house.order(order)["status"] == "cancelled"
    house.read_in(venue(room("sauna", 1), products=[service("sauna", "1.00", 60, {"pool": "sauna"})]))
    with other.client() as there:
        assert there.post(f"{house.path}/quotes", json={"product": "massage", "start": AT}).status_code == 404
        quote = there.post(f"{house.path}/quotes", json={"product": "sauna", "start": AT})
        assert quote.json()["price"]["total"] == "1.00"
