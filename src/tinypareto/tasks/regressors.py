"""Simple models of quantities, by which a network is judged."""

from typing import Any

import numpy as np

TREES = 200


def simple_regressors(seed: int) -> dict[str, Any]:
    """Make unfitted regressors of scikit-learn, by name.

    The first knows only the mean: a network below it has learned nothing.

    Args:
        seed: Seed of the random forest.
    """
    from sklearn.dummy import DummyRegressor
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import RidgeCV
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Leave-one-out chooses the strength of the ridge, from one without effect to one that leaves
    # little more than the mean.
    ridge = RidgeCV(alphas=np.logspace(-3, 5, 17))
    # A third of the values at each split is what Breiman (2001) takes for regression; all of them
    # would take minutes for long series.
    forest = RandomForestRegressor(TREES, max_features=1 / 3, random_state=seed)
    return {
        "mean": DummyRegressor(),
        "1-NN": KNeighborsRegressor(1),
        "ridge": make_pipeline(StandardScaler(), ridge),
        "random forest": forest,
    }
