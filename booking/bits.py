"""Sets of minutes as Python integers: bit t is minute t after a base. Exact at any grid and buffer."""

from collections.abc import Iterable, Iterator

Mask = int


def span(start: int, end: int) -> Mask:
    """The minutes of [start, end); those before the base are left out."""
    start = max(start, 0)
    return ((1 << (end - start)) - 1) << start if end > start else 0


def every(step: int, count: int) -> Mask:
    """So many minutes, each a step after the one before, the first at the base."""
    return ((1 << step * count) - 1) // ((1 << step) - 1)


def union(intervals: Iterable[tuple[int, int]]) -> Mask:
    """The minutes of any of the intervals."""
    mask = 0
    for start, end in intervals:
        if start < 0:
            start = 0
        if start < end:
            mask |= ((1 << (end - start)) - 1) << start
    return mask


def shifted(mask: Mask, by: int) -> Mask:
    """Every minute moved by so many; what falls before the base is lost."""
    return mask << by if by >= 0 else mask >> -by


def run(mask: Mask, length: int) -> Mask:
    """The minutes t with all of [t, t + length) in the mask."""
    done = 1
    while done < length and mask:
        step = min(done, length - done)
        mask &= mask >> step
        done += step
    return mask


def spread(mask: Mask, length: int) -> Mask:
    """The minutes t with a minute of the mask within [t - length, t]."""
    done = 1
    while done < length + 1:
        step = min(done, length + 1 - done)
        mask |= mask << step
        done += step
    return mask


def spread_back(mask: Mask, length: int) -> Mask:
    """The minutes t with a minute of the mask within [t, t + length]."""
    done = 1
    while done < length + 1:
        step = min(done, length + 1 - done)
        mask |= mask >> step
        done += step
    return mask


def first(mask: Mask) -> int:
    """The earliest minute of a mask that is not empty."""
    return (mask & -mask).bit_length() - 1


def last(mask: Mask) -> int:
    """The latest minute of a mask that is not empty."""
    return mask.bit_length() - 1


def is_single(mask: Mask) -> bool:
    """Whether it holds exactly one minute."""
    return mask != 0 and mask & (mask - 1) == 0


def minutes(mask: Mask) -> Iterator[int]:
    """Every minute of the mask, in order."""
    if not mask:
        return
    offset = first(mask)
    mask >>= offset
    while mask:
        low = mask & -mask
        position = low.bit_length() - 1
        yield offset + position
        mask >>= position + 1
        offset += position + 1


def intervals(mask: Mask) -> list[tuple[int, int]]:
    """The mask as half-open intervals, in order."""
    out = []
    offset = 0
    while mask:
        skip = first(mask)
        mask >>= skip
        length = first(~mask)
        out.append((offset + skip, offset + skip + length))
        offset += skip + length
        mask >>= length
    return out
