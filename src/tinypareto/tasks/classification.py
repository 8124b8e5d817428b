"""Classification: one of several classes for each case."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.errors import ConfigError
from tinypareto.tasks.class_labels import checked_labels, class_names, count_classes
from tinypareto.tasks.classifiers import simple_classifiers
from tinypareto.tasks.metrics.accuracy import ACCURACY
from tinypareto.tasks.metrics.balanced_accuracy import recalls
from tinypareto.tasks.metrics.metric import Metric
from tinypareto.tasks.metrics.registry import METRICS
from tinypareto.tasks.task import DEFAULT, Answers, Names, Outputs, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor


class Classification(Task):
    """Cross entropy of one logit per class; targets are int64 labels.

    Args:
        metric: The figure of merit that steers a search and by which networks are compared.
    """

    def __init__(self, metric: Metric = ACCURACY) -> None:
        self._metric = metric
        self.score = metric.score
        self.name = self.steered_by(metric.score.name)

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
        """The figure of merit."""
        return self._metric.measure(answers, targets)

    def by_case(self, answers: Answers, targets: Targets) -> NDArray[np.float64]:
        """Values of the cases, such as 1 for a right answer; see `Metric.by_case`."""
        return self._metric.by_case(answers, targets)

    def metrics(self, answers: Answers, targets: Targets) -> dict[str, float]:
        """Every figure of merit."""
        return {name: metric.measure(answers, targets) for name, metric in METRICS.items()}

    def steered_by(self, metric: str) -> str:
        """Classification by another figure of merit; that by accuracy has the plain name."""
        if metric not in METRICS:
            return super().steered_by(metric)
        return DEFAULT if metric == ACCURACY.score.name else f"{DEFAULT}:{metric}"

    def never_found(
        self, answers: Answers, targets: Targets, names: Sequence[str]
    ) -> tuple[str, ...]:
        """The classes of recall 0."""
        missed = np.flatnonzero(recalls(answers, targets)[0] == 0)
        return tuple(names[label] for label in missed.tolist())

    def constant(self, train: Targets, targets: Targets) -> float:
        """The score of the most frequent class of the training part."""
        return self.measure(np.full_like(targets, np.bincount(train).argmax()), targets)

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
        """The confusion matrix and the recall of each class.

        The rows of the matrix are the true classes of test cases, its columns the classes answered.
        The recall of a class without test cases is None.
        """
        classes = len(names)
        pairs = np.bincount(classes * targets + answers, minlength=classes**2)
        recall, cases = recalls(answers, targets)
        shares = [float(r) if n else None for r, n in zip(recall, cases, strict=True)]
        shares += [None] * (classes - len(shares))
        return {"confusion": pairs.reshape(classes, classes).tolist(), "recall": shares}

    def standard_error(self, score: float, cases: int) -> float:
        """Standard error of a fraction of right answers, sqrt(p (1 - p) / n)."""
        return math.sqrt(score * (1 - score) / cases)

    def baselines(self, seed: int) -> dict[str, Any]:
        """The majority class, the nearest neighbor, ridge regression and a random forest."""
        return simple_classifiers(seed)
