"""Sequential feature detachment: features are dropped by their weights, step by step.

Uribarri 2024, "Detach-ROCKET" (arXiv 2309.14518): a ridge regression is fitted, the features with
the smallest coefficients are dropped, and it is fitted again on the others.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tinypareto.nets.kernel_features import Ints
from tinypareto.nets.ridge import Floats, Readout, Rows, fit_ridge

KEPT = 0.82
"""Share of the features that a step keeps."""

STRENGTH = 4.0
"""Ridge penalty of the steps, as a multiple of the mean squared norm of a case.

It is stronger than what predicts best: features that are alike then share their weight instead of
canceling each other, and better ones are left.
"""


@dataclass
class DetachmentPath:
    """The features that are left after each step, computed as far as they were asked for.

    Attributes:
        x: All features of the training cases, int8 [n, features].
        scale: Step of these integers.
        y: Targets, [n, outputs].
        levels: Indices of the features left, from all on.
    """

    x: NDArray[np.int8]
    scale: float
    y: Floats
    levels: list[Ints] = field(default_factory=list)

    def select(self, count: int) -> tuple[Ints, Readout]:
        """Choose features, and fit their readout.

        Args:
            count: Number of features, at most all.

        Returns:
            Their sorted indices [count], and the readout, whose strength is chosen for them.
        """
        if not self.levels:
            self.levels.append(np.arange(self.x.shape[1]))
        while (size := int(KEPT * len(self.levels[-1]))) > count:
            self.levels.append(self._strongest(self.levels[-1], size))
        level = [rows for rows in self.levels if len(rows) >= count][-1]
        chosen = level if len(level) == count else self._strongest(level, count)
        return chosen, fit_ridge(self._real(chosen), self.y)

    def _strongest(self, rows: Ints, count: int) -> Ints:
        x = self._real(rows)
        weights = np.linalg.norm(fit_ridge(x, self.y, STRENGTH).weight, axis=0) * x.std(axis=0)
        return rows[np.sort(np.argsort(-weights, kind="stable")[:count])]

    def _real(self, rows: Ints) -> Rows:
        real: Rows = self.x[:, rows] * np.float32(self.scale)
        return real
