"""The units of a network's outputs, where they stand for quantities."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class OutputScaling:
    """Mean and spread of training targets: a network answers in multiples of the spread.

    Several quantities of any units so share the single scale of an int8 tensor.

    Attributes:
        mean: Mean of each target, in its unit; empty if outputs need no scaling, as for classes.
        std: Standard deviation of each target, in its unit, greater than 0.
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @classmethod
    def fit(cls, targets: NDArray[Any]) -> Self:
        """The scaling of real targets, [n] or [n, outputs]; a constant target keeps its unit."""
        columns = targets.reshape(len(targets), -1).astype(np.float64)
        std = columns.std(axis=0)
        return cls(
            tuple(columns.mean(axis=0).tolist()), tuple(np.where(std > 0, std, 1.0).tolist())
        )

    def standardized(self, targets: NDArray[Any]) -> NDArray[Any]:
        """Targets to train with, in the shape of `targets`; float32 if there is a scaling."""
        if not self.mean:
            return targets
        columns = targets.reshape(len(targets), -1)
        scaled = (columns - np.array(self.mean)) / np.array(self.std)
        rounded: NDArray[Any] = scaled.astype(np.float32).reshape(targets.shape)
        return rounded

    def in_units(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs [n, outputs] in the units of the targets."""
        if not self.mean:
            return outputs
        values: NDArray[np.float32] = (outputs * np.array(self.std) + np.array(self.mean)).astype(
            np.float32
        )
        return values
