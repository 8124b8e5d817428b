"""The two-dimensional example of Deutel 2023."""

from typing import ClassVar

import numpy as np
from optuna.distributions import FloatDistribution

from tinypareto.bench.problem import Array, Params, Problem, column


class Passino(Problem):
    """Passino's 2-D function on [0, 30]^2 (Fig. 3, Deutel 2023): many hills, one objective.

    The minimum is -3.986, at (15, 5).
    """

    _hills: ClassVar[Array] = np.array(
        [
            (5, 0.1, 15, 20),
            (-2, 0.08, 20, 15),
            (3, 0.08, 25, 10),
            (2, 0.1, 10, 10),
            (-2, 0.5, 5, 10),
            (-4, 0.1, 15, 5),
            (-2, 0.5, 8, 25),
            (-2, 0.5, 21, 25),
            (2, 0.5, 25, 16),
            (2, 0.5, 5, 14),
        ]
    )

    def __init__(self) -> None:
        self.space = {name: FloatDistribution(0.0, 30.0) for name in "ab"}
        self.ideal, self.reference, self.best = np.array([-3.986]), np.array([0.0]), 1.0

    def evaluate(self, params: Params) -> Array:
        """Compute the (n, 1) function values."""
        a, b = column(params, "a")[:, None], column(params, "b")[:, None]
        c, w, x, y = self._hills.T
        hills = c * np.exp(-w * ((a - x) ** 2 + (b - y) ** 2))
        return np.asarray(hills.sum(axis=1, keepdims=True))
