"""Description of what was read from a data source, to be checked by its owner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tinypareto.data.dataset import Dataset
from tinypareto.data.suspicions import suspicions
from tinypareto.tasks.classification import Classification

if TYPE_CHECKING:
    # It imports scikit-learn.
    from tinypareto.data.split import Selection

SHOWN = 20
"""Number of channels and classes that are listed in a line."""


@dataclass(frozen=True)
class ClassCount:
    """Number of cases of a class.

    Attributes:
        name: Name of the class.
        train: Number of training cases, those of the validation part included.
        test: Number of test cases.
    """

    name: str
    train: int
    test: int


@dataclass(frozen=True)
class Summary:
    """Description of a data set as it was read.

    Attributes:
        train: Number of training cases, without those of a validation part that is held out.
        validation: Number of cases that are held out; 0 for cross-validation and test selection.
        test: Number of test cases.
        shape: Shape of a case: (channels, length) or (channels, height, width).
        channels: Name of each channel; empty if they have none.
        classes: Cases of each class; empty for other tasks than classification.
        recordings: Number of recordings or groups of the training cases; None if it is unknown.
        notes: Changes made while reading, rows left out, and likely mistakes.
        rate: Sampling rate of series in Hz; None if it is unknown.
    """

    train: int
    validation: int
    test: int
    shape: tuple[int, ...]
    channels: tuple[str, ...] = ()
    classes: tuple[ClassCount, ...] = ()
    recordings: int | None = None
    notes: tuple[str, ...] = ()
    rate: float | None = None

    def lines(self) -> Iterator[str]:
        """Describe the data in a few lines; the notes are not among them."""
        held = f", {self.validation} to validate" if self.validation else ""
        yield f"{self.train} cases to train{held}, {self.test} to test"
        unit = "steps" if len(self.shape) == 2 else "pixels"
        names = f" ({listed(self.channels)})" if self.channels else ""
        sizes = " x ".join(map(str, self.shape[1:]))
        time = f" at {self.rate:g} Hz ({self.shape[1] / self.rate:.4g} s)" if self.rate else ""
        yield f"{self.shape[0]} channel{'s' * (self.shape[0] > 1)}{names} of {sizes} {unit}{time}"
        if self.classes:
            counts = tuple(f"{c.name} {c.train} + {c.test}" for c in self.classes)
            yield f"{len(counts)} classes (train + test): {listed(counts)}"
        if self.recordings is not None:
            yield f"{self.recordings} recordings or groups to train and validate"


def summarize(dataset: Dataset, selection: "Selection") -> Summary:
    """Describe a data set as a search uses it.

    Args:
        dataset: The data set.
        selection: The data that steers the search.
    """
    cases = len(dataset.x_train)
    held = len(selection.folds[0].eval_index) if selection.kind == "holdout" else 0
    groups = dataset.groups
    return Summary(
        cases - held,
        held,
        len(dataset.x_test),
        dataset.input_shape,
        dataset.channel_names,
        _classes(dataset),
        None if groups is None else len(np.unique(groups)),
        (*dataset.notes, *suspicions(dataset.x_train, dataset.channel_names)),
        dataset.rate,
    )


def _classes(dataset: Dataset) -> tuple[ClassCount, ...]:
    if not isinstance(dataset.learning_task, Classification):
        return ()
    names = dataset.class_names
    train, test = (np.bincount(y, minlength=len(names)) for y in (dataset.y_train, dataset.y_test))
    return tuple(map(ClassCount, names, train.tolist(), test.tolist()))


def listed(items: Sequence[str]) -> str:
    """List the first `SHOWN` items, and count the others."""
    more = [f"... ({len(items) - SHOWN} more)"] if len(items) > SHOWN else []
    return ", ".join([*items[:SHOWN], *more])
