"""Predictions of a network of a front for new data."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinypareto.data.source import Options
from tinypareto.deploy.csv_text import cell, csv_text
from tinypareto.deploy.estimates import Estimates
from tinypareto.deploy.new_cases import read_cases
from tinypareto.deploy.selection import select_network
from tinypareto.errors import DataError


@dataclass(frozen=True)
class Predictions:
    """Predictions of the integer network.

    Attributes:
        trial: Trial number of the network.
        labels: Predicted label of each case, int64 [n].
        class_names: Name of each class.
        accuracy: Top-1 accuracy, in [0, 1]; None if the true labels are unknown.
        recordings: Name of the recording or image of each case; empty for arrays.
        rows: Row of the recording at which each case begins; empty for arrays.
        notes: Changes made while reading, one line each.
    """

    trial: int
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    accuracy: float | None
    recordings: Sequence[str] = ()
    rows: Sequence[int] = ()
    notes: Sequence[str] = ()

    @property
    def said(self) -> str | None:
        """The accuracy in a line; None if it is unknown."""
        if self.accuracy is None:
            return None
        return f"accuracy of trial {self.trial}: {self.accuracy:.4f} ({len(self.labels)} cases)"

    @property
    def names(self) -> list[str]:
        """Name of the predicted class of each case."""
        return [self.class_names[label] for label in self.labels]

    def to_json(self) -> str:
        """Format the predictions as `tinypareto predict --json` prints them."""
        content = {
            "trial": self.trial,
            "accuracy": self.accuracy,
            "labels": self.labels.tolist(),
            "classes": self.names,
        }
        if self.recordings:
            content |= {"recordings": list(self.recordings), "rows": list(self.rows)}
        return json.dumps(content, indent=2)

    def to_csv(self) -> str:
        """Format the predictions as CSV: number, label and class name of each case.

        The recording and its row follow if the cases were cut from recordings. A name that a
        spreadsheet would take for a formula gets an apostrophe in front.
        """
        columns: dict[str, Iterable[object]] = {
            "case": range(len(self.labels)),
            "label": self.labels.tolist(),
            "class": map(cell, self.names),
        }
        if self.recordings:
            columns |= {"recording": map(cell, self.recordings), "row": self.rows}
        return csv_text(columns)


def label(
    folder: Path,
    source: str | Path,
    trial: int | None = None,
    options: Options | None = None,
) -> Predictions | Estimates:
    """Run the integer network on cases.

    Args:
        folder: A result folder.
        source: Data that a search can read; or an .npz file with `X`, raw values as in training,
            and `y` if the targets are known, or with `X_test` and `y_test`.
        trial: Trial number of a network in the front; by default the recommended one.
        options: Options of the source; by default those of the search.

    Raises:
        InputError: The folder, the trial or the data cannot be used, or the cases do not have the
            network's input shape.
    """
    selected = select_network(folder, trial)
    network = selected.network
    names = network.recipe.class_names
    cases = read_cases(selected, source, options or {})
    wanted = network.recipe.input_shape
    if cases.x.shape[1:] != wanted:
        raise DataError(
            f"{source}: one case has shape {list(cases.x.shape[1:])}, trial "
            f"{selected.point.number} takes {list(wanted)}; window the data as those of the search"
        )
    answers = network.predict(cases.x)
    number, origins = selected.point.number, (cases.recordings, cases.rows, cases.notes)
    task, accuracy = network.task, None
    if not task.output_names(names):
        score = None if cases.targets is None else task.measure(answers, cases.targets)
        return Estimates(number, answers, names, task.score, score, *origins)
    if len(cases.classes) == len(answers) and set(cases.classes) <= set(names):
        right = [names[at] == name for at, name in zip(answers, cases.classes, strict=True)]
        accuracy = float(np.mean(right))
    return Predictions(number, answers, names, accuracy, *origins)
