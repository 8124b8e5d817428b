"""The parts of a figure of merit of a classifier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.tasks.score import Score

Labels = NDArray[Any]
"""Classes of cases, integers [n], as targets or as answers."""


@dataclass(frozen=True)
class Metric:
    """A figure of merit of a classifier.

    Attributes:
        score: Its name, direction and range.
        measure: The figure of answers against targets of the same cases.
        by_case: One value for each case, [n]: the mean is the figure, and the standard error of
            the mean is that of the figure (its influence values, Hampel 1974). The values of two
            classifiers on the same cases can therefore be subtracted, case by case.
    """

    score: Score
    measure: Callable[[Labels, Labels], float]
    by_case: Callable[[Labels, Labels], NDArray[np.float64]]


def share(name: str, title: str) -> Score:
    """A score from 0 (worst) to 1 (best), shown in per cent."""
    return Score(name, title, best=1.0, worst=0.0, low=0.0, high=1.0, format_spec=".1%")
