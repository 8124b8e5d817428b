"""Regression: one or several real values for each case."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.tasks.output_scaling import OutputScaling
from tinypareto.tasks.real_targets import checked_targets, target_names
from tinypareto.tasks.regressors import simple_regressors
from tinypareto.tasks.score import Score
from tinypareto.tasks.task import Answers, Names, Outputs, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor

MAE = "mae"
"""Name of the mean absolute error, in the unit of its target."""

CURVATURE = 1 / 4
"""Second derivative of the loss of an output, the most that cross entropy has.

The learning rates that suit classes suit numbers too then; with 1, networks without norms diverge.
"""
SHOWN = 400
"""Test cases whose values are kept for a picture."""


class Regression(Task):
    """Mean squared error of standardized targets, scored by R2.

    Targets are float32, [n] for one and [n, targets] for several. R2 is the share of their variance
    that the answers explain, the mean over the targets: 1 is perfect, 0 as good as the mean of the
    cases, less than 0 worse. It is the `r2_score` of scikit-learn.
    """

    name = "regression"
    score = Score("r2", "R2", best=1.0, worst=0.0, high=1.0, format_spec=".4f")

    def scaling(self, targets: Targets) -> OutputScaling:
        """Mean and standard deviation of each target."""
        return OutputScaling.fit(targets)

    def loss(self, outputs: "Tensor", targets: "Tensor") -> "Tensor":
        """Mean squared error of the standardized targets, times `CURVATURE` / 2."""
        return (outputs - targets.reshape(outputs.shape)).square().mean() * (CURVATURE / 2)

    def loss_gradient(self, outputs: "Tensor", targets: "Tensor") -> "Tensor":
        """`CURVATURE` * (output - target) / number of outputs, [n, targets]."""
        return (outputs - targets.reshape(outputs.shape)) * (CURVATURE / outputs.numel())

    def decode(self, outputs: Outputs) -> Answers:
        """The outputs themselves: float32 [n] for one target, [n, targets] for several."""
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def measure(self, answers: Answers, targets: Targets) -> float:
        """R2; of a target that is constant, 1 if all answers are right and 0 otherwise."""
        errors, spread = _squares(answers, targets)
        error, variance = errors.mean(axis=0), spread.mean(axis=0)
        constant = np.where(error > 0, 0.0, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.where(variance > 0, 1 - error / variance, constant).mean())

    def metrics(self, answers: Answers, targets: Targets) -> dict[str, float]:
        """R2, and the mean absolute error if there is one target: units cannot be averaged."""
        found = {self.score.name: self.measure(answers, targets)}
        if answers.ndim == 1:
            found[MAE] = float(np.abs(_columns(answers) - _columns(targets)).mean())
        return found

    def metric_text(self, name: str, value: float) -> str:
        """The error in the unit of the target."""
        return f"{value:.4g}" if name == MAE else super().metric_text(name, value)

    def by_case(self, answers: Answers, targets: Targets) -> NDArray[np.float64] | None:
        """R2 and each case's part in it: the influence values of a ratio (Hampel 1974)."""
        errors, spread = _squares(answers, targets)
        variance = spread.mean(axis=0)
        if not variance.all():
            return None
        ratio = errors.mean(axis=0) / variance
        parts: NDArray[np.float64] = (1 - ratio - (errors - ratio * spread) / variance).mean(axis=1)
        return parts

    def standard_error(self, score: float, cases: int) -> float:
        """Standard error of R2 for targets and answers that are normal (Olkin and Finn 1995)."""
        return 2 * math.sqrt(max(score, 0.0) / cases) * (1 - score)

    def constant(self, train: Targets, targets: Targets) -> float:
        """The score of the mean of the training part, 0 at most."""
        return self.measure(np.broadcast_to(train.mean(axis=0), targets.shape), targets)

    def outputs(self, names: Sequence[str]) -> int:
        """One output for each target."""
        return len(names)

    def check_targets(
        self, source: str, train: Targets, test: Targets, names: Names | None
    ) -> tuple[Targets, Targets, tuple[str, ...]]:
        """Finite numbers that differ between training cases, of one shape in both parts.

        Raises:
            DataError: They are something else.
        """
        train, test = checked_targets(source, train, test)
        return train, test, target_names(source, names, _columns(train).shape[1])

    def strata(self, targets: Targets) -> NDArray[np.int64]:
        """A single stratum: folds are random."""
        return np.zeros(len(targets), np.int64)

    def stratum(self, number: int, names: Sequence[str]) -> str:
        """All cases."""
        return "the data"

    def details(self, answers: Answers, targets: Targets, names: Sequence[str]) -> dict[str, Any]:
        """For each target its scores, and the values of up to `SHOWN` test cases."""
        given, right = _columns(answers), _columns(targets)
        shown = np.linspace(0, len(given) - 1, min(SHOWN, len(given))).astype(int)
        return {
            "targets": [
                {
                    "name": name,
                    **self.metrics(given[:, at], right[:, at]),
                    "true": [float(f"{value:.6g}") for value in right[shown, at]],
                    "given": [float(f"{value:.6g}") for value in given[shown, at]],
                }
                for at, name in enumerate(names)
            ]
        }

    def baselines(self, seed: int) -> dict[str, Any]:
        """The mean, the nearest neighbor, ridge regression and a random forest."""
        return simple_regressors(seed)


def _columns(values: NDArray[Any]) -> NDArray[np.float64]:
    """Values as [n, targets]."""
    return values.reshape(len(values), -1).astype(np.float64)


def _squares(answers: Answers, targets: Targets) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared errors and squared distances from the mean target, [n, targets]."""
    right = _columns(targets)
    return np.square(_columns(answers) - right), np.square(right - right.mean(axis=0))
