"""The data that a solver works with: points of the unit cube and their evaluations.

Symbols (docs/symbols.md): n points, d coordinates, m objectives, k constraints, p pending points.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.pareto import nondominated

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Batched = Callable[[Array], Array]


@dataclass(frozen=True)
class Known:
    """Objectives that are cheap, exact functions of x, and further functions with a limit.

    Attributes:
        indices: Indices of the k known objectives.
        evaluate: Function from (n, d) points to (n, k + f) values, minimized; it need not be
            differentiable. The last f columns are limited, but are no objectives.
        limits: Upper bounds of the k + f values, infinity for none.
    """

    indices: tuple[int, ...]
    evaluate: Batched
    limits: tuple[float, ...]

    def remember(self, x: Array) -> "Known":
        """Return the same functions, which are not computed again for the (n, d) points."""
        values = {row.tobytes(): value for row, value in zip(x, self.evaluate(x), strict=True)}

        def evaluate(points: Array) -> Array:
            found = [values.get(row.tobytes()) for row in points] if len(points) <= len(x) else []
            there = [value for value in found if value is not None]
            # All points in one call rather than those alone that are missing: they are few.
            return np.stack(there) if there and len(there) == len(points) else self.evaluate(points)

        return replace(self, evaluate=evaluate)

    def excess(self, values: Array) -> Array:
        """Compute how far known values exceed their finite limits, relative to the limits.

        Args:
            values: (n, k + f) values, or (n, k) for the objectives alone.

        Returns:
            (n, l) constraints, one per finite limit, feasible at <= 0.
        """
        columns = enumerate(self.limits[: values.shape[1]])
        bounded = [j for j, limit in columns if np.isfinite(limit)]
        limits = np.array(self.limits)[bounded]
        # A limit of zero has no relative excess; its absolute excess is used.
        return np.asarray((values[:, bounded] - limits) / np.where(limits == 0, 1.0, abs(limits)))


@dataclass(frozen=True)
class Space:
    """The search space as a solver sees it.

    Attributes:
        dim: Number of coordinates of a point, d.
        snap: Function from (n, d) points to the (n, d) points at which they are evaluated (whole
            numbers, one-hot categories); the identity by default.
        known: Objectives that need no surrogate.
        features: Function from (n, d) points to (n, k) further inputs of the surrogates.
        worst: The m objectives' greatest values of interest, infinity if not known; empty if none
            of them is known.
        categories: Coordinates of each categorical parameter; the largest of them counts.
        levels: Coordinates of parameters of one kind, which may move together.
    """

    dim: int
    snap: Batched = lambda x: x
    known: Known | None = None
    features: Batched | None = None
    worst: tuple[float, ...] = ()
    categories: tuple[slice, ...] = ()
    levels: tuple[int, ...] = ()


@dataclass(frozen=True)
class History:
    """All evaluations so far.

    Attributes:
        x: (n, d) points of the unit cube.
        y: (n, m) objectives, minimized; a row of NaN for a point without any (failed, pruned).
        c: (n, k) constraints, feasible at <= 0; NaN if not recorded.
        pending: (p, d) points that are being evaluated.
    """

    x: Array
    y: Array
    c: Array
    pending: Array

    @property
    def complete(self) -> Mask:
        """(n,) mask of the rows with finite objectives."""
        return np.asarray(np.isfinite(self.y).all(axis=1))

    def feasible(self, known: Known | None = None) -> Mask:
        """(n,) mask of the complete rows that break no recorded constraint and no known limit."""
        # A NaN is not above zero: a constraint that was not recorded is not broken.
        mask = self.complete & ~(self.c > 0.0).any(axis=1)
        if known is not None:
            mask[mask] = (known.excess(self.y[mask][:, list(known.indices)]) <= 0).all(axis=1)
        return mask

    def front(self, known: Known | None = None) -> Mask:
        """(n,) mask of the rows on the feasible front."""
        return nondominated(np.where(self.feasible(known)[:, None], self.y, np.nan))
