"""The same request sent again gives the first answer again, also after a crash (contract.md, Conventions).

A row is claimed before the work and finished in the transaction of the work itself. A claim belongs to a
server process; one that nobody works on any more, because its process has died (its advisory lock is free)
or could not withdraw it, is taken over by who asks next.
"""

import hashlib
import uuid
from collections.abc import Set
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.idempotency import IdempotencyRow as Row
from catalog.base import utc_now
from catalog.errors import Conflict, Invalid, LostRace

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 200
Sessions = async_sessionmaker[AsyncSession]


class Answer(Struct, frozen=True):
    """An answer as it went out, or will."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Claim(Struct, frozen=True):
    """The right of one server process to carry out one request."""

    key_id: uuid.UUID
    route: str
    key: str
    instance: uuid.UUID
    digest: bytes

    async def finish(self, session: AsyncSession, answer: Answer) -> None:
        """Keep the answer with this transaction; raises LostRace where another process has taken over."""
        kept = await session.execute(
            update(Row)
            .where(self._mine)
            .values(state="done", status=answer.status, body=answer.body, headers=answer.headers)
            .returning(Row.key)
        )
        if kept.first() is None:
            raise LostRace("The same request was taken over by another server in the meantime.")

    async def release(self, sessions: Sessions) -> None:
        """Forget that the request was made, so that it may be made again."""
        async with sessions.begin() as session:
            await session.execute(delete(Row).where(self._mine))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return and_(
            Row.key_id == self.key_id,
            Row.route == self.route,
            Row.key == self.key,
            Row.instance == self.instance,
            Row.state == "running",
        )


def digest_of(body: bytes, query: bytes) -> bytes:
    """What makes two requests to one route the same."""
    return hashlib.sha256(query + b"\n" + body).digest()


def lock_number(instance: uuid.UUID) -> int:
    """The advisory lock that a server process holds for as long as it lives."""
    return int.from_bytes(instance.bytes[8:], signed=True)


async def claim(sessions: Sessions, wanted: Claim, running: set[Claim]) -> Answer | None:
    """None: the request is the caller's to carry out now. Else the answer that was given before.

    `running`: the claims that this process works on; a new one is in it before anybody can see its row, and
    the caller takes it out at the end. Raises Invalid where the key was used with another body, Conflict
    while the first request still runs.
    """
    if not 1 <= len(wanted.key) <= LONGEST_KEY or not wanted.key.isprintable():
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.")
    is_mine = False
    try:
        async with sessions.begin() as session:
            before = await _answered(session, wanted, running)
            if is_mine := before is None:
                running.add(wanted)
    except BaseException:
        if is_mine:
            running.discard(wanted)
        raise
    return before


async def _answered(session: AsyncSession, wanted: Claim, running: Set[Claim]) -> Answer | None:
    """As `claim`, in a transaction that is still open."""
    now = utc_now()
    here = (Row.key_id == wanted.key_id, Row.route == wanted.route, Row.key == wanted.key)
    await session.execute(delete(Row).where(*here, Row.created_at < now - KEPT_FOR))
    values = {
        "key_id": wanted.key_id,
        "route": wanted.route,
        "key": wanted.key,
        "digest": wanted.digest,
        "state": "running",
        "instance": wanted.instance,
        "created_at": now,
    }
    made = await session.scalar(insert(Row).values(values).on_conflict_do_nothing().returning(Row.instance))
    if made is not None:
        return None
    row = await session.scalar(select(Row).where(*here).with_for_update())
    if row is None:  # released this very moment
        raise Conflict("The same request is being carried out; ask again in a moment.", code="in_progress")
    if row.digest != wanted.digest:
        raise Invalid(
            "This Idempotency-Key was used for another request to this address; "
            "a new request needs a new key.",
            code="idempotency_key_reused",
        )
    if row.state == "done":
        return Answer(row.status or 200, row.body or b"", dict(row.headers or {}))
    worked_on = (
        wanted in running if row.instance == wanted.instance else not await _has_died(session, row.instance)
    )
    if worked_on:
        raise Conflict("The same request is still being carried out; ask again.", code="in_progress")
    row.instance, row.created_at = wanted.instance, now
    return None


async def _has_died(session: AsyncSession, instance: uuid.UUID) -> bool:
    """Shared, so that many who ask at once do not take each other for the living."""
    found = await session.scalar(select(func.pg_try_advisory_xact_lock_shared(lock_number(instance))))
    return bool(found)


async def prune(session: AsyncSession, now: datetime) -> None:
    """Delete what is kept for longer than promised."""
    await session.execute(delete(Row).where(Row.created_at < now - KEPT_FOR))
