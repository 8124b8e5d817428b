"""A candidate network: one point of the search space."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """One point of the search space.

    Attributes:
        settings: Training and pruning settings by name (see `tinypareto.search_space.space`).
        sparsities: Fraction of filters to remove, in [0, 1), by prunable layer.
    """

    settings: dict[str, float]
    sparsities: dict[str, float]
