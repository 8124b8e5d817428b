"""Quantities that a network of a front estimates for new data."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tinypareto.deploy.csv_text import cell, csv_text
from tinypareto.tasks.score import Score
from tinypareto.tasks.task import Answers


@dataclass(frozen=True)
class Estimates:
    """Answers of the integer network, in the units of the targets.

    Attributes:
        trial: Trial number of the network.
        answers: Values of each case, [n] or [n, targets].
        target_names: Name of each target.
        kind: The score of the task.
        score: Score on these cases; None if the true values are unknown.
        recordings: Name of the recording of each case; empty for arrays.
        rows: Row of the recording at which each case begins; empty for arrays.
        notes: Changes made while reading, one line each.
    """

    trial: int
    answers: Answers
    target_names: tuple[str, ...]
    kind: Score
    score: float | None
    recordings: Sequence[str] = ()
    rows: Sequence[int] = ()
    notes: Sequence[str] = ()

    @property
    def _columns(self) -> Answers:
        return self.answers.reshape(len(self.answers), -1).T

    @property
    def said(self) -> str | None:
        """The score in a line; None if it is unknown."""
        if self.score is None:
            return None
        shown = f"{self.kind.title} of trial {self.trial}: {self.kind.text(self.score)}"
        return f"{shown} ({len(self.answers)} cases)"

    def to_json(self) -> str:
        """Format the values as `tinypareto predict --json` prints them."""
        values = dict(zip(self.target_names, self._columns.tolist(), strict=True))
        content: dict[str, object] = {
            "trial": self.trial,
            self.kind.name: self.score,
            "values": values,
        }
        if self.recordings:
            content |= {"recordings": list(self.recordings), "rows": list(self.rows)}
        return json.dumps(content, indent=2)

    def to_csv(self) -> str:
        """Format the values as CSV: number of each case, and a column for each target."""
        columns: dict[str, Iterable[object]] = {"case": range(len(self.answers))}
        for name, values in zip(self.target_names, self._columns.tolist(), strict=True):
            columns[cell(name)] = [f"{value:.7g}" for value in values]
        if self.recordings:
            columns |= {"recording": map(cell, self.recordings), "row": self.rows}
        return csv_text(columns)
