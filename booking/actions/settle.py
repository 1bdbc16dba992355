"""What all changes have in common: place what is desired, price it, write it whole, or refuse with reasons.

A lost race begins again at the read, a bounded number of times. A preview stops before the write.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.draft import Draft
from booking.actions.few_changes import with_few_changes
from booking.actions.read import ask, with_credits
from booking.actions.write_down import rehearse, write_down
from booking.apply import Actor, Outrun, Taken, clear_expired
from booking.assemble import assemble, by_session, ended_booking, placings_of
from booking.billing import priced
from booking.case import Asked, Case, case_of
from booking.check import Violation, unforgiven, violations
from booking.computing import placed, refusal
from booking.desk import Desk
from booking.difference import changes, price_difference
from booking.expand import Desired, expand
from booking.fit import Fit, Placing
from booking.handover import without_an_owner
from booking.lines import Line, Order, Status
from booking.outcome import Keep, Outcome
from booking.plan import Plan, digest, read, write
from booking.refusals import NotPlaceable, Reason
from catalog.errors import LostRace, PlanOutdated, Undecided
from catalog.queries import StoredVenue
from catalog.times import minute, wall_of

ATTEMPTS = 40
"""How often a lost race begins again. Each loss means that somebody else's booking was made."""


Compute = Callable[[AsyncSession, datetime], Awaitable[Draft]]


class Settled(Struct, frozen=True):
    """Where everything goes, and the orders that come of it."""

    orders: tuple[Order, ...]
    placings: tuple[Placing, ...]
    optimal: bool


async def settle(
    desk: Desk,
    venue: StoredVenue,
    compute: Compute,
    request: object,
    *,
    caller: Actor,
    preview: bool,
    keep: Keep | None,
    plan: str | None = None,
) -> Outcome:
    """Carries a draft through. `compute` reads and drafts; it runs again when a race was lost.

    Raises NotPlaceable, Undecided, PlanOutdated, LostRace, and what `compute` and the quote refuse.
    """
    left = desk.limits.solver_seconds
    for _ in range(ATTEMPTS):
        now = desk.now()
        async with desk.solvers.gate:
            with desk.watch.step("read"):
                async with desk.reading() as session:
                    draft = await with_credits(session, venue, await compute(session, now), now)
                    asked = await ask(session, venue, draft, now)
            began = time.monotonic()
            with desk.watch.step("place"):
                found = None
                if draft.concerned is not None and plan is None:
                    found = await with_few_changes(desk, draft, asked, left)
                    draft, asked = found.draft, found.asked
                fingerprint = digest(request, [(o.id, o.version) for o in draft.before if o is not None])
                if found is not None:
                    settled = _as_found(venue, draft, asked, found.fit, now)
                else:
                    settled = await _settled(desk, venue, draft, asked, now, plan, fingerprint, left)
            left -= time.monotonic() - began
            if settled is not None:
                outcome = _outcome(draft, settled)
                try:
                    if preview:
                        shown = replace(outcome, plan=_plan(settled, fingerprint))
                        return await rehearse(desk, venue, draft, shown, now, caller, keep)
                    return await write_down(desk, venue, draft, outcome, now, caller, keep)
                except Taken:
                    desk.watch.note("race lost")
                    if plan is not None or draft.placed is not None:
                        raise PlanOutdated(
                            "Something in the plan has been booked since; preview again."
                        ) from None
                    await clear_expired(desk.sessions, venue.id, desk.now())
                    continue
                except Outrun:
                    desk.watch.note("race lost")
                    continue
        await _refuse(desk, venue, draft, asked, now, request)
    raise LostRace("Others keep booking the same at this moment; please try again.")


async def _settled(
    desk: Desk,
    venue: StoredVenue,
    draft: Draft,
    asked: Asked,
    now: datetime,
    plan: str | None,
    fingerprint: str,
    seconds: float,
) -> Settled | None:
    """The orders placed and priced; None where there is no placement. Raises Undecided after `seconds`."""
    given = read(plan, fingerprint) if plan is not None else _found_before(draft, fingerprint)
    case = case_of(asked) if draft.stay or given is not None else None
    present = placings_of(case.sessions) if case is not None and draft.stay else None
    if case is None or (present is None and given is None):
        state = digest(fingerprint, venue.id, venue.version, asked.held, asked.blocks)
        return await _placed(desk, venue, draft, asked, now, state, seconds)
    if present is not None:
        wrong = unforgiven(case, violations(case, present)) if draft.verify else ()
        if wrong:
            raise impossible(wrong)
        settled = _assembled(venue, draft, asked, present, True, now)
    elif given is not None:
        if len(given.placings) != len(case.sessions) or unforgiven(case, violations(case, given.placings)):
            raise PlanOutdated("What the plan holds is not free any more; preview again.")
        settled = _assembled(venue, draft, asked, given.placings, given.optimal, now)
    if given is not None and given.total not in ("", str(_total(settled))):
        raise PlanOutdated("The price has changed since the preview; preview again.")
    return settled


def _found_before(draft: Draft, fingerprint: str) -> Plan | None:
    """What the draft says of where everything goes, as a plan of which no price has been shown yet."""
    if draft.placed is None:
        return None
    return Plan(fingerprint, "", optimal=False, placings=draft.placed)


