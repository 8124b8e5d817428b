"""Cross-validation folds that keep the cases of a recording together."""

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from tinypareto.errors import DataError

Indices = NDArray[np.int64]

ATTEMPTS = 50
"""Number of shuffles to try until no fold holds all recordings of a class."""


def recordings_of_rarest(y: Indices, groups: Indices) -> tuple[int, int]:
    """Find the class that occurs in the fewest recordings.

    Args:
        y: Labels [n].
        groups: Number of each case's recording [n].

    Returns:
        The class, and the number of recordings in which it occurs.
    """
    pairs = np.unique(np.stack([y, groups]), axis=1)
    counts = np.bincount(pairs[0])
    return int(counts.argmin()), int(counts.min())


def grouped_folds(
    y: Indices, groups: Indices, k: int, seed: int
) -> tuple[tuple[Indices, Indices], ...]:
    """Split cases into stratified folds of whole recordings.

    Args:
        y: Labels [n].
        groups: Number of each case's recording [n].
        k: Number of folds, at most the number of recordings of the rarest class.
        seed: Seed of the shuffles; the same seed gives the same folds.

    Returns:
        (training, held-out) indices of each fold; every class is in every training part.

    Raises:
        DataError: No shuffle gave such folds.
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
