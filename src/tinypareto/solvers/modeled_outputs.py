"""The outputs that need a surrogate, and the unit in which it learns them.

Symbols (docs/symbols.md): n evaluated points, m objectives, k constraints.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tinypareto.solvers.history import Array, History, Mask, Space

_MIN_VALUES = 3
_WIDE, _NEAR_ZERO = 2.0, 0.01


@dataclass(frozen=True)
class Limit:
    """A recorded constraint c = slope (y - bound); it needs no surrogate besides the objective's.

    Attributes:
        objective: Index of the objective y.
        bound: Greatest feasible value of the objective.
        slope: Positive factor.
    """

    objective: int
    bound: float
    slope: float


@dataclass(frozen=True)
class Outputs:
    """The training outputs of the surrogates.

    Attributes:
        columns: (n,) values of each output, NaN if not recorded.
        targets: Index of each column among the outputs: the m objectives, then the constraints
            that repeat no limit.
        count: Number of outputs, known objectives included.
        logarithmic: (m,) mask of the objectives whose column holds their logarithm.
        limits: Limits of learned objectives.
    """

    columns: tuple[Array, ...]
    targets: tuple[int, ...]
    count: int
    logarithmic: Mask
    limits: tuple[Limit, ...]

    def with_logarithms(
        self, density: Callable[[Array, Array], float], evidence: float = 0.0
    ) -> "Outputs":
        """Replace positive objectives by their logarithm if a model fits it better.

        Args:
            density: Function from a (n,) mask of recorded rows and their values to the log
                density of the values under a fitted model.
            evidence: Log density that the logarithm must gain.
        """
        columns, logarithmic = list(self.columns), self.logarithmic.copy()
        for i, (column, target) in enumerate(zip(self.columns, self.targets, strict=True)):
            rows = np.isfinite(column)
            values = column[rows]
            if target >= len(logarithmic) or not _suits_logs(values):
                continue
            logs = np.log(values)
            # Change of variables: the density of y is that of log y divided by y.
            if density(rows, logs) - logs.sum() > density(rows, values) + evidence:
                columns[i] = column.copy()
                columns[i][rows] = logs
                logarithmic[target] = True
        return replace(self, columns=tuple(columns), logarithmic=logarithmic)


def find_outputs(history: History, space: Space) -> Outputs:
    """Find the unknown objectives, and the constraints that are not a limit of an objective.

    A limit also reveals the objective of a candidate that was given up for its constraints.

    Args:
        history: All evaluations.
        space: Search space, with the known objectives.
    """
    m = history.y.shape[1]
    y = np.where(history.complete[:, None], history.y, np.nan)
    known = space.known.indices if space.known else ()
    free = [j for j in range(m) if j not in known]
    unknown = [c for c in history.c.T if not repeats_known_limit(c, history.x, space)]
    limits = [(c, _find_limit(c, y, free)) for c in unknown]
    for c, limit in limits:
        if limit:
            # Invert c = slope (y - bound) where the constraint was recorded and y was not.
            values = y[:, limit.objective]
            values[:] = np.where(np.isnan(values), c / limit.slope + limit.bound, values)
    rest = [c for c, limit in limits if limit is None]
    return Outputs(
        columns=(*(y[:, j] for j in free), *rest),
        targets=(*free, *range(m, m + len(rest))),
        count=m + len(rest),
        logarithmic=np.zeros(m, dtype=bool),
        limits=tuple(limit for _, limit in limits if limit),
    )


def _suits_logs(values: Array) -> bool:
    """Whether values vary, are positive, and none is so near zero that its logarithm stands out."""
    if not len(values) or values.max() < _WIDE * values.min():
        return False
    return bool(values.min() > _NEAR_ZERO * np.median(values))


def repeats_known_limit(c: Array, x: Array, space: Space) -> bool:
    """Whether (n,) constraints are a positive multiple of a known limit's excess."""
    rows = np.isfinite(c)
    if space.known is None or not rows.any():
        return False
    for excess in space.known.excess(space.known.evaluate(x[rows])).T:
        # Least-squares slope through the origin; an exact multiple leaves no residual.
        slope = float(c[rows] @ excess / max(excess @ excess, 1e-300))
        if slope > 0 and np.allclose(c[rows], slope * excess, rtol=1e-6, atol=1e-9):
            return True
    return False


def _find_limit(c: Array, y: Array, free: list[int]) -> Limit | None:
    """Find the limit that (n,) constraints repeat, if they do.

    Needs three distinct values of the objective: two always lie on a line.
    """
    for j in free:
        rows = np.isfinite(y[:, j]) & np.isfinite(c)
        values, constraint = y[rows, j], c[rows]
        if len(np.unique(values)) < _MIN_VALUES:
            continue
        # A line by least squares through the means, which keeps the rounding error small.
        away, middle = values - values.mean(), float(constraint.mean())
        slope = float(away @ constraint / (away @ away))
        residual = constraint - middle - slope * away
        if slope > 0.0 and np.abs(residual).max() <= 1e-9 * np.abs(constraint).max():
            return Limit(j, float(values.mean()) - middle / slope, slope)
    return None
