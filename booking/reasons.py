"""Why one component by itself does not fit: the first rule that leaves it no start (placement.md, 7).

The rules are added one after the other, P1 first; the one after which no start is left is the reason.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from booking.bits import Mask, first, intervals, last
from booking.case import Case
from booking.expand import Session
from booking.occupancy import Situation
from booking.placement.problem import enough
from booking.prepare import Prepared, prepare
from booking.refusals import Reason
from catalog.specs import Need
from catalog.times import clock_text, wall_of


class Speaker:
    """Names and times as a receptionist says them."""

    def __init__(self, situation: Situation, case: Case) -> None:
        self.situation, self.case = situation, case
        self.tz = situation.tz

    def product(self, session: Session) -> str:
        product = self.case.catalog.product(session.product)
        return product.label if product is not None else session.component

    def pool(self, key: str) -> str:
        """`therapists` from the key `therapists`, `treatment rooms` from `treatment-rooms`."""
        return key.replace("-", " ")

    def resource(self, key: str) -> str:
        resource = self.situation.resources.get(key)
        return resource.label if resource is not None else key

    def time(self, at: int) -> str:
        """The wall-clock time of a minute of the situation."""
        return clock_text(wall_of(self.tz, at + self.situation.base)[1])

    def day(self, session: Session) -> str:
        return session.day.strftime("%a %d %b").replace(" 0", " ")

    def when(self, session: Session, domain: Mask) -> str:
        """`at 12:00 on Sat 5 Dec`, or the day alone where there is a choice."""
        if session.start is not None and domain:
            return f"at {self.time(first(domain))} on {self.day(session)}"
        return f"on {self.day(session)}"

    def who(self, session: Session) -> str:
        if len(session.guests) == 1:
            return f"guest {session.guests[0]}"
        return f"{len(session.guests)} guests"


def alone(situation: Situation, case: Case, prepared: Prepared) -> tuple[Reason, ...]:
    """A reason for every component of which a session has no start at all, P1 to P6 and P12 considered."""
    speaker = Speaker(situation, case)
    out: dict[tuple[str, str], Reason] = {}
    for i, session in enumerate(case.sessions):
        if prepared.problem.tasks[i].starts:
            continue
        for reason in _one(speaker, situation, case, i, session):
            out.setdefault((reason.component or "", reason.code), reason)
            break
    return tuple(out.values())


def _one(
    speaker: Speaker, situation: Situation, case: Case, index: int, session: Session
) -> Iterator[Reason]:
    name = speaker.product(session)
    only = replace(
        case,
        sessions=(replace(session, needs=(), host=None),),
        require={},
        keep={},
        shift={},
        overrides=(),
    )

    def domain(*relaxed: str) -> Mask:
        return prepare(situation, only, relaxed=frozenset({*relaxed, *case.overrides})).wide[0]

    anywhere = domain("arrival", "venue_hours")
    here = Reason(
        code="resource_busy",
        sentence="",
        component=session.component,
        guest=session.guests[0] if len(session.guests) == 1 else None,
    )
    if not anywhere:
        yield replace(
            here,
            code="order_impossible",
            sentence=f"{name} has no possible time {speaker.when(session, 0)}: "
            "it would end before it begins, or outlast its window.",
        )
        return
    low, high = first(anywhere) + situation.base, last(anywhere) + situation.base
    here = replace(here, start=low, end=session.end_at(high))
    arrived = domain("venue_hours")
    if not arrived:
        arrival = speaker.time(case.arrivals[session.line] - situation.base)
        at = (
            f" is at {speaker.time(first(anywhere))},"
            if session.start is not None
            else " would have to begin"
        )
        yield replace(
            here, code="before_arrival", sentence=f"{name}{at} before the guests arrive at {arrival}."
        )
        return
    opened = domain()
    if not opened:
        yield replace(
            here,
            code="venue_closed",
            sentence=f"The house is not open for {name} {speaker.when(session, arrived)}"
            + (f" after {speaker.time(first(arrived))}." if session.start is None else "."),
        )
        return
    start, end = first(opened) + situation.base, session.end_at(last(opened) + situation.base)
    here = replace(here, start=start, end=end)
    left = opened
    for n, need in enumerate(session.needs):
        reason, left = _need(speaker, situation, case, session, n, need, opened, left, here)
        if reason is not None:
            yield reason
            return
    for key in case.require.get(index, ()):
        held = _holders(situation, [key], left, session)
        yield replace(
            here,
            code="resource_busy",
            sentence=f"{speaker.resource(key)} is not free for {name} {speaker.when(session, opened)}.",
            held_by=held,
        )
        return
    pools = " and ".join(speaker.pool(need.pool) for need in session.needs)
    yield replace(
        here,
        code="resource_busy",
        sentence=f"At no time {speaker.when(session, opened)} are {pools} free together for {name}.",
        pool=session.needs[0].pool if session.needs else None,
    )


def _need(
    speaker: Speaker,
    situation: Situation,
    case: Case,
    session: Session,
    n: int,
    need: Need,
    opened: Mask,
    left: Mask,
    here: Reason,
) -> tuple[Reason | None, Mask]:
    """The reason that lies with this need, and the starts that it leaves."""
    name, pool = speaker.product(session), speaker.pool(need.pool)
    members = situation.pools.get(need.pool, [])
    large = situation.candidates(need.pool, need.use, len(session.guests))
    when = speaker.when(session, opened)
    if len(large) < need.count:
        if len(members) < need.count:
            sentence = f"{name} needs {need.count} of {pool}; there {_are(len(members))}."
            return replace(here, code="too_few_resources", sentence=sentence, pool=need.pool), 0
        most = max((situation.resources[key].capacity for key in members), default=0)
        sentence = f"{name} is for {len(session.guests)} guests; the largest of {pool} takes {most}."
        return replace(here, code="capacity_exceeded", sentence=sentence, pool=need.pool), 0
    only = replace(
        case,
        sessions=(replace(session, needs=(need,), host=None),),
        require={},
        keep={0: (0,)} if n in case.keep.get(case.sessions.index(session), ()) else {},
        shift={},
    )
    relaxed = frozenset(case.overrides)
    unwishing = relaxed | {"wishes"}
    empty = Situation(case.catalog, case.blocks, (), *case.span())
    unwished = prepare(empty, only, relaxed=unwishing).problem.tasks[0].claims[0]
    if not enough(unwished) & opened:
        free = _most(empty, only, opened, unwishing)
        if free == 0:
            sentence = f"None of {pool} is open for {name} {when}."
            return replace(here, code="no_open_resource", sentence=sentence, pool=need.pool), 0
        sentence = f"{name} needs {need.count} of {pool} {when}; only {free} {_work(free)}."
        return replace(here, code="too_few_resources", sentence=sentence, pool=need.pool), 0
    wished = prepare(empty, only, relaxed=relaxed).problem.tasks[0].claims[0]
    if not enough(wished) & opened:
        sentence = f"Nobody of {pool} whom {speaker.who(session)} asked for works {when}."
        return replace(here, code="wish_unmet", sentence=sentence, pool=need.pool), 0
    now = prepare(situation, only, relaxed=relaxed).problem.tasks[0].claims[0]
    if not enough(now) & opened:
        held = _holders(situation, large, opened, session)
        if need.use == "shared":
            return _full(speaker, situation, session, need, large, opened, here, held), 0
        if need.count > 1:
            free = _most(situation, only, opened, unwishing)
            sentence = f"{name} needs {need.count} of {pool} {when}; only {free} {_are_free(free)}."
            reason = replace(here, code="too_few_resources", sentence=sentence, pool=need.pool, held_by=held)
            return reason, 0
        unbooked = prepare(situation, only, relaxed=unwishing).problem.tasks[0].claims[0]
        if enough(unbooked) & opened:
            sentence = f"Nobody of {pool} whom {speaker.who(session)} asked for is free for {name} {when}."
            return replace(here, code="wish_unmet", sentence=sentence, pool=need.pool, held_by=held), 0
        sentence = f"All of {pool} that could do {name} {when} are booked."
        return replace(here, code="resource_busy", sentence=sentence, pool=need.pool, held_by=held), 0
    return None, left & enough(now)


def _most(situation: Situation, only: Case, opened: Mask, relaxed: frozenset[str]) -> int:
    """How many resources of the one need are free at a time, at most."""
    (session,) = only.sessions
    alone = replace(only, sessions=(replace(session, needs=(replace(session.needs[0], count=1),)),))
    claim = prepare(situation, alone, relaxed=relaxed).problem.tasks[0].claims[0]
    return max((sum(o.starts >> t & 1 for o in claim.options) for t in _samples(opened)), default=0)


def _full(
    speaker: Speaker,
    situation: Situation,
    session: Session,
    need: Need,
    resources: list[str],
    opened: Mask,
    here: Reason,
    held: tuple[str, ...],
) -> Reason:
    """Too few places are left of what is shared (P6)."""
    best = 0
    at = first(opened)
    a, b = need.held(at, at + (session.length or 1))
    for key in resources:
        taken = max((n for s, e, n in situation.load(key) if s < b and a < e), default=0)
        best = max(best, situation.resources[key].capacity - taken)
    name, needed = speaker.product(session), len(session.guests)
    sentence = (
        f"{name} {speaker.when(session, opened)} has {best} {'place' if best == 1 else 'places'} left in "
        f"{speaker.pool(need.pool)}; {needed} {'is' if needed == 1 else 'are'} needed."
    )
    return replace(here, code="capacity_exceeded", sentence=sentence, pool=need.pool, held_by=held)


def _holders(situation: Situation, keys: list[str], opened: Mask, session: Session) -> tuple[str, ...]:
    """The bookings that hold these resources then, a few at most."""
    if not opened:
        return ()
    a, b = first(opened), last(opened) + (session.length or 1)
    found: dict[str, None] = {}
    for key in keys:
        for leaf in situation.leaves.get(key, ()):
            for held in situation.held.get(leaf, ()):
                if held.start - situation.base < b and a < held.end - situation.base:
                    found[held.booking] = None
    return tuple(found)[:10]


def _samples(mask: Mask) -> Iterator[int]:
    """Some minutes of the mask: both ends of its intervals."""
    for a, b in intervals(mask)[:200]:
        yield a
        yield b - 1


def _are(count: int) -> str:
    return "is none" if count == 0 else "is one" if count == 1 else f"are {count}"


def _are_free(count: int) -> str:
    return "is free" if count == 1 else "are free"


def _work(count: int) -> str:
    return "is open then" if count == 1 else "are open then"
