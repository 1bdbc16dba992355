"""How often the outside may ask: sign-ins, feeds, customers' links. Counted in the database, for all servers.

Each who asks has a bucket that empties evenly (the generic cell rate algorithm): a request adds to it, and
one that would make it run over is refused. One statement, so that requests at once cannot pass each other.
"""

import math
import time
from collections import OrderedDict
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.digests import digest_of
from api.errors import TooMany
from api.people.stored import BucketRow
from catalog.base import utc_now

_REMEMBERED = 10_000


class Allowance(Struct, frozen=True):
    """`burst` at once, and one more every `seconds`. `sentence`: what those who ask more often are told."""

    burst: int
    seconds: float
    sentence: str


PER_MINUTE = 120
CALENDARS = Allowance(PER_MINUTE, 60 / PER_MINUTE, f"That is more than {PER_MINUTE} requests a minute.")


class Throttle:
    """Counts in the database; who was refused is refused here without asking it, until it may admit again."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._refused: OrderedDict[str, float] = OrderedDict()

    async def admit(self, who: str, allowance: Allowance = CALENDARS) -> int:
        """Counts one request, and says how many more would be admitted now; raises TooMany.

        `who` may hold secrets: only its digest is kept.
        """
        bucket = digest_of(who)
        seconds = self._refused.get(bucket, 0.0) - time.monotonic()
        if seconds <= 0:
            now, due, admitted = await self._count(bucket, allowance)
            ahead = (due - now).total_seconds()
            if admitted:
                return math.floor(allowance.burst - ahead / allowance.seconds + 1e-6)
            seconds = max(0.0, ahead - (allowance.burst - 1) * allowance.seconds)
            self._refused[bucket] = time.monotonic() + seconds
            self._refused.move_to_end(bucket)
            while len(self._refused) > _REMEMBERED:
                self._refused.popitem(last=False)
        raise TooMany(allowance.sentence, seconds=max(1, math.ceil(seconds)))

    async def forgive(self, session: AsyncSession, who: str) -> None:
        """Begin anew, in the caller's transaction: whoever it was has shown who it is."""
        await session.execute(delete(BucketRow).where(BucketRow.who == digest_of(who)))

    async def _count(self, bucket: str, allowance: Allowance) -> tuple[datetime, datetime, bool]:
        """By the clock of the database, the one that all servers share."""
        each = timedelta(seconds=allowance.seconds)
        clock = func.clock_timestamp()
        counted = (
            insert(BucketRow)
            .values(who=bucket, due=clock + each)
            .on_conflict_do_update(
                index_elements=[BucketRow.who],
                set_={"due": func.greatest(BucketRow.due, clock) + each},
                where=BucketRow.due <= clock + each * (allowance.burst - 1),
            )
            .returning(clock, BucketRow.due)
        )
        async with self._sessions.begin() as session:
            row = (await session.execute(counted)).one_or_none()
            if row is not None:
                return row[0], row[1], True
            full = select(clock, BucketRow.due).where(BucketRow.who == bucket)
            row = (await session.execute(full)).one_or_none()
            if row is None:  # forgiven this very moment
                return utc_now(), utc_now(), False
            return row[0], row[1], False


async def forget_counts(session: AsyncSession) -> None:
    """Take away the buckets that are empty."""
    await session.execute(delete(BucketRow).where(BucketRow.due < func.clock_timestamp()))