async def _placed(
    desk: Desk,
    venue: StoredVenue,
    draft: Draft,
    asked: Asked,
    now: datetime,
    state: str,
    seconds: float,
) -> Settled | None:
    """As the solver places it best. `state`: what the answer depends on; losers of a race ask the same."""
    if state in desk.solvers.hopeless:
        return None
    fit = (
        await desk.solvers.place(placed, asked, seconds=seconds) if seconds > 0 else Fit(None, decided=False)
    )
    if fit.placings is None and fit.decided:
        desk.solvers.hopeless.add(state)
    return _as_found(venue, draft, asked, fit, now)


def _as_found(venue: StoredVenue, draft: Draft, asked: Asked, fit: Fit, now: datetime) -> Settled | None:
    if fit.placings is None and not fit.decided:
        raise Undecided("There was not enough time to find out whether it fits; please try again.")
    if fit.placings is None:
        return None
    return _assembled(venue, draft, asked, fit.placings, fit.optimal, now)


def _assembled(
    venue: StoredVenue,
    draft: Draft,
    asked: Asked,
    placings: Sequence[Placing],
    optimal: bool,
    now: datetime,
) -> Settled:
    forgiven = _forgiven(case_of(asked), placings) if _may_forgive(asked, draft) else {}
    lines = iter(asked.lines)
    rest = list(placings)
    orders = []
    today = wall_of(venue.tz, minute(now))[0]
    for before, order in zip(draft.before, draft.orders, strict=True):
        done: list[Line] = []
        billed: list[tuple[Line, Desired]] = []
        for line in order.lines:
            if line.status == "cancelled":
                done.append(_ended(line))
                continue
            here = next(lines)
            desired = expand(here, venue.tz)
            mine, rest = rest[: len(desired.sessions)], rest[len(desired.sessions) :]
            assembled = assemble(here, desired, mine, forgiven.get(here.position, {}))
            done.append(_with_status(replace(assembled, position=line.position), order.status))
            billed.append((replace(line, position=line.position), desired))
        price = priced(
            billed,
            venue.tz,
            currency=venue.catalog.venue.currency,
            tier=order.tier,
            discount=order.discount,
            today=today,
            before=before,
            means=draft.means.get(order.id),
        )
        after = replace(
            order,
            lines=tuple(done),
            price=msgspec.json.decode(msgspec.json.encode(price)),
            total=price.total,
            optimal=optimal,
        )
        orders.append(draft.finish(after) if draft.finish is not None else after)
    return Settled(tuple(orders), tuple(placings), optimal)


def _forgiven(case: Case, placings: Sequence[Placing]) -> dict[int, dict[int, list[Violation]]]:
    return by_session(case, violations(case, placings))


def _may_forgive(asked: Asked, draft: Draft) -> bool:
    """Whether any rule may have been overridden, so that it is worth looking for warnings."""
    own = (b.overrides for line in asked.lines for b in line.bookings)
    return bool(asked.overrides) or any(own) or draft.stay


def _with_status(line: Line, status: Status) -> Line:
    bookings = tuple(replace(b, status=status) if b.active else b for b in line.bookings)
    return replace(line, status=status, bookings=bookings)


def _ended(line: Line) -> Line:
    bookings = tuple(ended_booking(b) if b.active else b for b in line.bookings)
    return replace(line, status="cancelled", bookings=bookings)


def _outcome(draft: Draft, settled: Settled) -> Outcome:
    pairs = list(zip(draft.before, settled.orders, strict=True))
    return Outcome(
        orders=settled.orders,
        before=draft.before,
        changes=tuple(c for before, after in pairs for c in changes(before, after)),
        price_difference=sum((price_difference(b, a) for b, a in pairs), start=Decimal(0)),
        warnings=(*draft.warnings, *_of_no_customer(settled)),
    )


def _of_no_customer(settled: Settled) -> Iterator[str]:
    for label in dict.fromkeys(label for order in settled.orders for label in without_an_owner(order)):
        yield f"“{label}” gives credits, which belong to a customer: they are given when one is named."


def _total(settled: Settled) -> Decimal:
    return sum((o.total for o in settled.orders), start=Decimal(0))


def _plan(settled: Settled, fingerprint: str) -> str:
    ids = tuple(order.id for order in settled.orders)
    return write(Plan(fingerprint, str(_total(settled)), settled.optimal, settled.placings, ids))


async def _refuse(
    desk: Desk, venue: StoredVenue, draft: Draft, asked: Asked, now: datetime, request: object
) -> None:
    """Raises NotPlaceable with the reasons and, where there are, alternatives."""
    near = asked
    if len(asked.lines) == 1:
        async with desk.reading() as session:
            near = await ask(session, venue, draft, now, around=True)
    step = least_step(venue.catalog.venue.grid_minutes)
    seconds = min(2.0, desk.limits.solver_seconds)
    key = digest(
        request,
        venue.id,
        venue.version,
        draft.before and [o and o.version for o in draft.before],
        near.held,
        near.blocks,
    )
    refused = await desk.solvers.search_once(key, refusal, near, step, minute(now), seconds=seconds)
    raise NotPlaceable(refused.reasons, refused.alternatives, taken=refused.taken)


def least_step(grid: int) -> int:
    """The least multiple of the grid of at least 30 minutes (contract.md: `step_minutes`)."""
    return -(-30 // grid) * grid


def impossible(found: Sequence[Violation]) -> NotPlaceable:
    """The refusal of something that stood before and cannot stand again."""
    sentences = dict.fromkeys(v.sentence for v in found)
    reasons = tuple(Reason(code="resource_busy", sentence=sentence) for sentence in sentences)
    return NotPlaceable(reasons, taken=True)
