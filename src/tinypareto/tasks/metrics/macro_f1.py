"""Macro F1: the mean over the classes of the harmonic mean of precision and recall.

It is the macro F1 of scikit-learn: a class counts that occurs in the targets or in the answers.
"""

import numpy as np
from numpy.typing import NDArray

from tinypareto.tasks.metrics.metric import Labels, Metric, share


def measure(answers: Labels, targets: Labels) -> float:
    """Mean F1 of the classes, 2 right / (answered + present)."""
    classes = int(max(answers.max(), targets.max())) + 1
    right = np.bincount(targets[answers == targets], minlength=classes)
    total = np.bincount(answers, minlength=classes) + np.bincount(targets, minlength=classes)
    occurring = total > 0
    return float((2 * right[occurring] / total[occurring]).mean())


def by_case(answers: Labels, targets: Labels) -> NDArray[np.float64]:
    """The macro F1, and the case's part in the F1 of each class by the delta method."""
    classes = np.union1d(answers, targets)
    answered, present = answers[:, None] == classes, targets[:, None] == classes
    right, total = 2 * (answered & present), answered.astype(int) + present
    f1 = right.sum(axis=0) / total.sum(axis=0)
    parts = (right - f1 * total) / total.mean(axis=0)
    values: NDArray[np.float64] = parts.mean(axis=1) + f1.mean()
    return values


MACRO_F1 = Metric(share("macro_f1", "macro F1"), measure, by_case)
