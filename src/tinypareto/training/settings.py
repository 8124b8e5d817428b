"""The settings of one training run (Table 3, Deutel 2023, and two more)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import inf
from typing import Any, Self

from tinypareto.errors import ConfigError

RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, inf),
    "batch_size": (2, inf),
    "lr": (0, inf),
    "momentum": (0, 1),
    "lr_schedule": (0, 1),
    "lr_gamma": (0, 1),
    "weight_decay": (0, inf),
    "pruning_start": (0, 1),
    "pruning_end": (0, 1),
    "pruning_steps": (1, inf),
    "augment": (0, 2),
    "averaging": (0, 1),
}
"""Inclusive bounds of what makes sense at all; a search space is narrower."""


@dataclass(frozen=True)
class TrainingSettings:
    """How to train and prune one network.

    Attributes:
        epochs: Passes over the data.
        batch_size: Most cases per step; batches are made equally large.
        lr: Learning rate at the start.
        momentum: Of SGD, in [0, 1].
        lr_schedule: Fraction of the epochs after which the learning rate drops, again and again.
        lr_gamma: Factor of each drop, in [0, 1].
        weight_decay: L2 coefficient.
        pruning_start: Fraction of the epochs at which pruning starts.
        pruning_end: Fraction of the epochs at which it is complete.
        pruning_steps: Removals in between, the last one at `pruning_end`.
        augment: How much to distort the cases, in [0, 2]; see `augmented`.
        averaging: Fraction of the epochs, the last ones, over whose steps the weights are averaged;
            never from before the last removal.
    """

    epochs: int = 20
    batch_size: int = 32
    lr: float = 0.1
    momentum: float = 0.9
    lr_schedule: float = 0.5
    lr_gamma: float = 0.3
    weight_decay: float = 1e-4
    pruning_start: float = 0.1
    pruning_end: float = 0.6
    pruning_steps: int = 5
    augment: float = 0.0
    averaging: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"training: {name}={value}; choose in [{low:g}, {high:g}]")

    @classmethod
    def of(cls, settings: Mapping[str, float]) -> Self:
        """Read its fields from a candidate's settings; the others are ignored."""
        given: dict[str, Any] = {
            field.name: round(settings[field.name]) if field.type is int else settings[field.name]
            for field in fields(cls)
            if field.name in settings
        }
        return cls(**given)
