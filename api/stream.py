"""Server-sent events of a venue: from the outbox, in order, resumable, awake when something is committed."""

import asyncio
import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.errors import TooMany, as_refusal
from booking.queries import events_since
from catalog.errors import Refusal

HEARTBEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 1000
MOST_STREAMS = 100
"""Of one caller at a server process: more than all desks of a house that share a key."""
PAGE = 500


class Feed:
    """Who follows which venue in this process. `close` ends every stream: a server waits for them."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._wakers: defaultdict[uuid.UUID, set[asyncio.Event]] = defaultdict(set)
        self._closed = False
        self._open: Counter[str] = Counter()

    def heard(self, venue_id: uuid.UUID | None) -> None:
        """Something was committed in the venue; None: perhaps in any."""
        venues = [venue_id] if venue_id is not None else list(self._wakers)
        for venue in venues:
            for waker in self._wakers.get(venue, ()):
                waker.set()

    def close(self) -> None:
        self._closed = True
        self.heard(None)

    def admit(self, who: str) -> None:
        """Raises TooMany for a caller who follows as much as one may."""
        if self._open[who] >= MOST_STREAMS:
            raise TooMany(f"That is more than {MOST_STREAMS} streams at once.", seconds=5)

    async def follow(
        self,
        venue_id: uuid.UUID,
        last: int,
        still_allowed: Callable[[], Awaitable[object]],
        who: str = "",
    ) -> AsyncIterator[bytes]:
        """The events after number `last`, for ever; ends when the caller may not listen any more."""
        waker = asyncio.Event()
        self._wakers[venue_id].add(waker)
        self._open[who] += 1
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
            while not self._closed:
                waker.clear()
                async with self._sessions() as session:
                    events = await events_since(session, venue_id, last, limit=PAGE)
                if events:
                    await still_allowed()
                for event in events:
                    last = event.seq
                    data = msgspec.json.encode({"at": event.at, "order": event.order_id, **event.data})
                    yield b"id: %d\nevent: %b\ndata: %b\n\n" % (last, event.kind.encode(), data)
                if len(events) == PAGE:
                    continue
                try:
                    await asyncio.wait_for(waker.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await still_allowed()
                    yield b": still here\n\n"
        except Exception as error:
            # The page connects again and is told why; what has begun cannot be answered otherwise.
            if not isinstance(error, Refusal) and as_refusal(error) is None:
                raise
        finally:
            self._open[who] -= 1
            self._open += Counter()  # forgets who has none
            self._wakers[venue_id].discard(waker)
            if not self._wakers[venue_id]:
                del self._wakers[venue_id]
