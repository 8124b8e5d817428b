"""The figure by which the networks of a task are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

GENERIC = "score"
MOST = 2.0
"""Largest value of an objective."""
_FIELDS = tuple(GENERIC + suffix for suffix in ("", "_float", "_search", "_by_checkpoint"))
"""Fields of `Measurement`, `FrontPoint` and stored records that hold scores."""


@dataclass(frozen=True)
class Score:
    """Name, direction and range of a task's score.

    Attributes:
        name: Key of the score in result files, in place of `score` in `score_search` and the like.
        title: Words for the score in messages and emitted files.
        best: Score of a perfect network.
        worst: Score from which a network is of no interest, such as that of a constant answer;
            it is the reference point of hypervolumes.
        low: Lowest possible score, -inf if there is none.
        high: Highest possible score, inf if there is none.
        objective_name: Optuna's name of the minimized objective, see `objective`.
        format_spec: Format specification of a score in messages.
    """

    name: str
    title: str
    best: float
    worst: float
    low: float = -inf
    high: float = inf
    objective_name: str = "error"
    format_spec: str = ".4g"

    def objective(self, value: float) -> float:
        """The score as an objective to minimize: 0 for `best`, 1 for `worst`, `MOST` at most.

        A score that has no bound would otherwise hide from a model of the objective how all others
        differ. What is beyond 1 adds nothing to a hypervolume.
        """
        return min((self.best - value) / (self.best - self.worst), MOST)

    def goodness(self, value: float) -> float:
        """The score with its sign such that higher is better."""
        return value if self.best > self.worst else -value

    def clamp(self, value: float) -> float:
        """The nearest possible score."""
        return min(max(value, self.low), self.high)

    def text(self, value: float) -> str:
        """The score as messages show it."""
        return format(value, self.format_spec)

    def key(self, suffix: str) -> str:
        """Key of a kind of score in result files, such as `accuracy_search` for "search"."""
        return f"{self.name}_{suffix}"

    def check(self, value: float) -> None:
        """Refuse a score that no network can have.

        Raises:
            ValueError: It is out of range, or NaN.
        """
        if not self.low <= value <= self.high:
            raise ValueError(f"{self.name} {value} is not in [{self.low:g}, {self.high:g}]")

    def to_file(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record with its scores under the names that result files have."""
        names = {field: field.replace(GENERIC, self.name) for field in _FIELDS}
        return {names.get(key, key): value for key, value in record.items()}

    def from_file(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The inverse of `to_file`."""
        fields = {field.replace(GENERIC, self.name): field for field in _FIELDS}
        return {fields.get(key, key): value for key, value in record.items()}
