"""Scores of simple models, which a network has to beat to be worth its training.

Each model sees a case as one vector of raw values, every input channel normalized by the training
part's mean and standard deviation. It is fitted to the official training part and scored on the
official test part, so its score stands beside that of a network.
"""

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.dataset import Dataset
from tinypareto.data.normalize import Normalizer
from tinypareto.tasks.baseline import Baseline
from tinypareto.tasks.task import Targets

MOST_CASES = 5000
"""Largest number of training cases, stratified: each model then takes seconds."""


def score_baselines(dataset: Dataset, seed: int = 0) -> tuple[Baseline, ...]:
    """Fit and score the simple models of a data set's task, in the order of the task.

    Args:
        dataset: Raw data with its official split.
        seed: Seed of the draw of training cases, and of models that are random.
    """
    task = dataset.learning_task
    x, y = _training_cases(dataset, seed)
    normalizer = Normalizer.fit(x)
    train, test = (_vectors(normalizer.apply(part)) for part in (x, dataset.x_test))
    return tuple(
        Baseline(name=name, score=task.measure(model.fit(train, y).predict(test), dataset.y_test))
        for name, model in task.baselines(seed).items()
    )


def _training_cases(dataset: Dataset, seed: int) -> tuple[NDArray[np.float32], Targets]:
    x, y = dataset.x_train, dataset.y_train
    if len(x) <= MOST_CASES:
        return x, y
    strata = dataset.learning_task.strata(y)
    rng = np.random.default_rng(seed)
    # Sorted by stratum, equal steps take from each its share.
    order = rng.permutation(len(x))
    order = order[np.argsort(strata[order], kind="stable")]
    chosen = order[np.linspace(0, len(x) - 1, MOST_CASES).round().astype(int)]
    return x[chosen], y[chosen]


def _vectors(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, values of a case)."""
    return x.reshape(len(x), -1)
