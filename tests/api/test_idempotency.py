"""The same request sent again: the first answer again, and nothing done twice (contract.md, Conventions)."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import asyncpg
import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update

from api.errors import TooMany
from api.idempotency import Answer, Claim, lock_number, prune
from booking.idempotency import IdempotencyRow as Row
from catalog.base import utc_now
from catalog.errors import LostRace
from pricing.customers import Customer
from tests.api.test_orders import TWO

CUSTOMERS = "/v1/venues/spa/customers"
ADA = {"name": "Ada Berg"}


def key(value: str = "one") -> dict[str, str]:
    return {"Idempotency-Key": value}


async def customers(app: Litestar) -> int:
    async with app.state.desk.sessions() as session:
        return await session.scalar(select(func.count()).select_from(Customer)) or 0


async def set_row(app: Litestar, **values: Any) -> None:
    async with app.state.desk.sessions.begin() as session:
        await session.execute(update(Row).values(**values))


async def test_the_same_key_and_body_give_the_first_answer_again(
    app: Litestar, spa: httpx.AsyncClient
) -> None:
    first = await spa.post(CUSTOMERS, json=ADA, headers=key())
    again = await spa.post(CUSTOMERS, json=ADA, headers=key())
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert await customers(app) == 1


async def test_without_a_key_it_is_done_again(app: Litestar, spa: httpx.AsyncClient) -> None:
    await spa.post(CUSTOMERS, json=ADA)
    await spa.post(CUSTOMERS, json=ADA)
    assert await customers(app) == 2


async def test_the_same_key_with_another_body_is_refused(app: Litestar, spa: httpx.AsyncClient) -> None:
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    answer = await spa.post(CUSTOMERS, json={"name": "Bea"}, headers=key())
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert await customers(app) == 1


async def test_another_caller_and_another_address_have_keys_of_their_own(
    app: Litestar, spa: httpx.AsyncClient, connect: Any, new_key: Any
) -> None:
    await spa.put("/v1/venues/baths/catalog", json=(await spa.get("/v1/venues/spa/catalog")).json())
    other = connect(await new_key("reception"))
    for client, path in ((spa, CUSTOMERS), (other, CUSTOMERS), (spa, "/v1/venues/baths/customers")):
        assert (await client.post(path, json=ADA, headers=key())).status_code == 201
    assert await customers(app) == 3


async def test_a_refusal_is_kept_too(app: Litestar, spa: httpx.AsyncClient) -> None:
    first = await spa.post(CUSTOMERS, json={}, headers=key())
    again = await spa.post(CUSTOMERS, json={}, headers=key())
    assert first.status_code == again.status_code == 422
    assert first.content == again.content
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotent-replayed"] == "true"


async def test_of_many_at_once_one_is_done_and_the_others_wait_or_hear_the_same(
    app: Litestar, spa: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(spa.post(CUSTOMERS, json=ADA, headers=key()) for _ in range(20)))
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert await customers(app) == 1


async def test_while_the_first_still_runs_it_is_a_conflict(app: Litestar, spa: httpx.AsyncClient) -> None:
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    await set_row(app, state="running")
    async with app.state.desk.sessions() as session:
        row = await session.scalar(select(Row))
    app.state.server.running.add(Claim(row.key_id, row.route, row.key, row.instance, row.digest))
    answer = await spa.post(CUSTOMERS, json=ADA, headers=key())
    assert answer.status_code == 409
    assert answer.json()["code"] == "in_progress"


async def test_what_another_server_runs_is_a_conflict_until_that_server_dies(
    app: Litestar, spa: httpx.AsyncClient, database: str
) -> None:
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    other = uuid.uuid4()
    await set_row(app, state="running", instance=other)
    alive = await asyncpg.connect(database)
    await alive.execute("select pg_advisory_lock($1)", lock_number(other))
    assert (await spa.post(CUSTOMERS, json=ADA, headers=key())).status_code == 409
    alive.terminate()
    for _ in range(100):
        answer = await spa.post(CUSTOMERS, json=ADA, headers=key())
        if answer.status_code == 201:
            break
        await asyncio.sleep(0.05)
    assert answer.status_code == 201
    again = await spa.post(CUSTOMERS, json=ADA, headers=key())
    assert again.content == answer.content


async def test_all_that_a_dead_server_left_is_taken_over_at_once(
    app: Litestar, spa: httpx.AsyncClient
) -> None:
    keys = [key(str(n)) for n in range(10)]
    await asyncio.gather(*(spa.post(CUSTOMERS, json=ADA, headers=k) for k in keys))
    await set_row(app, state="running", instance=uuid.uuid4())
    answers = await asyncio.gather(*(spa.post(CUSTOMERS, json=ADA, headers=k) for k in keys))
    assert [a.status_code for a in answers] == [201] * 10


async def test_who_was_taken_over_cannot_finish(app: Litestar, spa: httpx.AsyncClient) -> None:
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    await set_row(app, state="running", instance=uuid.uuid4())
    async with app.state.desk.sessions() as session:
        row = await session.scalar(select(Row))
    slow = Claim(row.key_id, row.route, row.key, uuid.uuid4(), row.digest)
    async with app.state.desk.sessions() as session:
        with pytest.raises(LostRace):
            await slow.finish(session, Answer(200, b""))


async def test_what_could_not_be_withdrawn_blocks_nobody(app: Litestar, spa: httpx.AsyncClient) -> None:
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    await set_row(app, state="running")  # of this very process, which works on it no more
    assert (await spa.post(CUSTOMERS, json=ADA, headers=key())).status_code == 201


async def test_a_defect_and_a_passing_trouble_are_not_kept(
    spa: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trouble, status in ((ConnectionError("it went away"), 503), (TooMany("Wait.", seconds=5), 429)):
        with monkeypatch.context() as patched:
            patched.setattr("api.routes.customers.create_customer", Mock(side_effect=trouble))
            answer = await spa.post(CUSTOMERS, json=ADA, headers=key())
        assert answer.status_code == status
        assert "retry-after" in answer.headers
    assert (await spa.post(CUSTOMERS, json=ADA, headers=key())).status_code == 201


async def test_a_preview_leaves_the_key_to_what_it_was_a_preview_of(spa: httpx.AsyncClient) -> None:
    path = "/v1/venues/spa/orders"
    for _ in range(2):
        shown = await spa.post(path, params={"preview": "true"}, json=TWO, headers=key())
        assert (shown.status_code, shown.headers.get("idempotent-replayed")) == (200, None)
    made = await spa.post(path, json=TWO, headers=key())
    assert made.status_code == 201, made.text
    again = await spa.post(path, json=TWO, headers=key())
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (made.json()["id"], "true")


async def test_it_is_kept_for_a_day(app: Litestar, spa: httpx.AsyncClient) -> None:
    day = timedelta(hours=24)
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    await set_row(app, created_at=utc_now() - day + timedelta(minutes=1))
    async with app.state.desk.sessions.begin() as session:
        await prune(session, utc_now())
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    assert await customers(app) == 1
    await set_row(app, created_at=utc_now() - day - timedelta(seconds=1))
    await spa.post(CUSTOMERS, json=ADA, headers=key())
    assert await customers(app) == 2
    await set_row(app, created_at=utc_now() - day - timedelta(seconds=1))
    async with app.state.desk.sessions.begin() as session:
        await prune(session, utc_now())
        assert await session.scalar(select(func.count()).select_from(Row)) == 0


@pytest.mark.parametrize("odd", ["", " ", "x" * 201])
async def test_an_odd_key_is_refused(spa: httpx.AsyncClient, odd: str) -> None:
    answer = await spa.post(CUSTOMERS, json=ADA, headers=key(odd))
    assert answer.status_code == 422
