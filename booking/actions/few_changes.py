"""Several orders at once, of which some have to change: which of them do, and to what."""

import dataclasses
import uuid
from collections.abc import Collection, Iterator

from msgspec import Struct
from msgspec.structs import replace

from booking.actions.draft import Draft
from booking.case import Asked, case_of
from booking.computing import replanned
from booking.desk import Desk
from booking.expand import Session
from booking.fit import Fit, Placing


class FewChanges(Struct, frozen=True):
    """The draft and the question with only the orders that change, and where these go.

    Where there is no placement: with those that cannot stay.
    """

    draft: Draft
    asked: Asked
    fit: Fit


async def with_few_changes(desk: Desk, draft: Draft, asked: Asked, seconds: float) -> FewChanges:
    """What has to change, and what makes room for it, with as few changes as were found in the time."""
    concerned = draft.concerned or frozenset()
    orders = list(_orders_of_lines(draft))
    positions = frozenset(n for n, order in enumerate(orders) if order in concerned)
    fit = Fit(None, decided=False)
    if seconds > 0:
        fit = await desk.solvers.place(replanned, asked, positions, seconds=seconds)
    if fit.placings is None:
        return FewChanges(*_only(draft, asked, concerned), fit)
    sessions = case_of(asked).sessions
    rows = list(zip(sessions, fit.placings, strict=True))
    changing = {orders[session.line] for session, placing in rows if not _stays(session, placing)}
    kept = tuple(placing for session, placing in rows if orders[session.line] in changing)
    return FewChanges(*_only(draft, asked, changing), replace(fit, placings=kept))


def _orders_of_lines(draft: Draft) -> Iterator[uuid.UUID]:
    """The order of each line that is asked for (booking.actions.read.ask)."""
    for order in draft.orders:
        for line in order.lines:
            if line.status != "cancelled":
                yield order.id


def _stays(session: Session, placing: Placing) -> bool:
    was = session.was
    if was is None or was.start != placing.start:
        return False
    held = {(a.need, a.resource) for a in was.allocations}
    return held == {(n, r) for n, used in enumerate(placing.resources) for r in used}


def _only(draft: Draft, asked: Asked, ids: Collection[uuid.UUID]) -> tuple[Draft, Asked]:
    """Both cut to these orders; the lines get positions of their own again."""
    orders = list(_orders_of_lines(draft))
    chosen = [line for line, order in zip(asked.lines, orders, strict=True) if order in ids]
    pairs = [(b, o) for b, o in zip(draft.before, draft.orders, strict=True) if o.id in ids]
    return (
        dataclasses.replace(draft, before=tuple(b for b, _ in pairs), orders=tuple(o for _, o in pairs)),
        replace(
            asked,
            lines=tuple(replace(line, position=n) for n, line in enumerate(chosen)),
            previous={n: asked.previous.get(line.position, line.start) for n, line in enumerate(chosen)},
        ),
    )
