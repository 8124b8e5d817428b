"""Predictions of a network of a front for new data."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.check import checked_values
from tinypareto.data.npz import read_arrays
from tinypareto.deploy.selection import select_network
from tinypareto.errors import DataError
from tinypareto.tasks.class_labels import checked_labels


@dataclass(frozen=True)
class Predictions:
    """Predictions of the integer network.

    Attributes:
        trial: Trial number of the network.
        labels: Predicted label of each case, int64 [n].
        class_names: Name of each class.
        accuracy: Top-1 accuracy, in [0, 1]; None if the true labels are unknown.
    """

    trial: int
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    accuracy: float | None

    @property
    def names(self) -> list[str]:
        """Name of the predicted class of each case."""
        return [self.class_names[label] for label in self.labels]

    def to_json(self) -> str:
        """Format the predictions as `tinypareto predict --json` prints them."""
        return json.dumps(
            {
                "trial": self.trial,
                "accuracy": self.accuracy,
                "labels": self.labels.tolist(),
                "classes": self.names,
            },
            indent=2,
        )

    def to_csv(self) -> str:
        """Format the predictions as CSV: number, label and class name of each case.

        A name that a spreadsheet would take for a formula gets an apostrophe in front.
        """
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("case", "label", "class"))
        names = map(_cell, self.names)
        rows.writerows(zip(range(len(self.labels)), self.labels.tolist(), names, strict=True))
        return text.getvalue()


def _cell(name: str) -> str:
    if not name.startswith(("=", "+", "-", "@", "\t", "\r")):
        return name
    try:
        float(name)
    except ValueError:
        return f"'{name}"
    return name


def label(folder: Path, file: Path, trial: int | None = None) -> Predictions:
    """Classify the cases of an .npz file with the integer network.

    Args:
        folder: A result folder.
        file: An .npz file with `X`, raw values as in training, and `y` if the labels are known; or
            with `X_test` and `y_test`.
        trial: Trial number of a network in the front; by default the
            recommended one.

    Raises:
        InputError: The folder, the trial or the file cannot be used, or the cases do not have the
            network's input shape.
    """
    selected = select_network(folder, trial)
    x, y = _cases(file)
    network = selected.network
    wanted = network.recipe.input_shape
    if x.shape[1:] != wanted:
        raise DataError(
            f"{file}: one case has shape {list(x.shape[1:])}, trial {selected.point.number} takes "
            f"{list(wanted)}; window the data as those of the search"
        )
    labels = network.predict(x)
    accuracy = None if y is None else float((labels == y).mean())
    return Predictions(selected.point.number, labels, network.recipe.class_names, accuracy)


def _cases(file: Path) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
    keys = ("X", "X_test", "y", "y_test")
    arrays = read_arrays(file, (), keys)
    x_key, y_key = ("X", "y") if "X" in arrays else ("X_test", "y_test")
    if x_key not in arrays:
        raise DataError(f"{file}: has neither X nor X_test; name the array of cases X")
    x = checked_values(str(file), x_key, arrays[x_key])
    if y_key not in arrays:
        return x, None
    y = checked_labels(str(file), y_key, arrays[y_key])
    if len(x) != len(y):
        raise DataError(f"{file}: {x_key} has {len(x)} cases but {y_key} has {len(y)} labels")
    return x, y
