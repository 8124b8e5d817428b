"""Accuracy: the share of right answers."""

import numpy as np
from numpy.typing import NDArray

from tinypareto.tasks.metrics.metric import Labels, Metric, share


def measure(answers: Labels, targets: Labels) -> float:
    """Top-1 accuracy."""
    return float((answers == targets).mean())


def by_case(answers: Labels, targets: Labels) -> NDArray[np.float64]:
    """1 for each right answer, else 0."""
    values: NDArray[np.float64] = (answers == targets).astype(np.float64)
    return values


ACCURACY = Metric(share("accuracy", "top-1 accuracy"), measure, by_case)
