"""The numbered places of a shared resource: who sits where, so that a constraint can count (P6).

A set of numbers is an `int`, bit n for place n; below zero it holds every number from some on. Intervals
never need more numbers than the greatest sum of places at one instant, if those numbers may be given out
anew: that is what `renumbered` does.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

EVERY = "{[1,)}"
"""All places, as a PostgreSQL multirange: what an exclusive or seated use takes."""
ALL = ~1
"""The same as a set of numbers."""


class Stay(NamedTuple):
    """`places` guests from `start` to `end`, on `numbers` (0: not numbered yet)."""

    id: uuid.UUID
    start: int
    end: int
    places: int
    numbers: int = 0


def fits(seated: Sequence[Stay], newcomers: Sequence[Stay], capacity: int) -> bool:
    """Whether no instant of a newcomer's stay has more than `capacity` guests."""
    everybody = [*seated, *newcomers]
    return all(
        sum(s.places for s in everybody if s.start <= at < s.end) <= capacity
        for stay in newcomers
        for at in {max(stay.start, s.start) for s in everybody if s.start < stay.end and stay.start < s.end}
    )


def first_fit(seated: Sequence[Stay], newcomers: Sequence[Stay], capacity: int) -> tuple[Stay, ...] | None:
    """The newcomers, each with the lowest numbers free for all of its stay; None where one finds too few."""
    numbered = list(seated)
    for stay in newcomers:
        taken = 0
        for other in numbered:
            if other.start < stay.end and stay.start < other.end:
                taken |= other.numbers
        free = _all(capacity) & ~taken
        if free.bit_count() < stay.places:
            return None
        numbered.append(stay._replace(numbers=lowest(stay.places, free)))
    return tuple(numbered[len(seated) :])


def renumbered(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """All of them with numbers given out anew by start: as few numbers as their greatest sum of places."""
    out: list[Stay] = []
    present: list[Stay] = []
    taken = 0
    for stay in sorted(stays, key=lambda s: (s.start, s.end, s.id)):
        for gone in [s for s in present if s.end <= stay.start]:
            present.remove(gone)
            taken &= ~gone.numbers
        numbers = lowest(stay.places, _all(taken.bit_length() + stay.places) & ~taken)
        out.append(stay._replace(numbers=numbers))
        present.append(out[-1])
        taken |= numbers
    return tuple(out)


def multirange(numbers: int) -> str:
    """The numbers as a PostgreSQL multirange: `{[1,4),[7,8)}`, `{[9,)}`."""
    ranges = []
    at = 0
    while numbers >> at:
        at += _trailing_zeros(numbers >> at)
        if numbers >> at == -1:
            ranges.append(f"[{at},)")
            break
        length = _trailing_zeros(~(numbers >> at))
        ranges.append(f"[{at},{at + length})")
        at += length
    return "{" + ",".join(ranges) + "}"


def numbers_of(ranges: Iterable[tuple[int, int | None]]) -> int:
    """The numbers of half-open ranges; one without an end goes on for ever."""
    numbers = 0
    for start, end in ranges:
        numbers |= -(1 << start) if end is None else (1 << end) - (1 << start)
    return numbers


def _all(capacity: int) -> int:
    return (1 << (capacity + 1)) - 2


def lowest(count: int, free: int) -> int:
    """So many of the free numbers, the lowest ones; there have to be as many."""
    left = free
    for _ in range(count):
        left &= left - 1
    return free ^ left


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
