"""All networks of a search before pruning: their families, their structures and exact costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinypareto.evaluation.cost_model import CostModel
from tinypareto.evaluation.family_costs import FamilyCosts, Params, Part
from tinypareto.nets.family import Family, Setting
from tinypareto.nets.intervals import own_options
from tinypareto.nets.options import AUTO, NetOptions
from tinypareto.nets.registry import find, suited
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits, Resources
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.parameter import Condition, Interval, Parameter, Value
from tinypareto.search_space.space import NET

Floats = NDArray[np.float64]


def searched_structures(
    net: str,
    options: NetOptions,
    space: Mapping[str, Interval],
    limits: Limits,
    input_shape: tuple[int, ...],
    outputs: int,
) -> "Structures":
    """The networks of a search.

    Args:
        net: Key in `NETS`, `module:function`, or `AUTO`.
        options: Options that the search does not vary.
        space: Intervals by parameter; `<family>/<setting>` are those of structures, others are
            ignored.
        limits: Limits of the search.
        input_shape: (channels, length) or (channels, height, width).
        outputs: Number of outputs.

    Raises:
        ConfigError: The network or an option is unknown.
    """
    names = suited(input_shape) if net == AUTO else (net,)
    families = {}
    for name in names:
        found = find(name)
        settings = found.settings if isinstance(found, Family) else {}
        axes = tuple(
            _axis(f"{name}/{key}", space[f"{name}/{key}"], setting)
            for key, setting in settings.items()
            if f"{name}/{key}" in space
        )
        fixed = {axis.name.partition("/")[2]: int(axis.low) for axis in axes if axis.fixed}
        base = NetSpec(
            name, found.complete({**own_options(name, options, net), **fixed}), input_shape, outputs
        )
        families[name] = FamilyCosts(base, tuple(a for a in axes if not a.fixed), limits)
    return Structures(families, limits)


def _axis(name: str, interval: Interval, setting: Setting) -> Parameter:
    log = setting.searched is not None and setting.searched.log and interval[0] > 0
    return Parameter(name, int(interval[0]), int(interval[1]), "log" if log else "uniform", "int")


@dataclass(frozen=True)
class Structures:
    """The unpruned networks of a search.

    Attributes:
        families: Costs of the structures of each network family, by its name; at least one.
        limits: Limits of the search.
    """

    families: Mapping[str, FamilyCosts]
    limits: Limits
    _last: list[tuple[Params, tuple[list[Part], Floats]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def __reduce__(self) -> tuple[type["Structures"], tuple[Any, ...]]:
        """A worker process gets what defines the costs."""
        return Structures, (self.families, self.limits)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the structure: the family if there are several, then its settings."""
        names, several = list(self.families), len(self.families) > 1
        family = [Parameter.choice(NET, names)] if several else []
        axes = [
            replace(axis, when=Condition(NET, (name,)) if several else None)
            for name, costs in self.families.items()
            for axis in costs.axes
        ]
        return (*family, *axes)

    @property
    def trained(self) -> Condition | None:
        """When a candidate has training settings; None for always."""
        trained = tuple(name for name, costs in self.families.items() if not costs.closed_form)
        return None if len(trained) == len(self.families) else Condition(NET, trained)

    @cached_property
    def layers(self) -> dict[str, Condition | None]:
        """The prunable layers, and when a candidate has them."""
        found = {name: costs.layers() for name, costs in self.families.items()}
        layers = {layer: when for each in found.values() for layer, when in each.items()}
        if len(found) == 1:
            return layers
        for layer, when in layers.items():
            owners = tuple(name for name, each in found.items() if layer in each)
            if len(owners) > 1 or when is None:
                layers[layer] = Condition(NET, owners)
        return layers

    def family(self, structure: Mapping[str, Value]) -> FamilyCosts:
        """Costs of the family of a structure."""
        return self.families[str(structure.get(NET, next(iter(self.families))))]

    def spec(self, candidate: Candidate) -> NetSpec:
        """The unpruned network of a candidate."""
        return self.family(candidate.structure).spec(candidate.structure)

    def model(self, candidate: Candidate) -> CostModel:
        """Cost model of all prunings of a candidate's network."""
        return self.family(candidate.structure).model(candidate.structure)

    def channels(self, candidate: Candidate) -> dict[str, int]:
        """Filters that are kept, by prunable layer."""
        return self.model(candidate).channels(candidate.sparsities)

    def ratios(self, params: Params) -> Floats:
        """Resources divided by their limits, for n candidates at once; see `CostModel.ratios`.

        Args:
            params: Values [n] by parameter name, at least one; those that a candidate does not
                have can be any of the parameter's.
        """
        return self._costed(params)[1]

    def features(self, params: Params) -> Floats:
        """Inputs for a surrogate of the score, in addition to the parameters and the ratios.

        They are what networks of different structures share.

        Args:
            params: See `ratios`.

        Returns:
            [n, layers + 2]: the log of the fraction of filters kept by layer (0 for a layer that a
            candidate does not have), its least and its mean over the layers; [n, 0] without a
            prunable layer. Where structures are searched, the logs of the ratios follow.
        """
        names = list(self.layers)
        kept = np.zeros((_count(params), len(names) + 2 if names else 0))
        parts, ratios = self._costed(params)
        for part in parts:
            logs = {n: np.log(part.counts[n] / part.widths[n]) for n in names if n in part.counts}
            if not logs:
                continue
            for name, values in logs.items():
                kept[part.rows, names.index(name)] = values
            every = np.stack(list(logs.values()))
            kept[part.rows, -2], kept[part.rows, -1] = every.min(axis=0), every.mean(axis=0)
        if not self.parameters:
            return kept
        return np.concatenate([kept, np.log(ratios)], axis=1)

    def least(self, highest: Mapping[str, float]) -> Resources:
        """Resources that no network of the space goes below; each may be another network's.

        Args:
            highest: Largest fraction of filters to remove, by prunable layer.
        """
        return Resources.least([costs.least(highest) for costs in self.families.values()])

    def _costed(self, params: Params) -> tuple[list[Part], Floats]:
        """Parts and ratios of n candidates.

        Those of the last candidates are kept, because a solver asks for ratios and features of the
        same ones in turn.
        """
        for known, costed in self._last:
            if known.keys() == params.keys() and all(
                np.array_equal(known[name], params[name]) for name in known
            ):
                return costed
        parts = list(self._parts(params))
        ratios = np.concatenate([p.model.ratios_of(p.graph, len(p.rows)) for p in parts])
        ordered: Floats = np.empty_like(ratios)
        ordered[np.concatenate([part.rows for part in parts])] = ratios
        self._last[:] = [(params, (parts, ordered))]
        return parts, ordered

    def _parts(self, params: Params) -> Iterator[Part]:
        rows = np.arange(_count(params))
        for name, costs in self.families.items():
            mine = rows[params[NET] == name] if len(self.families) > 1 else rows
            if len(mine):
                yield from costs.parts(params, mine)


def _count(params: Params) -> int:
    """Number of candidates."""
    return len(next(iter(params.values())))
