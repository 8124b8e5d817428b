"""Interface of a learning task: how networks are trained and scored, and what they answer."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.tasks.output_scaling import OutputScaling
from tinypareto.tasks.score import Score

if TYPE_CHECKING:
    # Searching, splitting and reading results need no torch.
    from torch import Tensor

DEFAULT = "classification"
"""The task of files and data sets that name none."""

Outputs = NDArray[np.float32]
Targets = NDArray[Any]
"""Correct answers, [n] or [n, ...]; their type and shape are the task's."""
Answers = NDArray[Any]
Names = Sequence[object] | NDArray[Any]
"""Names that a user gave, not yet checked."""


class Task(ABC):
    """A learning task; instances never change.

    Attributes:
        name: Key in `TASKS`; result files name the task by it.
        score: How networks are compared.
    """

    name: str
    score: Score

    def scaling(self, targets: Targets) -> OutputScaling:
        """The units of the outputs; networks are trained on targets without units. None by default.

        Args:
            targets: Targets to train on.
        """
        return OutputScaling()

    @abstractmethod
    def loss(self, outputs: "Tensor", targets: "Tensor") -> "Tensor":
        """The mean loss of a batch, a scalar that autograd can follow.

        Args:
            outputs: Float network's outputs, [n, outputs].
            targets: Targets of the same cases, [n, ...].
        """

    @abstractmethod
    def loss_gradient(self, outputs: "Tensor", targets: "Tensor") -> "Tensor":
        """The gradient of `loss` with respect to the outputs, [n, outputs].

        Training on a CPU runs without autograd, so every task gives its own.
        """

    def smoothed_gradient(self, outputs: "Tensor", targets: "Tensor", smoothing: float) -> "Tensor":
        """The gradient of a loss that does not take targets for certain, [n, outputs].

        Args:
            outputs: Float network's outputs, [n, outputs].
            targets: Targets of the same cases, [n, ...].
            smoothing: Doubt about the targets, in [0, 1]; a task that knows none ignores it.
        """
        return self.loss_gradient(outputs, targets)

    @abstractmethod
    def decode(self, outputs: Outputs) -> Answers:
        """Answers from real-valued outputs, float32 [n, outputs]; answers compare with targets."""

    @abstractmethod
    def measure(self, answers: Answers, targets: Targets) -> float:
        """The score of n answers, n >= 1."""

    @abstractmethod
    def outputs(self, names: Sequence[str]) -> int:
        """Number of outputs that a network needs.

        Args:
            names: The data set's `class_names`.

        Raises:
            ConfigError: The names are too few.
        """

    @abstractmethod
    def check_targets(
        self, source: str, train: Targets, test: Targets, names: Names | None
    ) -> tuple[Targets, Targets, tuple[str, ...]]:
        """Targets and names of a data set that may be wrong, in the types that training needs.

        Args:
            source: Origin of the data, for messages.
            train: Targets of the training split.
            test: Targets of the test split.
            names: The data set's `class_names`, None for the task's default.

        Raises:
            DataError: They make no sense; says which and why.
        """

    @abstractmethod
    def strata(self, targets: Targets) -> NDArray[np.int64]:
        """Numbers 0, 1, ... by which folds are stratified, [n]; each one occurs."""

    @abstractmethod
    def stratum(self, number: int, names: Sequence[str]) -> str:
        """Words for a stratum in messages, such as "class 'walk'"."""

    def output_names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Names of the outputs for the emitted C, one per output; none by default.

        Args:
            names: The data set's `class_names`.
        """
        return ()

    def details(self, answers: Answers, targets: Targets, names: Sequence[str]) -> dict[str, Any]:
        """Figures about the answers to the test split for `details.json`; none by default."""
        return {}

    def by_case(self, answers: Answers, targets: Targets) -> NDArray[np.float64] | None:
        """One value for each case, [n], whose mean is the score and whose spread gives its error.

        With them networks are compared in pairs on the same cases. None if there are none, as for
        a score that is no mean over cases.
        """
        return None

    def metrics(self, answers: Answers, targets: Targets) -> dict[str, float]:
        """Figures of merit to report, by name; the score alone by default."""
        return {self.score.name: self.measure(answers, targets)}

    def metric_text(self, name: str, value: float) -> str:
        """A figure of merit as messages show it; like the score by default.

        Args:
            name: Key in `metrics`.
            value: The figure.
        """
        return self.score.text(value)

    def steered_by(self, metric: str) -> str:
        """Name of the task that is the same except for the figure of merit that steers.

        Args:
            metric: Name of a figure of merit.

        Raises:
            ConfigError: The task has no such figure.
        """
        if metric != self.score.name:
            raise ConfigError(
                f"metric: got {metric!r}; wanted {self.score.name}, the score of {self.name}"
            )
        return self.name

    def never_found(
        self, answers: Answers, targets: Targets, names: Sequence[str]
    ) -> tuple[str, ...]:
        """Names of what occurs in the targets and is never answered rightly; none by default."""
        return ()

    def constant(self, train: Targets, targets: Targets) -> float | None:
        """The score of the best constant answer, which every network must exceed to be listed.

        Args:
            train: Targets that the answer is chosen on.
            targets: Targets that it is scored on.

        Returns:
            The score; None if networks that are no better may be listed too.
        """
        return None

    def standard_error(self, score: float, cases: int) -> float:
        """Standard error of a score over independent cases; 0 if it is not known.

        Args:
            score: Score of a network.
            cases: Number of cases that it was measured on, at least 1.
        """
        return 0.0

    def baselines(self, seed: int) -> dict[str, Any]:
        """Simple models with `fit` and `predict` as in scikit-learn, by name; none by default.

        They read cases as vectors [n, values], and give answers that `measure` takes.

        Args:
            seed: Seed of models that are random.
        """
        return {}

    def to_file(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record as result files hold it: scores under their names, and the task's own name.

        The name of classification is left out, as before there were other tasks.
        """
        named = self.score.to_file(record)
        return named if self.name == DEFAULT else {"task": self.name, **named}

    def evaluate(self, outputs: Outputs, targets: Targets) -> float:
        """The score of real-valued outputs, float32 [n, outputs]."""
        return self.measure(self.decode(outputs), targets)
