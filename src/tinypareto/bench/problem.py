"""What a test problem is: a space, objectives, constraints, and how to weigh what was found."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution

from tinypareto.pareto import hypervolume

Array = NDArray[np.float64]
Params = Mapping[str, NDArray[Any]]


class Problem(ABC):
    """Objectives of n candidates at a time, all minimised.

    Attributes:
        space: Distribution by parameter name.
        ideal: (m,) corner that no candidate is below, or nearly so.
        reference: (m,) worst corner of the hypervolume.
        best: Greatest hypervolume, in shares of the box between the two corners; None where
            it is not known.
        known_indices: Objectives that are cheap functions of the parameters.
        limits: Upper bounds of these.
        kept: Parameters that are removed shares, of which the log kept share is the better
            coordinate.
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
        """(n, m) objectives as a search sees them.

        Args:
            params: (n,) values by parameter name.
        """

    def true(self, params: Params) -> Array:
        """(n, m) objectives without noise."""
        return self.evaluate(params)

    def constraints(self, params: Params) -> Array:
        """(n, k) values, feasible at <= 0; by default the excess of known objectives."""
        known = list(self.known_indices)
        return np.asarray(self.true(params)[:, known] - np.array(self.limits))

    def resources(self, params: Params) -> Array:
        """(n, len(known_indices)) known objectives."""
        return np.asarray(self.true(params)[:, list(self.known_indices)])

    def features(self, params: Params) -> Array:
        """(n, k) further inputs of surrogates."""
        return np.empty((len(next(iter(params.values()))), 0))

    def scaled(self, values: Array) -> Array:
        """(n, m) objectives with the ideal at zero and the reference at one."""
        return (values - self.ideal) / (self.reference - self.ideal)

    def hypervolume(self, values: Array) -> float:
        """Of (n, m) feasible objectives, in shares of the box between the corners."""
        return hypervolume(self.scaled(values).clip(min=0.0))


def column(params: Params, name: str) -> Array:
    """(n,) numbers."""
    return np.asarray(params[name], dtype=np.float64)
