"""The settings of one training run (Table 3, Deutel 2023, and more), each declared once.

A field of `TrainingSettings` states the setting's type, default, meaning, range, and the interval
that each preset searches. `lr_schedule`, `pruning_start`, `pruning_end`, `averaging`, `warmup` and
`annealing` are fractions of the epochs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf, nextafter, ulp
from typing import Any, Literal, NamedTuple, Self, TypeVar

from tinypareto.errors import ConfigError
from tinypareto.search_space.parameter import Interval

T = TypeVar("T", int, float)

BELOW_ONE = nextafter(1.0, 0.0)
"""Upper bound of [0, 1)."""
POSITIVE = ulp(0.0)
"""Lower bound of what is greater than 0."""


class Searched(NamedTuple):
    """An interval that a preset searches; equal ends fix the setting."""

    low: float
    high: float
    scale: Literal["uniform", "log"] = "uniform"


@dataclass(frozen=True)
class Setting:
    """Declaration of a setting.

    Attributes:
        default: Value where none is chosen; its type is that of all values.
        summary: Meaning.
        allowed: Inclusive bounds of the values that a network can be trained with.
        searchable: Inclusive bounds that an interval to search must keep.
        presets: Interval by preset; without any, the setting is searched only if a run asks for it.
    """

    default: float
    summary: str
    allowed: Interval
    searchable: Interval
    presets: Mapping[str, Searched]

    @property
    def kind(self) -> Literal["int", "float"]:
        """Type of the values."""
        return "int" if isinstance(self.default, int) else "float"


def setting(
    default: T,
    summary: str,
    allowed: Interval,
    searchable: Interval | None = None,
    /,
    **presets: Searched,
) -> T:
    """Declare a field of `TrainingSettings`; the arguments are those of `Setting`."""
    declared = Setting(default, summary, allowed, searchable or allowed, presets)
    # Typed as the value that the field has in an instance, as `dataclasses.field` itself is.
    value: T = field(default=default, metadata={"setting": declared})
    return value


@dataclass(frozen=True)
class TrainingSettings:
    """How to train and prune one network; each field says what it means.

    Raises:
        ConfigError: A value is outside of its range.
    """

    epochs: int = setting(
        20,
        "Passes over the training data",
        (1, inf),
        (1, 100_000),
        default=Searched(10, 20),
        paper=Searched(100, 500),
    )
    batch_size: int = setting(
        32,
        "Largest number of cases in a step; batches are made equally large",
        (2, inf),
        (2, 1_000_000),
        default=Searched(16, 48),
        paper=Searched(20, 200),
    )
    lr: float = setting(
        0.1,
        "Learning rate at the start",
        (0, inf),
        (POSITIVE, 1e3),
        default=Searched(0.08, 0.4, "log"),
        paper=Searched(1e-5, 1e-2, "log"),
    )
    momentum: float = setting(
        0.9,
        "Momentum of SGD",
        (0, 1),
        (0, BELOW_ONE),
        default=Searched(0.9, 0.9),
        paper=Searched(0.7, 0.99, "log"),
    )
    lr_schedule: float = setting(
        0.5,
        "Fraction of the epochs from one drop of the learning rate to the next",
        (0, 1),
        (POSITIVE, 1),
        default=Searched(0.5, 0.5),
        paper=Searched(0.4, 0.9),
    )
    lr_gamma: float = setting(
        0.3,
        "Factor of each drop",
        (0, 1),
        (POSITIVE, 1),
        default=Searched(1.0, 1.0),
        paper=Searched(0.4, 0.9),
    )
    weight_decay: float = setting(
        1e-4,
        "L2 coefficient",
        (0, inf),
        (0, 1e3),
        default=Searched(1e-4, 1e-4, "log"),
        # As printed, and implausible as an L2 coefficient: it drives all weights to zero.
        paper=Searched(0.6, 0.99, "log"),
    )
    pruning_start: float = setting(
        0.1,
        "Fraction of the epochs at which pruning starts",
        (0, 1),
        default=Searched(0.1, 0.1),
        paper=Searched(0.0, 0.6),
    )
    pruning_end: float = setting(
        0.6,
        "Fraction of the epochs at which pruning is complete",
        (0, 1),
        default=Searched(0.5, 0.5),
        paper=Searched(0.8, 0.95),
    )
    pruning_steps: int = setting(
        5,
        "Number of removals in between, the last one at `pruning_end`",
        (1, inf),
        (1, 1_000),
        default=Searched(5, 5),
        paper=Searched(1, 20),
    )
    augment: float = setting(
        0.0,
        "Strength of the distortion of training cases",
        (0, 2),
        default=Searched(0.0, 1.0),
    )
    averaging: float = setting(
        0.0,
        "Fraction of the epochs, the last ones, over whose steps the weights are averaged; never "
        "from before the last removal",
        (0, 1),
        default=Searched(0.0, 0.5),
    )
    mixup: float = setting(
        0.0,
        "Largest share of another training case that is blended into a case, and into its loss",
        (0, 0.5),
    )
    smoothing: float = setting(
        0.0, "Label smoothing: probability that a target is taken for that of any class", (0, 0.5)
    )
    warmup: float = setting(
        0.0, "Fraction of the epochs, the first ones, over which the learning rate rises", (0, 1)
    )
    annealing: float = setting(
        0.0,
        "Fraction of the epochs, the last ones, over which the learning rate falls to 0",
        (0, 1),
    )
    balance: float = setting(
        0.0,
        "Weight of rare classes in the loss: 0 all cases count alike, 1 all classes do",
        (0, 1),
        default=Searched(0.5, 0.5),
    )

    def __post_init__(self) -> None:
        for name, declared in SETTINGS.items():
            value, (low, high) = getattr(self, name), declared.allowed
            if not low <= value <= high:
                raise ConfigError(f"training: {name}={value}; choose in [{low:g}, {high:g}]")

    @classmethod
    def from_settings(cls, settings: Mapping[str, float]) -> Self:
        """Take the fields from a candidate's settings, of which others are ignored."""
        values: dict[str, Any] = {
            name: round(settings[name]) if declared.kind == "int" else settings[name]
            for name, declared in SETTINGS.items()
            if name in settings
        }
        return cls(**values)


SETTINGS: dict[str, Setting] = {
    one.name: one.metadata["setting"] for one in fields(TrainingSettings)
}
"""Declaration of each training setting by name."""
