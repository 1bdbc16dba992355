"""Whether a history of what clients asked and were told can have happened one after the other, in real time.

The search of Wing and Gong ("Testing and verifying concurrent objects", 1993) with the memory that Lowe
added: the same operations done with the same state are looked at once. Histories of one resource do not
depend on those of another, so each is judged by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

NEVER = float("inf")
State = frozenset[tuple[int, str]]
"""Who holds which hour of the resource."""


@dataclass(frozen=True)
class Event:
    """One operation of a client.

    `who` takes an hour, moves to it or gives it back; `read` saw `seen`. `outcome`: `done`, `refused`, or
    `unknown` where no answer came: it took effect at any time from `begun` on, or never (`ended` is NEVER).
    """

    kind: str
    who: str
    hour: int
    begun: float
    ended: float
    outcome: str = "done"
    seen: State = frozenset()


def linearizable(history: Sequence[Event]) -> bool:
    """Whether there is an order of the operations that explains every answer."""
    events = sorted(history, key=lambda event: event.begun)
    known = sum(1 << i for i, event in enumerate(events) if event.outcome != "unknown")
    stack: list[tuple[int, State]] = [(0, frozenset())]
    looked_at: set[tuple[int, State]] = set(stack)
    while stack:
        done, state = stack.pop()
        if done & known == known:
            return True
        # The next one had begun before any other that is not done yet had ended.
        first_end = min(event.ended for i, event in enumerate(events) if not done >> i & 1)
        for i, event in enumerate(events):
            if event.begun > first_end:
                break
            if done >> i & 1:
                continue
            for after in outcomes(event, state):
                step = (done | 1 << i, after)
                if step not in looked_at:
                    looked_at.add(step)
                    stack.append(step)
    return False


def outcomes(event: Event, state: State) -> list[State]:
    """The states that it may leave behind if it is done now and answered as it was; none: it was not."""
    after = applied(event, state)
    if event.kind == "read":
        return [state] if event.seen == state else []
    if event.outcome == "done":
        return [] if after is None else [after]
    if event.outcome == "refused":
        return [state] if after is None else []
    return [state] if after is None else [state, after]


def applied(event: Event, state: State) -> State | None:
    """The state after it; None where it cannot be done."""
    mine = frozenset(held for held in state if held[1] == event.who)
    taken = any(hour == event.hour for hour, who in state if who != event.who)
    if event.kind == "reserve":
        return None if taken or mine else state | {(event.hour, event.who)}
    if event.kind == "move":
        return None if taken or not mine else (state - mine) | {(event.hour, event.who)}
    return state - mine  # to give back what one does not hold is no fault
