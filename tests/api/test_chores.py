"""What is done besides answering requests: all of it, and again after a failure."""

import asyncio
from unittest.mock import AsyncMock

import pytest
from litestar import Litestar

from api import worker
from api.worker import Chore, at_work, chores
from tests.api.conftest import SETTINGS

DUE = (
    "clear_expired",
    "expire_credits",
    "forget_counts",
    "forget_plans",
    "forget_what_is_old",
    "prune",
    "refresh_due",
    "send_due",
    "use_credits_of_past_orders",
    "work_on_plans",
    "write_mails",
    "write_reminders",
)


async def test_everything_that_falls_due_is_seen_to(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    """What each of them does has tests of its own."""
    done = {name: AsyncMock(return_value=0) for name in DUE}
    for name, work in done.items():
        monkeypatch.setattr(worker, name, work)
    for chore in chores(app.state.desk, SETTINGS):
        await chore.work()
        assert 0 < chore.seconds <= 3600
    assert [name for name, work in done.items() if work.await_count != 1] == []


async def test_a_chore_that_fails_is_done_again() -> None:
    times, done = 0, asyncio.Event()

    async def work() -> None:
        nonlocal times
        times += 1
        if times < 3:
            raise ConnectionError if times == 1 else ValueError("a defect")
        done.set()

    async with at_work([Chore("odd", 0.001, work)]):
        await asyncio.wait_for(done.wait(), 10)
