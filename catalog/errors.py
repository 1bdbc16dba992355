"""Every refusal, each with a finished sentence. The web layer alone knows status codes.

Refusal
├── Invalid          what was sent does not make sense; `problems` name the fields
├── NotFound         it does not exist (for this caller)
├── Conflict         it contradicts what is booked or the state of the thing
│   ├── NotPlaceable     no valid placement; carries reasons and alternatives (booking.refusals)
│   ├── PlanOutdated     the plan of a preview no longer holds
│   └── LostRace         somebody else was faster, again and again
├── Stale            the version that the change was based on is not the present one
├── NotAllowed       the caller's role does not permit it
└── Undecided        the time allowed did not suffice to answer; asking again may
    └── Abandoned        nobody waits for the answer any more
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault in a body or document: `path` as in `resources[2].capacity`, and a sentence."""

    path: str
    message: str


class Refusal(Exception):
    """Something that was asked for and is not done. `code` is stable; the sentence is for people."""

    code = "refused"

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        if code is not None:
            self.code = code


class Invalid(Refusal):
    """The request or document contradicts itself or the rules; nothing was changed."""

    code = "invalid"

    def __init__(
        self, sentence: str = "", *, problems: tuple[Problem, ...] = (), code: str | None = None
    ) -> None:
        if not sentence:
            sentence = f"{problems[0].path}: {problems[0].message}" if problems else "Invalid."
            if len(problems) > 1:
                sentence += f" (and {len(problems) - 1} more)"
        super().__init__(sentence, code=code)
        self.problems = problems


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else: the two are not told apart."""

    code = "not_found"


class Conflict(Refusal):
    """The request makes sense but contradicts what is booked, or the state of the thing addressed."""

    code = "conflict"


class PlanOutdated(Conflict):
    """The plan of an earlier preview cannot be applied exactly any more."""

    code = "plan_outdated"


class LostRace(Conflict):
    """Other writers took what was chosen, more often than it is worth trying."""

    code = "lost_race"


class Stale(Refusal):
    """`If-Match` names a version that is not the present one."""

    code = "stale"


class NotAllowed(Refusal):
    """The caller's role does not permit this."""

    code = "not_allowed"


class Undecided(Refusal):
    """The time allowed ran out before there was an answer. Never to be read as a no."""

    code = "undecided"


class OutOfTime(Undecided):
    """A computation took much longer than it may, and was given up."""


class Abandoned(Undecided):
    """Whoever asked has gone: the computation was given up before anything was written."""

    code = "abandoned"
