"""Why a start is refused, and what would fit instead (placement.md, 7).

First component by component (reasons.alone). If each alone would fit: rules between sessions are left out one
at a time; the one whose absence makes room is the reason. Then components are left out one by one until each
that remains is needed for it to fail: the smallest set found that does not fit together.
"""

import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from booking.case import Case
from booking.expand import Session
from booking.fit import situation_of
from booking.occupancy import Situation
from booking.placement.parts import parts
from booking.placement.solve import decide_part
from booking.prepare import prepare
from booking.reasons import Speaker, alone
from booking.refusals import Alternative, Reason


class Refused(Struct, frozen=True):
    """`taken`: it would fit if nothing were booked and nothing out of use."""

    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...] = ()
    taken: bool = False


def why(case: Case, seconds: float) -> Refused:
    """The reasons for which the case does not fit, most decisive first."""
    deadline = time.monotonic() + seconds
    situation = situation_of(case)
    relaxed = frozenset(case.overrides)
    reasons = alone(situation, case, prepare(situation, case, relaxed=relaxed))
    if not reasons:
        reasons = (_together(situation, case, deadline),)
    empty = replace(case, held=(), blocks={})
    taken = bool(case.held or case.blocks) and fits(situation_of(empty), empty, deadline) is True
    return Refused(reasons, taken=taken)


def fits(situation: Situation, case: Case, deadline: float) -> bool | None:
    """Whether the case has a placement, rules overridden left out; None where time ran out."""
    problem = prepare(situation, case, relaxed=frozenset(case.overrides)).problem
    if any(not task.starts for task in problem.tasks):
        return False
    for part in sorted(parts(problem), key=len):
        answer = decide_part(problem, part, max(deadline - time.monotonic(), 0.02), tries=4)
        if answer.verdict != "yes":
            return False if answer.verdict == "no" else None
    return True


def _together(situation: Situation, case: Case, deadline: float) -> Reason:
    """Each component would fit alone: which rule, or which set of components, stands in the way."""
    speaker = Speaker(situation, case)
    # Waiting is left out first and for good: P9 is not monotone, with fewer sessions a guest may wait longer.
    patient = without_waiting(case)
    if any(party.wait is not None for party in case.parties.values()) and fits(situation, patient, deadline):
        wait = max(party.wait or 0 for party in case.parties.values())
        return Reason(
            code="waiting_too_long",
            sentence=f"A guest would have to wait longer than the {wait} minutes that the package allows.",
        )
    for code, easier, sentence in (
        (
            "order_impossible",
            without_order(case),
            "The treatments do not fit in the order that is prescribed.",
        ),
        (
            "wish_unmet",
            without_wishes(case),
            "It does not fit with the wishes of the guests for their therapists.",
        ),
    ):
        if easier != case and fits(situation, easier, deadline):
            return Reason(code=code, sentence=sentence)  # type: ignore[arg-type]  # both are codes
    components = _smallest(situation, patient, deadline)
    names = _names(speaker, case, components)
    here = Reason(
        code="jointly_infeasible",
        sentence=f"{_list(names)} fit alone, but not together in the rooms and with the staff that are free.",
        component=components[0],
        components=tuple(components),
    )
    few = [s for s in patient.sessions if s.component in components]
    hosted = {s.component for s in few if s.host in components}
    if hosted:
        sentence = f"{_list(names)} do not fit together: one has to lie within the other."
        return replace(here, code="outside_host", sentence=sentence)
    small = replace(patient, sessions=tuple(few), require={}, keep={}, shift={})
    if len(components) > 1 and fits(situation, unattended(small), deadline):
        sentence = (
            f"{_list(names)} would need a guest in two places at once, or closer together than allowed."
        )
        return replace(here, code="guest_busy", sentence=sentence)
    if len(components) == 1:
        return _too_few(situation, speaker, small, components[0], deadline)
    return here


def _too_few(situation: Situation, speaker: Speaker, case: Case, component: str, deadline: float) -> Reason:
    """One component whose sessions do not all fit: how many would."""
    sessions = case.sessions
    low, high = 0, len(sessions)
    while high - low > 1:
        middle = (low + high) // 2
        if fits(situation, replace(case, sessions=sessions[:middle]), deadline):
            low = middle
        else:
            high = middle
    name = speaker.product(sessions[0])
    need = next((n for n in sessions[0].needs if n.use != "shared"), None)
    sentence = (
        f"{name} is needed {len(sessions)} times {speaker.when(sessions[0], 0)}; there is room for {low}."
    )
    return Reason(
        code="too_few_resources",
        sentence=sentence,
        component=component,
        pool=need.pool if need is not None else None,
        components=(component,),
    )


def _smallest(situation: Situation, case: Case, deadline: float) -> list[str]:
    """Components of which none can be left out without the rest fitting, in catalog order."""
    needed = list(dict.fromkeys(s.component for s in case.sessions))
    for component in list(needed):
        fewer = [c for c in needed if c != component]
        if not fewer or time.monotonic() > deadline:
            break
        rest = tuple(s for s in case.sessions if s.component in fewer)
        easier = replace(case, sessions=rest, require={}, keep={}, shift={})
        if fits(situation, easier, deadline) is False:
            needed = fewer
    return needed


def without_waiting(case: Case) -> Case:
    parties = {line: party._replace(wait=None) for line, party in case.parties.items()}
    return replace(case, parties=parties)


def without_order(case: Case) -> Case:
    return replace(case, sessions=tuple(replace(s, after=()) for s in case.sessions))


def without_wishes(case: Case) -> Case:
    guests = {line: tuple(replace(g, required={}) for g in members) for line, members in case.guests.items()}
    return replace(case, guests=guests)


def unattended(case: Case) -> Case:
    """As if guests could be in two places at once."""
    return replace(case, sessions=tuple(replace(s, attended=False) for s in case.sessions))


def _names(speaker: Speaker, case: Case, components: Sequence[str]) -> list[str]:
    first: dict[str, Session] = {}
    for session in case.sessions:
        first.setdefault(session.component, session)
    return [speaker.product(first[c]) for c in components]


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
