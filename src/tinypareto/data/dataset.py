"""The record that every data source returns."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tinypareto.resources import Limits


@dataclass(frozen=True)
class Dataset:
    """A classification data set with its official split.

    Attributes:
        name: For display and for the default result folder; never used as an identifier.
        x_train: Raw values, float32 [n, channels, length] or [n, channels, height, width].
        y_train: Labels, int64 [n], in 0 .. classes - 1, every class present.
        x_test: As `x_train`.
        y_test: As `y_train`; classes may be absent.
        class_names: One name per class.
        limits: Limits that make sense for it where the user names none.
        notes: What was changed while reading, one line each, to be told to the user.
        groups: Number of the recording of each training case, int64 [n], where cases of one are
            alike: all go to the same side of any split.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    class_names: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    notes: tuple[str, ...] = ()
    groups: NDArray[np.int64] | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one case: (channels, length) or (channels, height, width)."""
        return self.x_train.shape[1:]
