"""Recognition of overlapping windows in arrays that say nothing about their recordings.

Windows of a recording usually follow each other and share steps: the end of one is the start of the
next. If such windows were split at random, a network would be tested on steps that it was trained
on.
"""

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLE = 512
"""Number of pairs of neighbours among which the shifts between windows are looked for."""
SHIFTS = 8
"""Largest number of different shifts that are looked for in all pairs."""
FEWEST_CHANGES = 8
"""Number of changes in shared steps from which on they are not alike by chance."""

Series = NDArray[np.float32]


def overlapping(x: Series) -> NDArray[np.int64] | None:
    """Number the recordings of windows that overlap with the next one.

    Args:
        x: Cases [n, channels, ...].

    Returns:
        Number of each case's recording, int64 [n]; None for images and if no cases overlap.
    """
    if x.ndim != 3 or len(x) < 2:
        return None
    sample = np.unique(np.linspace(0, len(x) - 2, SAMPLE).astype(np.int64))
    length = x.shape[2]
    found = Counter(
        {shift: int(_shared(x, sample, shift).sum()) for shift in range(1, length)}
    ).most_common(SHIFTS)
    pairs = np.arange(len(x) - 1)
    joined = np.zeros(len(pairs), bool)
    for shift, count in found:
        if count:
            joined |= _shared(x, pairs, shift)
    if not joined.any():
        return None
    return np.concatenate([[0], np.cumsum(~joined)])


def _shared(x: Series, first: NDArray[np.int64], shift: int) -> NDArray[Any]:
    """Tell for each case whether the next one is the same signal, so many steps later."""
    same: NDArray[Any] = np.all(x[first, :, shift] == x[first + 1, :, 0], axis=1)
    for i in np.flatnonzero(same):
        end, start = x[first[i], :, shift:], x[first[i] + 1, :, :-shift]
        changes = int((np.diff(end, axis=1) != 0).sum())
        same[i] = changes >= FEWEST_CHANGES and np.array_equal(end, start)
    return same
