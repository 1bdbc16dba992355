"""Who may what: keys, roles, organisations."""

import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar, Request
from sqlalchemy import select, update

from api.auth import REVOKED_WITHIN_SECONDS
from api.call import ANYBODY, Call
from api.digests import digest_of
from api.endpoint import Endpoint
from api.openapi import endpoints
from api.people.audit import COMMAND_LINE
from api.people.keys import ensure_admin_key, revoke
from catalog.base import utc_now
from catalog.errors import NotFound
from catalog.organisations import ROLES, ApiKey
from catalog.queries import find_organisation, load_venue
from tests.api.conftest import ADMIN, VENUE
from tests.api.test_orders import TWO

Connect = Callable[[str | None], httpx.AsyncClient]
NewKey = Callable[..., Awaitable[str]]


def address(endpoint: Endpoint) -> str:
    """The path with something in the place of each parameter."""
    path = re.sub(r"{\w+:uuid}", str(uuid.UUID(int=1)), endpoint.path)
    path = re.sub(r"{\w+:int}", "1", path)
    return path.replace("{venue:str}", "spa").replace("{package:str}", "spa-day").replace("{token:str}", "x")


async def test_every_address_says_who_may_use_it_and_refuses_all_others(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    clients = {"nobody": connect(None), "wrong": connect("no-such-key")}
    narrowed = {"staff": {"venue": "spa", "resource": "anna"}, "customer": {"customer": uuid.UUID(int=7)}}
    for role in ROLES:
        clients[role] = connect(await new_key(role, **narrowed.get(role, {})))
    declared = endpoints(app)
    assert len(declared) > 25
    for e in declared:
        if e.roles is None:
            assert not e.path.startswith("/v1/") or e.path in ("/v1/openapi.json", "/v1/session")
            continue
        for nobody in ("nobody", "wrong"):
            answer = await clients[nobody].request(e.method, address(e))
            assert answer.status_code == 401, (e.method, e.path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
        for role in set(ROLES) - e.roles:
            answer = await clients[role].request(e.method, address(e))
            assert answer.status_code == 403, (role, e.method, e.path)
        assert "admin" in e.roles


async def test_another_organisation_s_things_are_as_if_they_did_not_exist(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    customer = (await spa.post("/v1/venues/spa/customers", json={"name": "Ada"})).json()
    stranger = connect(await new_key("admin", organisation="others"))
    for e in endpoints(app):
        if e.roles is None or "{" not in e.path or e.method == "PUT":
            continue
        query = "?from=2026-12-05&to=2026-12-06" if e.method == "GET" and "from" in str(e.query) else ""
        theirs = await stranger.request(e.method, address(e) + query, json={} if e.body else None)
        nowhere = await stranger.request(
            e.method, address(e).replace("spa/", "nowhere/") + query, json={} if e.body else None
        )
        assert theirs.status_code == nowhere.status_code
        assert theirs.json()["code"] == nowhere.json()["code"]
    known = await stranger.get(f"/v1/customers/{customer['id']}")
    unknown = await stranger.get(f"/v1/customers/{uuid.UUID(int=1)}")
    assert known.status_code == unknown.status_code == 404
    assert known.json() == unknown.json()


@pytest.mark.parametrize("narrowed", [{}, {"venue": uuid.UUID(int=8)}])
async def test_what_was_found_is_shown_to_its_organisation_alone_however_it_was_found(
    app: Litestar, spa: httpx.AsyncClient, narrowed: dict[str, uuid.UUID]
) -> None:
    """The last look, behind every statement that asks for the organisation itself."""
    async with app.state.desk.sessions() as session:
        mine = await load_venue(session, await find_organisation(session, "default"), "spa")
        call = Call(endpoints(app)[0], Request({"type": "http"}), app.state.server)
        call.caller = replace(ANYBODY, organisation=mine.organisation_id)
        assert (await call.venue_of(session, mine.id, "feed")).id == mine.id
        theirs = mine.organisation_id if narrowed else uuid.UUID(int=9)
        call.caller = replace(ANYBODY, organisation=theirs, **narrowed)
        with pytest.raises(NotFound, match="There is no such feed"):
            await call.venue_of(session, mine.id, "feed")


async def test_two_organisations_may_have_a_venue_of_the_same_key(
    spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    other = connect(await new_key("admin", organisation="others"))
    assert (await other.get("/v1/venues/spa/catalog")).status_code == 404
    assert (await other.put("/v1/venues/spa/catalog", json=VENUE)).status_code == 201
    await other.post("/v1/venues/spa/customers", json={"name": "Bea"})
    assert (await spa.get("/v1/venues/spa/customers")).json()["items"] == []


async def test_a_key_for_one_venue_knows_no_other(
    spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    await spa.put("/v1/venues/baths/catalog", json=VENUE)
    customer = (await spa.post("/v1/venues/baths/customers", json={"name": "Ada"})).json()
    order = (await spa.post("/v1/venues/baths/orders", json=TWO)).json()
    narrow = connect(await new_key("manager", venue="spa"))
    assert (await narrow.get("/v1/venues/spa/catalog")).status_code == 200
    nobody = str(uuid.UUID(int=1))
    for path, known, unknown in (
        ("/v1/venues/{}/catalog", "baths", "nowhere"),
        ("/v1/customers/{}", customer["id"], nobody),
        ("/v1/orders/{}", order["id"], nobody),
        ("/v1/orders/{}/history", order["id"], nobody),
    ):
        answers = [(await narrow.get(path.format(which))).text for which in (known, unknown)]
        assert '"status":404' in answers[0]
        assert answers[0].replace(known, "it") == answers[1].replace(unknown, "it")
    assert (await narrow.put("/v1/venues/new/catalog", json=VENUE)).status_code == 404


async def test_a_revoked_key_dies_within_seconds(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect, new_key: NewKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await new_key("reception")
    desk = connect(key)
    assert (await desk.get("/v1/venues/spa/customers")).status_code == 200
    async with app.state.desk.sessions.begin() as session:
        row = await session.scalar(select(ApiKey).where(ApiKey.digest == digest_of(key)))
        assert row.last_used_at is not None
        revoke(session, row, COMMAND_LINE)
    assert REVOKED_WITHIN_SECONDS <= 5
    moment = __import__("time").monotonic() + REVOKED_WITHIN_SECONDS + 0.01
    monkeypatch.setattr("api.auth.time.monotonic", lambda: moment)
    assert (await desk.get("/v1/venues/spa/customers")).status_code == 401


async def test_a_key_ends_when_it_expires(
    app: Litestar, spa: httpx.AsyncClient, connect: Connect, new_key: NewKey
) -> None:
    key = await new_key("reception", days=1)
    assert (await connect(key).get("/v1/venues/spa/customers")).status_code == 200
    async with app.state.desk.sessions.begin() as session:
        past = utc_now() - timedelta(seconds=1)
        await session.execute(update(ApiKey).where(ApiKey.digest == digest_of(key)).values(expires_at=past))
    app.state.server.callers.forget()
    assert (await connect(key).get("/v1/venues/spa/customers")).status_code == 401


async def test_the_first_administrator_s_key_is_made_once_and_a_given_one_always_works(app: Litestar) -> None:
    async with app.state.desk.sessions() as session:
        assert await ensure_admin_key(session, None) is None  # the fixture has made one
        assert await ensure_admin_key(session, ADMIN) is None
        await session.execute(update(ApiKey).values(revoked_at=utc_now()))
        await session.commit()
        made = await ensure_admin_key(session, None)
        assert made is not None
        assert len(made) >= 40
        assert await ensure_admin_key(session, ADMIN) is None
        valid = select(ApiKey.digest).where(ApiKey.revoked_at.is_(None))
        assert set(await session.scalars(valid)) == {digest_of(made), digest_of(ADMIN)}


async def test_a_stolen_database_opens_nothing(app: Litestar, new_key: NewKey) -> None:
    key = await new_key("reception")
    async with app.state.desk.sessions() as session:
        rows = (await session.execute(select(ApiKey.__table__))).all()
    assert key not in str(rows)
