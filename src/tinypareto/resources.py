"""Resources of a network on a chip, their limits, and the objectives of a search."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Objective = Literal["accuracy", "rom", "ram", "flops", "latency"]

SCORE: Objective = "accuracy"
"""The objective that stands for the task's score; files name it as the task does."""
OBJECTIVES: tuple[Objective, ...] = (SCORE, "rom", "ram", "flops")
"""The usual objectives."""
ALL_OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
"""All supported objectives, in display order."""

TITLES = {"rom": "ROM", "ram": "RAM", "flops": "FLOPs", "latency": "latency"}
"""Display names of the resources."""


@dataclass(frozen=True)
class Resources:
    """Resources that a network needs on the chip.

    In a search for a board both sizes are those of the linked program.

    Attributes:
        rom_bytes: Weights, biases, tables and requantization constants, as emitted; code too if
            linked.
        ram_bytes: The planned arena: input, activations and output; the stack too if linked.
        flops: Two times the multiply-accumulates of one inference.
        latency_ms: Latency estimated from the emulated instructions of one inference on the
            search's board; None if nothing was emulated.
    """

    rom_bytes: int
    ram_bytes: int
    flops: int
    latency_ms: float | None = None

    @classmethod
    def least(cls, many: Sequence["Resources"]) -> "Resources":
        """The least ROM, RAM and FLOPs of several networks, at least one; without latency."""
        return Resources(
            min(one.rom_bytes for one in many),
            min(one.ram_bytes for one in many),
            min(one.flops for one in many),
        )

    def plus(self, other: "Resources") -> "Resources":
        """The sum of both, with this one's latency."""
        return Resources(
            self.rom_bytes + other.rom_bytes,
            self.ram_bytes + other.ram_bytes,
            self.flops + other.flops,
            self.latency_ms,
        )


@dataclass(frozen=True)
class Limits(Resources):
    """Upper bounds on the resources, all positive (defaults: Deutel 2023, Section 5)."""

    rom_bytes: int = 1_000_000
    ram_bytes: int = 256_000
    flops: int = 1_000_000_000
    latency_ms: float | None = None

    @property
    def names(self) -> tuple[Objective, ...]:
        """The limited resources in the order of `ALL_OBJECTIVES`; latency may have no limit."""
        return ALL_OBJECTIVES[1:] if self.latency_ms is not None else OBJECTIVES[1:]

    def ratios(self, used: Resources) -> tuple[float, ...]:
        """Resources divided by their limits, in the order of `names`."""
        sizes = (
            used.rom_bytes / self.rom_bytes,
            used.ram_bytes / self.ram_bytes,
            used.flops / self.flops,
        )
        if self.latency_ms is None:
            return sizes
        assert used.latency_ms is not None, "a latency limit needs emulated candidates"
        return (*sizes, used.latency_ms / self.latency_ms)

    def minimized(
        self, objectives: Sequence[Objective], error: float, used: Resources
    ) -> tuple[float, ...]:
        """Values to minimize: the error, and resources divided by their limits.

        Args:
            objectives: Names from `ALL_OBJECTIVES`; latency only if it has a limit.
            error: The score as an objective, such as 1 - accuracy; see `Score.objective`.
            used: Resources of the network.
        """
        values: dict[Objective, float] = {SCORE: error}
        values |= dict(zip(self.names, self.ratios(used), strict=True))
        return tuple(values[name] for name in objectives)

    def minimised(
        self, objectives: Sequence[Objective], accuracy: float, used: Resources
    ) -> tuple[float, ...]:
        """Deprecated, goes with version 0.3: `minimized` with the error 1 - accuracy."""
        message = "Limits.minimised is now Limits.minimized, which takes 1 - accuracy"
        warnings.warn(f"{message}; the old name goes with version 0.3", DeprecationWarning, 2)
        return self.minimized(objectives, 1 - accuracy, used)

    def allow(self, used: Resources) -> bool:
        """Whether no limit is exceeded."""
        return max(self.ratios(used)) <= 1.0
