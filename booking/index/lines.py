"""Dates as lines of an array, times on the wall as columns: nothing moves from one line to the next."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Columns = NDArray[np.int64]


def last_of(mask: Mask) -> Columns:
    """By line the last column that is true; -1: none."""
    # Many times faster than looking for the first one from behind.
    numbered = mask * np.arange(1, mask.shape[1] + 1, dtype=np.uint16)
    found: Columns = numbered.max(axis=1).astype(np.int64) - 1
    return found


def within(mask: Mask, least: int, most: int) -> Mask:
    """The columns c with a true one in [c + least, c + most], on the same line; both may be negative."""
    out: Mask = np.zeros_like(mask)
    if most < least:
        return out
    wide, done = mask, 1
    span = most - least + 1
    while done < span:
        more = min(done, span - done)
        grown = wide.copy()
        grown[:, :-more] |= wide[:, more:]
        wide, done = grown, done + more
    width = mask.shape[1]
    if least >= width or least <= -width:
        return out
    if least >= 0:
        out[:, : width - least] = wide[:, least:]
        return out
    out[:, -least:] = wide[:, :least]
    # What of the window lies on the line although its beginning does not.
    for column in range(min(-least, width)):
        reach = column + most
        if reach >= 0:
            out[:, column] = mask[:, : reach + 1].any(axis=1)
    return out
