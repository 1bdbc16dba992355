"""Where a hall has been divided, two may have booked what is one and the same now. Both keep it; nobody else.

Who comes second gets the numbers that the others leave him, minute by minute, perhaps none. So at every
instant all numbers are taken, and the guard refuses whoever is new.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from booking.places import ALL, Stay, lowest


def squeezed(there: Sequence[Stay], comes: Stay) -> tuple[Stay, ...]:
    """The stay in pieces of the same numbers, beside those who are there. `places` 0: it is of the whole."""
    near = [s for s in there if s.start < comes.end and comes.start < s.end]
    inside = {t for s in near for t in (s.start, s.end) if comes.start < t < comes.end}
    pieces: list[Stay] = []
    for start, end in pairwise(sorted({comes.start, comes.end, *inside})):
        taken = 0
        for s in near:
            if s.start < end and start < s.end:
                taken |= s.numbers
        if comes.places == 0:
            numbers = ALL & ~taken
        else:
            numbers = 0 if taken < 0 else lowest(comes.places, ALL & ~taken)
        if pieces and pieces[-1].numbers == numbers:
            pieces[-1] = pieces[-1]._replace(end=end)
        else:
            pieces.append(comes._replace(start=start, end=end, numbers=numbers))
    return tuple(pieces)


def is_doubled(piece: Stay) -> bool:
    """Whether somebody else holds some of it too."""
    return piece.numbers != ALL if piece.places == 0 else piece.numbers == 0


def all_squeezed(there: Iterable[Stay], come: Iterable[Stay]) -> tuple[Stay, ...]:
    """The pieces of all who come, who make room for each other by their start."""
    seated, pieces = list(there), list[Stay]()
    for stay in sorted(come, key=lambda s: (s.start, s.end, s.id)):
        made = squeezed(seated, stay)
        seated += made
        pieces += made
    return tuple(pieces)
