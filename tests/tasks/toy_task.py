"""A second task: two real values per case, by squared error, where lower scores are better."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tinypareto.data.dataset import Dataset
from tinypareto.errors import DataError
from tinypareto.tasks.score import Score
from tinypareto.tasks.task import Answers, Names, Outputs, Targets, Task


class SquaredError(Task):
    """Targets are standardized, float32 [n, values]: predicting their mean scores 1."""

    name = "toy"
    score = Score("mse", "mean squared error", best=0.0, worst=1.0, low=0.0, objective_name="mse")

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.mse_loss(outputs, targets)

    def loss_gradient(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return 2 * (outputs - targets) / outputs.numel()

    def decode(self, outputs: Outputs) -> Answers:
        return outputs

    def measure(self, answers: Answers, targets: Targets) -> float:
        return float(np.square(answers - targets).mean())

    def outputs(self, names: Sequence[str]) -> int:
        return len(names)

    def check_targets(
        self, source: str, train: Targets, test: Targets, names: Names | None
    ) -> tuple[Targets, Targets, tuple[str, ...]]:
        for targets in (train, test):
            if targets.ndim != 2 or targets.dtype.kind != "f":
                raise DataError(f"{source}: wanted real targets [n, values]")
        found = range(train.shape[1]) if names is None else names
        return train.astype(np.float32), test.astype(np.float32), tuple(map(str, found))

    def strata(self, targets: Targets) -> NDArray[np.int64]:
        ranks = targets[:, 0].argsort(kind="stable").argsort(kind="stable")
        return 4 * ranks // len(ranks)

    def stratum(self, number: int, names: Sequence[str]) -> str:
        return f"quarter {number} of {names[0]}"


TOY = SquaredError()


def toy_data(series: Dataset) -> Dataset:
    """The waves with their standardized frequency and its negative as targets."""

    def targets(labels: NDArray[np.int64]) -> NDArray[Any]:
        frequency = (labels - 1) * np.float32(np.sqrt(1.5))
        return np.stack([frequency, -frequency], axis=1).astype(np.float32)

    y_train, y_test = targets(series.y_train), targets(series.y_test)
    names = ("frequency", "negative")
    return Dataset("toy", series.x_train, y_train, series.x_test, y_test, names, task=TOY.name)
