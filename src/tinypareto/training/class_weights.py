"""Weights of cases in the loss, so that rare classes are learnt too."""

import numpy as np
from numpy.typing import NDArray


def case_weights(strata: NDArray[np.int64], balance: float) -> NDArray[np.float32] | None:
    """Weight of each case, [n, 1], with a mean of 1; None if all are equal.

    A class of n cases has weights in proportion to n^-`balance`: 0 treats all cases alike, 1 all
    classes.

    Args:
        strata: Class of each case, or another number to balance by, [n]; see `Task.strata`.
        balance: Exponent, in [0, 1].
    """
    weights = np.bincount(strata)[strata] ** -balance
    if weights.max() == weights.min():
        return None
    scaled: NDArray[np.float32] = (weights / weights.mean()).astype(np.float32)[:, None]
    return scaled
