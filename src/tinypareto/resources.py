"""What a network needs of a chip, what limits it, and what a search optimizes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Objective = Literal["accuracy", "rom", "ram", "flops", "latency"]

OBJECTIVES: tuple[Objective, ...] = ("accuracy", "rom", "ram", "flops")
"""The usual objectives: accuracy is maximised, the others are minimised."""
ALL_OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
"""Those that there are, in their order."""

TITLES = {"rom": "ROM", "ram": "RAM", "flops": "FLOPs", "latency": "latency"}
"""What people call the resources."""


@dataclass(frozen=True)
class Resources:
    """What a network needs of the chip.

    In a search for a board both sizes are those of the linked program.

    Attributes:
        rom_bytes: Weights, biases, tables and requantization constants, as emitted; code too if
            linked.
        ram_bytes: The planned arena: input, activations and output; the stack too if linked.
        flops: Two times the multiply-accumulates of one inference.
        latency_ms: Estimated from the emulated instructions of one inference on the search's
            board; None where nothing was emulated.
    """

    rom_bytes: int
    ram_bytes: int
    flops: int
    latency_ms: float | None = None

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
        """What is limited, in the order of `ALL_OBJECTIVES`: latency only if it has a limit."""
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

    def minimised(
        self, objectives: Sequence[Objective], accuracy: float, used: Resources
    ) -> tuple[float, ...]:
        """Values to minimise: 1 - accuracy, and resources divided by their limits.

        Args:
            objectives: Of `ALL_OBJECTIVES`, latency only where it has a limit.
            accuracy: A fraction.
            used: What the network needs.
        """
        values = {"accuracy": 1 - accuracy} | dict(zip(self.names, self.ratios(used), strict=True))
        return tuple(values[name] for name in objectives)

    def allow(self, used: Resources) -> bool:
        """Whether no limit is broken."""
        return max(self.ratios(used)) <= 1.0
