"""What belongs together is committed together, and nothing is told before: read off the rows themselves."""

from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from api.mail.stored import Mail
from tests.api.test_mail import Office, made, office, post
from tests.api.test_orders import DAY

__all__ = ["made", "office", "post"]  # fixtures
BOOKING = {
    "package": "spa-day",
    "participants": 2,
    "start": f"{DAY}T10:00",
    "customer": {"name": "Ada Berg", "email": "ada@example.org"},
}
WRITTEN = ("orders", "order_line", "order_version", "booking", "allocation", "charge", "customer", "event")


async def transactions(database: str, *tables: str) -> dict[str, set[str]]:
    """Of each table, those that have written its rows as they stand (PostgreSQL's xmin)."""
    connection = await asyncpg.connect(database)
    try:
        return {
            table: {row[0] for row in await connection.fetch(f"select xmin::text from {table}")}
            for table in tables
        }
    finally:
        await connection.close()


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "a booking"}], ids=["plain", "with a key"])
async def test_all_that_a_booking_writes_is_of_one_transaction(
    spa: httpx.AsyncClient, database: str, key: dict[str, str]
) -> None:
    """Also the entry of the history, the event that mails are written by, and the answer that is kept."""
    before = set().union(*(await transactions(database, "event")).values())
    answer = await spa.post("/v1/venues/spa/orders", json=BOOKING, headers=key)
    assert answer.status_code == 201, answer.text
    found = await transactions(database, *WRITTEN, "venue_counter", *(["idempotency"] if key else []))
    found["event"] -= before  # those of the venue's making
    assert len(set().union(*found.values())) == 1
    assert all(len(written) == 1 for written in found.values()), found


async def test_all_that_a_change_writes_is_of_one_transaction(spa: httpx.AsyncClient, database: str) -> None:
    order = (await spa.post("/v1/venues/spa/orders", json=BOOKING)).json()
    before = set().union(*(await transactions(database, *WRITTEN)).values())
    await spa.patch(f"/v1/orders/{order['id']}", json={"participants": 1}, headers={"Idempotency-Key": "x"})
    found = await transactions(database, *WRITTEN, "venue_counter", "idempotency")
    new = {table: written - before for table, written in found.items()}
    assert len(set().union(*new.values())) == 1
    told = ("orders", "order_version", "event", "charge", "idempotency")
    assert all(new[table] for table in told), new


async def test_what_a_booking_writes_is_on_the_disk_when_it_is_committed(spa: httpx.AsyncClient) -> None:
    """No connection and no transaction of ours asks for less (`synchronous_commit`); the server's own setting
    is looked at when Sojourn starts."""
    source = text("select source from pg_settings where name = 'synchronous_commit'")
    found: list[str] = []

    def look(session: Session) -> None:
        found.append(session.execute(source).scalar_one())

    event.listen(Session, "before_commit", look)
    try:
        assert (await spa.post("/v1/venues/spa/orders", json=BOOKING)).status_code == 201
    finally:
        event.remove(Session, "before_commit", look)
    assert set(found) == {"command line"}


async def test_a_mail_goes_out_only_when_what_it_tells_of_is_committed(
    made: dict[str, Any], office: Office, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody else sees it at the moment at which the mail arrives."""
    seen: list[bool] = []
    take = office.caught.handle_DATA

    async def look(server: Any, session: Any, envelope: Any) -> str:
        answer = await take(server, session, envelope)
        connection = await asyncpg.connect(database)
        query = "select true from mail m join event e on e.seq = m.event_seq where message_id = $1"
        seen.append(bool(await connection.fetchval(query, office.caught.mails[-1]["Message-ID"])))
        await connection.close()
        return answer

    monkeypatch.setattr(office.caught, "handle_DATA", look)
    assert set(await office.mails()) == {"ada@example.org", "bo@example.org"}
    assert seen == [True, True]
    async with office.sessions() as session:
        assert set(await session.scalars(select(Mail.state))) == {"sent"}
