"""What is done besides answering requests: each chore again and again, by the server or by `sojourn worker`.

Every chore may run in several processes at once, late, and again after a crash.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from msgspec import Struct

from api.errors import as_refusal
from api.idempotency import prune
from api.importing.refresh import refresh_due
from api.limits import forget_counts
from api.mail.outgoing import send_due
from api.mail.reminders import write_reminders
from api.mail.writing import write_mails
from api.people.erasing import forget_what_is_old
from api.settings import Settings
from booking.actions.use_credits import use_credits_of_past_orders
from booking.actions.work_on_plans import work_on_plans
from booking.apply import clear_expired
from booking.desk import Desk
from booking.plan_queue import forget_plans
from pricing.ledger import expire_credits

_log = structlog.get_logger()


class Chore(Struct, frozen=True):
    """Work to be done every so many seconds, counted from the end of the last time."""

    name: str
    seconds: float
    work: Callable[[], Awaitable[object]]


def chores(desk: Desk, settings: Settings) -> tuple[Chore, ...]:
    """All that there is to do."""
    sessions = desk.sessions

    async def forget_answers() -> None:
        async with sessions.begin() as session:
            await prune(session, desk.now())
            await forget_counts(session)
            await forget_plans(session, desk.now())

    async def forget_old() -> None:
        days, audit_days = settings.retention_days, settings.audit_days
        await forget_what_is_old(sessions, days, audit_days, desk.now(), settings.address_days)

    async def end_holds() -> None:
        desk.watch.note("hold expired", await clear_expired(sessions, None, desk.now()))

    return (
        Chore("plans", 0.5, lambda: work_on_plans(desk)),
        Chore("retention", 3600.0, forget_old),
        Chore("holds", 1.0, end_holds),
        Chore("past orders", 60.0, lambda: use_credits_of_past_orders(sessions, desk.now())),
        Chore("credits", 60.0, lambda: expire_credits(sessions, desk.now())),
        Chore("answers", 600.0, forget_answers),
        Chore("mails", 1.0, lambda: write_mails(sessions, settings, desk.now())),
        Chore("reminders", 60.0, lambda: write_reminders(sessions, settings, desk.now())),
        Chore("calendars", 30.0, lambda: refresh_due(desk, settings, desk.now)),
        Chore("outgoing", 1.0, lambda: send_due(sessions, settings, desk.now)),
    )


@asynccontextmanager
async def at_work(todo: Sequence[Chore]) -> AsyncIterator[None]:
    """The chores run while the context is open."""
    tasks = [asyncio.create_task(_again(chore), name=chore.name) for chore in todo]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again(chore: Chore) -> None:
    """A failure does not end it: the database may be back next time."""
    while True:
        try:
            await chore.work()
        except Exception as error:
            if as_refusal(error) is None:
                _log.error("a chore failed", chore=chore.name, exc_info=error)
        await asyncio.sleep(chore.seconds)
