"""From sessions to the prepared problem: P1 … P4 and what is booked become sets of starts.

The rules between sessions (P5 … P12) are left to booking.placement.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from booking.bits import Mask, span
from booking.case import Case, hosts, is_locked, place_need
from booking.expand import Session
from booking.kernel import reduced
from booking.occupancy import Situation
from booking.placement.problem import Claim, Option, Problem, Task, enough
from booking.upkeep import Upkeep
from booking.wishing import Options, served, wishes_of
from catalog.specs import Need

Overrides = frozenset[str]


class Prepared(Struct, frozen=True):
    """The problem and the names behind its numbers. `wide`: the starts before resources are considered."""

    problem: Problem
    resources: tuple[str, ...]
    wide: tuple[Mask, ...]
    base: int


def prepare(situation: Situation, case: Case, *, relaxed: Overrides = frozenset()) -> Prepared:
    """The prepared problem of the case. `relaxed` names rules that staff override for every session."""
    builder = _Builder(situation, case, relaxed)
    return builder.build()


class _Builder:
    def __init__(self, situation: Situation, case: Case, relaxed: Overrides) -> None:
        self.situation, self.case, self.relaxed = situation, case, relaxed
        self.names = tuple(situation.resources)
        self.number = {name: i for i, name in enumerate(self.names)}
        self.guest_ids: dict[tuple[int, int], int] = {}
        self.hosts = hosts(case.sessions)
        self.of_line: dict[int, list[int]] = {}
        for i, session in enumerate(case.sessions):
            self.of_line.setdefault(session.line, []).append(i)
        self.awaited = {(s.line, component) for s in case.sessions for component in s.after}
        self.made: dict[tuple[object, ...], tuple[Mask, Mask, tuple[Claim, ...], bool]] = {}

    def build(self) -> Prepared:
        case = self.case
        lines = sorted(case.parties)
        party_of = {}
        for line in lines:
            for guest in case.guests[line]:
                number = self.guest_ids.setdefault((line, guest.number), len(self.guest_ids))
                party_of[number] = lines.index(line)
        tasks, wide = [], []
        for i, session in enumerate(case.sessions):
            domain, task = self.task(i, session)
            wide.append(domain)
            tasks.append(task)
        shared = {
            option.resource
            for task in tasks
            for claim in task.claims
            if claim.shared
            for option in claim.options
        }
        leaves = tuple(
            tuple(self.number[leaf] for leaf in self.situation.leaves[name]) for name in self.names
        )
        used = {o.resource for task in tasks for claim in task.claims for o in claim.options}
        preference, party = self.preference(used), lambda guest: case.parties[lines[party_of[guest]]]
        problem = Problem(
            tasks=tuple(reduced(tasks, leaves, preference, party)),
            upkeep=Upkeep(self.situation, tasks, preference),
            leaves=leaves,
            capacity=tuple(self.situation.resources[name].capacity for name in self.names),
            load={r: tuple(self.situation.load(self.names[r])) for r in sorted(shared)},
            parties=tuple(case.parties[line] for line in lines),
            party_of=party_of,
        )
        return Prepared(problem, self.names, tuple(wide), self.situation.base)

    def preference(self, used: Iterable[int]) -> dict[int, int]:
        """Of each resource its place among these: indivisible, small and little booked ones first."""
        situation = self.situation
        liked = sorted(
            used,
            key=lambda r: (
                len(situation.leaves[self.names[r]]),
                situation.resources[self.names[r]].capacity,
                situation.busy(self.names[r]).bit_count(),
                r,
            ),
        )
        return {resource: place for place, resource in enumerate(liked)}

    def overrides(self, session: Session) -> Overrides:
        own = session.was.overrides if session.was is not None else ()
        return self.relaxed | frozenset(own)

    def domain(self, session: Session, relaxed: Overrides) -> Mask:
        """The starts that P1, P2 and P3 allow. A locked booking stands where it stands."""
        situation = self.situation
        if is_locked(session) and session.start is not None:
            return situation.minutes((session.start, session.start + 1))
        if session.start is not None:
            domain = situation.minutes((session.start, session.start + 1))
        else:
            domain = situation.grid(session.day, self.case.catalog.venue.grid_minutes)
            passed = max((self.case.not_before or 0) - situation.base, 0)
            domain = domain >> passed << passed
            if session.window is not None:
                a, b = session.window
                latest = b - (session.length or 1)
                domain &= situation.minutes((a, latest + 1))
                if session.end is not None and session.end > b:
                    domain = 0
        flexible_or_attended = session.attended or session.start is None
        if flexible_or_attended and "arrival" not in relaxed:
            arrival = max(self.case.arrivals[session.line] - situation.base, 0)
            domain = domain >> arrival << arrival
        if session.end is not None:
            domain &= span(0, session.end - situation.base)
        if not session.outside_venue_hours and "venue_hours" not in relaxed:
            domain &= situation.within(situation.venue_open, 0, session.length, session.end)
        return domain

    def task(self, index: int, session: Session) -> tuple[Mask, Task]:
        """The session as a task, and its starts before resources are considered."""
        key = self.likeness(index, session)
        if key is None or key not in self.made:
            relaxed = self.overrides(session)
            wide = self.domain(session, relaxed)
            starts, claims = self.claims(index, session, wide, relaxed)
            made = (wide, starts, claims, "waiting" in relaxed)
            if key is not None:
                self.made[key] = made
        else:
            made = self.made[key]
        wide, starts, claims, patient = made
        shift = self.case.shift.get(index)
        guests = tuple(self.guest_ids[session.line, g] for g in session.guests)
        host = self.hosts[index]
        host_claim = place_need(self.case.sessions[host].needs) if host is not None else None
        return wide, Task(
            starts=starts,
            length=session.length,
            end=None if session.end is None else session.end - self.situation.base,
            date=session.day.toordinal(),
            guests=guests,
            attended=session.attended,
            weight=len(guests),
            claims=claims,
            precedes=self.followers(index, session),
            host=host if host_claim is not None else None,
            host_claim=host_claim,
            must=self.required(index),
            was=None if shift is None else shift - self.situation.base,
            patient=patient,
        )

    def likeness(self, index: int, session: Session) -> tuple[object, ...] | None:
        """Equal for sessions that have the same starts and claims; None for one like no other."""
        if session.was is not None or session.host is not None or index in self.case.require:
            return None
        if wishes_of(self.case, session):
            return None
        return (session.line, session.component, session.product, len(session.guests), session.start)

    def required(self, index: int) -> tuple[int, ...]:
        return tuple(self.number[key] for key in self.case.require.get(index, ()) if key in self.number)

    def claims(
        self, index: int, session: Session, domain: Mask, relaxed: Overrides
    ) -> tuple[Mask, tuple[Claim, ...]]:
        """The starts that P4 and what is booked leave, and the claims, each with its options at these
        starts.
        """
        host = self.hosts[index]
        host_claim = place_need(self.case.sessions[host].needs) if host is not None else None
        claims = []
        for i, need in enumerate(session.needs):
            claim = self.claim(index, session, i, need, domain, relaxed)
            may_be_met = False
            if host is not None and host_claim is not None:
                place_pool = self.case.sessions[host].needs[host_claim].pool
                may_be_met = any(r in claim.pool for r in self.pool(place_pool))
            if not may_be_met:
                domain &= enough(claim)
            claims.append(claim)
        must = self.required(index)
        for resource in must if host_claim is None else ():
            usable = 0
            for claim in claims:
                for option in claim.options:
                    if option.resource == resource:
                        usable |= option.starts
            domain &= usable
        return domain, tuple(self.narrowed(claims, domain, must))

    def followers(self, index: int, session: Session) -> tuple[int, ...]:
        """The sessions that come `after` this one and share a guest, unless the order is overridden (P10)."""
        if (session.line, session.component) not in self.awaited:
            return ()
        return tuple(
            j
            for j in self.of_line[session.line]
            if j != index
            and session.component in (other := self.case.sessions[j]).after
            and set(other.guests) & set(session.guests)
            and "order" not in self.overrides(other)
        )

    def pool(self, key: str) -> list[int]:
        return [self.number[name] for name in self.situation.pools.get(key, ())]

    def claim(
        self, index: int, session: Session, i: int, need: Need, domain: Mask, relaxed: Overrides
    ) -> Claim:
        keep_hours = "resource_hours" not in relaxed
        places = len(session.guests)
        lead, tail = need.held(0, session.length or 0)
        is_open_ended = session.length is None and need.until_minutes is None
        until = session.end_at(0) + need.after_minutes if is_open_ended else None
        options: Options = (
            self.situation.starts(need.pool, need.use, places, lead, tail - lead, keep_hours)
            if until is None
            else [
                (name, self.situation.within(free, lead, None, until))
                for name, free in self.situation.free_of(need.pool, need.use, places, keep_hours)
            ]
        )
        was: frozenset[int] | None = None
        if session.was is not None:
            held = [a.resource for a in session.was.allocations if a.need == i]
            was = frozenset(self.number[r] for r in held if r in self.number)
            if i in self.case.keep.get(index, ()) and held:
                options = [(name, mask) for name, mask in options if name in held]
            if is_locked(session) and held:
                options = [(name, domain) for name in held if name in self.number]
        wishes = wishes_of(self.case, session, merely_preferred="wishes" in relaxed)
        found = served(self.situation, session, need, wishes, options)
        return Claim(
            need=i,
            shared=need.use == "shared",
            count=need.count,
            places=places if need.use == "shared" else 1,
            lead=lead,
            length=None if until is not None else tail - lead,
            until=None if until is None else until - self.situation.base,
            options=tuple(
                Option(self.number[name], mask & domain) for name, mask in found.options if mask & domain
            ),
            pool=frozenset(self.pool(need.pool)),
            large=frozenset(
                self.number[name] for name in self.situation.candidates(need.pool, need.use, places)
            ),
            guests_of=None
            if found.guests_of is None
            else {
                self.number[name]: tuple(self.guest_ids[session.line, guest] for guest in guests)
                for name, guests in found.guests_of.items()
            },
            dislikes={
                self.number[name]: tuple(
                    (self.guest_ids[session.line, guest], wish) for guest, wish in missed
                )
                for name, missed in found.missed.items()
            },
            was=was,
        )

    def narrowed(self, claims: Sequence[Claim], domain: Mask, must: Sequence[int]) -> list[Claim]:
        """The claims cut to the starts that are left, and to a resource that only one of them can use."""
        out = []
        for claim in claims:
            named = {r for r in must if r in claim.pool and sum(r in c.pool for c in claims) == 1}
            only = named if len(named) == claim.count else None
            options = (Option(o.resource, o.starts & domain) for o in claim.options)
            kept = tuple(o for o in options if o.starts and (only is None or o.resource in only))
            out.append(replace(claim, options=kept))
        return out
