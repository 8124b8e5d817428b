"""Folds that keep the cases of a recording together."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from tinypareto.errors import DataError

Indices = NDArray[np.int64]

ATTEMPTS = 50
"""Shufflings to try until no fold takes all recordings of a class."""


def recordings_of_rarest(y: Indices, groups: Indices) -> tuple[int, int]:
    """The class that occurs in the fewest recordings, and in how many."""
    pairs = np.unique(np.stack([y, groups]), axis=1)
    counts = np.bincount(pairs[0])
    return int(counts.argmin()), int(counts.min())


def grouped_folds(
    y: Indices, groups: Indices, k: int, seed: int
) -> tuple[tuple[Indices, Indices], ...]:
    """Stratified folds of whole recordings.

    Args:
        y: Labels [n].
        groups: Number of each case's recording [n].
        k: Folds, at most the recordings of the rarest class.
        seed: The same seed gives the same folds.

    Returns:
        (training, held-out) indices of each fold; every class is in every training part.

    Raises:
        DataError: No such folds were found.
    """
    classes = len(np.unique(y))
    for attempt in np.random.SeedSequence(seed).generate_state(ATTEMPTS):
        splitter = StratifiedGroupKFold(k, shuffle=True, random_state=int(attempt))
        folds = tuple(splitter.split(np.zeros(len(y)), y, groups))
        if all(len(held) and len(np.unique(y[train])) == classes for train, held in folds):
            return folds
    raise DataError(
        f"cross-validation: found no {k} parts of whole recordings that leave every class in the "
        "others; add recordings, or choose select-on test"
    )
