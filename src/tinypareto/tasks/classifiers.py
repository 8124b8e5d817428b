"""Simple classifiers, by which a network is judged."""

from typing import Any

import numpy as np

TREES = 200


def simple_classifiers(seed: int) -> dict[str, Any]:
    """Make unfitted classifiers of scikit-learn, by name.

    The first knows only which class is the most frequent: a network below it has learned nothing.

    Args:
        seed: Seed of the random forest.
    """
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Leave-one-out chooses the strength of the ridge, from one without effect to one that leaves
    # little more than the class means.
    ridge = RidgeClassifierCV(alphas=np.logspace(-3, 5, 17))
    return {
        "majority class": DummyClassifier(strategy="most_frequent"),
        "1-NN": KNeighborsClassifier(1),
        "ridge": make_pipeline(StandardScaler(), ridge),
        "random forest": RandomForestClassifier(TREES, random_state=seed),
    }
