"""Frozen records that cross folders. Names carry their units."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NetOption = bool | int | float | str
NetOptions = Mapping[str, NetOption]
"""Settings of a network by name; those of the families are whole numbers."""

OBJECTIVES = ("error", "rom", "ram", "flops")
"""The objectives in order, all minimised: 1 - accuracy, then resources divided by their limits."""


@dataclass(frozen=True)
class Resources:
    """What a network needs of the chip.

    In a search for a board both sizes are those of the linked program.

    Attributes:
        rom_bytes: Weights, biases, tables and requantization constants, as emitted; code too if
            linked.
        ram_bytes: The planned arena: input, activations and output; the stack too if linked.
        flops: Two times the multiply-accumulates of one inference.
    """

    rom_bytes: int
    ram_bytes: int
    flops: int

    def plus(self, other: "Resources") -> "Resources":
        """The sum of both."""
        return Resources(
            self.rom_bytes + other.rom_bytes,
            self.ram_bytes + other.ram_bytes,
            self.flops + other.flops,
        )


@dataclass(frozen=True)
class Limits(Resources):
    """Upper bounds on the resources, all positive (defaults: Deutel 2023, Section 5)."""

    rom_bytes: int = 1_000_000
    ram_bytes: int = 256_000
    flops: int = 1_000_000_000

    def ratios(self, used: Resources) -> tuple[float, float, float]:
        """Resources divided by their limits, in the order of `OBJECTIVES[1:]`."""
        return (
            used.rom_bytes / self.rom_bytes,
            used.ram_bytes / self.ram_bytes,
            used.flops / self.flops,
        )

    def allow(self, used: Resources) -> bool:
        """Whether no limit is broken."""
        return max(self.ratios(used)) <= 1.0


@dataclass(frozen=True)
class Candidate:
    """One point of the search space.

    Attributes:
        settings: Training and pruning settings by name (see `tinypareto.space`).
        sparsities: Fraction of filters to remove, in [0, 1), by prunable layer.
    """

    settings: dict[str, float]
    sparsities: dict[str, float]


@dataclass(frozen=True)
class Measurement:
    """What evaluating one candidate gave; accuracies are fractions in [0, 1].

    Attributes:
        number: Trial number within its study.
        resources: Exact ROM, RAM and FLOPs of the pruned integer network.
        channels: Filters kept, by prunable layer.
        accuracy_search: Top-1 of the int8 network on the data that steers the search.
        accuracy: Top-1 of the int8 network on the test split.
        accuracy_float: Top-1 of the float network on the test split.
        seconds: Wall time of the evaluation.
    """

    number: int
    resources: Resources
    channels: dict[str, int]
    accuracy_search: float
    accuracy: float
    accuracy_float: float
    seconds: float
    history: list[dict[str, float]] = field(default_factory=list)
