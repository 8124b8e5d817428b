"""Balanced accuracy: the mean share of right answers over the classes, however rare they are."""

import numpy as np
from numpy.typing import NDArray

from tinypareto.tasks.metrics.metric import Labels, Metric, share


def recalls(answers: Labels, targets: Labels) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Share of right answers by class, and cases by class; NaN for a class without cases."""
    cases = np.bincount(targets)
    right = np.bincount(targets[answers == targets], minlength=len(cases))
    with np.errstate(invalid="ignore"):
        return right / cases, cases


def measure(answers: Labels, targets: Labels) -> float:
    """Mean recall of the classes that occur in the targets."""
    return float(np.nanmean(recalls(answers, targets)[0]))


def by_case(answers: Labels, targets: Labels) -> NDArray[np.float64]:
    """The balanced accuracy, and the case's part in it, weighted by its class."""
    recall, cases = recalls(answers, targets)
    weights = len(targets) / (np.count_nonzero(cases) * cases[targets])
    parts: NDArray[np.float64] = weights * ((answers == targets) - recall[targets])
    return parts + np.nanmean(recall)


BALANCED_ACCURACY = Metric(share("balanced_accuracy", "balanced accuracy"), measure, by_case)
