"""What a solver is told: points of the unit cube with what is known about them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinypareto.pareto import nondominated

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Batched = Callable[[Array], Array]


@dataclass(frozen=True)
class Known:
    """Objectives that are cheap, exact functions of x, and further limited functions of it.

    Attributes:
        indices: Which objectives, k of them.
        evaluate: (n, d) points to (n, k + f) values, minimised; need not be differentiable. The
            last f are no objectives.
        limits: Upper bounds of the k + f values, infinity for none.
    """

    indices: tuple[int, ...]
    evaluate: Batched
    limits: tuple[float, ...]

    def excess(self, values: Array) -> Array:
        """How far known values are above their finite limits, as constraints (n, l).

        Args:
            values: (n, k + f), or (n, k) for the objectives alone.
        """
        columns = enumerate(self.limits[: values.shape[1]])
        bounded = [j for j, limit in columns if np.isfinite(limit)]
        limits = np.array(self.limits)[bounded]
        return np.asarray((values[:, bounded] - limits) / np.where(limits == 0, 1.0, abs(limits)))


@dataclass(frozen=True)
class Space:
    """The search space as a solver sees it.

    Attributes:
        dim: Coordinates of a point, d.
        snap: (n, d) points to the points of the unit cube that they are evaluated at
            (whole numbers, one-hot categories); the identity by default.
        known: The objectives that need no surrogate.
        features: (n, d) points to (n, k) further inputs of the surrogates.
        worst: The m objectives' greatest values of interest, infinity where not known; empty
            where none is.
    """

    dim: int
    snap: Batched = lambda x: x
    known: Known | None = None
    features: Batched | None = None
    worst: tuple[float, ...] = ()


@dataclass(frozen=True)
class History:
    """Everything evaluated so far.

    Attributes:
        x: (n, d) points of the unit cube.
        y: (n, m) objectives, minimised; a row of NaN where there are none (failed, pruned).
        c: (n, k) constraints, feasible at <= 0; NaN where not recorded.
        pending: (p, d) points being evaluated now.
    """

    x: Array
    y: Array
    c: Array
    pending: Array

    @property
    def complete(self) -> Mask:
        """(n,) which rows have finite objectives."""
        return np.asarray(np.isfinite(self.y).all(axis=1))

    def feasible(self, known: Known | None = None) -> Mask:
        """(n,) which complete rows break no recorded constraint and no known limit."""
        mask = self.complete & ~(self.c > 0.0).any(axis=1)
        if known is not None:
            mask[mask] = (known.excess(self.y[mask][:, list(known.indices)]) <= 0).all(axis=1)
        return mask

    def front(self, known: Known | None = None) -> Mask:
        """(n,) which rows are on the feasible front."""
        return nondominated(np.where(self.feasible(known)[:, None], self.y, np.nan))
