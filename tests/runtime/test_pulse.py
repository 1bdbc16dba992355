"""What becomes of the work of a request when the database is found to be away."""

import asyncio
import gc
from typing import Any, cast

import pytest

from api import pulse
from api.errors import Unavailable
from api.pulse import Pulse, while_it_beats


class Away:
    """A pulse that is felt for a moment, in vain."""

    async def beats(self) -> bool:
        await asyncio.sleep(0.02)
        return False


async def test_work_that_fails_while_the_database_is_asked_is_answered_once_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An exception that nobody fetches is told by the collector, in the midst of whatever runs then."""
    monkeypatch.setattr(pulse, "PATIENCE", 0.01)
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: told.append(said))

    async def fails() -> None:
        await asyncio.sleep(0.02)
        raise OSError("gone")

    with pytest.raises(Unavailable):
        await while_it_beats(cast(Pulse, Away()), fails())
    await asyncio.sleep(0)
    gc.collect()
    assert told == []
