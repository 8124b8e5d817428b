"""One axis of the search space: its interval, its scale, and its map to [0, 1]."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Interval = tuple[float, float]
Value = float | str
"""Value of a parameter: a number, or the name of a choice."""


class TrialLike(Protocol):
    """The part of an Optuna trial that this module uses."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number in [low, high]."""
        ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number in [low, high]."""
        ...

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices."""
        ...


@dataclass(frozen=True)
class Condition:
    """When a parameter is part of a candidate: while another one is, with one of these values."""

    parent: str
    values: tuple[Value, ...]

    def holds(self, params: Mapping[str, Value]) -> bool:
        """Whether it holds for a candidate, given by the values of its parameters by name."""
        return self.parent in params and params[self.parent] in self.values


@dataclass(frozen=True)
class Parameter:
    """One axis of the space, in [low, high]; equal ends fix the value.

    Attributes:
        name: Name in trials, files and options.
        low: Least value; 0 for choices.
        high: Largest value; the index of the last one for choices.
        scale: Scale on which values are drawn.
        kind: Type of the values.
        choices: The values of a choice.
        when: When candidates have the parameter; None for always.
    """

    name: str
    low: float
    high: float
    scale: Literal["uniform", "log"] = "uniform"
    kind: Literal["int", "float", "choice"] = "float"
    choices: tuple[str, ...] = ()
    when: Condition | None = None

    @classmethod
    def choice(cls, name: str, choices: Sequence[str]) -> "Parameter":
        """A parameter that is one of several names."""
        return cls(name, 0, len(choices) - 1, kind="choice", choices=tuple(choices))

    @property
    def fixed(self) -> bool:
        """Whether there is nothing to search."""
        return self.low == self.high

    def to_unit(self, value: Value) -> float:
        """Position of a value in [0, 1]; whole numbers sit in the middle of equal cells."""
        value = self.choices.index(value) if isinstance(value, str) else value
        low, high = self._ends()
        position = (self._warp(value) - self._warp(low)) / (self._warp(high) - self._warp(low))
        return min(max(position, 0.0), 1.0)

    def from_unit(self, position: float) -> Value:
        """Value at a position in [0, 1]; an int where the kind is int."""
        if self.kind == "choice":
            return self.choices[min(int(position * len(self.choices)), len(self.choices) - 1)]
        low, high = (self._warp(end) for end in self._ends())
        value = low + position * (high - low)
        if self.scale == "log":
            value = math.exp(value)
        value = round(value) if self.kind == "int" else value
        return type(value)(min(max(value, self.low), self.high))

    def suggest(self, trial: TrialLike) -> Value:
        """Ask a trial for a value."""
        if self.kind == "choice":
            chosen: str = trial.suggest_categorical(self.name, self.choices)
            return chosen
        log = self.scale == "log"
        if self.kind == "int":
            return trial.suggest_int(self.name, int(self.low), int(self.high), log=log)
        return trial.suggest_float(self.name, self.low, self.high, log=log)

    def _ends(self) -> Interval:
        margin = 0.0 if self.kind == "float" else 0.5
        return self.low - margin, self.high + margin

    def _warp(self, value: float) -> float:
        return math.log(value) if self.scale == "log" else value
