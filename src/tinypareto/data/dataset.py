"""The record that every data source returns."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tinypareto.resources import Limits
from tinypareto.tasks.registry import find_task
from tinypareto.tasks.task import DEFAULT, Targets, Task


@dataclass(frozen=True)
class Dataset:
    """A data set with its official split.

    Attributes:
        name: Name for display and for the default result folder; never used as an identifier.
        x_train: Raw values, float32 [n, channels, length] or [n, channels, height, width].
        y_train: Targets of the task. For classification these are labels, int64 [n], in
            0 .. classes - 1, with every class present.
        x_test: Raw values of the test split, in the same form.
        y_test: Targets of the test split, in the same form; classes may be absent.
        class_names: One name per class; see `Task.outputs` for other tasks.
        limits: Limits that suit the data, used unless the user sets others.
        notes: Changes that were made while reading, one line each, to show to the user.
        groups: Number of the recording of each training case, int64 [n], if cases of a recording
            are alike; all cases of a recording go to the same side of any split.
        task: Key in `tinypareto.tasks.registry.TASKS`.
        validation: Whether each training case belongs to the official validation part, bool [n];
            None if there is no such part.
        channel_names: Name of each channel; empty if they have none.
        rate: Sampling rate of series in Hz; None if it is unknown.
    """

    name: str
    x_train: NDArray[np.float32]
    y_train: Targets
    x_test: NDArray[np.float32]
    y_test: Targets
    class_names: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)
    notes: tuple[str, ...] = ()
    groups: NDArray[np.int64] | None = None
    task: str = DEFAULT
    validation: NDArray[np.bool_] | None = None
    channel_names: tuple[str, ...] = ()
    rate: float | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one case: (channels, length) or (channels, height, width)."""
        return self.x_train.shape[1:]

    @property
    def learning_task(self) -> Task:
        """The task by its name.

        Raises:
            ConfigError: There is no task of that name.
        """
        return find_task(self.task)

    def steered_by(self, metric: str) -> "Dataset":
        """The same data whose networks are compared by another figure of merit.

        Raises:
            ConfigError: The task has no such figure.
        """
        return replace(self, task=self.learning_task.steered_by(metric))

    @property
    def outputs(self) -> int:
        """Number of outputs that a network needs.

        Raises:
            ConfigError: The task is unknown, or cannot do with so few classes.
        """
        return self.learning_task.outputs(self.class_names)
