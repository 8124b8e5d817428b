"""The search space of a network, and candidates as points of [0, 1]^d.

Parameters carry the names of the settings in `presets`, and `sparsity/<layer>` for each prunable
layer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.parameter import Interval, Parameter, TrialLike
from tinypareto.search_space.presets import OPTIONAL, PREFIX, PRESETS, check_overrides


@dataclass(frozen=True)
class Space:
    """All parameters of a search.

    Attributes:
        parameters: Settings first, then one `sparsity/<layer>` for each prunable layer.
    """

    parameters: tuple[Parameter, ...]

    @property
    def free(self) -> tuple[Parameter, ...]:
        """The parameters that are searched, in the order of the axes of x."""
        return tuple(p for p in self.parameters if not p.fixed)

    @property
    def layers(self) -> tuple[str, ...]:
        """The prunable layers."""
        names = (p.name for p in self.parameters)
        return tuple(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))

    @property
    def middle(self) -> Candidate:
        """The candidate at the centre of the cube."""
        return self.from_unit(np.full(len(self.free), 0.5))

    def suggest(self, trial: TrialLike) -> Candidate:
        """Ask a trial for a candidate."""
        return to_candidate({p.name: p.suggest(trial) for p in self.parameters})

    def to_unit(self, candidate: Candidate) -> NDArray[np.float64]:
        """Position of a candidate, shape [d] in [0, 1]; fixed parameters have no axis."""
        params = to_params(candidate)
        return np.array([p.to_unit(params[p.name]) for p in self.free], dtype=np.float64)

    def from_unit(self, x: ArrayLike) -> Candidate:
        """Candidate at the position x, shape [d] in [0, 1]."""
        positions = iter(np.asarray(x, dtype=np.float64).tolist())
        return to_candidate(
            {p.name: p.from_unit(0.5 if p.fixed else next(positions)) for p in self.parameters}
        )


def to_params(candidate: Candidate) -> dict[str, float]:
    """All values of a candidate by parameter name."""
    sparsities = {PREFIX + layer: value for layer, value in candidate.sparsities.items()}
    return {**candidate.settings, **sparsities}


def to_candidate(params: Mapping[str, float]) -> Candidate:
    """Inverse of `to_params`."""
    settings = {k: v for k, v in params.items() if not k.startswith(PREFIX)}
    sparsities = {k.removeprefix(PREFIX): v for k, v in params.items() if k.startswith(PREFIX)}
    return Candidate(settings, sparsities)


def build_space(
    preset: str, layers: Sequence[str], overrides: Mapping[str, Interval] | None = None
) -> Space:
    """Build the space of a preset for a network.

    Args:
        preset: A name in `PRESETS`.
        layers: The prunable layers of the network.
        overrides: Intervals that replace the preset's, by parameter; `sparsity` for all layers,
            `sparsity/<layer>` for one. Equal ends fix the value. Settings of `OPTIONAL` are
            searched only if they are here.

    Raises:
        ConfigError: The preset, a parameter or a layer is unknown, or an interval is unusable.
    """
    overrides = overrides or {}
    check_overrides(preset, overrides)
    for name in overrides:
        layer = name.removeprefix(PREFIX)
        if layer != name and layer not in layers:
            raise ConfigError(f"space: {unknown('prunable layer', layer, layers)}")
    *usual, sparsity = (_narrowed(p, overrides.get(p.name)) for p in PRESETS[preset])
    optional = (_narrowed(p, overrides[p.name]) for p in OPTIONAL if p.name in overrides)
    settings = (*usual, *optional)
    pruned = (replace(sparsity, name=PREFIX + layer) for layer in layers)
    return Space((*settings, *(_narrowed(p, overrides.get(p.name)) for p in pruned)))


def _narrowed(parameter: Parameter, interval: Interval | None) -> Parameter:
    if interval is None:
        return parameter
    low, high = (int(v) if parameter.kind == "int" else float(v) for v in interval)
    # A fixed 0 (no weight decay) has no logarithm, and needs none.
    scale = "uniform" if low == high else parameter.scale
    return replace(parameter, low=low, high=high, scale=scale)
