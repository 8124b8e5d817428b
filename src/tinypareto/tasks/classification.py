"""Classification: one of several classes for each case."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.tasks.class_labels import checked_labels, class_names, count_classes
from tinypareto.tasks.classifiers import simple_classifiers
from tinypareto.tasks.score import Score
from tinypareto.tasks.task import Answers, Names, Outputs, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor


class Classification(Task):
    """Cross entropy of one logit per class, scored by top-1 accuracy; targets are int64 labels."""

    name = "classification"
    score = Score(
        "accuracy", "top-1 accuracy", best=1.0, worst=0.0, low=0.0, high=1.0, format_spec=".1%"
    )

    def loss(self, outputs: "Tensor", targets: "Tensor") -> "Tensor":
        """Mean cross entropy of the logits [n, classes]."""
        from torch.nn import functional

        return functional.cross_entropy(outputs, targets)

    def loss_gradient(self, outputs: "Tensor", targets: "Tensor") -> "Tensor":
        """(softmax - one hot) / n, [n, classes]."""
        import torch
        from torch.nn import functional

        gradient = torch.softmax(outputs, 1)
        gradient.sub_(functional.one_hot(targets, outputs.shape[1])).div_(len(targets))
        return gradient

    def smoothed_gradient(self, outputs: "Tensor", targets: "Tensor", smoothing: float) -> "Tensor":
        """Label smoothing (Szegedy 2016): a share of the probability is that of any class."""
        gradient = self.loss_gradient(outputs, targets)
        if smoothing:
            doubt = outputs.softmax(1).sub_(1 / outputs.shape[1]).div_(len(targets))
            gradient.lerp_(doubt, smoothing)
        return gradient

    def decode(self, outputs: Outputs) -> Answers:
        """The class of the largest logit, the first one on ties: int64 [n]."""
        classes: Answers = outputs.argmax(1)
        return classes

    def measure(self, answers: Answers, targets: Targets) -> float:
        """Top-1 accuracy."""
        return float((answers == targets).mean())

    def outputs(self, names: Sequence[str]) -> int:
        """One logit per class.

        Raises:
            ConfigError: There are fewer than two classes.
        """
        if len(names) < 2:
            raise ConfigError(
                f"classification: {len(names)} classes; wanted at least 2; check the labels"
            )
        return len(names)

    def output_names(self, names: Sequence[str]) -> tuple[str, ...]:
        """The classes."""
        return tuple(names)

    def check_targets(
        self, source: str, train: Targets, test: Targets, names: Names | None
    ) -> tuple[Targets, Targets, tuple[str, ...]]:
        """Labels 0 .. classes - 1, each with a training case.

        Raises:
            DataError: They are something else.
        """
        train = checked_labels(source, "y_train", train)
        test = checked_labels(source, "y_test", test)
        return train, test, class_names(source, names, count_classes(source, train, test))

    def strata(self, targets: Targets) -> NDArray[np.int64]:
        """The labels themselves."""
        return targets

    def stratum(self, number: int, names: Sequence[str]) -> str:
        """The class by its name."""
        return f"class {names[number]!r}"

    def details(self, answers: Answers, targets: Targets, names: Sequence[str]) -> dict[str, Any]:
        """The confusion matrix: test cases by true class (rows) and by the class answered."""
        classes = len(names)
        pairs = np.bincount(classes * targets + answers, minlength=classes**2)
        return {"confusion": pairs.reshape(classes, classes).tolist()}

    def standard_error(self, score: float, cases: int) -> float:
        """Standard error of a fraction of right answers, sqrt(p (1 - p) / n)."""
        return math.sqrt(score * (1 - score) / cases)

    def baselines(self, seed: int) -> dict[str, Any]:
        """The majority class, the nearest neighbor, ridge regression and a random forest."""
        return simple_classifiers(seed)
