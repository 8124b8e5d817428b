"""The search space of a network, and candidates as points of [0, 1]^d.

Parameters carry the names of the settings in `presets`, `sparsity/<layer>` for each prunable layer,
and, where structures are searched, `net` and `<family>/<setting>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinypareto.errors import ConfigError
from tinypareto.registry import unknown
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.parameter import Condition, Interval, Parameter, TrialLike, Value
from tinypareto.search_space.presets import OPTIONAL, PREFIX, PRESETS, check_overrides
from tinypareto.search_space.training_settings import SETTINGS

NET = "net"
"""Name of the parameter that chooses the family of the network."""


@dataclass(frozen=True)
class Space:
    """All parameters of a search.

    Attributes:
        parameters: The structure first, then settings, then one `sparsity/<layer>` for each
            prunable layer; a conditional parameter stands after the one that it depends on.
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

    @property
    def middle_settings(self) -> dict[str, float]:
        """Training settings at the centre of the cube, whichever family is there."""
        middle = {p.name: p.from_unit(0.5) for p in self.parameters if p.name in SETTINGS}
        return {name: float(value) for name, value in middle.items()}

    def suggest(self, trial: TrialLike) -> Candidate:
        """Ask a trial for a candidate."""
        params: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.when is None or parameter.when.holds(params):
                params[parameter.name] = parameter.suggest(trial)
        return to_candidate(params)

    def to_unit(self, candidate: Candidate) -> NDArray[np.float64]:
        """Position of a candidate, shape [d] in [0, 1].

        Fixed parameters have no axis; one that the candidate does not have is at 0.5.
        """
        params = to_params(candidate)
        positions = [p.to_unit(params[p.name]) if p.name in params else 0.5 for p in self.free]
        return np.array(positions, dtype=np.float64)

    def from_unit(self, x: ArrayLike) -> Candidate:
        """Candidate at the position x, shape [d] in [0, 1]."""
        positions = iter(np.asarray(x, dtype=np.float64).tolist())
        params: dict[str, Value] = {}
        for p in self.parameters:
            value = p.from_unit(0.5 if p.fixed else next(positions))
            if p.when is None or p.when.holds(params):
                params[p.name] = value
        return to_candidate(params)


def to_params(candidate: Candidate) -> dict[str, Value]:
    """All values of a candidate by parameter name."""
    sparsities = {PREFIX + layer: value for layer, value in candidate.sparsities.items()}
    return {**candidate.structure, **candidate.settings, **sparsities}


def to_candidate(params: Mapping[str, Value]) -> Candidate:
    """Inverse of `to_params`."""
    candidate = Candidate({}, {})
    for name, value in params.items():
        if name.startswith(PREFIX):
            candidate.sparsities[name.removeprefix(PREFIX)] = float(value)
        elif name == NET or "/" in name:
            candidate.structure[name] = value if isinstance(value, str) else int(value)
        else:
            assert not isinstance(value, str)
            candidate.settings[name] = value
    return candidate


Layers = Sequence[str] | Mapping[str, Condition | None]
"""Prunable layers, and when candidates have them if not always."""


def build_space(
    preset: str,
    layers: Layers,
    overrides: Mapping[str, Interval] | None = None,
    structure: Sequence[Parameter] = (),
    trained: Condition | None = None,
) -> Space:
    """Build the space of a preset for a network.

    Args:
        preset: A name in `PRESETS`.
        layers: The prunable layers of the network.
        overrides: Intervals that replace the preset's, by parameter; `sparsity` for all layers,
            `sparsity/<layer>` for one. Equal ends fix the value. Settings of `OPTIONAL` are
            searched only if they are here.
        structure: Parameters of the network's structure.
        trained: When candidates have training settings; None for always.

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
    optional = (_narrowed(p, overrides[p.name]) for p in OPTIONAL[preset] if p.name in overrides)
    settings = (replace(p, when=trained) for p in (*usual, *optional))
    conditions = layers if isinstance(layers, Mapping) else dict.fromkeys(layers)
    pruned = (replace(sparsity, name=PREFIX + n, when=when) for n, when in conditions.items())
    narrowed = (_narrowed(p, overrides.get(p.name)) for p in pruned)
    every = (*structure, *settings, *narrowed)
    return Space(tuple(p for p in every if p.when is None or p.when.values))


def _narrowed(parameter: Parameter, interval: Interval | None) -> Parameter:
    if interval is None:
        return parameter
    low, high = (int(v) if parameter.kind == "int" else float(v) for v in interval)
    # A fixed 0 (no weight decay) has no logarithm, and needs none.
    scale = "uniform" if low == high else parameter.scale
    return replace(parameter, low=low, high=high, scale=scale)
