"""Interface of a test problem: a space, objectives, constraints and corners for hypervolumes.

Symbols: n candidates, m objectives, k constraints.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution

from tinypareto.pareto import hypervolume

Array = NDArray[np.float64]
Params = Mapping[str, NDArray[Any]]
"""(n,) values by parameter name."""


class Problem(ABC):
    """A test problem that evaluates n candidates at a time; all objectives are minimized.

    Attributes:
        space: Distribution by parameter name.
        ideal: (m,) corner that no candidate is below, or nearly so.
        reference: (m,) worst corner of the hypervolume.
        best: Greatest possible hypervolume, as a share of the box between the two corners; None
            if it is not known.
        known_indices: Indices of the objectives that are cheap functions of the parameters.
        limits: Upper bounds of the known objectives.
        kept: Names of the parameters that are removed shares; the logarithm of the kept share is
            the better coordinate for them.
    """

    space: Mapping[str, BaseDistribution]
    ideal: Array
    reference: Array
    best: float | None = None
    known_indices: ClassVar[tuple[int, ...]] = ()
    limits: ClassVar[tuple[float, ...]] = ()
    kept: tuple[str, ...] = ()

    @abstractmethod
    def evaluate(self, params: Params) -> Array:
        """Compute the (n, m) objectives as a search sees them, noise included.

        Args:
            params: (n,) values by parameter name.
        """

    def true(self, params: Params) -> Array:
        """Compute the (n, m) objectives without noise."""
        return self.evaluate(params)

    def constraints(self, params: Params) -> Array:
        """Compute (n, k) constraints, feasible at <= 0; by default the excess over `limits`."""
        known = list(self.known_indices)
        return np.asarray(self.true(params)[:, known] - np.array(self.limits))

    def resources(self, params: Params) -> Array:
        """Compute the (n, len(known_indices)) known objectives."""
        return np.asarray(self.true(params)[:, list(self.known_indices)])

    def features(self, params: Params) -> Array:
        """Compute (n, k) further inputs of surrogates; none by default."""
        return np.empty((len(next(iter(params.values()))), 0))

    def scaled(self, values: Array) -> Array:
        """Map (n, m) objectives so that the ideal is at zero and the reference at one."""
        return (values - self.ideal) / (self.reference - self.ideal)

    def hypervolume(self, values: Array) -> float:
        """Hypervolume of (n, m) feasible objectives, as a share of the box between the corners."""
        return hypervolume(self.scaled(values).clip(min=0.0))


def column(params: Params, name: str) -> Array:
    """(n,) values of one parameter as floats."""
    return np.asarray(params[name], dtype=np.float64)
