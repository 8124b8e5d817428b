"""One axis of the search space: its interval, its scale, and its map to [0, 1]."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

Interval = tuple[float, float]


class TrialLike(Protocol):
    """The part of an Optuna trial that this module uses."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number in [low, high]."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number in [low, high]."""
        ...


@dataclass(frozen=True)
class Parameter:
    """One axis of the space, in [low, high]; equal ends fix the value."""

    name: str
    low: float
    high: float
    scale: Literal["uniform", "log"] = "uniform"
    kind: Literal["int", "float"] = "float"

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to search."""
        return self.low == self.high

    def to_unit(self, value: float) -> float:
        """Position of a value in [0, 1]; whole numbers sit in the middle of equal cells."""
        low, high = self._ends()
        position = (self._warp(value) - self._warp(low)) / (self._warp(high) - self._warp(low))
        return min(max(position, 0.0), 1.0)

    def from_unit(self, position: float) -> float:
        """Value at a position in [0, 1]; an int where the kind is int."""
        low, high = (self._warp(end) for end in self._ends())
        value = low + position * (high - low)
        if self.scale == "log":
            value = math.exp(value)
        value = round(value) if self.kind == "int" else value
        return type(value)(min(max(value, self.low), self.high))

    def suggest(self, trial: TrialLike) -> float:
        """Ask a trial for a value."""
        log = self.scale == "log"
        if self.kind == "int":
            return trial.suggest_int(self.name, int(self.low), int(self.high), log=log)
        return trial.suggest_float(self.name, self.low, self.high, log=log)

    def _ends(self) -> Interval:
        margin = 0.5 if self.kind == "int" else 0.0
        return self.low - margin, self.high + margin

    def _warp(self, value: float) -> float:
        return math.log(value) if self.scale == "log" else value
