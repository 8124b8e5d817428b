"""Which outputs need a surrogate, and in which unit it learns them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tinypareto.solvers.history import Array, History, Mask, Space

_VALUES = 3
_WIDE, _NEAR_ZERO = 2.0, 0.01


@dataclass(frozen=True)
class Limit:
    """A recorded constraint c = slope (y - bound): needs no surrogate beside the objective's.

    Attributes:
        objective: Which one.
        bound: Its greatest feasible value.
        slope: Positive.
    """

    objective: int
    bound: float
    slope: float


@dataclass(frozen=True)
class Outputs:
    """What surrogates are fitted to.

    Attributes:
        columns: (n,) values each, NaN where not recorded.
        targets: Which output each column is: the m objectives, then the constraints that
            repeat no limit.
        count: Outputs, known objectives included.
        logarithmic: (m,) objectives whose column holds their logarithm.
        limits: Of learned objectives.
    """

    columns: tuple[Array, ...]
    targets: tuple[int, ...]
    count: int
    logarithmic: Mask
    limits: tuple[Limit, ...]

    def in_logs(self, density: Callable[[Array, Array], float]) -> "Outputs":
        """With positive objectives by their logarithm where a model fits it better.

        Args:
            density: (n,) which rows are recorded and their values to the log density of the
                values that a fitted model gives.
        """
        columns, logarithmic = list(self.columns), self.logarithmic.copy()
        for i, (column, target) in enumerate(zip(self.columns, self.targets, strict=True)):
            rows = np.isfinite(column)
            values = column[rows]
            if target >= len(logarithmic) or not _suits_logs(values):
                continue
            logs = np.log(values)
            if density(rows, logs) - logs.sum() > density(rows, values):
                columns[i] = column.copy()
                columns[i][rows] = logs
                logarithmic[target] = True
        return replace(self, columns=tuple(columns), logarithmic=logarithmic)


def find_outputs(history: History, space: Space) -> Outputs:
    """Objectives that are not known, and constraints that say more than that one has a limit.

    A limit also tells the objective of a candidate that was given up for its constraints.

    Args:
        history: What was evaluated.
        space: With the known objectives.
    """
    m = history.y.shape[1]
    y = np.where(history.complete[:, None], history.y, np.nan)
    known = space.known.indices if space.known else ()
    free = [j for j in range(m) if j not in known]
    unknown = [c for c in history.c.T if not repeats_known_limit(c, history.x, space)]
    found = [(c, _limit(c, y, free)) for c in unknown]
    for c, limit in found:
        if limit:
            values = y[:, limit.objective]
            values[:] = np.where(np.isnan(values), c / limit.slope + limit.bound, values)
    rest = [c for c, limit in found if limit is None]
    return Outputs(
        columns=(*(y[:, j] for j in free), *rest),
        targets=(*free, *range(m, m + len(rest))),
        count=m + len(rest),
        logarithmic=np.zeros(m, dtype=bool),
        limits=tuple(limit for _, limit in found if limit),
    )


def _suits_logs(values: Array) -> bool:
    """Whether values vary, are positive and none is so near zero that its logarithm stands out."""
    if not len(values) or values.max() < _WIDE * values.min():
        return False
    return bool(values.min() > _NEAR_ZERO * np.median(values))


def repeats_known_limit(c: Array, x: Array, space: Space) -> bool:
    """Whether (n,) constraints are a positive multiple of a known limit's excess."""
    rows = np.isfinite(c)
    if space.known is None or not rows.any():
        return False
    for excess in space.known.excess(space.known.evaluate(x[rows])).T:
        slope = float(c[rows] @ excess / max(excess @ excess, 1e-300))
        if slope > 0 and np.allclose(c[rows], slope * excess, rtol=1e-6, atol=1e-9):
            return True
    return False


def _limit(c: Array, y: Array, free: list[int]) -> Limit | None:
    """The limit that (n,) constraints repeat; needs three values, as two are on a line."""
    for j in free:
        rows = np.isfinite(y[:, j]) & np.isfinite(c)
        values, given = y[rows, j], c[rows]
        if len(np.unique(values)) < _VALUES:
            continue
        away, middle = values - values.mean(), float(given.mean())
        slope = float(away @ given / (away @ away))
        left = given - middle - slope * away
        if slope > 0.0 and np.abs(left).max() <= 1e-9 * np.abs(given).max():
            return Limit(j, float(values.mean()) - middle / slope, slope)
    return None
