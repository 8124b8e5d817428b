"""A candidate network: one point of the search space."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """One point of the search space.

    Attributes:
        settings: Training and pruning settings by name (see `tinypareto.search_space.space`).
        sparsities: Fraction of filters to remove, in [0, 1), by prunable layer.
        structure: The searched settings of the unpruned network, `<family>/<setting>`, and `net`,
            the name of its family, where there are several.
    """

    settings: dict[str, float]
    sparsities: dict[str, float]
    structure: dict[str, int | str] = field(default_factory=dict)
